"""The commands around question sets and people: ``eval``, ``feedback`` and ``user``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from qa.progress_line import ProgressLine
from qa.terminal import fail, note, open_library, show

if TYPE_CHECKING:
    from index import Library

_SHOWN_LINES = 20


def run_eval(arguments: argparse.Namespace) -> int:
    from qa.errors import QAError
    from qa.evaluation import bring_in_line, evaluate, library_for, no_questions
    from qa.output import report_text as sync_text
    from qa.questions import read_questions
    from qa.report import report_json, report_text, write_report

    if arguments.html and not arguments.calibrate:
        raise QAError("--html goes with --calibrate; --json takes the figures of --retrieval-only.")
    questions, bad = read_questions(arguments.questions)
    if not questions:
        raise no_questions(arguments.questions, bad)
    for line in bad[:_SHOWN_LINES]:
        note(f"passed over: {line}")
    if len(bad) > _SHOWN_LINES:
        note(f"passed over: {len(bad) - _SHOWN_LINES:,} more lines")
    for path in filter(None, (arguments.json, arguments.html)):
        write_report(path, None)  # before the work, not after it
    with open_library() if arguments.documents is None else library_for(arguments.documents) as library:
        if arguments.documents is not None:
            with ProgressLine() as progress:
                synced = bring_in_line(library, arguments.documents, progress=progress)
            note(sync_text(synced))
        if arguments.calibrate:
            return _calibrate(arguments, library)
        with ProgressLine() as progress:
            report = evaluate(arguments.questions, library, progress=progress.evaluating)
    show(report_text(report))
    if arguments.json:
        write_report(arguments.json, report_json(report))
    if report.settings.failed == len(report.questions):
        fail(f"Every question failed. The first: {report.questions[0].error}")
        return 1
    return 0


def run_user(arguments: argparse.Namespace) -> int:
    from getpass import getpass

    from index.settings import load_settings as load_index_settings
    from qa.errors import QAError
    from qa.users import FILE, Users

    users = Users(load_index_settings().path.expanduser() / FILE)
    if arguments.action == "list":
        show("\n".join(users.names()) or "There are no users.")
        return 0
    if not arguments.name:
        raise QAError(f"Whom? footnote user {arguments.action} NAME")
    if arguments.action == "remove":
        users.remove(arguments.name)
    elif sys.stdin.isatty():
        password = getpass("Password: ")
        if password != getpass("Again: "):
            raise QAError("The two passwords differ. Nothing was changed.")
        users.add(arguments.name, password)
    else:
        users.add(arguments.name, sys.stdin.readline().rstrip("\r\n"))
    return 0


def run_feedback(arguments: argparse.Namespace) -> int:
    from contextlib import closing

    from index.settings import load_settings as load_index_settings
    from qa.errors import QAError
    from qa.feedback import as_questions
    from qa.report import write_report
    from qa.web.history import FILE, History

    path = load_index_settings().path.expanduser() / FILE
    with closing(History(path)) as history:
        given = history.feedback() if path.exists() else []
    if not given:
        raise QAError("Nobody has said yet what they think of an answer: the page asks below each one.")
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in as_questions(given))
    if arguments.out == "-":
        print(text, end="")
    else:
        write_report(arguments.out, text)
        note(f"{len(given):,} answers, {sum(each.good for each in given):,} of them good: {arguments.out}")
    return 0


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
