"""``footnote eval``: a question set asked, scored, compared and written down."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.progress_line import ProgressLine
from qa.terminal import fail, note, open_library, show

if TYPE_CHECKING:
    from index import Library
    from qa.comparison import Comparison
    from qa.questions import BadLine
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
    parser.add_argument("--json", metavar="OUT", help="write the report to this file")
    parser.add_argument("--html", metavar="OUT", help="write the report as a page to look at")
    parser.add_argument("--baseline", metavar="OLD.json", help="compare with the report that --json wrote another time")
    for name, text in (
        ("--fail-under", "exit with 1 if the metric is worse than this; several times for several"),
        ("--fail-worse-than", "exit with 1 if the metric is worse than in the baseline by more than this"),
    ):
        parser.add_argument(name, metavar="METRIC=NUMBER", action="append", default=[], help=text)
    parser.add_argument("--anew", action="store_true", help="ask all again, whatever an interrupted run has left")


def run_eval(arguments: argparse.Namespace) -> int:
    from qa.evaluation import bring_in_line, library_for, no_questions
    from qa.output import report_text as sync_text
    from qa.questions import read_questions
    from qa.report import write_report

    _check_together(arguments)
    baseline = _baseline(arguments)
    questions, bad = read_questions(arguments.questions)
    if not questions:
        raise no_questions(arguments.questions, bad)
    for path in filter(None, (arguments.json, arguments.html)):
        write_report(path, None)  # before the work, not after it
    _tell_bad_lines(bad)
    with open_library() if arguments.documents is None else library_for(arguments.documents) as library:
        if arguments.documents is not None:
            with ProgressLine() as progress:
                synced = bring_in_line(library, arguments.documents, progress=progress)
            note(sync_text(synced))
        return _calibrate(arguments, library) if arguments.calibrate else _evaluate(arguments, library, baseline)


def _check_together(arguments: argparse.Namespace) -> None:
    """End with status 2 where arguments do not go together, or limits cannot be meant."""
    for name in ("baseline", "fail_under", "fail_worse_than", "anew"):
        if arguments.calibrate and getattr(arguments, name):
            arguments.wrong(f"--{name.replace('_', '-')} goes without --calibrate, which fits a threshold and no more")
    _check_outputs(arguments)
    if arguments.fail_worse_than and not arguments.baseline:
        arguments.wrong("--fail-worse-than needs --baseline: worse than what?")
    if not (arguments.fail_under or arguments.fail_worse_than):
        return
    from qa.comparison import limit
    from qa.errors import QAError
    from qa.report_text import group
    from qa.set_scores import is_score

    for text in (*arguments.fail_under, *arguments.fail_worse_than):
        try:
            metric, _ = limit(text)
        except QAError as exc:
            arguments.wrong(str(exc))
        if not is_score(metric):
            arguments.wrong(
                f"there is no metric {metric!r}; a run without --fail-under lists those that its set allows"
            )
        if arguments.retrieval_only and group(metric) != "retrieval" and not metric.startswith("retrieve_ms"):
            arguments.wrong(f"{metric!r} is about answers, and with --retrieval-only there are none")


def _check_outputs(arguments: argparse.Namespace) -> None:
    """End with status 2 where a report would be written over what it is made of, or over the other one."""
    taken = {os.path.realpath(path): path for path in (arguments.questions, arguments.documents) if path is not None}
    for path in filter(None, (arguments.json, arguments.html)):
        place = os.path.realpath(os.path.expanduser(path))
        if place in taken and (not os.path.exists(place) or os.path.isfile(place)):
            arguments.wrong(f"a report written to {path!r} would replace {taken[place]!r}: name another file")
        taken[place] = path


def _baseline(arguments: argparse.Namespace) -> Report | None:
    """The report to compare with, read before the work; every limit on the difference must be about it."""
    from qa.errors import QAError

    if not arguments.baseline:
        return None
    from qa.comparison import limit
    from qa.report_json import read_report

    report = read_report(arguments.baseline)
    for text in arguments.fail_worse_than:
        if limit(text)[0] not in report.metrics:
            raise QAError(f"The report {arguments.baseline!r} has no metric {limit(text)[0]!r} to be worse than.")
    return report


def _tell_bad_lines(bad: list[BadLine]) -> None:
    for line in bad[:_SHOWN_LINES]:
        note(f"passed over: {line}")
    if len(bad) > _SHOWN_LINES:
        note(f"passed over: {len(bad) - _SHOWN_LINES:,} more lines")


def _evaluate(arguments: argparse.Namespace, library: Library, baseline: Report | None) -> int:
    from qa.comparison import compare, comparison_text
    from qa.evaluation import evaluate
    from qa.report import write_report
    from qa.report_json import report_json
    from qa.report_text import report_text

    journal = _journal(library)
    with ProgressLine(goes_on=journal is not None) as progress:
        report = evaluate(
            arguments.questions,
            library,
            retrieval_only=arguments.retrieval_only,
            journal=journal,
            anew=arguments.anew,
            progress=progress.evaluating,
        )
    comparison = compare(baseline, report) if baseline else None
    show(report_text(report))
    if comparison:
        show("\n" + comparison_text(comparison))
    if arguments.json:
        write_report(arguments.json, report_json(report))
    if arguments.html:
        from qa.report_page import report_html

        write_report(arguments.html, report_html(report, comparison))
    reasons = list(_reasons(arguments, report, comparison))
    if report.settings.failed == len(report.questions):
        reasons.insert(0, f"Every question failed. The first: {report.questions[0].error}")
    elif report.settings.fallbacks + report.settings.failed == len(report.questions):
        first = next(one.answer.fallback for one in report.questions if one.answer is not None)
        reasons.insert(0, f"The model answered none of the questions, and quotes were scored. The first: {first}")
    for reason in reasons:
        fail(reason)
    return 1 if reasons else 0


def _reasons(arguments: argparse.Namespace, report: Report, comparison: Comparison | None) -> Iterator[str]:
    """Why the run is not good enough. Where questions failed, no limit can be said to hold."""
    from qa.comparison import fail_under, fail_worse_than
    from qa.errors import QAError
    from qa.report_words import counted

    failed = report.settings.failed
    if 0 < failed < len(report.questions) and (arguments.fail_under or arguments.fail_worse_than):
        yield f"{counted(failed, 'question')} of {len(report.questions):,} failed, and the limits are about all of them"

    checks: list[Callable[[], str | None]] = [partial(fail_under, report, text) for text in arguments.fail_under]
    if comparison:
        checks += [partial(fail_worse_than, comparison, text) for text in arguments.fail_worse_than]
    for check in checks:
        try:
            reason = check()
        except QAError as exc:  # none of the questions has the metric
            reason = str(exc)
        if reason:
            yield reason


def _journal(library: Library) -> Path | None:
    """Where finished questions are kept; None in a library that cannot be written to."""
    from qa.journal import FOLDER

    if library.path.is_dir() and not os.access(library.path, os.W_OK):
        note("Finished questions cannot be kept in this library: a run that is interrupted begins anew.")
        return None
    return library.path / FOLDER


def _calibrate(arguments: argparse.Namespace, library: Library) -> int:
    from qa.calibration import calibrate, calibration_json, calibration_text
    from qa.calibration_page import calibration_html
    from qa.report import write_report
    from qa.threshold import store_threshold

    with ProgressLine() as progress:
        found = calibrate(arguments.questions, library, progress=progress.evaluating)
    show(calibration_text(found))
    if arguments.json:
        write_report(arguments.json, calibration_json(found))
    if arguments.html:
        write_report(arguments.html, calibration_html(found))
    path = store_threshold(found.threshold, library)
    use = "" if arguments.documents is None else f"; for another library set QA_THRESHOLD={found.threshold}"
    note(f"The library answers from {found.threshold} on now (kept in {path}){use}.")
    return 0
