"""Whether a claim and its source are in one language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from index.languages import ENGLISH
from qa.facts import word_set
from qa.refusal import question_language

GERMAN = "german"

_LOOKED_AT = 4_000
"""Characters."""

_ENGLISH = word_set("the of and are were with that this from have")
"""Words that hardly any other language has: English is what a text counts as where no language shows."""

_GERMAN = re.compile(r"\b(?:der|die|das|den|dem|und|ist|sind|nicht|mit|von|wird|werden|kann|muss)\b|[äöüß]")
"""Of these, two different ones make a short text German, whose nouns would pass for names."""

_SHORT = 4
"""A Latin text of fewer words than these shows no language."""

_KIN = {
    "danish": "norwegian",
    "swedish": "norwegian",
    "portuguese": "spanish",
    "ukrainian": "russian",
    "czech": "polish",
}
"""Languages that a few words may not tell apart."""


@lru_cache(maxsize=1024)
def language_said(text: str) -> str | None:
    """The language of a text; None where none shows."""
    sample = text[:_LOOKED_AT].lower()
    if len(re.findall(r"[a-zà-ÿ]+", sample)) in range(1, _SHORT):
        return None
    found = question_language(sample)
    if found == ENGLISH and not _ENGLISH & set(re.findall(r"[a-z]+", sample)):
        return GERMAN if len(set(_GERMAN.findall(sample))) > 1 else None
    return _KIN.get(found, found)


def is_foreign(claim: str | None, sources: Sequence[str | None]) -> bool:
    """Whether a claim in one language stands beside sources of which those that show theirs are all in others."""
    known = {each for each in sources if each is not None}
    return claim is not None and bool(known) and claim not in known
