"""Two runs of a question set side by side: which metrics changed beyond chance, and which questions got worse."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from qa.columns import ROUNDING, behind, columns, draws, in_both, scores
from qa.errors import QAError
from qa.intervals import widened
from qa.report import Report, RunSettings
from qa.results import QuestionResult
from qa.set_scores import LOWER_IS_BETTER, in_order, unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

Verdict = Literal["better", "worse", "unclear", "same", "untested"]
"""``unclear``: it differs, and chance could have done it. ``untested``: shown only, as times are."""

_ALARMS = 0.05
"""Share of the comparisons of an unchanged system in which any metric at all may be called better or worse."""

_TELLING = ("right", "contained", "answered", "numbers_right", "token_f1", "judge_correctness", "judge_faithfulness")
_FALLING = (
    *_TELLING,
    *("citation_precision", "citation_recall", "supported", "judge_completeness"),
    *("recall@10", "mrr@10", "page_hit@5", "passage_hit@5"),
)
"""Metrics of a question whose fall makes it worse: first those of the answer itself."""

_NO_CAUSE = frozenset(
    [
        *("question_set", "library", "documents", "asked", "unanswerable", "without_evidence", "failed", "bad_lines"),
        *("unplaced_quotes", "path", "seconds", "documents_hash"),
    ]
)
"""Settings of a run that name places, or what came of it, and explain nothing."""


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
    """The interval of the difference, from paired bootstrap, at the level of the verdict: see ``compare``."""

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

    better: int
    """How many questions got better, and in nothing worse."""

    only_before: tuple[str, ...]
    """Ids of questions that only the older run has, and then those that only the newer one has."""

    only_after: tuple[str, ...]
    explained_by: Mapping[str, tuple[Any, Any]]
    """What of the settings of the runs differs, before and after."""

    level: float
    """Of the intervals, and higher the more metrics are tested: 0.998 for 25."""


def compare(before: Report, after: Report, resamples: int = 2000, seed: int = 0) -> Comparison:
    """Two runs of a set, by the ids of its questions; one that is asked in other words is another question.

    A metric is over the questions that have it in both runs, and its interval from drawing these questions, each with
    both of its results (paired bootstrap; Efron and Tibshirani 1993). It is as wide as the draws show, or, if that is
    wider, as their spread allows under Student's distribution: few draws fall where few questions differ. Bonferroni's
    correction makes all verdicts together wrong at most once in twenty comparisons of a system with itself. Nothing is
    called better or worse by fewer questions than a sign test would ask for. Times and tokens are not tested, nor is
    coverage where some questions are better refused.
    """
    newer = {result.id: result for result in after.questions}
    pairs = [
        (result, newer[result.id])
        for result in before.questions
        if result.id in newer and _is_same_question(result, newer[result.id])
    ]
    common = {result.id for result, _ in pairs}
    changes, level = _changes(pairs, resamples, seed)
    return Comparison(
        changes=changes,
        worse=tuple(_worse(pairs)),
        better=sum(_is_better(one, other) for one, other in pairs),
        only_before=tuple(result.id for result in before.questions if result.id not in common),
        only_after=tuple(result.id for result in after.questions if result.id not in common),
        explained_by={
            **_differences(before.settings, after.settings),
            **_other_documents(before.settings, after.settings),
            **_other_expectations(pairs),
        },
        level=level,
    )


def _is_same_question(one: QuestionResult, other: QuestionResult) -> bool:
    """Reports that do not keep the question are told by its id alone."""
    return one.question == other.question or not (one.question and other.question)


# Metrics


def _changes(
    pairs: Sequence[tuple[QuestionResult, QuestionResult]], resamples: int, seed: int
) -> tuple[tuple[Change, ...], float]:
    """With the level of their intervals."""
    if not pairs:
        return (), 1 - _ALARMS
    old, new = in_both(columns([one for one, _ in pairs]), columns([other for _, other in pairs]))
    score_old, score_new = scores(old), scores(new)
    whole = np.ones((1, len(pairs)))
    was, now = score_old(whole), score_new(whole)
    names = in_order(name for name in was if name in now and not np.isnan(was[name][0] + now[name][0]))
    tested = [name for name in names if unit(name) == "share" and not (name == "coverage" and "refusal_f1" in names)]
    level = _ALARMS / max(len(tested), 1)
    drawn: dict[str, list[NDArray[np.float64]]] = {name: [] for name in names}
    for weights in draws(len(pairs), resamples, seed):
        olds, news = score_old(weights), score_new(weights)
        for name in names:
            drawn[name].append(news[name] - olds[name])
    changes = []
    for name in names:
        delta = float(now[name][0] - was[name][0])
        questions, differing = behind(old, new, name)
        differences = np.concatenate(drawn[name])
        low, high = widened(delta, differences[~np.isnan(differences)], questions, level)
        if unit(name) == "share":
            low, high = max(low, -1.0), min(high, 1.0)
        verdict = _verdict(name, delta, low, high, differing, level)
        changes.append(
            Change(
                metric=name,
                before=float(was[name][0]),
                after=float(now[name][0]),
                delta=delta,
                low=low,
                high=high,
                questions=questions,
                verdict=verdict if name in tested or verdict == "same" else "untested",
            )
        )
    return tuple(changes), 1 - level


def _verdict(name: str, delta: float, low: float, high: float, differing: int, level: float) -> Verdict:
    if not differing:
        return "same"
    if low <= 0 <= high or 2.0 ** (1 - differing) > level:
        return "unclear"
    return "worse" if (delta > 0) == (name in LOWER_IS_BETTER) else "better"


# Questions


def _worse(pairs: Sequence[tuple[QuestionResult, QuestionResult]]) -> list[Worse]:
    """The worst first: those that could not be asked any more, then by how far the answer fell, then all else."""
    found = []
    for one, other in pairs:
        fell = _fallen(one, other)
        if fell or (other.error is not None and one.error is None):
            found.append(Worse(id=one.id, metrics=fell, before=one, after=other))
    return sorted(found, key=_how_far, reverse=True)


def _is_better(one: QuestionResult, other: QuestionResult) -> bool:
    if other.error is not None or _fallen(one, other):
        return False
    return one.error is not None or bool(_fallen(other, one))


def _how_far(worse: Worse) -> tuple[bool, float, float]:
    falls = {name: abs(before - after) for name, (before, after) in worse.metrics.items()}
    of_answer = max((fall for name, fall in falls.items() if name in _TELLING), default=0.0)
    return (worse.after.error is not None, of_answer, sum(falls.values()))


def _fallen(one: QuestionResult, other: QuestionResult) -> dict[str, tuple[float, float]]:
    """Before and after of what fell; to answer what the documents do not is as bad as to refuse what they do."""
    fell = {}
    for name in _FALLING:
        if name in one.metrics and name in other.metrics:
            before, after = one.metrics[name], other.metrics[name]
            fall = before - after if name != "answered" or one.answerable else after - before
            if fall > ROUNDING:
                fell[name] = (before, after)
    return fell


# What could explain it


def _differences(before: RunSettings, after: RunSettings) -> dict[str, tuple[Any, Any]]:
    one, other = (dict(_flat(asdict(settings))) for settings in (before, after))
    names = dict.fromkeys((*one, *other))
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if name in _NO_CAUSE:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            # A report that was read again has lists where this one has tuples.
            yield f"{prefix}{name}", tuple(value) if isinstance(value, list) else value


def _other_documents(before: RunSettings, after: RunSettings) -> dict[str, tuple[Any, Any]]:
    """Where any document has another name or content; older reports do not know."""
    one, other = before.documents_hash, after.documents_hash
    return {"documents": ("as they were", "others, or changed")} if one and other and one != other else {}


def _other_expectations(pairs: Sequence[tuple[QuestionResult, QuestionResult]]) -> dict[str, tuple[Any, Any]]:
    """Where the set itself says otherwise what would be right."""
    changed = sum(
        (one.answerable, one.expected, one.evidence) != (other.answerable, other.expected, other.evidence)
        for one, other in pairs
    )
    return (
        {"expectations": ("as they were", f"changed for {changed:,} question{'s' if changed > 1 else ''}")}
        if changed
        else {}
    )


# For continuous integration

_EXACT = 1e-9
"""Nobody's limit is meant more exactly: 0.82 less 0.8 is not more than 0.02."""


def limit(text: str) -> tuple[str, float]:
    """``metric=number`` apart.

    Raises:
        QAError: it is not in this form.
    """
    metric, sign, number = (part.strip() for part in text.rpartition("="))
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not (sign and metric and math.isfinite(value)):
        raise QAError(f"{text!r} is no limit: write a metric, an equals sign and a number, such as recall@10=0.8.")
    return metric, value


def fail_under(report: Report, text: str) -> str | None:
    """Why a report is beyond a limit such as ``recall@10=0.8``, or None where it is not; of what is better when lower,
    such as ``risk=0.1`` or ``whole_ms_p95=3000``, it must not be over it.

    Raises:
        QAError: it is no limit, or the report has no such metric.
    """
    metric, bound = limit(text)
    value = _known(metric, report.metrics, "The report")
    if metric in LOWER_IS_BETTER:
        return f"{metric} is {_figure(metric, value)}, over {bound:g}" if value > bound + _EXACT else None
    return f"{metric} is {_figure(metric, value)}, under {bound:g}" if value < bound - _EXACT else None


def fail_worse_than(comparison: Comparison, text: str) -> str | None:
    """Why a run is worse than the older one by more than a limit such as ``recall@10=0.02``, or None where it is not.

    Raises:
        QAError: it is no limit, it is below 0, or the two runs have no such metric in common.
    """
    metric, bound = limit(text)
    if bound < 0:
        raise QAError(f"{text!r} is no limit: how much worse a metric may get is 0 or more.")
    change = _known(metric, {each.metric: each for each in comparison.changes}, "The comparison")
    fall = change.delta if metric in LOWER_IS_BETTER else -change.delta
    if fall <= bound + _EXACT:
        return None
    return (
        f"{metric} went from {_figure(metric, change.before)} to {_figure(metric, change.after)}, which is worse by "
        f"{_figure(metric, fall)}, more than {bound:g}"
    )


ValueT = TypeVar("ValueT")


def _known(metric: str, there: Mapping[str, ValueT], what: str) -> ValueT:
    if metric not in there:
        raise QAError(f"{what} has no metric {metric!r}. It has: {', '.join(there) or 'none at all'}.")
    return there[metric]


def _figure(metric: str, value: float) -> str:
    return f"{value:.3f}" if unit(metric) == "share" else f"{value:,.1f}"


# For the terminal

_SHOWN = 10
_LINE = 110
"""Characters of a question or an answer that are shown."""


def comparison_text(comparison: Comparison) -> str:
    """The metrics before and after, the questions that got worse with both answers, and what could explain it."""
    width = max((len(change.metric) for change in comparison.changes), default=0)
    heading = f"{100 * comparison.level:.3g} % interval"
    lines = [f"{'metric':<{width}}  {'before':>9}  {'after':>9}  {'difference':>10}  {heading:<19}  verdict"]
    if not comparison.changes:
        lines = ["The two runs have no metric in common."]
    for each in comparison.changes:
        if each.verdict != "same":
            low, high, delta = (_signed(each.metric, value) for value in (each.low, each.high, each.delta))
            before, after = _figure(each.metric, each.before), _figure(each.metric, each.after)
            verdict = "" if each.verdict == "untested" else each.verdict
            figures = f"{before:>9}  {after:>9}  {delta:>10}  {f'{low} to {high}':<19}"
            lines.append(f"{each.metric:<{width}}  {figures}  {verdict}".rstrip())
    same = [each.metric for each in comparison.changes if each.verdict == "same"]
    if same:
        lines += ["", f"The same in every question: {', '.join(same)}"]
    if comparison.worse:
        count = len(comparison.worse)
        lines += ["", f"{count:,} question{'s' if count > 1 else ''} got worse" + _first(count)]
        for worse in comparison.worse[:_SHOWN]:
            falls = ", ".join(f"{name} {before:.2f} → {after:.2f}" for name, (before, after) in worse.metrics.items())
            lines += [
                f"  {worse.id}: {_cut(worse.after.question)}",
                f"    {falls or 'fails'}",
                f"    before: {_said(worse.before)}",
                f"    after:  {_said(worse.after)}",
            ]
    for ids, which in ((comparison.only_before, "older"), (comparison.only_after, "newer")):
        if ids:
            lines += ["", f"Only in the {which} run: {', '.join(ids[:_SHOWN])}{_more(len(ids))}"]
    if comparison.explained_by:
        lines += ["", "What else differs:"]
        for name, (before, after) in comparison.explained_by.items():
            lines.append(f"  {name}: {_cut(str(before))} → {_cut(str(after))}")
    return "\n".join(lines)


def _signed(metric: str, value: float) -> str:
    return ("+" if value >= 0 else "") + _figure(metric, value)


def _first(count: int) -> str:
    return f"; the {_SHOWN} worst:" if count > _SHOWN else ":"


def _more(count: int) -> str:
    return f" and {count - _SHOWN:,} more" if count > _SHOWN else ""


def _said(result: QuestionResult) -> str:
    if result.error is not None:
        return f"failed: {_cut(result.error)}"
    if result.answer is None:
        return ", ".join(dict.fromkeys(place.document for place in result.hits[:3])) or "nothing found"
    return _cut(result.answer.text) if result.answer.found else "refused"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"
