"""Limits that a run of a question set must keep: ``--fail-under`` and ``--fail-worse-than``.

A limit that no run could keep or break is found before the first question is asked. One holds only where the questions
that would break it are still in its mean: ``gaps`` says where they are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.comparison import Comparison, fail_under, fail_worse_than, limit
from qa.errors import QAError
from qa.evidence import Expected, score
from qa.questions import Question
from qa.report import Report
from qa.report_words import counted
from qa.set_scores import LOWER_IS_BETTER, in_order, unit
from qa.settings import QASettings

_SHOWN = 5
"""Ids of questions that a reason names."""

_OF_THE_SET = ("exact_match", "token_f1", "contained")
"""Beside those of retrieval: what a question has whatever is answered, as long as its set and the documents are the
same. Other metrics may lose questions because answers changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a run."""

    text: str
    """As it was given: ``metric=number``."""

    metric: str
    bound: float
    is_fall: bool
    """Whether it bounds how much worse than the baseline the metric may be, and not the metric itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a limit."""

    line: str
    """It and the figures, for the end of a run."""

    reason: str | None
    """Why it is broken; None where it is kept."""


def read_limits(under: Sequence[str], worse_than: Sequence[str]) -> list[Limit]:
    """The limits of a command line.

    Raises:
        QAError: one is in another form, or its number cannot be meant.
    """
    found = []
    for texts, is_fall in ((under, False), (worse_than, True)):
        for text in texts:
            metric, bound = limit(text)
            most = 1 if unit(metric) == "share" else None
            if bound < 0 or (most is not None and bound > most):
                what = f"is a share, from 0 to {most}" if most is not None else "is never below 0"
                raise QAError(f"{text!r} is no limit: {metric} {what}.")
            found.append(Limit(text=text, metric=metric, bound=bound, is_fall=is_fall))
    return found


def possible_metrics(questions: Sequence[Question], settings: QASettings, *, retrieval_only: bool) -> list[str]:
    """What a run over these questions may have scores of, in the order of a report."""
    answerable = [question for question in questions if question.answerable]
    evidence = [entry for question in answerable for entry in question.evidence]
    wanted = Expected(
        labels={},
        documents=frozenset(entry.document for entry in evidence),
        pages=frozenset((entry.document, entry.page) for entry in evidence if entry.page is not None),
        spans={entry.document: ((0, 1),) for entry in evidence if entry.quote is not None or entry.start is not None},
        unplaced=0,
        absent=(),
    )
    names = {*score([], wanted), *_times("retrieve_ms")}
    if retrieval_only:
        return in_order(names)
    accepted = any(question.answers for question in answerable)
    names |= {"supported", "coverage", *_times("whole_ms")}
    if accepted:
        names |= {*_OF_THE_SET, "numbers_right"}
    if evidence:
        names |= {"citation_precision", "citation_recall"}
    if accepted or evidence or len(answerable) < len(questions):
        names |= {"risk", "aurc"}
    if 0 < len(answerable) < len(questions):
        names |= {"refusal_precision", "refusal_recall", "refusal_f1", "confidence_auroc"}
    if settings.has_model:
        names |= {"broken_citations", "prompt_tokens", "reply_tokens", *_times("first_token_ms")}
    if settings.judge_model:
        names |= {"judge_faithfulness", "judge_completeness", *(["judge_correctness"] if accepted else [])}
    return in_order(names)


def _times(name: str) -> set[str]:
    return {f"{name}_p50", f"{name}_p95"}


def judged(given: Limit, report: Report, comparison: Comparison | None) -> Verdict:
    """Whether a run keeps a limit. One on a metric that it has no questions for is broken."""
    metric = given.metric
    lower = metric in LOWER_IS_BETTER
    try:
        if given.is_fall:
            assert comparison is not None, "such a limit needs a baseline"
            reason = fail_worse_than(comparison, given.text)
            change = next(each for each in comparison.changes if each.metric == metric)
            worse = max(0.0, change.delta if lower else -change.delta)
            figure, questions = f"{_figure(metric, change.after)}, worse by {_figure(metric, worse)}", change.questions
        else:
            reason = fail_under(report, given.text)
            figure, questions = _figure(metric, report.metrics[metric]), report.counts.get(metric, 0)
    except QAError as exc:
        return Verdict(line=f"FAIL {metric}: no question has it", reason=str(exc))
    kept, broken = ("<=", ">") if lower or given.is_fall else (">=", "<")
    word, sign = ("FAIL", broken) if reason else ("PASS", kept)
    bound = given.text.rpartition("=")[2].strip()
    return Verdict(line=f"{word} {metric} {figure} {sign} {bound} ({counted(questions, 'question')})", reason=reason)


def _figure(metric: str, value: float) -> str:
    return f"{value:.3f}" if unit(metric) == "share" else f"{value:.1f}"


def gaps(
    limits: Sequence[Limit], report: Report, baseline: Report | None, comparison: Comparison | None
) -> Iterator[str]:
    """Why limits cannot be said to hold, though they may be kept: questions that are in no mean."""
    if not limits:
        return
    settings, asked = report.settings, len(report.questions)
    if 0 < settings.failed < asked:
        yield f"{counted(settings.failed, 'question')} of {asked:,} failed, and the limits are about all of them"
    if settings.bad_lines:
        yield (
            f"{counted(len(settings.bad_lines), 'line')} of the question set could not be asked, and the limits are "
            f"about all of them. The first: {settings.bad_lines[0]}"
        )
    if settings.fallbacks and settings.fallbacks + settings.failed < asked:
        yield (
            f"{counted(settings.fallbacks, 'question')} of {asked:,} got quotes because the model failed, and the "
            "limits are about what it answers"
        )
    if settings.judge_failed and any(each.metric.startswith("judge_") for each in limits):
        yield f"{counted(settings.judge_failed, 'answer')} could not be judged, and a limit is about all judgements"
    if baseline is not None and comparison is not None:
        yield from _lost(limits, report, baseline, comparison)


def _lost(limits: Sequence[Limit], report: Report, baseline: Report, comparison: Comparison) -> Iterator[str]:
    """Questions of the baseline that are not asked any more, or have nothing any more that a limit is about."""
    if comparison.only_before:
        yield (
            f"{counted(len(comparison.only_before), 'question')} of the baseline {_was(comparison.only_before)} not "
            f"asked, or in other words: {_some(comparison.only_before)}. Write a new baseline if that is meant"
        )
    gone = set(comparison.only_before)
    now = {result.id: result for result in report.questions}
    for metric in dict.fromkeys(each.metric for each in limits):
        if "@" not in metric and metric not in _OF_THE_SET:
            continue
        lost = [
            before.id
            for before in baseline.questions
            if before.id not in gone
            and metric in before.metrics
            and now[before.id].error is None
            and metric not in now[before.id].metrics
        ]
        if lost:
            yield (
                f"{metric} leaves out {counted(len(lost), 'question')} that it was about in the baseline, as where a "
                f"quote is not in its document any more: {_some(lost)}. Write a new baseline if that is meant"
            )


def _was(ids: Sequence[str]) -> str:
    return "was" if len(ids) == 1 else "were"


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
