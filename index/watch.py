"""Follow a library's folder: whatever changes there is taken in a moment later."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import LibraryError
from index.folder import IGNORE_FILE, is_hidden

if TYPE_CHECKING:
    from watchfiles import Change

    from index.library import Library
    from index.values import SyncProgress, SyncReport

_QUIET = 300
"""Milliseconds without a further change after which a sync begins."""

_LONGEST = 2_000
"""Milliseconds after which it begins although changes go on."""

_TICK = 500
"""Milliseconds between looks at the clock while nothing happens."""

_RETRY = 5.0
"""Seconds after which a sync that failed, or found another process syncing, is tried again."""

_LOOK = 300.0
"""Seconds after which the folder is looked through anyway: some network drives tell of no change."""


def follow(
    library: Library,
    *,
    stop: threading.Event,
    synced: Callable[[SyncReport], object],
    failed: Callable[[LibraryError], object],
    progress: Callable[[SyncProgress | None], None] = lambda _: None,
) -> None:
    """Sync the library with its folder at each change below it, until ``stop`` is set.

    Args:
        library: synced before, so that it knows its folder.
        synced: called after each sync that changed something, or in which a file failed that had not before.
        failed: called when a sync could not be done; the same reason is told once. It is tried again.
        progress: as ``Library.sync`` calls it, and with None at the end of each sync.
    """
    _Follower(library, stop, synced, failed, progress).run()


class _Follower:
    def __init__(
        self,
        library: Library,
        stop: threading.Event,
        synced: Callable[[SyncReport], object],
        failed: Callable[[LibraryError], object],
        progress: Callable[[SyncProgress | None], None],
    ) -> None:
        self._library = library
        self._stop = stop
        self._synced = synced
        self._failed = failed
        self._progress = progress
        self._due = time.monotonic() + _LOOK
        self._told = ""

    def run(self) -> None:
        from watchfiles import watch

        own = self._library.path.resolve()
        while not self._stop.is_set():
            try:
                folder = Path(self._library.status().folder or "")
                place = folder if folder.is_dir() else folder.parent
                for changes in watch(
                    place,
                    watch_filter=partial(_matters, place, own),
                    debounce=_LONGEST,
                    step=_QUIET,
                    rust_timeout=_TICK,
                    yield_on_timeout=True,
                    stop_event=self._stop,
                    raise_interrupt=False,
                ):
                    self._step(changes)
                    if not place.is_dir():
                        break
            except (LibraryError, OSError) as exc:
                self._tell(exc)
            self._stop.wait(_RETRY)

    def _step(self, changes: set[tuple[Change, str]]) -> None:
        if not changes and time.monotonic() < self._due:
            return
        try:
            report = self._library.sync(progress=self._progress)
        except LibraryError as exc:
            self._due = time.monotonic() + _RETRY
            self._tell(exc)
            return
        finally:
            self._progress(None)
        self._due = time.monotonic() + _LOOK
        self._told = ""
        if report.added or report.changed or report.renamed or report.removed or (changes and report.failed):
            self._synced(report)

    def _tell(self, error: Exception) -> None:
        if str(error) != self._told:
            self._told = str(error)
            self._failed(error if isinstance(error, LibraryError) else LibraryError(f"The folder is gone: {error}"))


def _matters(folder: Path, own: Path, _: Change, name: str) -> bool:
    """Whether a change of this path may change what the library should hold."""
    path = Path(name)
    if path.is_relative_to(own):
        return False
    try:
        parts = path.relative_to(folder).parts
    except ValueError:
        return True
    return not any(is_hidden(part) and part != IGNORE_FILE for part in parts)
