"""Finished questions of a run on disk, so that one that was interrupted, or failed in part, goes on where it was."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from qa.asking import Asked
from qa.errors import QAError
from qa.questions import Question

FOLDER = "runs"
"""In the library's folder."""

_DAYS = 30
"""Journals that nobody went on with for so long are removed."""

_SYNC = 1.0
"""Seconds between two requests to the disk to write for good. A program that dies loses nothing that it handed over;
only a machine that does may lose the last second."""


class Journal:
    """One line of JSON for each finished question: ``{"place": its place in the set from 0, "asked": …}``.

    Only one process at a time may hold the journal of a run; the operating system ends a dead one's hold.
    """

    def __init__(self, folder: Path, key: str, questions: Sequence[Question], *, anew: bool = False) -> None:
        """
        Args:
            key: names the run: another one for anything that could make another result.
            anew: forget what an earlier run left.
        """
        self._path = folder / f"{key}.jsonl"
        self._questions = questions
        self._anew = anew
        self._lock = FileLock(folder / f"{key}.lock", timeout=0)
        self._file: int | None = None
        self._synced = 0.0
        self.kept: dict[int, Asked] = {}
        """By place, what an earlier run finished; known after ``__enter__``."""

        self.kept_until: float | None = None
        """When it finished the last of them, in seconds since the epoch."""

    def __enter__(self) -> Self:
        """
        Raises:
            QAError: another process asks the same questions, or the folder cannot be written to.
        """
        folder = self._path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _tidy(folder)
            self._lock.acquire()
        except Timeout as exc:
            raise QAError(
                "Another process asks these questions at the moment, with the same settings. Wait until it is done."
            ) from exc
        except OSError as exc:
            raise QAError(
                f"Finished questions cannot be kept in {str(folder)!r} ({exc.strerror or exc}). Let it be written to."
            ) from exc
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            if self._anew:
                os.ftruncate(self._file, 0)
            self.kept_until = os.fstat(self._file).st_mtime
            self._read()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.fsync(self._file)
            os.close(self._file)
            self._file = None
        self._lock.release()

    def add(self, place: int, asked: Asked) -> None:
        """Keep a finished question; one that failed is left to be asked again."""
        if not asked.is_whole or self._file is None:
            return
        line = json.dumps({"place": place, "asked": asdict(asked)}) + "\n"
        _write(self._file, line.encode("ascii"))
        now = time.monotonic()
        if now - self._synced > _SYNC:
            os.fsync(self._file)
            self._synced = now

    def complete(self) -> None:
        """Every question is finished, and what came of it is where it should be: there is nothing to go on with."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> None:
        """What was kept. A line that was torn when the program died is none, and what follows begins a new one."""
        from pydantic import TypeAdapter, ValidationError

        adapter = TypeAdapter(Asked)
        end = b"\n"
        with self._path.open("rb") as lines:
            for line in lines:
                end = line[-1:]
                with suppress(ValueError, TypeError, KeyError, ValidationError):
                    record = json.loads(line)
                    asked = adapter.validate_python(record["asked"])
                    if asked.result.id == self._questions[record["place"]].id:
                        self.kept[record["place"]] = asked
        if end != b"\n" and self._file is not None:
            _write(self._file, b"\n")


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _tidy(folder: Path) -> None:
    oldest = time.time() - _DAYS * 24 * 3600
    for path in folder.iterdir():
        with suppress(OSError):
            if path.suffix in (".jsonl", ".lock") and path.stat().st_mtime < oldest:
                path.unlink()
