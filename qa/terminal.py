"""What the commands share: words for people on stdout and stderr, values for programs, and the library."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from index import Library


def fail(message: str) -> None:
    """Why a command could not, on one line."""
    from qa.output import for_terminal

    aside(f"Error: {for_terminal(' '.join(message.split()))}")


def note(text: str) -> None:
    """For people who read along, beside what the command prints."""
    from qa.output import for_terminal

    aside(for_terminal(text))


def aside(text: str, end: str = "\n") -> None:
    """On stderr, whatever becomes of it: that nobody reads along must not end the work."""
    try:
        print(text, end=end, file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Let what is still printed on a stream go nowhere, where whoever read it has gone. Without this Python complains
    while it shuts down, and ends with a status of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def show(text: str) -> None:
    """What a command prints for people."""
    from qa.output import for_terminal

    print(for_terminal(text))


def show_last(text: str) -> None:
    """``show`` what a command ends with: its work is done, so whoever reads may have gone."""
    try:
        show(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)


def show_json(value: Any) -> None:
    """What a command prints for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def open_library() -> Library:
    """The library that the settings name."""
    from index import Library

    return Library.open()
