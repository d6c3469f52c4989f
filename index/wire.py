"""What servers say over HTTP when something goes wrong. They agree on little of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_SENTENCE = 200
"""Characters of what a server says about an error."""

_ANY_KEY = re.compile(r"\b(?:sk|pk|key)-[\w*.-]{4,}|(?<=Bearer )\S+")


def in_one_line(words: str, *, key: str) -> str:
    """A server's own words in one short line, with a colon before it and without a key in it; empty without words.

    ``key`` is the one that was sent, taken out however it looks.
    """
    if key:
        words = words.replace(key, "[key]")
    words = " ".join(_ANY_KEY.sub("[key]", words).split()).rstrip(" .")
    if len(words) > _LONGEST_SENTENCE:
        words = words[:_LONGEST_SENTENCE].rsplit(" ", 1)[0] + " ..."
    return f": {words}" if words else ""


def error_words(body: object) -> str:
    """The sentence in an error's body, wherever this server puts it."""
    if isinstance(body, dict):
        return next((found for name in ("message", "error", "detail") if (found := error_words(body.get(name)))), "")
    return body if isinstance(body, str) and not body.lstrip().startswith("<") else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: RFC 9110, section 10.2.3, and the milliseconds that OpenAI sends."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * scale)
        except (KeyError, ValueError):
            continue
    try:
        return max(0.0, (parsedate_to_datetime(headers.get("retry-after", "")) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
