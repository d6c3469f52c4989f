"""Scores of knowing when not to answer. Pure: confidences and what was right in, numbers out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """How well scores tell two groups apart: the share of pairs in which the positive one is higher, ties for half.

    The area under the receiver operating characteristic, by its ranks (Mann and Whitney 1947). 1 where every positive
    score is above every negative one, 0.5 where they are mixed; None where a group is empty.
    """
    if not positive or not negative:
        return None
    ordered = sorted(negative)
    wins = sum(bisect_left(ordered, score) + bisect_right(ordered, score) for score in positive)
    return wins / (2 * len(positive) * len(negative))


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float, float]]:
    """Thresholds with what they lead to, as (threshold, coverage, risk), from all questions answered to few.

    Coverage is the share of the questions that are answered, those of a confidence of at least the threshold; risk is
    the share of these whose answer is wrong (El-Yaniv and Wiener 2010). One point a distinct confidence.
    """
    pairs = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    points = []
    wrong = 0
    for answered, (confidence, is_right) in enumerate(pairs, 1):
        wrong += not is_right
        if answered == len(pairs) or pairs[answered][0] != confidence:
            points.append((confidence, answered / len(pairs), wrong / answered))
    return points[::-1]


def best_threshold(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """The confidence from which on answering pays, if a wrong answer costs as much as a right one is worth.

    Maximises the right answers less the wrong ones, where a refusal counts nothing: effective reliability at a cost of
    one (Whitehead et al. 2022, "Reliable Visual Question Answering"). Between the confidences on both sides of the best
    cut, so that the next question like them falls on the right one; above all of them where no answer is worth giving.

    Raises:
        ValueError: there are no confidences.
    """
    if not confidences:
        raise ValueError("a threshold needs confidences")
    pairs = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    best, gained, cut = 0, 0, 0
    for answered, (confidence, is_right) in enumerate(pairs, 1):
        gained += 1 if is_right else -1
        if (answered == len(pairs) or pairs[answered][0] != confidence) and gained > best:
            best, cut = gained, answered
    above = pairs[cut - 1][0] if cut else 1.0
    below = pairs[cut][0] if cut < len(pairs) else 0.0
    return (above + below) / 2
