"""``footnote eval``: a question set asked, scored, compared and written down."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.progress_line import ProgressLine
from qa.terminal import fail, note, open_library, show_last, silence

if TYPE_CHECKING:
    from index import Library
    from qa.limits import Limit
    from qa.questions import BadLine, Question
    from qa.report import Report

_SHOWN_LINES = 20


def add_eval_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(wrong=parser.error)
    parser.add_argument(
        "questions", metavar="QUESTIONS.jsonl", help="one JSON object a line: id, question, evidence, …"
    )
    parser.add_argument(
        "--documents",
        metavar="DIR",
        help="folder of documents, or one .jsonl file of them, kept in a library of its own (default: your library)",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--retrieval-only", action="store_true", help="score the search, answer nothing")
    what.add_argument("--calibrate", action="store_true", help="fit from which confidence on questions are answered")
    parser.add_argument("--json", metavar="OUT", help="write the report to this file, - for standard output")
    parser.add_argument("--html", metavar="OUT", help="write the report as a page to look at")
    parser.add_argument("--baseline", metavar="OLD.json", help="compare with the report that --json wrote another time")
    for name, text in (
        ("--fail-under", "exit with 1 if the metric is worse than this; several times for several"),
        ("--fail-worse-than", "exit with 1 if the metric is worse than in the baseline by more than this"),
    ):
        parser.add_argument(name, metavar="METRIC=NUMBER", action="append", default=[], help=text)
    parser.add_argument("--anew", action="store_true", help="ask all again, whatever an earlier run has left")


def run_eval(arguments: argparse.Namespace) -> int:
    from qa.evaluation import bring_in_line, library_for, no_questions
    from qa.output import report_text as sync_text
    from qa.questions import read_questions
    from qa.report import write_report
    from qa.report_files import is_stdout, would_be_document

    _check_together(arguments)
    baseline = _baseline(arguments)
    questions, bad = read_questions(arguments.questions)  # once: it may be a pipe
    if not questions:
        raise no_questions(arguments.questions, bad)
    asking = _Asking(
        arguments=arguments,
        questions=questions,
        bad=bad,
        baseline=baseline,
        limits=_limits(arguments, questions, baseline),
    )
    outputs = [path for path in (arguments.json, arguments.html) if path]
    for path in outputs:
        if not is_stdout(path):
            write_report(path, None)  # before the work, not after it
    _tell_bad_lines(bad)
    with open_library() if arguments.documents is None else library_for(arguments.documents) as library:
        if arguments.documents is not None:
            with ProgressLine() as progress:
                synced = bring_in_line(library, arguments.documents, progress=progress)
            note(sync_text(synced))
        elif outputs:
            _refuse(arguments, would_be_document(outputs, library.status().folder))
        return _calibrate(asking, library) if arguments.calibrate else _evaluate(asking, library)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """What is to be asked, and what the answers are held against."""

    arguments: argparse.Namespace
    questions: list[Question]
    bad: list[BadLine]
    baseline: Report | None
    limits: list[Limit]


def _refuse(arguments: argparse.Namespace, why: str | None) -> None:
    """End with status 2 if there is a reason."""
    if why is not None:
        arguments.wrong(why)


def _check_together(arguments: argparse.Namespace) -> None:
    """End with status 2 where arguments do not go together, or a report would replace what it is made of."""
    from qa.report_files import would_be_document, would_replace

    for name in ("baseline", "fail_under", "fail_worse_than", "anew"):
        if arguments.calibrate and getattr(arguments, name):
            arguments.wrong(f"--{name.replace('_', '-')} goes without --calibrate, which fits a threshold and no more")
    outputs = (arguments.json, arguments.html)
    used = (arguments.questions, arguments.documents, arguments.baseline)
    _refuse(arguments, would_replace(outputs, used) or would_be_document(outputs, arguments.documents))
    if arguments.fail_worse_than and not arguments.baseline:
        arguments.wrong("--fail-worse-than needs --baseline: worse than what?")


def _baseline(arguments: argparse.Namespace) -> Report | None:
    """The report to compare with, read before the work."""
    if not arguments.baseline:
        return None
    from qa.report_json import read_report

    return read_report(arguments.baseline)


def _limits(arguments: argparse.Namespace, questions: list[Question], baseline: Report | None) -> list[Limit]:
    """The limits; ends with status 2 where one cannot be meant, or is about what this run will not have."""
    if not (arguments.fail_under or arguments.fail_worse_than):
        return []
    from qa.errors import QAError
    from qa.limits import possible_metrics, read_limits
    from qa.report_text import group
    from qa.settings import load_settings

    try:
        limits = read_limits(arguments.fail_under, arguments.fail_worse_than)
    except QAError as exc:
        arguments.wrong(str(exc))
    there = possible_metrics(questions, load_settings(), retrieval_only=arguments.retrieval_only)
    for limit in limits:
        metric = limit.metric
        if metric not in there:
            why = ""
            if arguments.retrieval_only and group(metric) not in ("retrieval", "others"):
                why = f"{metric!r} is about answers, and with --retrieval-only there are none. "
            elif metric.startswith("judge_"):
                why = "Without QA_JUDGE_MODEL nothing is judged. "
            arguments.wrong(f"{why}This run will have no metric {metric!r}, but: {', '.join(there)}")
        if limit.is_fall and baseline is not None and metric not in baseline.metrics:
            arguments.wrong(f"the report {arguments.baseline!r} has no metric {metric!r} to be worse than")
    return limits


def _tell_bad_lines(bad: list[BadLine]) -> None:
    for line in bad[:_SHOWN_LINES]:
        note(f"passed over: {line}")
    if len(bad) > _SHOWN_LINES:
        note(f"passed over: {len(bad) - _SHOWN_LINES:,} more lines")


def _evaluate(asking: _Asking, library: Library) -> int:
    from qa.evaluation import evaluate

    journal = _journal(library)
    with ProgressLine(goes_on=journal is not None) as progress:
        delivery = _Delivery(asking=asking, progress=progress)
        try:
            evaluate(
                asking.questions,
                library,
                retrieval_only=asking.arguments.retrieval_only,
                journal=journal,
                anew=asking.arguments.anew,
                progress=progress.evaluating,
                deliver=delivery,
            )
        except BrokenPipeError:  # the report was for standard output, and who read it has gone
            silence(sys.stdout)
    return delivery.status


@dataclass(slots=True, kw_only=True)
class _Delivery:
    """What becomes of a report: the status is decided first, then it is written down, then shown."""

    asking: _Asking
    progress: ProgressLine
    status: int = 1

    def __call__(self, report: Report) -> None:
        from index.text import whole_characters
        from qa.comparison import compare, comparison_text
        from qa.limits import gaps, judged
        from qa.report_files import is_stdout, write_out
        from qa.report_json import report_json
        from qa.report_text import outcome_text, report_text

        asking, arguments = self.asking, self.asking.arguments
        name = whole_characters(arguments.questions)
        report = replace(report, settings=replace(report.settings, question_set=name, bad_lines=tuple(asking.bad)))
        comparison = compare(asking.baseline, report) if asking.baseline else None
        verdicts = [judged(limit, report, comparison) for limit in asking.limits]
        reasons = [
            *_useless(report),
            *gaps(asking.limits, report, asking.baseline, comparison),
            *(verdict.reason for verdict in verdicts if verdict.reason is not None),
        ]
        self.status = 1 if reasons else 0
        shown = report_text(report)
        if comparison:
            shown += "\n\n" + comparison_text(comparison)
        shown += "\n\n" + outcome_text(report)
        if verdicts:
            shown += "\n\n" + "\n".join(["limits", *(f"  {verdict.line}" for verdict in verdicts)])
        try:
            if arguments.html:
                from qa.report_page import report_html

                write_out(arguments.html, report_html(report, comparison))
            if arguments.json:
                write_out(arguments.json, report_json(report))
        finally:
            self.progress.clear()
            if is_stdout(arguments.json) or is_stdout(arguments.html):
                note(shown)
            else:
                show_last(shown)
            for reason in reasons:
                fail(reason)


def _useless(report: Report) -> list[str]:
    """Why nothing can be said at all."""
    if report.settings.failed == len(report.questions):
        return [f"Every question failed. The first: {report.questions[0].error}"]
    if report.settings.fallbacks + report.settings.failed == len(report.questions):
        first = next(one.answer.fallback for one in report.questions if one.answer is not None)
        return [f"The model answered none of the questions, and quotes were scored. The first: {first}"]
    return []


def _journal(library: Library) -> Path | None:
    """Where finished questions are kept; None in a library that cannot be written to."""
    from qa.journal import FOLDER

    if library.path.is_dir() and not os.access(library.path, os.W_OK):
        note("Finished questions cannot be kept in this library: a run that is interrupted begins anew.")
        return None
    return library.path / FOLDER


def _calibrate(asking: _Asking, library: Library) -> int:
    from qa.calibration import calibrate, calibration_json, calibration_text
    from qa.calibration_page import calibration_html
    from qa.report_files import is_stdout, write_out
    from qa.settings import load_settings
    from qa.threshold import store_threshold

    arguments = asking.arguments
    with ProgressLine() as progress:
        found = calibrate(asking.questions, library, progress=progress.evaluating)
    found = replace(found, bad_lines=tuple(asking.bad))
    try:
        if arguments.html:
            write_out(arguments.html, calibration_html(found))
        if arguments.json:
            write_out(arguments.json, calibration_json(found))
    except BrokenPipeError:  # as in ``_evaluate``
        silence(sys.stdout)
    path = store_threshold(found.threshold, library)
    tell = note if is_stdout(arguments.json) or is_stdout(arguments.html) else show_last
    tell(calibration_text(found))
    wins = load_settings().threshold
    if wins is not None:
        note(f"QA_THRESHOLD={wins:g} wins: the library answers from {found.threshold} on once it is not set ({path}).")
        return 0
    use = "" if arguments.documents is None else f"; for another library set QA_THRESHOLD={found.threshold}"
    note(f"The library answers from {found.threshold} on now (kept in {path}){use}.")
    return 0
