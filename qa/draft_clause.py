"""Where the subject of a simple English sentence ends, and what its verb is. Unsure ones are no clause."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from qa.draft_verbs import BASE_OF_PAST, BASE_OF_THIRD, PARTICIPLES
from qa.facts import word_set

AUXILIARIES = word_set(
    "is are was were has have had can could may might must shall should will would cannot does do did"
)
BE = word_set("is are was were")
_DETERMINERS = word_set("the a an")
_PREPOSITIONS = word_set("of in for at on from with by to between under over near within per into against during")
_POINTING = word_set(
    "it he she they we you i this that these those there such him her them us me himself herself itself themselves"
    " here mine yours theirs ours one ones another others other former latter same respectively"
)
_OWNING = word_set("its his her their our my your")
_OPENERS = word_set(
    "some many most few several both each every all any no none not who whom whose what which when where why how while"
    " if as because although though after before during since until unless to for with by from in on at under over of"
    " about into upon despite within without and but or nor so yet then thus also however instead even only just once"
    " first second third finally later today now here according due based given more less much than between among"
    " across through throughout against like unlike including nearly almost approximately around roughly other"
    " half part further"
)
_BARRED = word_set(
    "that which who whom whose when where while because although though if than as to not and/or etc so"
    " below above following"
)
_ADVERBS = word_set(
    "also then later first soon now finally never ever still once again already thus just often not only"
)
_VAGUE = word_set(
    "company study author authors paper article group team report book film song game former latter first second third"
    " rest result results following plaintiff defendant court patient patients event same other others two three four"
    " city country town man woman boy girl child area region place organization agency government bill law show"
    " series project program plan idea number figure table section chapter total remainder majority change decision"
    " above below year month week day"
)
CUT = re.compile(r"(?<!\d),(?!\d)|, |[;:—]| [–-] |\"|“|”")
_LISTING = re.compile(
    r", (?!(?:an?|the|which|who|whose|where|when|with|\w+ing|\w+ed)\b)(?:[^,.;]{1,60}?,? (?:and|or) |[^,.;]{1,30}, )"
)
_GO_ON = re.compile(
    r"\A(?:\Z|(?:by|at|with|for|as|to|from|after|before|near|under|against|in|during|over|when|while|and|but)\b)"
)
Kind = Literal["aux", "past", "third", "plain"]

LONGEST_SUBJECT = 9
"""Words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A question, and the words of its sentence that answer it."""

    question: str
    answer: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A subject, its verb, and the rest up to the end of the clause."""

    subject: str
    """As it stands inside a question."""

    verb: str
    """An auxiliary, or the verb's plain form."""

    kind: Kind
    rest: str
    bare: bool
    """The subject is "the" and one word that a sentence before it explains."""

    def asked(self, opening: str, rest: str) -> str:
        """The question that begins with ``opening`` and is about this subject: "When" → "When was it opened?"."""
        helper = {"aux": self.verb, "past": "did", "third": "does", "plain": "do"}[self.kind]
        verb = "" if self.kind == "aux" else self.verb
        return f"{' '.join(f'{opening} {helper} {self.subject} {verb} {rest}'.split())}?"


def clause_of(text: str, common: frozenset[str]) -> Clause | None:
    """The clause that ``text`` begins with; ``common`` are the words that its document writes with a small letter."""
    words = text.split()
    for at, word in enumerate(words[1 : LONGEST_SUBJECT + 3], 1):
        kind = _kind(words, at)
        if kind is None:
            continue
        before = words[:at]
        while len(before) > 1 and (before[-1] in _ADVERBS or re.fullmatch(r"[a-z]+ly", before[-1])):
            before.pop()
        subject = _subject(before, common)
        if subject is None or (_may_be_a_name_or_things(subject) and word not in ("is", "was", "has")):
            return None
        rest = " ".join(words[at + 1 :])
        verb = {**BASE_OF_THIRD, **BASE_OF_PAST}.get(word, word) if kind != "aux" else word
        bare = len(before) == 2 and before[0].lower() in _DETERMINERS and before[1].islower()
        return Clause(subject=subject, verb=verb, kind=kind, rest=rest, bare=bare)
    return None


def _kind(words: list[str], at: int) -> Kind | None:
    word, previous = words[at], words[at - 1].lower()
    if word in AUXILIARIES - {"cannot", "does", "do", "did"}:
        if word in ("has", "have", "had") and not _follows_participle(words, at):
            return "third" if word == "has" else "past" if word == "had" else "plain"
        return "aux"
    if previous in _DETERMINERS | _PREPOSITIONS or previous in ("and", "or"):
        return None
    if word in BASE_OF_PAST:
        return "past"
    return "third" if word in BASE_OF_THIRD else None


def _follows_participle(words: list[str], at: int) -> bool:
    after = [word for word in words[at + 1 : at + 4] if word not in _ADVERBS and not word.endswith("ly")]
    return bool(after) and (after[0] in PARTICIPLES or after[0] in ("been", "become") or after[0].endswith("ed"))


def _subject(words: list[str], common: frozenset[str]) -> str | None:
    if not 1 <= len(words) <= LONGEST_SUBJECT:
        return None
    first = words[0].lower()
    lower = [word.lower() for word in words]
    if first in _POINTING | _OWNING | _OPENERS or first.endswith(("ly", "ing")) or first[0].isdigit():
        return None
    barred = _BARRED - {"to"} if "from" in lower[:-2] else _BARRED  # the road from here to there
    if any(word in _POINTING | _OWNING | barred or word in AUXILIARIES for word in lower[1:]):
        return None
    if any(re.search(r"[^\w'’.&/-]", word) for word in words) or lower[-1] in _DETERMINERS | _PREPOSITIONS:
        return None
    if words[-1].endswith((".", "ing")) and len(words[-1]) > 2:
        return None
    if any(word in BASE_OF_PAST or word in PARTICIPLES for word in words[2:]):
        return None  # may be the verb of a clause inside
    nouns = [re.sub(r"['’]s?\Z", "", word) for word in lower if word not in _DETERMINERS]
    if nouns[0] in _VAGUE and (len(nouns) == 1 or nouns[1] in _PREPOSITIONS - {"of"}):
        return None
    if nouns[-1] in _VAGUE and len(nouns) == 1:
        return None
    if len(words) == 1 and not words[0][0].isupper():
        return None
    return " ".join([_inside(words, common), *words[1:]])


def _inside(words: list[str], common: frozenset[str]) -> str:
    """The first word as it is written inside a sentence."""
    word = words[0]
    lower = word.lower()
    if lower in _DETERMINERS:
        return lower
    if any(mark.isupper() for mark in word[1:]) or not word.istitle():
        return word
    if len(words) > 1 and words[1] in _PREPOSITIONS and word.endswith("s"):
        return lower
    if len(words) > 1 and words[1][:1].isupper():
        return word
    if len(words) == 1 and (lower.removesuffix("s") in common or lower.endswith(_PLURAL_ENDINGS)):
        return lower
    return lower if lower in common or lower.endswith(_COMMON_ENDINGS if len(words) == 1 else _ENDINGS) else word


def _may_be_a_name_or_things(subject: str) -> bool:
    """Whether nothing tells if one word at the beginning of a sentence is a name, as Reuters, or things, as repairs."""
    return subject.istitle() and subject.endswith("s") and " " not in subject


_COMMON_ENDINGS = ("tion", "sion", "ment", "ness", "ity", "ance", "ence")
_PLURAL_ENDINGS = ("ees", "eers", "ists", "ants", "ents", "ators", "itors", "ctors", "agers", "liers", "ities")
_ENDINGS = (*_COMMON_ENDINGS, "al", "ous", "ive", "ary")


def rest_is_clear(rest: str, *, verbs: int = 1) -> bool:
    """Whether what follows a verb points at nothing outside, and holds no further clause."""
    words = re.findall(r"[\w'’%$€£.,-]+", rest)
    lower = [word.lower().strip(".,") for word in words]
    if any(word in (_POINTING - {"other", "one", "same", "her"}) or word in _BARRED - {"to", "as"} for word in lower):
        return False
    if any(word in AUXILIARIES for word in lower) or "ago" in lower or not all(lower):
        return False
    return sum(word in BASE_OF_PAST or word in PARTICIPLES for word in lower) <= verbs


def is_participle(word: str) -> bool:
    return word in PARTICIPLES or (len(word) > 4 and word.endswith("ed"))


def cut(text: str) -> str:
    """``text`` up to where its first clause may end."""
    found = CUT.search(text)
    if found and _LISTING.match(text, found.start()):
        return ""
    text = text[: found.start()] if found else text
    for match in re.finditer(r" (?:and|but|or) ", text):
        after = text[match.end() :].split()[:6]
        if any(
            is_participle(word) or word in BASE_OF_PAST or word in BE or word in ("has", "had", "have")
            for word in after
        ):
            return "" if re.search(r"\b(?:between|both|either)\b", text[: match.start()]) else text[: match.start()]
    return text


def may_end(text: str, at: int) -> bool:
    """Whether a clause may end here: what follows adds to it."""
    return CUT.match(text, at) is not None or _GO_ON.match(text[at:].lstrip()) is not None
