"""Small decision trees fitted one after another to what the ones before leave over (Friedman, "Greedy Function
Approximation", 2001; with second derivatives as in Chen and Guestrin, "XGBoost", 2016). In numpy: a few thousand rows
of a few dozen columns take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tree = Any
"""A number, or ``[column, at most, yes, no]``: the form of ``qa.support_model.read_model``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How trees are grown."""

    rounds: int = 150
    depth: int = 4
    rate: float = 0.05
    """The share of each tree's answer that is taken."""

    hold: float = 5.0
    """Pulls the answers of leaves with little weight towards nothing."""

    least: int = 15
    """Rows of a leaf."""

    rows: float = 0.7
    columns: float = 0.5
    """The shares of rows and columns that a tree is shown."""

    edges: int = 32
    """Places at which a column may be split."""

    seed: int = 0


def fit(x: Floats, y: NDArray[np.bool_], weights: Floats, shape: Shape) -> list[Tree]:
    """Trees whose sum is the logarithm of the odds of ``y``; ``weights`` have a mean of 1."""
    draw = np.random.default_rng(shape.seed)
    steps = np.linspace(0, 1, shape.edges + 1)[1:-1]
    edges = [np.unique(np.round(np.quantile(column, steps), 5)) for column in x.T]
    bins = np.stack([np.searchsorted(each, column) for each, column in zip(edges, x.T, strict=True)], axis=1)
    odds = np.zeros(len(x))
    trees: list[Tree] = []
    for _ in range(shape.rounds):
        chance = 1 / (1 + np.exp(-odds))
        slope, bend = weights * (chance - y), weights * chance * (1 - chance)
        rows = np.flatnonzero(draw.random(len(x)) < shape.rows)
        columns = draw.choice(x.shape[1], max(1, int(shape.columns * x.shape[1])), replace=False)
        trees.append(_grow(rows, columns, bins, edges, slope, bend, shape, shape.depth))
        odds += answers(trees[-1], x)
    return trees


def _grow(
    rows: NDArray[np.intp],
    columns: NDArray[np.int64],
    bins: NDArray[np.intp],
    edges: list[Floats],
    slope: Floats,
    bend: Floats,
    shape: Shape,
    depth: int,
) -> Tree:
    total, mass = slope[rows].sum(), bend[rows].sum()
    leaf = round(float(-total / (mass + shape.hold) * shape.rate), 5)
    if depth == 0 or len(rows) < 2 * shape.least:
        return leaf
    best, chosen = 1e-3, None
    for column in columns:
        size = len(edges[column]) + 1
        if size < 2:
            continue
        mine = bins[rows, column]
        left = np.cumsum(np.bincount(mine, slope[rows], size))[:-1]
        left_mass = np.cumsum(np.bincount(mine, bend[rows], size))[:-1]
        count = np.cumsum(np.bincount(mine, minlength=size))[:-1]
        gain = (
            left**2 / (left_mass + shape.hold)
            + (total - left) ** 2 / (mass - left_mass + shape.hold)
            - total**2 / (mass + shape.hold)
        )
        gain[(count < shape.least) | (len(rows) - count < shape.least)] = -1
        at = int(np.argmax(gain))
        if gain[at] > best:
            best, chosen = float(gain[at]), (int(column), at)
    if chosen is None:
        return leaf
    column, at = chosen
    is_yes = bins[rows, column] <= at
    parts = [_grow(part, columns, bins, edges, slope, bend, shape, depth - 1) for part in (rows[is_yes], rows[~is_yes])]
    return [column, float(edges[column][at]), *parts]


def answers(tree: Tree, x: Floats) -> Floats:
    """(rows,): what one tree says of each row."""
    if not isinstance(tree, list):
        return np.full(len(x), float(tree))
    column, at_most, yes, no = tree
    return np.where(x[:, column] <= at_most, answers(yes, x), answers(no, x))


def chances(trees: list[Tree], x: Floats) -> Floats:
    """(rows,): 0 to 1."""
    odds = np.sum([answers(tree, x) for tree in trees], axis=0) if trees else np.zeros(len(x))
    found: Floats = 1 / (1 + np.exp(-odds))
    return found
