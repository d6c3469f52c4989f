"""The pictures of a report: how scores, ranks and times are spread, and what the confidence is worth. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.metrics import mean, percentile
from qa.plot import Bars, Line, bar_plot, line_plot
from qa.report_words import figure
from qa.results import QuestionResult
from qa.set_scores import calibration_bins, risk_curve

_TENTHS = tuple(f"{at / 10:.1f}" for at in range(11))
_FEW = 5
"""So few bars say little: the steps between them are made finer."""

_POINTS = 200
"""Of a curve at most: more are not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A plot, or why there is none."""

    title: str
    said: str
    """One sentence below the plot, or in its place."""

    svg: str = ""


def pictures(questions: Sequence[QuestionResult]) -> Iterator[Picture]:
    """Each picture of a report, in order."""
    yield _token_f1(questions)
    yield _confidence(questions)
    yield _risk(questions)
    yield _reliability(questions)
    yield _ranks(questions)
    yield from _times(questions)


def _token_f1(questions: Sequence[QuestionResult]) -> Picture:
    title = "Token F1 of the answers"
    values = _values(questions, "token_f1")
    if not values:
        return Picture(title=title, said="Left out: no answer was compared with accepted ones.")
    svg = bar_plot(
        [Bars(label="questions", counts=_tenths(values))],
        _TENTHS,
        x_label="token F1",
        y_label="questions",
        title=f"{title}: how many of {len(values):,} questions lie in each tenth",
    )
    none, whole = sum(value == 0 for value in values), sum(value == 1 for value in values)
    said = f"{_counted(len(values))}: {none:,} share no word with an accepted answer, {whole:,} are one word for word."
    return Picture(title=title, said=said, svg=svg)


def _confidence(questions: Sequence[QuestionResult]) -> Picture:
    title = "Confidence of right and of wrong answers"
    sure = _sure(questions)
    if not sure:
        return Picture(title=title, said=_NO_CONFIDENCE)
    right = [confidence for confidence, is_right in sure if is_right]
    wrong = [confidence for confidence, is_right in sure if not is_right]
    svg = bar_plot(
        [Bars(label="right", counts=_tenths(right)), Bars(label="not right", counts=_tenths(wrong))],
        _TENTHS,
        x_label="confidence",
        y_label="questions",
        title=f"{title}: how many lie in each tenth",
    )
    means = [
        f"{len(group):,} {name}, at {value:.2f} in the mean"
        for name, group in (("right", right), ("not right", wrong))
        if (value := mean(group)) is not None
    ]
    return Picture(title=title, said=f"{'; '.join(means)}.", svg=svg)


def _risk(questions: Sequence[QuestionResult]) -> Picture:
    title = "Risk against coverage"
    curve = risk_curve(questions)
    if not curve:
        return Picture(title=title, said=_NO_CONFIDENCE)
    every = max(1, len(curve) // _POINTS)
    points = [(coverage, risk) for _, coverage, risk in curve]
    kept = tuple(point for at, point in enumerate(points) if at % every == 0 or at == len(points) - 1)
    svg = line_plot(
        [Line(label="wrong among the surest answers", points=kept, dotted=len(kept) < 12)],
        x_label="answers given, the surest first",
        y_label="answers that are wrong",
        title=title,
    )
    half = min(points, key=lambda point: abs(point[0] - 0.5))
    said = (
        f"Of all answers {points[0][1]:.0%} are wrong; of the surest {half[0]:.0%}, {half[1]:.0%}. "
        "A confidence that is worth something makes the line rise from left to right."
    )
    return Picture(title=title, said=said, svg=svg)


def _reliability(questions: Sequence[QuestionResult]) -> Picture:
    title = "Calibration of the confidence"
    bins = calibration_bins(questions)
    if not bins:
        return Picture(title=title, said=_NO_CONFIDENCE)
    points = tuple((each.confidence, each.right) for each in bins)
    svg = line_plot(
        [
            Line(label="right, by tenths of the confidence", points=points, dotted=True),
            Line(label="as sure as right", points=((0, 0), (1, 1))),
        ],
        x_label="confidence",
        y_label="answers that are right",
        title=title,
    )
    off = sum(each.answers * abs(each.confidence - each.right) for each in bins) / sum(each.answers for each in bins)
    said = (
        f"In the mean the confidence is {off:.2f} away from the share that is right (expected calibration error). "
        "Above the dashed line answers are right more often than the confidence says, below it less often."
    )
    return Picture(title=title, said=said, svg=svg)


def _ranks(questions: Sequence[QuestionResult]) -> Picture:
    title = "Rank of the first document of the evidence"
    values = _values(questions, "mrr@10")
    if not values:
        return Picture(title=title, said="Left out: no question has evidence to be found.")
    counts = [0] * 11
    for value in values:
        counts[round(1 / value) - 1 if value else 10] += 1
    svg = bar_plot(
        [Bars(label="questions", counts=tuple(counts))],
        (*(str(rank) for rank in range(1, 11)), "none"),
        x_label="rank among documents",
        y_label="questions",
        title=f"{title}, of {len(values):,} questions",
    )
    said = f"{_counted(len(values))}: {counts[0]:,} have it first, {counts[10]:,} not among the first ten."
    return Picture(title=title, said=said, svg=svg)


def _times(questions: Sequence[QuestionResult]) -> Iterator[Picture]:
    for name, title, needed in (
        ("retrieve_ms", "Time of the search", True),
        ("first_token_ms", "Time to the first words", False),
        ("whole_ms", "Time to the whole answer", False),
    ):
        values = _values(questions, name)
        if values:
            limits = _limits(min(values), max(values))
            counts = [0] * (len(limits) - 1)
            for value in values:
                counts[max(0, next((at for at, limit in enumerate(limits[1:]) if value < limit), len(counts) - 1))] += 1
            svg = bar_plot(
                [Bars(label="questions", counts=tuple(counts))],
                [_short_time(limit) for limit in limits],
                x_label="time",
                y_label="questions",
                title=f"{title}, of {len(values):,} questions",
            )
            p50, p95 = percentile(values, 0.5) or 0.0, percentile(values, 0.95) or 0.0
            said = f"Half take no longer than {figure(p50, name)}, 95 of 100 no longer than {figure(p95, name)}."
            yield Picture(title=title, said=said, svg=svg)
        elif needed:
            yield Picture(title=title, said="Left out: no time was taken.")


def _limits(least: float, most: float) -> list[float]:
    """Round times around all values, each larger than the one before by about the same factor."""
    limits: list[float] = []
    for factors in ((1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)):
        steps = [factor * 10.0**power for power in range(-2, 8) for factor in factors]
        low = max((at for at, step in enumerate(steps) if step <= least), default=0)
        high = min((at for at, step in enumerate(steps) if step > most), default=len(steps) - 1)
        limits = steps[low : max(high, low + 1) + 1]
        if len(limits) > _FEW:
            break
    return limits


def _short_time(ms: float) -> str:
    return f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s"


_NO_CONFIDENCE = "Left out: no question has both a confidence and a word on whether its answer is right."


def _sure(questions: Sequence[QuestionResult]) -> list[tuple[float, bool]]:
    """Confidence of each answer, and whether it is right."""
    return [
        (result.metrics["confidence"], result.metrics["right"] >= 0.5)
        for result in questions
        if "confidence" in result.metrics and "right" in result.metrics
    ]


def _values(questions: Sequence[QuestionResult], name: str) -> list[float]:
    return [result.metrics[name] for result in questions if name in result.metrics]


def _tenths(values: Sequence[float]) -> tuple[int, ...]:
    counts = [0] * 10
    for value in values:
        counts[_tenth(value)] += 1
    return tuple(counts)


def _tenth(value: float) -> int:
    return max(0, min(9, int(value * 10)))


def _counted(count: int) -> str:
    return f"{count:,} question{'' if count == 1 else 's'}"
