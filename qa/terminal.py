"""What the commands share: words for people on stdout and stderr, values for programs, and the library."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index import Library


def fail(message: str) -> None:
    """Why a command could not, on one line."""
    from qa.output import for_terminal

    print(f"Error: {for_terminal(' '.join(message.split()))}", file=sys.stderr)


def note(text: str) -> None:
    """For people who read along, beside what the command prints."""
    from qa.output import for_terminal

    print(for_terminal(text), file=sys.stderr, flush=True)


def show(text: str) -> None:
    """What a command prints for people."""
    from qa.output import for_terminal

    print(for_terminal(text))


def show_json(value: Any) -> None:
    """What a command prints for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def open_library() -> Library:
    """The library that the settings name."""
    from index import Library

    return Library.open()
