"""What holds of every server that speaks OpenAI's interface: its address, its key, and what it says when something goes
wrong. They agree on little of that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

OPENAI = "https://api.openai.com/v1"

NO_KEY = "unused"
"""Sent to servers that ask for none; the SDK does not go without."""

CONNECT_TIMEOUT = 10.0
"""Seconds. A server that runs accepts a connection at once, however long it then thinks."""

_SHORTEST_KEY = 8
"""Characters. A server that wants no key is sent a word such as "ollama", which its messages may hold as well."""

_LONGEST_SENTENCE = 200
"""Characters of what a server says about an error."""

_ANY_KEY = re.compile(r"\b(?:sk|pk|key)-[\w*.-]{4,}|(?<=Bearer )\S+")

_UNSHOWN = re.compile(r"(?:(?<=//)|^)[^/]*@|[?#].*")
"""The parts of an address that may let somebody in."""


def shown_address(url: str) -> str:
    """An address as others may see it: without a name and password before its server, and without a query."""
    return _UNSHOWN.sub("", url)


def is_address(url: str) -> bool:
    """Whether this is an address of a server."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def no_address(url: str) -> str:
    """What to say of one that is not."""
    return (
        f"OPENAI_BASE_URL is {shown_address(url)!r}, which is no address of a server."
        " Set it to one such as http://127.0.0.1:11434/v1."
    )


def key_fault(key: str, url: str, *, wanted: str = "") -> str | None:
    """Why a key cannot be sent to a server, and what to do; None for one that can.

    ``wanted`` says what OpenAI is asked for, in a clause that follows its name.
    """
    if not key and url == OPENAI:
        return (
            f"There is no key for OpenAI{wanted}."
            " Set OPENAI_API_KEY, or OPENAI_BASE_URL to the address of another server."
        )
    if not (key.isascii() and key.isprintable()):
        return "OPENAI_API_KEY holds characters that no key has. Copy it again from where it was issued."
    return None


def in_one_line(words: str, *, key: str) -> str:
    """A server's own words in one short line, with a colon before it and without a key in it; empty without words.

    ``key`` is the one that was sent, taken out however it looks.
    """
    if len(key) >= _SHORTEST_KEY:
        words = re.sub(rf"(?<![A-Za-z0-9]){re.escape(key)}(?![A-Za-z0-9])", "[key]", words)
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
