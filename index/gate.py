"""Who may touch a library's files: one process writes, any number read, and files are reopened by nobody but one."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import LibraryBusy, LibraryMissing

_POLL = 0.01
"""Seconds between two looks at whether a moment is free: writers take them in quick succession."""


@contextmanager
def write_lock(path: Path, *, wait: float = 0.0) -> Iterator[None]:
    """The only writer of the library at ``path``, among all processes. The operating system ends a dead one's hold.

    ``wait`` is how many seconds to try: a reader that mends the lexical mirror holds it for a moment.

    Raises:
        LibraryBusy: somebody else writes; the message says who.
        LibraryMissing: the folder cannot be made or written to.
    """
    from filelock import FileLock, Timeout

    note = path / "writer.json"
    lock = FileLock(path / "lock", timeout=wait, thread_local=False)
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as exc:
        raise LibraryBusy(
            f"The library at {str(path)!r} is being written by {_writer(note)}. Wait until that is done and sync again."
        ) from exc
    except OSError as exc:
        raise LibraryMissing(
            f"The library's folder {str(path)!r} cannot be written ({exc.strerror or exc}). "
            "Set INDEX_PATH to a folder that can."
        ) from exc
    try:
        held = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}
        note.write_text(json.dumps(held), encoding="utf-8")
        yield
    finally:
        lock.release()


@contextmanager
def moment(path: Path, *, wait: float) -> Iterator[None]:
    """A moment alone with the library at ``path`` among those of this machine who take one, as far as it can be had.

    It goes on without after ``wait`` seconds, or where the folder cannot be written to: who needs a moment has another
    way to see that it was disturbed.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path / "moment", timeout=wait, poll_interval=_POLL, thread_local=False)
    with suppress(Timeout, OSError):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()  # nothing where it was not taken


def _writer(note: Path) -> str:
    try:
        held = json.loads(note.read_text(encoding="utf-8"))
        return process_words(held["pid"], held["host"], held["since"])
    except (OSError, ValueError, KeyError):
        return "another process"


def process_words(pid: int, host: str, since: float) -> str:
    """Who writes a library, for messages; ``since`` in seconds of the clock."""
    return f"process {pid} on {host} (since {time.strftime('%H:%M:%S', time.localtime(since))})"


class Gate:
    """Many read at once; who reopens the files is alone, and new readers wait for it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._readers = 0
        self._alone = 0
        """Threads that are alone or wait to be."""
        self._closed = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._condition:
            self._condition.wait_for(lambda: not self._alone)
            self._readers += 1
        try:
            yield
        finally:
            with self._condition:
                self._readers -= 1
                self._condition.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._condition:
            self._alone += 1
            self._condition.wait_for(lambda: not self._closed and not self._readers)
            self._closed = True
        try:
            yield
        finally:
            with self._condition:
                self._closed = False
                self._alone -= 1
                self._condition.notify_all()
