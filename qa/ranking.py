"""The passages that a search ranks for a question, deep enough for every metric of retrieval."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.evidence import Expected, Place

if TYPE_CHECKING:
    from index import Hit, Library

DOCUMENTS = 10
"""How many documents a ranking should hold: the deepest metric looks at so many."""

DEPTH = 20
"""Passages asked for in the search that is timed."""

_DEEPEST = 2000
"""Passages asked for at most to fill a ranking: where one document crowds out all others, they are too far away."""


def ranking(library: Library, question: str, *, depth: int, holding: int) -> tuple[list[Place], float]:
    """The passages that a search finds, and the seconds that the search of ``depth`` hits took.

    A hit that joins several passages counts as these, its best first: no passage is larger for the metrics than it was
    stored. Copies that are named under a hit are not counted.

    Deeper searches follow, out of the clock, until the passages are of ten documents, or of as many as the library is
    ``holding``. What they bring comes after what is there: the first search is the product's own, and says what a
    user sees first.
    """
    begin = time.perf_counter()
    hits = library.search(question, depth)
    seconds = time.perf_counter() - begin
    found = _places(hits)
    documents = {place.document for place in found.values()}
    k, got = depth, len(hits)
    while len(documents) < min(DOCUMENTS, holding) and got >= k and k < _DEEPEST:
        k = min(16 * k, _DEEPEST)
        deeper = library.search(question, k)
        got = len(deeper)
        for key, place in _places(deeper).items():
            found.setdefault(key, place)
            documents.add(place.document)
    return list(found.values()), seconds


def enough(places: Sequence[Place], wanted: Expected) -> tuple[Place, ...]:
    """What a report keeps: the ten best passages, and the best of each further document until there are ten."""
    kept = list(places[:10])
    documents = {wanted.label(place.document) for place in kept}
    for place in places[10:]:
        if len(documents) == DOCUMENTS:
            break
        label = wanted.label(place.document)
        if label not in documents:
            documents.add(label)
            kept.append(place)
    return tuple(kept)


def _places(hits: Sequence[Hit]) -> dict[tuple[str, int], Place]:
    """By document and start, in the order of the ranking."""
    return {
        (passage.document, passage.start): Place(
            # One text for each name, however many questions of a long run find the document.
            document=sys.intern(passage.document),
            page=passage.page,
            start=passage.start,
            end=passage.end,
            score=float(hit.score),
        )
        for hit in hits
        for passage in hit.parts or (hit.passage,)
    }
