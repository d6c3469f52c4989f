"""What kind of thing a question asks for, and whether a sentence holds one. Pure; English question words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Kind = Literal["number", "time", "person", "name", "place", "reason"]

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|"
    "billions?|trillions?|dozens?|half|quarter|third|twice|double|triple|single|once|both|no|none|several|pair"
)

# The first that matches decides.
_ASKED_PATTERNS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    (r"\bhow (?:long|old)\b|\bsince when\b|\bhow (?:soon|often|frequently)\b", ("time", "number")),
    (
        r"\bhow (?:many|much|far|tall|high|large|big|deep|wide|fast|heavy|hot|cold|strong|few)\b|"
        r"\b(?:what|which)(?:\s+\w+){0,3}\s+(?:number|percentage|percent|share|amount|size|price|cost|rate|"
        r"population|distance|weight|height|length|speed|temperature|total|quantity|sum|age|value|score|ratio)\b|"
        r"^number of\b",
        ("number",),
    ),
    (
        r"\bwhen\b|\b(?:what|which|in what|in which)\s+(?:\w+\s+)?"
        r"(?:year|date|day|month|season|century|decade|time|period|era|quarter)\b",
        ("time",),
    ),
    (r"\bwho(?:m|se)?\b", ("person",)),
    (
        r"\bwhere\b|\b(?:what|which|in what|in which)\s+(?:\w+\s+)?(?:country|city|state|place|location|town|"
        r"region|continent|river|island|county|province|village|district|area|part of)\b",
        ("place",),
    ),
    (
        r"\b(?:what|which)\s+(?:\w+\s+)?(?:person|president|company|organi[sz]ation|agency|institute|university|"
        r"group|team|band|country|countries|nations?|languages?|analysts?|authors?|king|queen|emperor|party|wars?)\b",
        ("name",),
    ),
    (
        r"\bwhy\b|\bfor what (?:reason|purpose)\b|\bwhat (?:is|was) the (?:reason|cause|purpose)\b",
        ("reason",),
    ),
)
_ASKED = tuple((re.compile(pattern, re.IGNORECASE), frozenset(kinds)) for pattern, kinds in _ASKED_PATTERNS)

_NUMBER = re.compile(rf"\d[\d.,]*|\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE)
_TIME = re.compile(
    rf"\b(?:1[0-9]|20)\d\d\b|\b(?:{_MONTHS})\b|\b\d+(?:st|nd|rd|th)?\s+(?:century|centuries)\b|"
    r"\b(?:century|decade|year|month|week|day|hour|minute|second|night|morning|evening|today|yesterday|tomorrow|"
    r"season|spring|summer|autumn|winter|monday|tuesday|wednesday|thursday|friday|saturday|sunday|annual|annually|"
    r"daily|weekly|monthly|yearly|ago|until|era|period|age)s?\b|\b\d{1,2}:\d\d\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|as a result|result(?:s|ed|ing)? (?:in|from)|so that|in order to|therefore|"
    r"thus|hence|cause[ds]?|causing|reasons?|purpose|led to|lead(?:s|ing)? to|for the sake|thanks to|"
    r"allow(?:s|ed|ing)?|amid|in response|aim(?:s|ed|ing)?|desire|to)\b",
    re.IGNORECASE,
)
_PERSON_ROLE = re.compile(
    r"\b(?:he|she|they|people|man|men|woman|women|person|king|queen|president|minister|author|analysts?|scientists?|"
    r"experts?|nations|group|company|team|government|agency|service|army|members?|users?|customers?|owner|manager)\b",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"(?<![.!?]\s)(?<!^)(?<![\"“‘(])\b[A-Z][\w’'-]+")
_ANY_CAPITAL = re.compile(r"\b[A-Z][\w’'-]+")


# "Which", "what are the" and the like before a word in the plural, and plain requests.
_LIST = re.compile(
    r"\b(?:list|name|enumerate|outline)\s+(?:all|the|some|every|each|\d+|two|three|four|five|six|seven)\b|"
    r"\b(?:what|which)\s+(?:are|were|have been)\b|"
    r"\b(?:what|which)\s+(?:\w+\s+){0,2}(?:\w+[^\Wsu]s|\w+ies|people|children|men|women)\s+"
    r"(?:are|were|have|do|did|can|must|should|may|will|make|form|belong|include)\b|"
    r"\bwhat (?:all|else)\b|\b(?:steps|stages|ways|types|kinds|examples|reasons|requirements|ingredients|members)\b",
    re.IGNORECASE,
)


_STEPS = re.compile(r"\bhow (?:do|does|did|can|could|should|to|must|would)\b", re.IGNORECASE)


def asks_for_steps(question: str) -> bool:
    """Whether what is to be done one thing after the other would answer the question."""
    return _STEPS.search(question) is not None


def asks_for_list(question: str) -> bool:
    """Whether several things would answer the question."""
    return _LIST.search(question) is not None


def asks_for(question: str) -> frozenset[Kind]:
    """The kinds of thing that would answer the question; empty where its words do not say."""
    for pattern, kinds in _ASKED:
        if pattern.search(question):
            return kinds
    return frozenset()


def holds(sentence: str, kinds: frozenset[Kind], question: str) -> float:
    """1 if the sentence holds one of ``kinds`` that the question did not bring, 0 if not, 0.5 if no kind is asked."""
    if not kinds:
        return 0.5
    asked = _words(question)
    return 1.0 if any(_holds(sentence, kind, asked) for kind in kinds) else 0.0


@lru_cache(maxsize=64)
def _words(question: str) -> frozenset[str]:
    """Kept, since one question is held against every sentence found."""
    return frozenset(word.casefold() for word in re.findall(r"\w+", question))


def _holds(sentence: str, kind: Kind, asked: frozenset[str]) -> bool:
    def fresh(pattern: re.Pattern[str]) -> bool:
        return any(match.group().casefold() not in asked for match in pattern.finditer(sentence))

    if kind == "number":
        return fresh(_NUMBER)
    if kind == "time":
        return fresh(_TIME)
    if kind == "reason":
        return fresh(_REASON)
    if kind == "person":
        return fresh(_ANY_CAPITAL) or fresh(_PERSON_ROLE)
    return fresh(_CAPITAL) or len({m.casefold() for m in _ANY_CAPITAL.findall(sentence)} - asked) > 1
