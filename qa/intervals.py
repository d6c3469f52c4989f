"""How far a score of a set may be from that of all such questions: intervals that hold it 95 times in 100."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95


def of_share(value: float, drawn: NDArray[np.float64], questions: int) -> tuple[float, float]:
    """Of a score within 0 and 1, from its values in bootstrap draws of its ``questions``.

    Wilson's score interval (1927) for as many questions as right or wrong ones alone would give that spread, as Korn
    and Graubard (1998) have it for surveys: for a metric that is 0 or 1 just the questions. It is wide where all
    questions score the same, when a bootstrap says nothing, and within 0 and 1. Student's value stands in place of the
    normal one. How often it held the truth, in 2,000 sets each, and in brackets what a percentile bootstrap did:

    =======================  ===========  ===========  ===========  ===========
    questions                         10           20           50          200
    =======================  ===========  ===========  ===========  ===========
    0 or 1, 0.5 in the mean  0.98 (0.96)  0.96 (0.96)  0.96 (0.95)  0.96 (0.95)
    the same, 0.8            0.97 (0.87)  0.96 (0.92)  0.95 (0.95)  0.95 (0.95)
    the same, 0.9            0.99 (0.65)  0.96 (0.88)  0.97 (0.96)  0.95 (0.95)
    the same, 0.95           0.98 (0.40)  0.97 (0.63)  0.97 (0.92)  0.95 (0.95)
    the same, 0.99           0.91 (0.09)  0.98 (0.19)  0.91 (0.40)  0.95 (0.85)
    1 / rank                 0.97 (0.86)  0.97 (0.91)  0.95 (0.92)  0.96 (0.95)
    beta(4, 0.4)             0.90 (0.84)  0.92 (0.88)  0.94 (0.92)  0.94 (0.94)
    =======================  ===========  ===========  ===========  ===========
    """
    spread = float(drawn.var())
    alike = value * (1 - value)
    behind = alike / spread if min(spread, alike) > _NO_SPREAD else float(questions)
    reach = student((1 + LEVEL) / 2, max(questions - 1, 1))
    pull = reach**2 / behind
    middle = (value + pull / 2) / (1 + pull)
    half = math.sqrt(max(alike, 0.0) * pull + pull**2 / 4) / (1 + pull)
    return max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half))


_NO_SPREAD = 1e-12


def of_amount(value: float, drawn: NDArray[np.float64], questions: int) -> tuple[float, float]:
    """Of a time or a count: what 95 of 100 bootstrap draws hold, and at least Student's interval by their spread."""
    low, high = widened(value, drawn, questions, 1 - LEVEL)
    return max(0.0, low), high


def widened(value: float, drawn: NDArray[np.float64], questions: int, level: float) -> tuple[float, float]:
    """What ``1 - level`` of the draws hold (percentile bootstrap; Efron and Tibshirani 1993), and at least Student's
    interval by their spread: few draws fall where few questions differ."""
    if questions < 2 or not drawn.size:
        return (value, value)
    low, high = np.quantile(drawn, [level / 2, 1 - level / 2])
    reach = student(1 - level / 2, questions - 1) * float(drawn.std()) * math.sqrt(questions / (questions - 1))
    return min(float(low), value - reach), max(float(high), value + reach)


def student(share: float, freedom: int) -> float:
    """The value below which ``share`` of Student's distribution lies, from the normal one by the expansion of Fisher
    and Cornish (1960) to its third term: within a hundredth for shares up to 0.9995 from ten degrees of freedom on."""
    z = NormalDist().inv_cdf(share)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
