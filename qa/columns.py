"""The metrics of many questions as columns, and what a set scores by them: once, or for many weightings at a time.

A bootstrap draws questions with replacement, which is to weight each by how often it was drawn. So everything here
takes weights, a row of them for each draw, and gives a value a row; weights of one give the score itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from qa.results import QuestionResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Score = Callable[[Floats], Floats]
    """Weights (draws, questions) to values (draws,), NaN where a draw holds nothing to go on."""

TIMES = ("retrieve_ms", "first_token_ms", "whole_ms")
SHARES = {"p50": 0.5, "p95": 0.95}
_NOT_MEANS = (*TIMES, "answered", "right", "confidence")
"""Columns whose mean says nothing or goes by another name."""

_ABOUT = {
    "coverage": ("answered",),
    "risk": ("right",),
    "refusal_precision": ("answered",),
    "refusal_recall": ("answered",),
    "refusal_f1": ("answered",),
    "confidence_auroc": ("confidence",),
    "aurc": ("confidence", "right"),
    **{f"{name}_{label}": (name,) for name in TIMES for label in SHARES},
}
"""Scores of a set that are no mean of a column, with the columns that they come from."""

ROUNDING = 2e-6
"""Up to this two values are the same: reports in files are rounded to six places."""

_DRAWN_AT_ONCE = 1_000_000
"""Weights held at a time: 8 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The metrics of questions: a row a question."""

    names: tuple[str, ...]
    values: Floats
    """(questions, names); 0 where there is none."""

    there: NDArray[np.bool_]
    """(questions, names): whether the question has the metric."""

    answerable: NDArray[np.bool_]

    def column(self, name: str) -> tuple[Floats, NDArray[np.bool_]]:
        """Values, and for which questions they are there."""
        at = self.names.index(name)
        return self.values[:, at], self.there[:, at]


def columns(results: Sequence[QuestionResult]) -> Columns:
    """The metrics of ``results``, in the order in which they first appear."""
    names = tuple(dict.fromkeys(name for result in results for name in result.metrics))
    values = np.zeros((len(results), len(names)))
    there = np.zeros((len(results), len(names)), dtype=bool)
    places = {name: at for at, name in enumerate(names)}
    for row, result in enumerate(results):
        for name, value in result.metrics.items():
            values[row, places[name]] = value
            there[row, places[name]] = True
    answerable = np.array([result.answerable for result in results], dtype=bool)
    return Columns(names=names, values=values, there=there, answerable=answerable)


def in_both(one: Columns, other: Columns) -> tuple[Columns, Columns]:
    """Two tables of the same questions, cut to the columns of both, each to the questions that have it in both."""
    names = tuple(name for name in one.names if name in other.names)
    mine, theirs = ([table.names.index(name) for name in names] for table in (one, other))
    there = one.there[:, mine] & other.there[:, theirs]
    return (
        replace(one, names=names, values=one.values[:, mine] * there, there=there),
        replace(other, names=names, values=other.values[:, theirs] * there, there=there),
    )


def behind(one: Columns, other: Columns, score: str) -> tuple[int, int]:
    """Of two tables of ``in_both``: how many questions a score is taken over in either, and in how many of these they
    differ."""
    at = [one.names.index(name) for name in _ABOUT.get(score, (score,))]
    held = one.there[:, at].all(axis=1)
    if score.startswith("refusal"):
        unanswerable, refused = ~one.answerable, ((one.values[:, at] == 0) | (other.values[:, at] == 0)).any(axis=1)
        denominators = {
            "refusal_precision": refused,
            "refusal_recall": unanswerable,
            "refusal_f1": refused | unanswerable,
        }
        held &= denominators[score]
    differing = (np.abs(one.values[:, at] - other.values[:, at]) > ROUNDING).any(axis=1)
    return int(held.sum()), int((held & differing).sum())


def draws(questions: int, count: int, seed: int) -> Iterator[Floats]:
    """Weights of ``count`` draws of as many questions with replacement, in blocks of (draws, questions)."""
    random = np.random.default_rng(seed)
    rows = max(1, _DRAWN_AT_ONCE // questions)
    for begin in range(0, count, rows):
        size = min(rows, count - begin)
        drawn = random.integers(0, questions, (size, questions))
        drawn += np.arange(size)[:, None] * questions
        counted = np.bincount(drawn.ravel(), minlength=size * questions)
        yield counted.reshape(size, questions).astype(np.float64)


def scores(table: Columns) -> Callable[[Floats], dict[str, Floats]]:
    """All scores of a set that its columns allow: weights (draws, questions) to values (draws,) by name."""
    means = [at for at, name in enumerate(table.names) if name not in _NOT_MEANS]
    names = [table.names[at] for at in means]
    values, there = table.values[:, means], table.there[:, means].astype(np.float64)
    others = _others(table)
    timed = [name for name in TIMES if name in table.names]

    def scored(weights: Floats) -> dict[str, Floats]:
        averages = _over(weights @ values, weights @ there)
        found = {name: averages[:, at] for at, name in enumerate(names)}
        found |= {name: score(weights) for name, score in others.items()}
        for name in timed:
            found |= _percentiles(name, *table.column(name), weights)
        return found

    return scored


def _others(table: Columns) -> dict[str, Score]:
    found: dict[str, Score] = {}
    if "answered" in table.names:
        found |= _abstention(*table.column("answered"), table.answerable)
    if "right" in table.names:
        right, known = table.column("right")
        found["risk"] = _mean(1 - right, known)
    if "confidence" in table.names:
        confidence, sure = table.column("confidence")
        if _both_kinds(sure, table.answerable):
            found["confidence_auroc"] = _auroc(confidence, sure, table.answerable)
        if "right" in table.names and (sure & known).any():
            found["aurc"] = _aurc(confidence, right, sure & known)
    return found


def _over(above: Floats, below: Floats) -> Floats:
    """A quotient; NaN where there is nothing below."""
    result: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return result


def _mean(values: Floats, there: NDArray[np.bool_]) -> Score:
    held = there.astype(np.float64)
    return lambda weights: _over(weights @ (values * held), weights @ held)


def _both_kinds(there: NDArray[np.bool_], answerable: NDArray[np.bool_]) -> bool:
    return bool((there & answerable).any() and (there & ~answerable).any())


def _abstention(answered: Floats, there: NDArray[np.bool_], answerable: NDArray[np.bool_]) -> dict[str, Score]:
    """Coverage, and how well refusing finds what is unanswerable: its precision, recall and their harmonic mean."""
    found: dict[str, Score] = {"coverage": _mean(answered, there)}
    if _both_kinds(there, answerable):
        refused = there & (answered == 0)
        unanswerable = (there & ~answerable).astype(np.float64)
        rightly = (refused & ~answerable).astype(np.float64)
        refusals = refused.astype(np.float64)
        if refused.any():
            found["refusal_precision"] = lambda weights: _over(weights @ rightly, weights @ refusals)
        found["refusal_recall"] = lambda weights: _over(weights @ rightly, weights @ unanswerable)
        found["refusal_f1"] = lambda weights: _over(2 * (weights @ rightly), weights @ (refusals + unanswerable))
    return found


def _percentiles(name: str, values: Floats, there: NDArray[np.bool_], weights: Floats) -> dict[str, Floats]:
    """As ``qa.metrics.percentile`` of each value as often as its weight says."""
    chosen = np.flatnonzero(there)
    order = chosen[np.argsort(values[chosen], kind="stable")]
    ordered = values[order]
    found = np.full((len(weights), len(SHARES)), np.nan)
    shares = np.array(list(SHARES.values()))
    for row, drawn in enumerate(weights):
        upto = np.cumsum(drawn[order])
        if upto[-1]:
            places = shares * (upto[-1] - 1)
            lows = np.floor(places)
            below = ordered[np.searchsorted(upto, lows, side="right")]
            above = ordered[np.searchsorted(upto, np.minimum(lows + 1, upto[-1] - 1), side="right")]
            found[row] = below + (above - below) * (places - lows)
    return {f"{name}_{label}": found[:, at] for at, label in enumerate(SHARES)}


def _by_confidence(confidence: Floats, there: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The questions from the surest down, and where among these each new confidence begins."""
    chosen = np.flatnonzero(there)
    order = chosen[np.argsort(-confidence[chosen], kind="stable")]
    return order, np.flatnonzero(np.r_[True, np.diff(confidence[order]) != 0])


def _auroc(confidence: Floats, there: NDArray[np.bool_], answerable: NDArray[np.bool_]) -> Score:
    """As ``qa.abstention.auroc`` of the answerable against the unanswerable."""
    order, begins = _by_confidence(confidence, there)
    positive = answerable[order].astype(np.float64)

    def auroc(weights: Floats) -> Floats:
        drawn = weights[:, order]
        positives = np.add.reduceat(drawn * positive, begins, axis=1)
        negatives = np.add.reduceat(drawn * (1 - positive), begins, axis=1)
        below = negatives.sum(axis=1, keepdims=True) - np.cumsum(negatives, axis=1)
        won = (positives * (below + negatives / 2)).sum(axis=1)
        return _over(won, positives.sum(axis=1) * negatives.sum(axis=1))

    return auroc


def _aurc(confidence: Floats, right: Floats, there: NDArray[np.bool_]) -> Score:
    """The area under the curve of risk against coverage: over the answers, the mean of the share of wrong ones among
    those that are at least as sure (Geifman et al. 2019, "Bias-Reduced Uncertainty Estimation")."""
    order, begins = _by_confidence(confidence, there)
    wrong = 1 - right[order]

    def aurc(weights: Floats) -> Floats:
        drawn = weights[:, order]
        answers = np.add.reduceat(drawn, begins, axis=1)
        upto = np.cumsum(answers, axis=1)
        risks = np.cumsum(np.add.reduceat(drawn * wrong, begins, axis=1), axis=1) / np.maximum(upto, 1)
        return _over((answers * risks).sum(axis=1), upto[:, -1])

    return aurc
