"""``footnote``: every verb of the library and of asking, from the shell.

Text for people goes to stdout, progress to stderr, ``--json`` prints values for programs. Exit status 0: done (a
refusal is an answer); 1: could not, one line says why; 2: wrong usage; 130: interrupted.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qa.cli_eval import add_eval_arguments, run_eval
from qa.cli_questions import add_questions
from qa.cli_sets import run_feedback, run_user
from qa.progress_line import ProgressLine
from qa.terminal import aside, fail, note, open_library, show, show_json, silence

if TYPE_CHECKING:
    from index import Library, SyncReport

_DESCRIPTION = "Ask your own documents. Every sentence of the answer cites an exact span of a source."


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit."""
    # Before NumPy is there: its threads wait for each other at full speed, and our matrices are too small to be shared.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    arguments = _parser().parse_args(argv)
    from index.errors import LibraryError
    from qa.errors import QAError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows another one
    status = 0
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
    except (LibraryError, QAError) as exc:
        fail(str(exc))
        status = 1
    except KeyboardInterrupt:
        aside("\nInterrupted.")
        status = 130
    except BrokenPipeError:
        silence(sys.stdout)  # the status is what it was before: that nobody reads it all is no failure, and no success
    except OSError as exc:
        where = f" at {exc.filename!r}" if exc.filename else ""
        fail(f"The operating system refused{where}: {exc.strerror or exc}. Check disk space and permissions.")
        status = 1
    sys.exit(status)


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
    sub.add_argument(
        "--root-path",
        metavar="URL",
        default="",
        help="where a reverse proxy shows it: https://example.org/docs, or /docs",
    )

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

    add_eval_arguments(verb("eval", run_eval, "Ask a set of questions and score what is found and answered."))

    add_questions(verb, _whole)

    sub = verb("feedback", run_feedback, "Turn what people thought of answers into a question set.")
    sub.add_argument("action", choices=["export"], help="write one question a line, for `footnote eval`")
    sub.add_argument("out", metavar="OUT.jsonl", help="the file to write, - for standard output")
    sub.set_defaults(wrong=sub.error)

    sub = verb("user", run_user, "Say who may use the page; needed as soon as others can reach it.")
    sub.add_argument("action", choices=["add", "remove", "list"])
    sub.add_argument("name", nargs="?", help="whom; the password of who is added is asked for, or read from stdin")

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


def _ask(arguments: argparse.Namespace) -> int:
    from qa.chat import ask
    from qa.output import answer_json, answer_text

    with open_library() as library:
        answer = ask(arguments.question, library, documents=arguments.documents)
    if arguments.json:
        show_json(answer_json(answer))
    else:
        show(answer_text(answer))
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from qa.answer import checked
    from qa.output import hits_json, hits_text
    from qa.settings import load_settings

    question = checked(arguments.question, load_settings())
    with open_library() as library:
        hits = library.search(question, arguments.k, documents=arguments.documents)
    if arguments.json:
        show_json(hits_json(hits))
    else:
        show(hits_text(hits))
    return 0


def _sync(arguments: argparse.Namespace) -> int:
    from qa.following import Following

    with open_library() as library:
        with ProgressLine() as progress:
            report = library.sync(arguments.folder, progress=progress)
        status = _print_report(report, arguments.json)
        if arguments.watch:
            with Following(library, synced=lambda report: _print_report(report, arguments.json), failed=_fail):
                note("Following the folder; press Ctrl-C to stop.")
                with suppress(KeyboardInterrupt):
                    threading.Event().wait()
            status = 0
    return status


def _check(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from qa.output import check_text

    with open_library() as library, ProgressLine() as progress:
        report = library.check(repair=not arguments.dry_run, progress=progress)
    if arguments.json:
        show_json(asdict(report))
    else:
        show(check_text(report))
    return 0 if report.is_sound or report.repaired else 1


def _rebuild(arguments: argparse.Namespace) -> int:
    with open_library() as library, ProgressLine("The library is as it was before.") as progress:
        report = library.rebuild(progress=progress)
    return _print_report(report, arguments.json)


def _print_report(report: SyncReport, as_json: bool) -> int:
    from dataclasses import asdict

    from qa.output import report_text

    if as_json:
        show_json(asdict(report))
    else:
        show(report_text(report))
    held = report.added or report.changed or report.renamed or report.unchanged or report.removed
    return 0 if held or not report.failed else 1


def _status(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from qa.output import status_text

    with open_library() as library:
        status = library.status()
        documents = library.documents() if arguments.documents else []
    if arguments.json:
        listed = {"listed": [asdict(info) for info in documents]} if arguments.documents else {}
        show_json({**asdict(status), **listed})
    else:
        show("\n".join([status_text(status), *(f"  {info.name}: {info.title}" for info in documents)]))
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from index import LibraryBusy
    from qa.following import Following
    from qa.output import report_text
    from qa.web import serve

    def tell(report: SyncReport) -> None:
        note(report_text(report))

    with open_library() as library:
        try:
            with ProgressLine() as progress:
                report = library.sync(arguments.documents, may_be_empty=True, progress=progress)
        except LibraryBusy as exc:
            if not _is_folder_of(library, arguments.documents):
                raise
            note(f"{exc} Until then the page shows what is in already.")
        else:
            tell(report)
        with Following(library, synced=tell, failed=_fail) as following:
            serve(
                library,
                host=arguments.host,
                port=arguments.port,
                following=following,
                root_path=arguments.root_path,
            )
    return 0


def _fail(error: Exception) -> None:
    fail(str(error))


def _is_folder_of(library: Library, folder: str | None) -> bool:
    """Whether the library is one of this folder; of any where none is named."""
    from index import LibraryMissing

    try:
        known = library.status().folder
    except LibraryMissing:
        return False
    return known is not None and (folder is None or Path(folder).expanduser().resolve() == Path(known))


if __name__ == "__main__":
    main()
