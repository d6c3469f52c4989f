"""``footnote eval``: a question set asked, scored, compared and written down."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from qa.progress_line import ProgressLine
from qa.terminal import fail, note, open_library, show

if TYPE_CHECKING:
    from index import Library
    from qa.questions import BadLine

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
    parser.add_argument("--anew", action="store_true", help="ask all again, whatever an interrupted run has left")


def run_eval(arguments: argparse.Namespace) -> int:
    from qa.evaluation import bring_in_line, library_for, no_questions
    from qa.output import report_text as sync_text
    from qa.questions import read_questions
    from qa.report import write_report

    _check_together(arguments)
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
        return _calibrate(arguments, library) if arguments.calibrate else _evaluate(arguments, library)


def _check_together(arguments: argparse.Namespace) -> None:
    """End with status 2 where arguments do not go together."""
    if arguments.calibrate and arguments.anew:
        arguments.wrong("--anew goes without --calibrate: that keeps no finished questions")


def _tell_bad_lines(bad: list[BadLine]) -> None:
    for line in bad[:_SHOWN_LINES]:
        note(f"passed over: {line}")
    if len(bad) > _SHOWN_LINES:
        note(f"passed over: {len(bad) - _SHOWN_LINES:,} more lines")


def _evaluate(arguments: argparse.Namespace, library: Library) -> int:
    from qa.evaluation import evaluate
    from qa.report import write_report
    from qa.report_json import report_json
    from qa.report_text import report_text

    with ProgressLine(goes_on=True) as progress:
        report = evaluate(
            arguments.questions,
            library,
            retrieval_only=arguments.retrieval_only,
            journal=_journal(library),
            anew=arguments.anew,
            progress=progress.evaluating,
        )
    show(report_text(report))
    if arguments.json:
        write_report(arguments.json, report_json(report))
    if report.settings.failed == len(report.questions):
        fail(f"Every question failed. The first: {report.questions[0].error}")
        return 1
    return 0


def _journal(library: Library) -> Path | None:
    """Where finished questions are kept; None in a library that cannot be written to."""
    from qa.journal import FOLDER

    folder = library.path / FOLDER
    try:
        library.status()  # raises where there is no library, of which then no folder is made
        folder.mkdir(exist_ok=True)
    except OSError as exc:
        note(f"Finished questions cannot be kept ({exc.strerror or exc}): a run that is interrupted begins anew.")
        return None
    return folder


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
