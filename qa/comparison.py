"""Two runs of a question set side by side: which metrics changed beyond chance, and which questions got worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qa.results import QuestionResult

Verdict = Literal["better", "worse", "unclear", "same", "untested"]
"""``unclear``: it differs, and chance could have done it. ``untested``: shown only, as times are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A metric in two runs, over the questions that both have it for."""

    metric: str
    before: float
    after: float
    delta: float
    """``after - before``."""

    low: float
    high: float
    """The interval of the difference, from paired bootstrap."""

    questions: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """A question that got worse, with both of its results."""

    id: str
    metrics: Mapping[str, tuple[float, float]]
    """Before and after of those that fell."""

    before: QuestionResult
    after: QuestionResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run against an older one."""

    changes: tuple[Change, ...]
    worse: tuple[Worse, ...]
    """The worst first."""

    only_before: tuple[str, ...]
    """Ids of questions that only the older run has, and then those that only the newer one has."""

    only_after: tuple[str, ...]
    explained_by: Mapping[str, tuple[Any, Any]]
    """What of the settings of the runs differs, before and after."""
