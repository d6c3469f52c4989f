"""Where a command writes what it made: a file that replaces nothing it should not, or standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from qa.report import write_report


def is_stdout(path: str | None) -> bool:
    """Whether a path means standard output."""
    return path in ("-", "/dev/stdout")


def write_out(path: str, values: Mapping[str, Any] | str | Iterable[str]) -> None:
    """Write as ``write_report`` does, or print where the path means that.

    Raises:
        QAError: the file cannot be written.
        OSError: standard output cannot; a ``BrokenPipeError`` where whoever read it has gone.
    """
    if not is_stdout(path):
        write_report(path, values)
        return
    if isinstance(values, Mapping):
        values = json.dumps(values, ensure_ascii=False) + "\n"
    sys.stdout.writelines((values,) if isinstance(values, str) else values)
    sys.stdout.flush()


def would_replace(outputs: Iterable[str | None], used: Iterable[str | None]) -> str | None:
    """Why these must not be written: one is a file that is ``used``, or another one of them. None where they may."""
    taken = {_place(path): path for path in used if path is not None}
    for path in filter(None, outputs):
        place = _place(path)
        if place in taken and not _is_device(place):
            return f"a report written to {path!r} would replace {taken[place]!r}: name another file"
        taken[place] = path
    return None


def would_be_document(outputs: Iterable[str | None], documents: str | None) -> str | None:
    """Why these must not be written: one is in the folder of ``documents``, links followed, where it would replace a
    document or become one. None where they may."""
    if documents is None:
        return None
    folder = _place(documents)
    for path in filter(None, outputs):
        place = _place(path)
        if not is_stdout(path) and not _is_device(place) and Path(place).is_relative_to(folder):
            return f"{path!r} is among the documents of {documents!r}, and would become one of them: name another place"
    return None


def folder_of_library() -> str | None:
    """The folder that the user's library was synced with; None where that cannot be told."""
    from index.errors import LibraryError
    from qa.terminal import open_library

    with suppress(LibraryError), closing(open_library()) as library:
        return library.status().folder
    return None


def _place(path: str) -> str:
    return "-" if is_stdout(path) else os.path.realpath(os.path.expanduser(path))


def _is_device(place: str) -> bool:
    """Whether what is there is no file, so that nothing in it is replaced."""
    return place != "-" and os.path.exists(place) and not os.path.isfile(place)
