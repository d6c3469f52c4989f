"""The model behind the support check: a few dozen small decision trees, read from the file that the fit wrote."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One question of a tree: is this figure at most that?"""

    figure: str
    at_most: float
    yes: Split | float
    no: Split | float


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportModel:
    """Trees whose answers add up to the logarithm of the odds that a claim is supported."""

    trees: tuple[Split | float, ...]

    def score(self, figures: Mapping[str, float]) -> float:
        """0 to 1.

        Raises:
            KeyError: a figure is missing.
        """
        odds = math.fsum(_answer(tree, figures) for tree in self.trees)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def _answer(tree: Split | float, figures: Mapping[str, float]) -> float:
    while isinstance(tree, Split):
        tree = tree.yes if figures[tree.figure] <= tree.at_most else tree.no
    return tree


def read_model(data: Mapping[str, Any]) -> SupportModel:
    """From the JSON form: ``{"figures": [...], "trees": [...]}``, a tree being a number or
    ``[place of the figure, at most, yes, no]``."""
    names = tuple(str(name) for name in data["figures"])
    return SupportModel(
        trees=tuple(_read(tree, names) for tree in data["trees"]),
    )


def _read(tree: float | Sequence[Any], names: Sequence[str]) -> Split | float:
    if isinstance(tree, int | float):
        return float(tree)
    place, at_most, yes, no = tree
    return Split(figure=names[place], at_most=float(at_most), yes=_read(yes, names), no=_read(no, names))
