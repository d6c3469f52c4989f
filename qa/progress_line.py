"""Progress in a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from qa.terminal import aside

if TYPE_CHECKING:
    from index import SyncProgress
    from qa.progress import DraftProgress, EvaluateProgress


class ProgressLine:
    """A line on stderr that says how far things are: rewritten in place on a terminal, one every ten seconds else."""

    def __init__(
        self,
        left: str = "What was written by then can be searched; the next sync goes on from there.",
        *,
        goes_on: bool = False,
    ) -> None:
        """``left`` is said when a sync is interrupted: what it leaves. ``goes_on``: finished questions are kept."""
        self._left = left
        self._goes_on = goes_on
        self._live = sys.stderr.isatty()
        self._last = time.monotonic()
        self._shown = False
        self._sync: SyncProgress | None = None
        self._asked: EvaluateProgress | None = None

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.clear()
        if kind is KeyboardInterrupt and self._sync is not None:
            aside(
                f"\nStopped after reading {self._sync.files_done:,} of {self._sync.files:,} new or changed files. "
                f"{self._left}"
            )
        if kind is KeyboardInterrupt and self._asked is not None and self._goes_on:
            aside(
                f"\nStopped with {self._asked.done - self._asked.failed:,} of {self._asked.questions:,} questions "
                "finished. They are kept: the same command goes on with the others."
            )

    def clear(self) -> None:
        """Take the line off the terminal."""
        if self._shown and self._live:
            aside("\r\x1b[K", end="")
            self._shown = False

    def __call__(self, progress: SyncProgress) -> None:
        self._sync = progress
        rate = progress.passages / progress.seconds if progress.seconds else 0.0
        self._show(
            f"syncing: {progress.files_done} of {progress.files} files, {progress.passages} passages ({rate:.0f}/s)",
            progress.seconds_left,
        )

    def evaluating(self, progress: EvaluateProgress) -> None:
        if progress.kept and progress.kept_until is not None and self._asked is None:
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(progress.kept_until))
            aside(
                f"{progress.kept:,} of {progress.questions:,} answers are taken from the run that ended at {when}; "
                "--anew asks all again."
            )
        self._asked = progress
        failed = f", {progress.failed:,} failed" if progress.failed else ""
        self._show(
            f"asking: {progress.done} of {progress.questions} questions ({progress.rate:.1f}/s){failed}",
            progress.seconds_left,
        )

    def drafting(self, progress: DraftProgress) -> None:
        self._show(
            f"drafting: {progress.drafted} of {progress.wanted} questions from {progress.documents:,} documents", None
        )

    def checking(self, lines: int) -> None:
        self._show(f"checking: {lines:,} lines", None)

    def _show(self, line: str, left: float | None) -> None:
        now = time.monotonic()
        if now - self._last < (0.2 if self._live else 10):
            return
        self._last = now
        self._shown = True
        if left is not None:
            line = f"{line}, about {_duration(left)} left"
        aside(f"\r\x1b[K{line}" if self._live else line, end="" if self._live else "\n")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
