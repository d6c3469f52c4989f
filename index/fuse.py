"""Two ranked lists in, one out. Pure.

A weighted sum of normalised scores, because ranks throw away how sure each side was. Bruch, Gai and Ingber, "An
Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), find the same on other collections.
"""

from __future__ import annotations

from collections.abc import Mapping


def weighted_sum(dense: Mapping[str, float], keyword: Mapping[str, float], *, weight: float) -> list[tuple[str, float]]:
    """Ids with ``weight * dense + (1 - weight) * keyword``, best first; ties in the order of the ids.

    Cosines are stretched to 0..1 over the candidates; lexical scores are divided by their largest, since their zero
    means something: no word shared. A side without an id gives it 0. All scores are within 0..1.
    """
    low, high = min(dense.values(), default=0.0), max(dense.values(), default=0.0)
    spread = high - low
    top = max(keyword.values(), default=0.0)

    def score(key: str) -> float:
        near = 0.0
        if key in dense:
            near = (dense[key] - low) / spread if spread > 0 else 1.0
        words = keyword.get(key, 0.0) / top if top > 0 else 0.0
        return weight * near + (1 - weight) * words

    scored = [(key, score(key)) for key in {**dense, **keyword}]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))
