"""What is known of each candidate into one score. Pure.

Scores are added, not ranks, because ranks throw away how sure each side was. Bruch, Gai and Ingber, "An Analysis of
Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), find the same on other collections.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping

WORDS = 0.3
"""Weight of the words that a passage shares with the question."""

NAMES = 0.15
"""Weight of the words that a document's name shares with it."""


PLACE = 0.3
"""What a passage is given for standing on a page that the question names."""


def added(
    dense: Mapping[str, float],
    keyword: Mapping[str, float],
    names: Mapping[str, float],
    *,
    document_of: Callable[[str], str],
    placed: Collection[str] = (),
) -> dict[str, float]:
    """``dense + WORDS * log(1 + keyword) + NAMES * log(1 + name)`` for every id of ``dense``, best first.

    Those that are ``placed`` have ``PLACE`` more.

    ``dense`` holds cosines and ``keyword`` BM25 scores, both by id; ``names`` holds the BM25 scores of documents'
    names, by what ``document_of`` gives for an id. What is missing counts 0. Ties are in the order of the ids.

    A score says the same in every search, whatever else was found: nothing is stretched over the candidates. BM25 grows
    with the number of the question's words, a cosine does not, so its logarithm is taken. Weights were chosen on public
    sets (``tests/bench``), where everything from half to twice as much does about as well.
    """

    def score(key: str) -> float:
        words = math.log1p(keyword.get(key, 0.0))
        name = math.log1p(names.get(document_of(key), 0.0))
        return dense[key] + WORDS * words + NAMES * name + (PLACE if key in placed else 0.0)

    scored = {key: score(key) for key in dense}
    return dict(sorted(scored.items(), key=lambda pair: (-pair[1], pair[0])))
