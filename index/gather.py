"""Passages into hits: neighbours become one, and a copy of another is put under it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from index.records import Row
from index.values import Hit, Passage

MOST_JOINED = 3
"""Passages in a hit at most: more would be a chapter, and the best of it hard to find."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_JOINED_ID = re.compile(rf"(?P<first>[0-9a-f]+-[0-9a-f]+)\+(?P<count>[2-{MOST_JOINED}])-(?P<digest>[0-9a-f]{{8}})")

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

    A passage joins the better one that it stands beside, on the same page and under the same heading, if that holds
    fewer than ``MOST_JOINED``. One that has the words of a better one elsewhere, all of them in their order and with
    every sign, is named under it: two contracts that differ in a word do not say the same. Everything else is a hit of
    its own.
    """
    groups: list[_Group] = []
    beside: dict[tuple[str, int], _Group] = {}
    same: dict[str, _Group] = {}
    for row in ranked:
        said = said_by(row.passage.text)
        twin = same.get(said) if said else None
        if twin is not None:
            twin.also.append(row.passage)
            continue
        group = beside.get((row.passage.document, row.seq))
        if group is not None and _joins(row, group.rows):
            group.rows.append(row)
        elif len(groups) == k:
            break
        else:
            group = _Group(rows=[row], about=about(row))
            groups.append(group)
        same[said] = group
        for seq in (row.seq - 1, row.seq + 1):
            beside.setdefault((row.passage.document, seq), group)
    return [_hit(group) for group in groups]


def said_by(text: str) -> str:
    """What two texts have in common that differ in white space and capitals only; empty for one without a word."""
    tokens = _TOKEN.findall(text)
    return " ".join(tokens).casefold() if any(token[0].isalnum() for token in tokens) else ""


def _joins(row: Row, rows: Sequence[Row]) -> bool:
    first = rows[0]
    return len(rows) < MOST_JOINED and (row.version, row.passage.page, row.passage.heading) == (
        first.version,
        first.passage.page,
        first.passage.heading,
    )


def join(rows: Sequence[Row]) -> Passage:
    """Neighbouring passages, in order, as one. Its id says where it begins, how many it joins, and what its text is."""
    first, last = rows[0].passage, rows[-1].passage
    if len(rows) == 1:
        return first
    text = "".join(row.passage.text for row in rows)
    return replace(first, id=f"{first.id}+{len(rows)}-{_digest(text)}", text=text, end=last.end)


def parse_id(passage_id: str) -> tuple[str, int]:
    """The id of the first of the passages that an id stands for, and how many they are; 0 where it is no id."""
    match = _JOINED_ID.fullmatch(passage_id)
    if match is not None:
        return match["first"], int(match["count"])
    return passage_id, 0 if "+" in passage_id else 1


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


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
