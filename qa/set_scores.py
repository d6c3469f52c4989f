"""What a question set scores as a whole, how sure each figure is, and the curves that a report draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from qa.abstention import risk_coverage
from qa.columns import SHARES, TIMES, Columns, behind, columns, draws, scores
from qa.intervals import of_amount, of_share
from qa.results import QuestionResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

Unit = Literal["share", "ms", "tokens"]

LOWER_IS_BETTER = frozenset(
    [
        "broken_citations",
        "risk",
        "aurc",
        "prompt_tokens",
        "reply_tokens",
        *TIMES,
        *(f"{name}_{label}" for name in TIMES for label in SHARES),
    ]
)

_LEVELS = ("", "page", "passage")
_BASES = ("hit", "recall", "mrr", "ndcg")
_ORDER = (
    *("exact_match", "token_f1", "contained", "numbers_right"),
    *("citation_precision", "citation_recall", "supported", "broken_citations"),
    *("coverage", "risk", "refusal_precision", "refusal_recall", "refusal_f1", "confidence_auroc", "aurc"),
    *("judge_faithfulness", "judge_correctness", "judge_completeness"),
    *("prompt_tokens", "reply_tokens"),
    *(f"{name}_{label}" for name in TIMES for label in SHARES),
)
"""After the scores of the search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers of about the same confidence."""

    low: float
    high: float
    confidence: float
    """Their mean."""

    right: float
    """The share of them that is."""

    answers: int


def unit(metric: str) -> Unit:
    """What a metric's values are: shares are within 0 and 1, times in milliseconds."""
    if metric.endswith("_tokens"):
        return "tokens"
    return "ms" if "_ms" in metric else "share"


def summary(results: Sequence[QuestionResult]) -> dict[str, float]:
    """The scores of a set, in the order of ``in_order``.

    Each metric's mean over the questions that have it, and of a few columns something else: ``coverage`` is the share
    answered, ``risk`` the share wrong of the answers of which it is known; times have percentiles.
    """
    if not results:
        return {}
    found = scores(columns(results))(np.ones((1, len(results))))
    return {name: float(found[name][0]) for name in in_order(found) if not np.isnan(found[name][0])}


def intervals(
    results: Sequence[QuestionResult], resamples: int = 1000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """By metric, where 95 of 100 sets of such questions would have it, by drawing the questions anew: see
    ``qa.intervals``. Draws that hold no question with the metric are passed over."""
    if not results:
        return {}
    table = columns(results)
    scored = scores(table)
    drawn: dict[str, list[NDArray[np.float64]]] = {}
    for weights in draws(len(results), resamples, seed):
        for name, values in scored(weights).items():
            drawn.setdefault(name, []).append(values)
    found = {}
    for name, value in summary(results).items():
        values = np.concatenate(drawn[name])
        known = values[~np.isnan(values)]
        of = of_share if unit(name) == "share" else of_amount
        found[name] = of(value, known, _told_by(table, name))
    return found


def _told_by(table: Columns, name: str) -> int:
    """How many questions a score has to go on: of the smaller kind, where it tells two apart."""
    questions = behind(table, table, name)[0]
    if name == "confidence_auroc":
        _, there = table.column("confidence")
        questions = int(min((there & table.answerable).sum(), (there & ~table.answerable).sum()))
    return questions


def risk_curve(results: Sequence[QuestionResult]) -> list[tuple[float, float, float]]:
    """Thresholds with what they would lead to among the answers given, as (threshold, coverage, risk); see
    ``qa.abstention.risk_coverage``. Only answers of which it is known whether they are right."""
    judged = _judged(results)
    return risk_coverage([pair[0] for pair in judged], [pair[1] for pair in judged])


def calibration_bins(results: Sequence[QuestionResult], bins: int = 10) -> list[Bin]:
    """The same answers by confidence, in bins of equal width; those without any are left out."""
    kept: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in _judged(results):
        kept.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return [
        Bin(
            low=at / bins,
            high=(at + 1) / bins,
            confidence=sum(confidence for confidence, _ in held) / len(held),
            right=sum(right for _, right in held) / len(held),
            answers=len(held),
        )
        for at, held in sorted(kept.items())
    ]


def in_order(names: Iterable[str]) -> list[str]:
    """Scores as they are best read: search, answers, citations, abstention, judge, cost."""
    return sorted(names, key=_place)


def is_score(name: str) -> bool:
    """Whether a set can have a score of this name."""
    return _place(name)[0] <= len(_LEVELS)


def _judged(results: Sequence[QuestionResult]) -> list[tuple[float, bool]]:
    """Confidence and whether it was right, of the answers of which that is known."""
    return [
        (result.metrics["confidence"], bool(result.metrics["right"]))
        for result in results
        if "right" in result.metrics and "confidence" in result.metrics
    ]


def _place(name: str) -> tuple[int, int, str, int]:
    """Documents, pages, passages, within each as they are best read; then all else, what is not known here last."""
    if name in _ORDER:
        return (len(_LEVELS), _ORDER.index(name), name, 0)
    kind, _, depth = name.partition("@")
    level, _, base = kind.rpartition("_")
    if level in _LEVELS and base in _BASES and depth.isdigit():
        return (_LEVELS.index(level), _BASES.index(base), kind, int(depth))
    return (len(_LEVELS) + 1, 0, name, 0)
