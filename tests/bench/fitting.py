"""Small fits and scores in numpy: a logistic regression, a choice among several, AUROC, risk against coverage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


def auroc(positive: Sequence[bool], scores: Sequence[float]) -> float:
    """How likely a positive scores above a negative; ties count half (Mann and Whitney's U)."""
    truth, values = np.asarray(positive, dtype=bool), np.asarray(scores, dtype=float)
    if truth.all() or not truth.any():
        return float("nan")
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    ahead = ranks[truth].sum() - truth.sum() * (truth.sum() + 1) / 2
    return float(ahead / (truth.sum() * (~truth).sum()))


def risk_coverage(right: Sequence[bool], scores: Sequence[float]) -> list[tuple[float, float]]:
    """Share of wrong answers among the tenth, two tenths ... of the questions with the highest scores."""
    values = np.asarray(scores, dtype=float)
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    # Among equal scores nobody is first: each counts as wrong as all of them together.
    wrong = (np.bincount(place, ~np.asarray(right, dtype=bool)) / counts)[place][np.argsort(-values, kind="stable")]
    points = []
    for tenth in range(1, 11):
        count = max(1, round(len(wrong) * tenth / 10))
        points.append((tenth / 10, float(wrong[:count].mean())))
    return points


def fit_logistic(table: Floats, truth: Marks, share: Floats, *, ridge: float = 3.0) -> tuple[Floats, float]:
    """Weights and offset of a logistic regression by Newton's method; the ridge is on standardised columns."""
    mean, deviation = table.mean(axis=0), table.std(axis=0) + 1e-9
    columns = np.c_[(table - mean) / deviation, np.ones(len(table))]
    penalty = np.diag([ridge] * table.shape[1] + [1e-6])
    weights = np.zeros(columns.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-np.clip(columns @ weights, -30, 30)))
        slope = columns.T @ (share * (likely - truth)) + penalty @ weights
        bend = (columns * (share * likely * (1 - likely))[:, None]).T @ columns + penalty
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    scaled = weights[:-1] / deviation
    return scaled, float(weights[-1] - mean @ scaled)


def fit_choice(groups: Sequence[tuple[Floats, Marks]], *, ridge: float = 3.0) -> Floats:
    """Weights under which, in each group, a softmax gives most to the rows marked true."""
    table = np.concatenate([rows for rows, _ in groups])
    truth = np.concatenate([marks for _, marks in groups])
    sizes = [len(rows) for rows, _ in groups]
    owner = np.repeat(np.arange(len(groups)), sizes)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    deviation = table.std(axis=0) + 1e-9
    columns = (table - table.mean(axis=0)) / deviation
    weights = np.zeros(table.shape[1])

    def shares(w: Floats) -> tuple[Floats, Floats, float]:
        scores = columns @ w
        powers = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        total, marked = np.add.reduceat(powers, starts), np.add.reduceat(powers * truth, starts)
        loss = float(-np.log((marked + 1e-12) / total).sum() + ridge / 2 * w @ w)
        return powers / total[owner], powers * truth / (marked + 1e-12)[owner], loss

    for _ in range(60):
        all_of, marked_of, loss = shares(weights)
        slope = columns.T @ (all_of - marked_of) + ridge * weights
        means = np.add.reduceat(columns * all_of[:, None], starts, axis=0)
        bend = columns.T @ (columns * all_of[:, None]) - means.T @ means + ridge * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        length = 1.0
        while shares(weights - length * step)[2] > loss and length > 1e-4:
            length /= 2
        weights = weights - length * step
        if np.abs(step).max() < 1e-4:
            break
    found: Floats = weights / deviation
    return found
