"""Scores of a retrieval. Pure: ranked ids and relevant ids in, a number out.

Each gives None, not 0, where a question gives it nothing to go on, so that means are taken over the questions that a
metric can say something about. All are within 0 and 1. Relevance is binary: an id is relevant or not. An id that
comes a second time in a ranking counts as irrelevant there.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass


def hit(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float | None:
    """1 if any of the first ``k`` is relevant, else 0."""
    found = _found(ranked, relevant, k)
    return None if found is None else float(bool(found))


def recall(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float | None:
    """The share of what is relevant that is among the first ``k``."""
    found = _found(ranked, relevant, k)
    return None if found is None else len(found) / len(set(relevant))


def reciprocal_rank(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float | None:
    """1 over the rank, from 1, of the first relevant id; 0 if there is none among the first ``k``.

    Its mean over questions is MRR@k.
    """
    found = _found(ranked, relevant, k)
    if found is None:
        return None
    return 1 / found[0] if found else 0.0


def ndcg(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float | None:
    """Discounted gain of the first ``k``, over that of the best possible ranking.

    A relevant id at rank r gains ``1 / log2(r + 1)``; the best ranking has relevant ids at ranks 1 to ``min(k,
    len(relevant))`` (Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002, with the
    discount that trec_eval uses).
    """
    found = _found(ranked, relevant, k)
    if found is None:
        return None
    best = math.fsum(_gain(rank) for rank in range(1, min(k, len(set(relevant))) + 1))
    return min(math.fsum(map(_gain, found)) / best, 1.0)


def _gain(rank: int) -> float:
    return 1 / math.log2(rank + 1)


def _found(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> list[int] | None:
    """Ranks, from 1, of the relevant ids among the first ``k``; None where nothing is known to be relevant."""
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    wanted = set(relevant)
    if not wanted:
        return None
    ranks = []
    for rank, each in enumerate(ranked[:k], 1):
        if each in wanted:
            wanted.discard(each)
            ranks.append(rank)
    return ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How far what was retrieved covers what is relevant, in characters."""

    recall: float
    precision: float
    iou: float
    """Intersection over union."""


def overlap(
    retrieved: Iterable[tuple[Hashable, int, int]], relevant: Iterable[tuple[Hashable, int, int]]
) -> Overlap | None:
    """Recall, precision and intersection over union of two sets of stretches ``(document, start, end)``.

    Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (Chroma, 2024), with R what was retrieved and E
    the relevant excerpts: recall ``|R∩E| / |E|``, precision ``|R∩E| / |R|``, IoU ``|R∩E| / (|R| + |E| - |R∩E|)``. As in
    their code the units are characters, and everything retrieved counts, from whichever document. Here both sides are
    sets: a character that two stretches hold counts once. Their code counts it in precision and IoU as often as it was
    retrieved, which differs only where passages overlap; those of a library do not.

    None without relevant stretches. Nothing retrieved has a precision of 0.
    """
    wanted, got = _merged(relevant), _merged(retrieved)
    needed, size = _size(wanted), _size(got)
    if not needed:
        return None
    both = 0
    for document, stretches in wanted.items():
        for start, end in stretches:
            both += sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in got.get(document, ()))
    return Overlap(recall=both / needed, precision=both / size if size else 0.0, iou=both / (needed + size - both))


def _merged(stretches: Iterable[tuple[Hashable, int, int]]) -> dict[Hashable, list[tuple[int, int]]]:
    """By document, in order and apart from each other."""
    by_document: dict[Hashable, list[tuple[int, int]]] = {}
    for document, start, end in stretches:
        if start < end:
            by_document.setdefault(document, []).append((start, end))
    merged: dict[Hashable, list[tuple[int, int]]] = {}
    for document, pairs in by_document.items():
        apart = merged.setdefault(document, [])
        for start, end in sorted(pairs):
            if apart and start <= apart[-1][1]:
                apart[-1] = (apart[-1][0], max(apart[-1][1], end))
            else:
                apart.append((start, end))
    return merged


def _size(stretches: Mapping[Hashable, Sequence[tuple[int, int]]]) -> int:
    return sum(end - start for pairs in stretches.values() for start, end in pairs)


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that are there; None without any."""
    there = [value for value in values if value is not None]
    return math.fsum(there) / len(there) if there else None


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value below which ``share`` (0 to 1) of them lie, between two neighbours in proportion; None without any."""
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, not {share}")
    ordered = sorted(values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
