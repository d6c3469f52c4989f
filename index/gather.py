"""Passages into hits: neighbours become one, and what says the same as another is put under it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from index.store import Row
from index.values import Hit, Passage

MOST_JOINED = 3
"""Passages in a hit at most: more would be a chapter, and the best of it hard to find."""

_SAME = 0.8
"""Share of common three-word sequences from which on two passages say the same."""

_WORD = re.compile(r"\w+")
_NEGATIONS = frozenset({"no", "not", "none", "never", "nor", "neither", "without", "cannot", "t", "except", "unless"})

About = tuple[float, float, int | None, int | None]
"""Score, similarity, rank among the dense candidates, rank among the lexical ones."""


@dataclass(slots=True)
class _Group:
    rows: list[Row]
    """Best first."""

    about: About
    also: list[Passage] = field(default_factory=list)


def gather(ranked: Iterable[Row], k: int, *, about: Callable[[Row], About]) -> list[Hit]:
    """The first ``k`` hits that passages, best first, make.

    A passage joins the better one that it stands beside, on the same page, if that holds fewer than ``MOST_JOINED``.
    One that says the same as a better one elsewhere is named under it. Everything else is a hit of its own.
    """
    groups: list[_Group] = []
    for row in ranked:
        beside = next((group for group in groups if _joins(row, group.rows)), None)
        if beside is not None:
            beside.rows.append(row)
            continue
        twin = next((group for group in groups if says_the_same(row.passage.text, group.rows[0].passage.text)), None)
        if twin is not None:
            twin.also.append(row.passage)
            continue
        if len(groups) == k:
            break
        groups.append(_Group(rows=[row], about=about(row)))
    return [_hit(group) for group in groups]


def _joins(row: Row, rows: Sequence[Row]) -> bool:
    first = rows[0]
    if (
        len(rows) == MOST_JOINED
        or row.passage.document != first.passage.document
        or row.version != first.version
        or row.passage.page != first.passage.page
    ):
        return False
    return row.seq in (min(each.seq for each in rows) - 1, max(each.seq for each in rows) + 1)


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


def says_the_same(one: str, other: str) -> bool:
    """Whether two texts differ in nothing that could matter: most three-word sequences are common, and no number, no
    negation and no name is in one of them only. A contract and its next year's version do not say the same."""
    left, right = _WORD.findall(one), _WORD.findall(other)
    if not left or not right or not 0.8 <= len(left) / len(right) <= 1.25:
        return False
    if [word.casefold() for word in left] == [word.casefold() for word in right]:
        return True
    grams, others = _sequences(left), _sequences(right)
    if len(grams & others) < _SAME * len(grams | others):
        return False
    return not any(_matters(word) for word in set(left) ^ set(right))


def _sequences(words: Sequence[str]) -> set[tuple[str, ...]]:
    folded = [word.casefold() for word in words]
    return {tuple(folded[place : place + 3]) for place in range(max(1, len(folded) - 2))}


def _matters(word: str) -> bool:
    return word[:1].isupper() or any(letter.isdigit() for letter in word) or word.casefold() in _NEGATIONS
