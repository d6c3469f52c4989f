"""Passages into hits: neighbours become one, and what says the same as another is put under it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from zlib import crc32

from index.records import Row
from index.values import Hit, Passage

MOST_JOINED = 3
"""Passages in a hit at most: more would be a chapter, and the best of it hard to find."""

_SAME = 0.8
"""Share of common three-word sequences from which on two passages say the same."""

_MARKS = 8
"""Sequences by which texts are looked up that may say the same: of two that share four fifths, one in 400,000 shares
none of eight."""

_COMPARED = 4
"""Texts compared for each mark at most: pages full of one form, filled in otherwise, are many and all differ."""

_LOOKED_AT = 50
"""Hits from which on nobody asks whether they say something new."""

_WORD = re.compile(r"\w+")
_NEGATIONS = frozenset({"no", "not", "none", "never", "nor", "neither", "without", "cannot", "t", "except", "unless"})

About = tuple[float, float, int | None, int | None]
"""Score, similarity, rank among the dense candidates, rank among the lexical ones."""


class _Text:
    """The words of a passage, as they are compared with those of another."""

    def __init__(self, text: str) -> None:
        self.words = _WORD.findall(text)
        self._folded = [word.casefold() for word in self.words]
        self._grams = {tuple(self._folded[place : place + 3]) for place in range(max(1, len(self.words) - 2))}
        digests = {crc32(" ".join(gram).encode("utf-8", "surrogatepass")) for gram in self._grams if gram}
        self.marks = sorted(digests)[:_MARKS]
        """A few of its three-word sequences, chosen by their digests: texts that have most of them in common share a
        mark, almost surely, and others hardly ever do (Broder, "On the Resemblance and Containment of Documents",
        1997)."""

    def says_the_same(self, other: _Text) -> bool:
        """Whether the two differ in nothing that could matter: most three-word sequences are common, and no number, no
        negation and no name is in one only. A contract and its next year's version do not say the same."""
        if not self.words or not 0.8 * len(self.words) <= len(other.words) <= 1.25 * len(self.words):
            return False
        if self._folded == other._folded:
            return True
        if len(self._grams & other._grams) < _SAME * len(self._grams | other._grams):
            return False
        return not any(_matters(word) for word in set(self.words) ^ set(other.words))


@dataclass(slots=True)
class _Group:
    rows: list[Row]
    """Best first."""

    about: About
    text: _Text
    also: list[Passage] = field(default_factory=list)


def gather(ranked: Iterable[Row], k: int, *, about: Callable[[Row], About]) -> list[Hit]:
    """The first ``k`` hits that passages, best first, make.

    A passage joins the better one that it stands beside, on the same page, if that holds fewer than ``MOST_JOINED``.
    One that says the same as a better one elsewhere is named under it. Everything else is a hit of its own.
    """
    groups: list[_Group] = []
    beside: dict[tuple[str, int], _Group] = {}
    alike: dict[int, list[_Group]] = {}
    for row in ranked:
        group = beside.get((row.passage.document, row.seq))
        if group is not None and _joins(row, group.rows):
            group.rows.append(row)
        else:
            text = _Text(row.passage.text if len(groups) < _LOOKED_AT else "")
            near = {id(each): each for mark in text.marks for each in alike.get(mark, ())[:_COMPARED]}
            twin = next((each for each in near.values() if text.says_the_same(each.text)), None)
            if twin is not None:
                twin.also.append(row.passage)
                continue
            if len(groups) == k:
                break
            group = _Group(rows=[row], about=about(row), text=text)
            groups.append(group)
            for mark in text.marks:
                alike.setdefault(mark, []).append(group)
        for seq in (row.seq - 1, row.seq + 1):
            beside.setdefault((row.passage.document, seq), group)
    return [_hit(group) for group in groups]


def _joins(row: Row, rows: Sequence[Row]) -> bool:
    return len(rows) < MOST_JOINED and (row.version, row.passage.page) == (rows[0].version, rows[0].passage.page)


def join(rows: Sequence[Row]) -> Passage:
    """Neighbouring passages, in order, as one; its id says where it begins and how many it joins."""
    first, last = rows[0].passage, rows[-1].passage
    if len(rows) == 1:
        return first
    return replace(
        first,
        id=f"{first.id}+{len(rows)}",
        text="".join(row.passage.text for row in rows),
        end=last.end,
    )


def _hit(group: _Group) -> Hit:
    score, similarity, dense_rank, keyword_rank = group.about
    return Hit(
        passage=join(sorted(group.rows, key=lambda row: row.seq)),
        score=score,
        similarity=similarity,
        dense_rank=dense_rank,
        keyword_rank=keyword_rank,
        parts=tuple(row.passage for row in group.rows),
        also=tuple(group.also),
    )


def _matters(word: str) -> bool:
    return word[:1].isupper() or any(letter.isdigit() for letter in word) or word.casefold() in _NEGATIONS
