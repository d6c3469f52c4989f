"""``footnote questions``: draft a set, and check one."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qa.progress_line import ProgressLine
from qa.terminal import note, open_library, show, show_json

if TYPE_CHECKING:
    from index import Library
    from qa.checking import Checked
    from qa.drafting import Drafts

_MOST_DRAFTS = 1000


def add_questions(
    verb: Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser],
    whole: Callable[[str, int, int], int],
) -> None:
    """Add the verb to the parser; ``whole`` reads a whole number between two others."""
    sub = verb("questions", _draft, "Draft a question set from documents, or check one.")
    actions = sub.add_subparsers(title="actions", metavar="ACTION", required=True)

    text = "Draft questions with the places that answer them, for you to edit: by the model, or by rules."
    draft = actions.add_parser("draft", help=text, description=text)
    draft.set_defaults(run=_draft, wrong=draft.error)
    draft.add_argument(
        "documents", metavar="DIR", nargs="?", help="folder, or .jsonl file, of documents (default: your library)"
    )
    draft.add_argument("--out", metavar="FILE", help="the file to write, which must not be there yet (default: stdout)")
    draft.add_argument(
        "--count",
        type=lambda given: whole(given, 1, _MOST_DRAFTS),
        default=20,
        help="how many at most (default: %(default)s)",
    )
    draft.add_argument(
        "--seed",
        type=lambda given: whole(given, 0, 2**32),
        default=0,
        help="another one draws other places (default: %(default)s)",
    )

    text = "Find bad lines, repeats, and evidence and answers that the documents do not hold; status 1 for errors."
    check = actions.add_parser("check", help=text, description=text)
    check.set_defaults(run=_check)
    check.add_argument("questions", metavar="FILE", help="one JSON object a line: id, question, evidence, …")
    check.add_argument(
        "--documents", metavar="DIR", help="folder, or .jsonl file, that the evidence is in (default: your library)"
    )
    check.add_argument("--json", action="store_true", help="print JSON for programs")


def _draft(arguments: argparse.Namespace) -> int:
    from qa.drafting import draft_questions, question_line
    from qa.errors import QAError
    from qa.report import write_report
    from qa.report_files import folder_of_library, is_stdout, would_be_document, write_out

    to_file = bool(arguments.out) and not is_stdout(arguments.out)
    if to_file:
        why = would_be_document([arguments.out], arguments.documents or folder_of_library())
        if why is not None:
            arguments.wrong(why)
        if Path(arguments.out).expanduser().exists():
            raise QAError(f"{arguments.out!r} is there already. Name another file with --out, or move that one away.")
        write_report(arguments.out, None)  # before the work, not after it
    with _library(arguments.documents) as library, ProgressLine() as progress:
        drafts = draft_questions(library, count=arguments.count, seed=arguments.seed, progress=progress.drafting)
    note(_told(drafts))
    if not drafts.questions:
        raise QAError(
            "Nothing could be drafted. Rules know plain English sentences with numbers, names and dates; with a model"
            " (OPENAI_API_KEY or OPENAI_BASE_URL) other documents work too."
        )
    text = "".join(f"{question_line(question)}\n" for question in drafts.questions)
    write_out(arguments.out or "-", text)
    if to_file:
        note(f"Read and correct them before you trust a score: {arguments.out}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from index import LibraryMissing
    from qa.checking import check_questions

    try:
        with _library(arguments.documents) as library, ProgressLine() as progress:
            checked = check_questions(arguments.questions, library, progress=progress.checking)
    except LibraryMissing:
        if arguments.documents is not None:
            raise
        note("There is no library here, so no evidence is looked up: name its documents with --documents DIR.")
        with ProgressLine() as progress:
            checked = check_questions(arguments.questions, progress=progress.checking)
    if arguments.json:
        show_json(
            {
                "questions": checked.questions,
                "errors": checked.errors,
                "hints": checked.hints,
                "findings": [asdict(each) for each in checked.findings],
            }
        )
    else:
        show("\n".join([*map(str, checked.findings), _summary(checked)]))
    return 1 if checked.errors else 0


@contextmanager
def _library(documents: str | None) -> Iterator[Library]:
    """The user's library, or the one of a folder, brought in line with it."""
    from qa.evaluation import bring_in_line, library_for
    from qa.output import report_text

    with open_library() if documents is None else library_for(documents) as library:
        if documents is not None:
            with ProgressLine() as progress:
                synced = bring_in_line(library, documents, progress=progress)
            note(report_text(synced))
        yield library


def _told(drafts: Drafts) -> str:
    lines = [
        f"{len(drafts.questions):,} questions from {drafts.documents:,} of {drafts.read:,} documents that were read"
    ]
    left_open = sum(not question.answerable for question in drafts.questions)
    if left_open:
        lines.append(f"  {left_open:,} of them the documents leave open")
    lines += [f"  left out: {count:,} times {why}" for why, count in drafts.dropped.items()]
    lines += [
        f"  {count:,} documents in {language.capitalize()}: without a model only English ones are drafted from"
        for language, count in sorted(drafts.foreign.items())
    ]
    if drafts.failed is not None:
        lines.append(f"  ended early: {drafts.failed}")
    return "\n".join(lines)


def _summary(checked: Checked) -> str:
    from qa.report_words import counted

    if not checked.findings:
        return f"{counted(checked.questions, 'question')}, nothing found"
    found = f"{counted(checked.errors, 'error')}, {counted(checked.hints, 'hint')}"
    return f"{counted(checked.questions, 'question')}: {found}"
