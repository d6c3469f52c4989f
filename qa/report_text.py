"""A report as a table for people who read a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from qa.judge import disagreements
from qa.report import Report
from qa.report_words import counted
from qa.set_scores import unit

_SHOWN = 10

_NAMED = 5
"""Questions of one outcome."""

_OUTCOMES = (
    ("right", "right", False),
    ("wrong", "wrong", True),
    ("refused_rightly", "refused rightly", False),
    ("refused_wrongly", "refused wrongly", True),
    ("answered", "answered, not known", False),
    ("searched", "searched for", False),
    ("failed", "failed", True),
)
"""Of a question, what it is called, and whether it wants looking at."""

_GROUPS = ("retrieval", "answers", "citations", "abstention", "judge", "cost", "others")
_GROUP_OF: Mapping[str, str] = {
    **dict.fromkeys(("exact_match", "token_f1", "contained", "numbers_right"), "answers"),
    **dict.fromkeys(("citation_precision", "citation_recall", "supported", "broken_citations"), "citations"),
    **dict.fromkeys(("coverage", "risk", "refusal_precision", "refusal_recall", "refusal_f1"), "abstention"),
    **dict.fromkeys(("confidence_auroc", "aurc"), "abstention"),
}


def group(metric: str) -> str:
    """Under which heading a metric of a set is shown."""
    if "@" in metric:
        return "retrieval"
    if metric.startswith("judge_"):
        return "judge"
    return _GROUP_OF.get(metric, "others" if unit(metric) == "share" else "cost")


def report_text(report: Report) -> str:
    """The metrics by what they are about, each with its interval and the number of questions behind it, and what to
    know about the run."""
    width = max(map(len, report.metrics), default=0) + 2
    lines = [f"{'metric':<{width}}  {'value':>7}  {'95 % interval':>17}  questions"]
    for heading in _GROUPS:
        names = [name for name in report.metrics if group(name) == heading]
        if names:
            lines += ["", heading, *(_line(report, name, width) for name in names)]
    settings = report.settings
    how = "nothing answered" if settings.retrieval_only else f"answers by {settings.model or 'quoting'}"
    lines += [
        "",
        f"{counted(settings.asked, 'question')} over {counted(settings.document_count, 'document')} "
        f"({counted(settings.passage_count, 'passage')}) in {report.seconds:.1f} s, {how}",
    ]
    for count, what in (
        (settings.unanswerable, "unanswerable, in no retrieval metric"),
        (settings.without_evidence, "without evidence, in no retrieval metric"),
        (settings.failed, "failed"),
        (settings.fallbacks, "answered by quoting, because the model failed"),
        (settings.judge_failed, "not judged, because the judge failed"),
    ):
        if count:
            lines.append(f"  {count:,} {what}")
    for count, what, which in (
        (len(settings.bad_lines), "bad line", "of the question set, passed over"),
        (len(settings.absent_documents), "document", "of the evidence not in the library"),
        (settings.unplaced_quotes, "quote", "of the evidence not in the document named"),
    ):
        if count:
            lines.append(f"  {counted(count, what)} {which}")
    if settings.changed_while_asked:
        lines.append("  The library was synced meanwhile: not all questions were asked over the same documents.")
    for found in disagreements(report.questions)[:_SHOWN]:
        lines.append(
            f"  {found.id}: the judge gives {found.aspect} {found.judgement.score:g}, and {found.metric} is "
            f"{found.value:g}: {found.judgement.reason}"
        )
    fallbacks = [
        f"  quoted: {result.id}: {result.answer.fallback}"
        for result in report.questions
        if result.answer is not None and result.answer.fallback
    ]
    unjudged = [f"  not judged: {result.id}: {result.judge_error}" for result in report.questions if result.judge_error]
    lines += [*fallbacks[:1], *unjudged[:1]]  # one model fails for one reason, mostly
    for result in [result for result in report.questions if result.error is not None][:_SHOWN]:
        lines.append(f"  failed: {result.id}: {result.error}")
    return "\n".join(lines)


def outcome_text(report: Report) -> str:
    """What became of the questions, a line for each way, with the first that want looking at."""
    ids: dict[str, list[str]] = {}
    for result in report.questions:
        ids.setdefault(result.outcome, []).append(result.id)
    rows = [(what, ids.get(outcome, []), is_bad) for outcome, what, is_bad in _OUTCOMES]
    rows.append(
        (
            "quoted for the model",
            [result.id for result in report.questions if result.answer is not None and result.answer.fallback],
            True,
        )
    )
    rows.append(("not judged", [result.id for result in report.questions if result.judge_error is not None], True))
    lines = ["outcome"]
    for what, found, is_bad in rows:
        if found:
            named = f"  {', '.join(found[:_NAMED])}{', …' if len(found) > _NAMED else ''}" if is_bad else ""
            lines.append(f"  {what:<20}  {len(found):>7,}{named}")
    return "\n".join(lines)


def _line(report: Report, name: str, width: int) -> str:
    digits = {"share": 3, "ms": 1, "tokens": 0}[unit(name)]
    low, high = report.intervals.get(name, (None, None))
    between = "" if low is None or high is None else f"{low:.{digits}f} to {high:.{digits}f}"
    value, questions = report.metrics[name], report.counts.get(name, 0)
    return f"  {name:<{width - 2}}  {value:>7.{digits}f}  {between:>17}  {questions:>9,}"
