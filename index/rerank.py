"""A second look at the best passages: how well each answers to the single words of the question.

Late interaction (Khattab and Zaharia, "ColBERT", SIGIR 2020) over the token vectors of the embedder that is there
anyway: for each word of the question the best cosine with any word of a stretch of the passage, averaged over the
question's words by how telling they are. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STOP_SHARE = 0.05
"""What a stop word counts, beside 1 for the question's most telling word."""

LOOK = 2.0
"""Weight of the second look beside the first score. From 1 to 3 it does about as well."""

STRETCH = 16
"""Telling words in a row that are taken together: about two sentences. What stands together belongs together."""


def weights(telling: Sequence[float]) -> NDArray[np.float32]:
    """What each word of a question counts, 1 together. ``telling`` is 0 for stop words."""
    import numpy as np

    floor = STOP_SHARE * max(telling, default=0.0)
    found = np.array([max(value, floor) for value in telling], dtype=np.float32)
    total = found.sum()
    return found / total if total > 0 else np.full(len(found), 1 / max(len(found), 1), dtype=np.float32)


def interaction(
    words: NDArray[np.float32], share: NDArray[np.float32], passages: Sequence[NDArray[np.float32]]
) -> list[float]:
    """For each passage, over its best ``STRETCH`` words in a row, the mean over the question's words of the best cosine
    with any of them.

    Args:
        words: (words of the question, dimension), unit rows.
        share: what each of them counts, 1 together.
        passages: (words of the passage, dimension) each, unit rows, in the order of the text; 0 where there are none.
    """

    if not len(words):
        return [0.0] * len(passages)
    found = []
    for passage in passages:
        if not len(passage):
            found.append(0.0)
            continue
        found.append(float((share @ _best_in_stretches(words @ passage.T)).max()))
    return found


def _best_in_stretches(near: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of each ``STRETCH`` columns in a row, or of all where there are fewer: a column for each stretch.

    Stretches of two are made of columns, those of four of these, and so on: a tenth of the time of looking at each.
    """
    import numpy as np

    wanted, width = min(STRETCH, near.shape[1]), 1
    while width < wanted:
        step = min(width, wanted - width)
        near = np.maximum(near[:, :-step], near[:, step:])
        width += step
    return near


def looked_at(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """Ids with ``first + LOOK * second``, best first; ties in the order of the ids.

    ``first`` is in order, and ``second`` holds its first ids, those that were looked at. The others come after them, in
    their old order: they count as if what was seen least of any were seen of them.
    """
    least = min(second.values(), default=0.0)
    looked = sorted(((key, first[key] + LOOK * seen) for key, seen in second.items()), key=lambda it: (-it[1], it[0]))
    rest = ((key, score + LOOK * least) for key, score in first.items() if key not in second)
    return dict([*looked, *rest])
