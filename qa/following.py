"""The library kept in line with its folder beside whatever else is done, and how far that is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index.errors import LibraryError

if TYPE_CHECKING:
    from index import Library, SyncProgress, SyncReport

_log = logging.getLogger(__name__)

_LAST_SYNC = 10.0
"""Seconds that a sync in progress is given to end when all ends. What it leaves undone, the next one does."""


class Following:
    """Takes in each change of the folder in a thread of its own, from ``with`` on; before, only when woken."""

    def __init__(
        self,
        library: Library,
        *,
        synced: Callable[[SyncReport], object] = lambda _: None,
        failed: Callable[[Exception], object] = lambda _: None,
    ) -> None:
        """``synced`` is told each report that says something, ``failed`` why a sync could not be done."""
        self._library = library
        self._synced = synced
        self._failed = failed
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._wanted = self._syncing = False
        self.progress: SyncProgress | None = None
        """How far the sync is that runs now; None where none does, or nothing is new."""

        self.problem = ""
        """Why the last sync could not be done; empty where it could."""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._follow, name="follow", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=_LAST_SYNC)

    def wake(self) -> None:
        """The folder has changed: where nobody follows it, sync in a thread of its own."""
        if self._thread is not None:
            return
        with self._lock:
            self._wanted = True
            if not self._syncing:
                self._syncing = True
                threading.Thread(target=self._sync, name="sync", daemon=True).start()

    def _follow(self) -> None:
        from index.watch import follow

        follow(self._library, stop=self._stop, synced=self._done, failed=self._not_done, progress=self._note)

    def _sync(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._syncing = False
                    return
                self._wanted = False
            try:
                self._done(self._library.sync(progress=self._note))
            except LibraryError as exc:
                self._not_done(exc)
            except Exception as exc:  # or no change would be taken in any more
                _log.exception("While syncing")
                self._not_done(exc)
            finally:
                self._note(None)

    def _note(self, progress: SyncProgress | None) -> None:
        self.progress = progress

    def _done(self, report: SyncReport) -> None:
        self.problem = ""
        self._synced(report)

    def _not_done(self, error: Exception) -> None:
        self.problem = str(error)
        self._failed(error)
