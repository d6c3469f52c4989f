"""What is known of each sentence of the passages found, in view of the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index import Hit, Library, Passage
from index.languages import language_of, terms
from index.passages import BELOW
from qa.question import asks_for, holds
from qa.view import Asked, passages_in_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Figures of one sentence. The first six are those of ``qa.view``: -1 to 1."""

    meaning: float
    whole: float
    met: float
    nearby: float
    least: float
    reach: float

    shared: float
    """Share of the question's words, by how telling they are, in the sentence; 0 to 1."""

    around: float
    """The same in the sentence, the ones beside it, its headings and its title."""

    passage: float
    """The same in the whole passage with its headings and its title."""

    kind: float
    """1 where the sentence holds the kind of thing asked for, 0 where it does not, 0.5 where no kind is asked for."""

    name: float
    number: float
    """How near the question's names and numbers are met (``qa.view.SentenceView``)."""

    about: float
    """How near the passage as a whole is to the question (``qa.view.View``)."""

    length: float
    """0 for a fragment of a word or two, 1 from eight words on."""

    ended: float
    """1 where it ends like a sentence, 0 for a line of a table, a list or a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One sentence that may be quoted."""

    hit: Hit
    start: int
    """In the text of the hit's passage."""

    end: int
    signals: Signals

    @property
    def text(self) -> str:
        return self.hit.passage.text[self.start : self.end]


_STOPS = ".!?\u2026\u3002\uff01\uff1f"
_CLOSERS = " \t\n\"'\u201d\u2019\u00bb)]\uff09\u300d\u300f"


def candidates(asked: Asked, hits: Sequence[Hit], library: Library) -> list[Candidate]:
    """Every sentence of the hits with its signals, in the order of the hits; what the passages carry as title and
    headings is left out.

    Raises:
        EmbeddingFailed: word vectors were missing and could not be made.
    """
    kinds = asks_for(asked.text)
    found: list[Candidate] = []
    stems: dict[str, dict[str, float]] = {}
    for hit, view in zip(hits, passages_in_view(asked, hits, library), strict=True):
        passage = hit.passage
        language = language_of(passage.text)
        if language not in stems:
            weights = library.rarity(list(dict.fromkeys(terms(asked.text, language))))
            total = sum(weights.values()) or 1.0
            stems[language] = {word: weight / total for word, weight in weights.items()}
        shares = stems[language]
        above = frozenset(terms(f"{passage.title}\n{passage.heading}", language))
        words = [frozenset(terms(passage.text[seen.start : seen.end], language)) for seen in view.sentences]
        everywhere = _share(shares, above.union(*words))
        for place, seen in enumerate(view.sentences):
            text = passage.text[seen.start : seen.end]
            if _is_title(text, passage):
                continue
            signals = Signals(
                meaning=seen.meaning,
                whole=seen.whole,
                met=seen.met,
                nearby=seen.nearby,
                least=seen.least,
                reach=view.reach,
                shared=_share(shares, words[place]),
                around=_share(shares, above.union(*words[max(0, place - 1) : place + 2])),
                passage=everywhere,
                kind=holds(text, kinds, asked.text),
                name=seen.name,
                number=seen.number,
                about=view.about,
                length=min(1.0, len(text.split()) / 8),
                ended=float(text.rstrip(_CLOSERS)[-1:] in _STOPS),
            )
            found.append(Candidate(hit=hit, start=seen.start, end=seen.end, signals=signals))
    return found


def _share(shares: dict[str, float], words: frozenset[str]) -> float:
    return sum(share for word, share in shares.items() if word in words)


def _is_title(text: str, passage: Passage) -> bool:
    line = text.strip().lstrip("#").strip()
    return line == passage.title or line in passage.heading.split(BELOW)


_MARKED = re.compile(r"#{1,6}\s[^\n]*|(?P<bold>\*\*|__)[^*_:\d\n]+(?<![.!])(?P=bold)")
"""A heading of Markdown, and a line in bold type that does not end like a sentence."""

_CLAUSE = re.compile(r"(?:\u00a7\s*\d+[.)]?\s+[^\W\d_]+(?: [^\W\d_]+){0,3}|\d{1,3}[.)]\s+[^\W\d_]+(?: [^\W\d_]+)?)\.")
"""The name of a clause, as in "4. Deposit. The tenant pays ..."; longer ones might be steps to take."""

_PLAIN = re.compile(r"[^\W\d_a-z][^\W\d_]*(?: [a-z]+){0,2}")
"""A few words of which only the first begins with a capital letter."""

_RULE = re.compile(r"[\s|:]*-[-\s|:]*")


def is_heading(passage: Passage, start: int, end: int) -> bool:
    """Whether a sentence of the passage only names an answer's place, and is no answer: its title, a heading, the name
    of a clause, the head of a table."""
    text = passage.text[start:end].strip()
    if _is_title(text, passage) or _MARKED.fullmatch(text):
        return True
    before, after = passage.text[:start], passage.text[end:]
    if _CLAUSE.fullmatch(text):
        return bool(after.partition("\n")[0].strip())
    if _PLAIN.fullmatch(text):
        follows = after.lstrip()
        stands_alone = (not before.strip() or before.endswith("\n\n")) and after.startswith("\n\n")
        return stands_alone and follows.partition("\n")[0].rstrip(_CLOSERS).endswith(tuple(_STOPS))
    return "|" in text and _heads_table(text, before, after, is_start=passage.start == 0)


def _heads_table(row: str, before: str, after: str, *, is_start: bool) -> bool:
    """Whether a row of a table is its first and says what the columns hold."""
    cells = row.strip("| ").split("|")
    following = after.removeprefix("\n").partition("\n")[0]
    if _RULE.fullmatch(following):
        return True
    if "|" in before.removesuffix("\n").rpartition("\n")[2] or not (before.strip() or is_start):
        return False
    return len(cells) > 2 and "|" in following and not _has_digit(row) and _has_digit(following)


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)


def is_question(text: str) -> bool:
    """Whether a sentence asks, also in bold type."""
    return text.rstrip(_CLOSERS + "*_").endswith(("?", "\uff1f"))
