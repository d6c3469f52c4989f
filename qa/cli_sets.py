"""The commands around question sets and people: ``feedback`` and ``user``."""

from __future__ import annotations

import argparse
import json
import sys

from qa.terminal import note, show


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
        print(f"{arguments.name} is let in no longer.")
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
    from qa.report_files import folder_of_library, is_stdout, would_be_document, write_out
    from qa.web.history import FILE, History

    if not is_stdout(arguments.out):
        why = would_be_document([arguments.out], folder_of_library())
        if why is not None:
            arguments.wrong(why)
    path = load_index_settings().path.expanduser() / FILE
    with closing(History(path)) as history:
        given = history.feedback() if path.exists() else []
    if not given:
        raise QAError("Nobody has said yet what they think of an answer: the page asks below each one.")
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in as_questions(given))
    write_out(arguments.out, text)
    if not is_stdout(arguments.out):
        note(f"{len(given):,} answers, {sum(each.good for each in given):,} of them good: {arguments.out}")
    return 0
