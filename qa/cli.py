"""``footnote``: every verb of the library and of asking, from the shell.

Text for people goes to stdout, progress to stderr, ``--json`` prints values for programs. Exit status 0: done (a
refusal is an answer); 1: could not, one line says why; 2: wrong usage; 130: interrupted.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from qa.progress_line import ProgressLine

if TYPE_CHECKING:
    from index import Library, SyncReport

_SHOWN_LINES = 20
_LAST_SYNC = 10.0
"""Seconds that a sync in progress is given to end when the command ends. What it leaves undone, the next one does."""

_DESCRIPTION = "Ask your own documents. Every sentence of the answer cites an exact span of a source."


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit."""
    arguments = _parser().parse_args(argv)
    from index.errors import LibraryError
    from qa.errors import QAError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows another one
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
    except (LibraryError, QAError) as exc:
        _fail(str(exc))
        status = 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        status = 130
    except BrokenPipeError:
        # Whoever read the output has gone; without this Python complains while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as exc:
        where = f" at {exc.filename!r}" if exc.filename else ""
        _fail(f"The operating system refused{where}: {exc.strerror or exc}. Check disk space and permissions.")
        status = 1
    sys.exit(status)


def _fail(message: str) -> None:
    from qa.output import for_terminal

    print(f"Error: {for_terminal(' '.join(message.split()))}", file=sys.stderr)


def _note(text: str) -> None:
    """For people who read along, beside what the command prints."""
    from qa.output import for_terminal

    print(for_terminal(text), file=sys.stderr, flush=True)


def _print(text: str) -> None:
    from qa.output import for_terminal

    print(for_terminal(text))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote",
        description=_DESCRIPTION,
        epilog="Settings come from the environment and from .env in the working folder; see .env.example.",
    )
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def verb(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    sub = verb("serve", _serve, "Sync a folder and open the web chat.")
    sub.add_argument("--documents", metavar="DIR", help="folder of documents (default: the one synced last)")
    sub.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    sub.add_argument("--port", type=_port, default=7860, help="port to listen on, 0 for any (default: %(default)s)")

    sub = verb("ask", _ask, "Answer one question from the documents.")
    sub.add_argument("question")
    _add_documents(sub)
    _add_json(sub)

    sub = verb("search", _search, "List the passages that fit a question best.")
    sub.add_argument("question")
    sub.add_argument("-k", type=_count, default=8, help="how many (default: %(default)s)")
    _add_documents(sub)
    _add_json(sub)

    sub = verb("sync", _sync, "Bring the library in line with a folder of documents.")
    sub.add_argument("folder", metavar="DIR", nargs="?", help="the folder (default: the one synced last)")
    sub.add_argument("--watch", action="store_true", help="go on, and take in each change of the folder")
    _add_json(sub)

    sub = verb("status", _status, "Say what the library holds and where.")
    sub.add_argument("--documents", action="store_true", help="list its documents too")
    _add_json(sub)

    sub = verb("check", _check, "Compare what is recorded, stored and searchable, and repair what differs.")
    sub.add_argument("--dry-run", action="store_true", help="only say what differs")
    _add_json(sub)

    sub = verb("eval", _eval, "Ask a set of questions and say how well the right places are found.")
    sub.add_argument("questions", metavar="QUESTIONS.jsonl", help="one JSON object a line: id, question, evidence, …")
    sub.add_argument(
        "--documents",
        metavar="DIR",
        help="folder of documents, or one .jsonl file of them, kept in a library of its own (default: your library)",
    )
    what = sub.add_mutually_exclusive_group(required=True)
    what.add_argument("--retrieval-only", action="store_true", help="score the search, ask no model")
    what.add_argument("--calibrate", action="store_true", help="fit from which confidence on questions are answered")
    sub.add_argument("--json", metavar="OUT", help="write the report to this file")
    sub.add_argument("--html", metavar="OUT", help="with --calibrate: write risk against coverage as a page to look at")

    sub = verb("feedback", _feedback, "Turn what people thought of answers into a question set.")
    sub.add_argument("action", choices=["export"], help="write one question a line, for `footnote eval`")
    sub.add_argument("out", metavar="OUT.jsonl", help="the file to write, - for standard output")

    _add_json(verb("rebuild", _rebuild, "Build the library anew from its folder; the old one serves until then."))
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def _add_documents(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--in",
        dest="documents",
        metavar="PATTERN",
        action="append",
        help="only documents of this name or pattern, such as 'reports/*.pdf'; may be given several times",
    )


def _count(text: str) -> int:
    return _whole(text, 1, 1000)


def _port(text: str) -> int:
    return _whole(text, 0, 65535)


def _whole(text: str, least: int, most: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}, not {text!r}")
    return value


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _open() -> Library:
    from index import Library

    return Library.open()


def _ask(arguments: argparse.Namespace) -> int:
    from qa.chat import ask
    from qa.output import answer_json, answer_text

    with _open() as library:
        answer = ask(arguments.question, library, documents=arguments.documents)
    if arguments.json:
        _print_json(answer_json(answer))
    else:
        _print(answer_text(answer))
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from qa.answer import checked
    from qa.output import hits_json, hits_text
    from qa.settings import load_settings

    question = checked(arguments.question, load_settings())
    with _open() as library:
        hits = library.search(question, arguments.k, documents=arguments.documents)
    if arguments.json:
        _print_json(hits_json(hits))
    else:
        _print(hits_text(hits))
    return 0


def _sync(arguments: argparse.Namespace) -> int:
    with _open() as library:
        with ProgressLine() as progress:
            report = library.sync(arguments.folder, progress=progress)
        status = _print_report(report, arguments.json)
        if arguments.watch:
            with _following(library, lambda report: _print_report(report, arguments.json)):
                _note("Following the folder; press Ctrl-C to stop.")
                with suppress(KeyboardInterrupt):
                    threading.Event().wait()
            status = 0
    return status


@contextmanager
def _following(library: Library, synced: Callable[[SyncReport], object]) -> Iterator[None]:
    """Take in each change of the folder in a thread of its own."""
    from index.watch import follow

    stop = threading.Event()

    def failed(error: Exception) -> None:
        _fail(str(error))

    def run() -> None:
        follow(library, stop=stop, synced=synced, failed=failed)

    thread = threading.Thread(target=run, name="follow", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=_LAST_SYNC)


def _check(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from qa.output import check_text

    with _open() as library, ProgressLine() as progress:
        report = library.check(repair=not arguments.dry_run, progress=progress)
    if arguments.json:
        _print_json(asdict(report))
    else:
        _print(check_text(report))
    return 0 if report.is_sound or report.repaired else 1


def _rebuild(arguments: argparse.Namespace) -> int:
    with _open() as library, ProgressLine("The library is as it was before.") as progress:
        report = library.rebuild(progress=progress)
    return _print_report(report, arguments.json)


def _print_report(report: SyncReport, as_json: bool) -> int:
    from dataclasses import asdict

    from qa.output import report_text

    if as_json:
        _print_json(asdict(report))
    else:
        _print(report_text(report))
    held = report.added or report.changed or report.renamed or report.unchanged or report.removed
    return 0 if held or not report.failed else 1


def _status(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from qa.output import status_text

    with _open() as library:
        status = library.status()
        documents = library.documents() if arguments.documents else []
    if arguments.json:
        listed = {"listed": [asdict(info) for info in documents]} if arguments.documents else {}
        _print_json({**asdict(status), **listed})
    else:
        _print("\n".join([status_text(status), *(f"  {info.name}: {info.title}" for info in documents)]))
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from qa.output import report_text
    from qa.web import serve

    with _open() as library:
        with ProgressLine() as progress:
            report = library.sync(arguments.documents, progress=progress)

        def tell(report: SyncReport) -> None:
            _note(report_text(report))

        tell(report)
        with _following(library, tell):
            serve(library, host=arguments.host, port=arguments.port)
    return 0


def _eval(arguments: argparse.Namespace) -> int:
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
        _note(f"passed over: {line}")
    if len(bad) > _SHOWN_LINES:
        _note(f"passed over: {len(bad) - _SHOWN_LINES:,} more lines")
    for path in filter(None, (arguments.json, arguments.html)):
        write_report(path, None)  # before the work, not after it
    with _open() if arguments.documents is None else library_for(arguments.documents) as library:
        if arguments.documents is not None:
            with ProgressLine() as progress:
                synced = bring_in_line(library, arguments.documents, progress=progress)
            _note(sync_text(synced))
        if arguments.calibrate:
            return _calibrate(arguments, library)
        with ProgressLine() as progress:
            report = evaluate(arguments.questions, library, progress=progress.evaluating)
    _print(report_text(report))
    if arguments.json:
        write_report(arguments.json, report_json(report))
    if report.settings.failed == len(report.questions):
        _fail(f"Every question failed. The first: {report.questions[0].error}")
        return 1
    return 0


def _feedback(arguments: argparse.Namespace) -> int:
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
        _note(f"{len(given):,} answers, {sum(each.good for each in given):,} of them good: {arguments.out}")
    return 0


def _calibrate(arguments: argparse.Namespace, library: Library) -> int:
    from qa.calibration import calibrate, calibration_json, calibration_text
    from qa.calibration_page import calibration_html
    from qa.report import write_report
    from qa.threshold import store_threshold

    with ProgressLine() as progress:
        found = calibrate(arguments.questions, library, progress=progress.evaluating)
    _print(calibration_text(found))
    if arguments.json:
        write_report(arguments.json, calibration_json(found))
    if arguments.html:
        write_report(arguments.html, calibration_html(found))
    path = store_threshold(found.threshold, library)
    use = "" if arguments.documents is None else f"; for another library set QA_THRESHOLD={found.threshold}"
    _note(f"The library answers from {found.threshold} on now (kept in {path}){use}.")
    return 0


if __name__ == "__main__":
    main()
