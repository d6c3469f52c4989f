"""A library as this process holds it: files and connections, what was read of its records, and how new that is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from index.address import parse_address
from index.bell import Bell, Stamp
from index.chroma import connect
from index.errors import LibraryBusy, LibraryMissing, StoreUnavailable, Unreachable
from index.gate import Gate, moment, write_lock
from index.lease import Lease
from index.mirror import Mirror
from index.records import Catalogue, State
from index.store import Store

if TYPE_CHECKING:
    from index.settings import IndexSettings

_T = TypeVar("_T")

_TRIES = 6
"""How often something is read at most while somebody else changes the library."""

_FREE = 2
"""Tries after which a reader has the writers of this machine wait: a small sync tells of news as often as the store can
be opened anew, so that one reader may never find it still."""

_PATIENCE = 2.0
"""Seconds that a writer waits for another process to let go of the library, and each of them for the other's moment."""


class Held:
    """What is open of one library. Any thread may read; whoever refreshes it is alone."""

    def __init__(self, path: Path, settings: IndexSettings, *, accept: Callable[[State], None]) -> None:
        """
        Args:
            path: the library's folder.
            settings: say where the store is.
            accept: raises where a state that was read is of a library that cannot be used.
        """
        self.path = path
        self.place = f"at {str(path)!r}"
        """Which library it is, for messages."""

        if settings.chroma_url is not None:
            self.place = (
                f"{settings.chroma_collection!r} on the Chroma server at {parse_address(settings.chroma_url).url}"
            )
        self.state: State | None = None
        """None where nothing was synced yet, or nothing was read yet."""

        self.catalogue = Catalogue()
        self.is_syncing = False
        """Whether this object is changing the library itself: then its own records are ahead of the disk's."""

        self._settings = settings
        self._accept = accept
        self.store = self.another_store()
        self.bell = Bell(path, self.store)
        self.gate = Gate()
        self._lease = Lease(self.store, path) if self.store.is_server else None
        self._mirror: Mirror | None = None
        self._seen: Stamp | None = None

    # Reading

    @contextmanager
    def reading(self) -> Iterator[State]:
        """The current state of the library, held still while it is read.

        Raises:
            LibraryMissing: nothing was synced yet.
        """
        if self._is_outdated():
            with self.gate.alone():
                if self._is_outdated():
                    self.refresh()
        with self.gate.shared():
            if self.state is None:
                raise self.missing()
            yield self.state

    def again(self, read: Callable[[], _T]) -> _T:
        """``read``, made anew where the library changed meanwhile, so that no result mixes two states of it."""
        for tried in range(1, _TRIES + 1):
            with self.switching() if tried > _FREE else nullcontext():
                before = self.bell.stamp()
                try:
                    result = read()
                except Unreachable:
                    raise
                except StoreUnavailable:
                    if tried == _TRIES:
                        raise
                    with self.gate.alone():
                        self._seen = None  # the next try reads the state anew, and may fail like this one
                    continue
                if self.bell.stamp() == before:
                    break
        return result

    def is_live(self, key: str) -> bool:
        """Whether the row with this id counts."""
        live = self.catalogue.is_live(key)
        if not live:
            self.bell.doubt()  # a sync that was killed left it, or one elsewhere is at work
        return live

    def mirror(self, state: State) -> Mirror:
        """The lexical mirror of the build that the state names."""
        if self._mirror is None:
            self._mirror = self.mirror_at(state.build)
        return self._mirror

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Alone among all processes; searching goes on.

        Raises:
            LibraryBusy: another process writes.
            LibraryMissing: the library's folder cannot be written to.
        """
        with write_lock(self.path, wait=_PATIENCE), self._lease.held(wait=_PATIENCE) if self._lease else nullcontext():
            try:
                yield
            finally:
                self.is_syncing = False

    def switching(self) -> AbstractContextManager[None]:
        """Around an announcement and what readers no longer find after it; a reader that was disturbed too often holds
        it up for one read."""
        return moment(self.path, wait=_PATIENCE)

    def announce(self) -> None:
        """Tell other processes that there is something new to see."""
        self._seen = self.bell.ring()

    def another_store(self) -> Store:
        """The same store with a connection of its own."""
        return Store(connect(self.path / "chroma", self._settings), place=self.place, guard=self._confirm)

    def mirror_at(self, build: int) -> Mirror:
        """The lexical mirror of any build."""
        return Mirror(self.path / f"keyword-{build}")

    # Open and closed

    def refresh(self, *, mend: bool = True) -> None:
        """Read the state as it is now, whichever process wrote it. The caller is alone.

        ``mend`` brings the lexical mirror in line as well.
        """
        self._let_go(self.store.renew)
        self.state, self.catalogue = None, Catalogue()
        if not self.store.exists():
            return
        self._seen = self.bell.stamp(fresh=True)
        state = self.store.control.state()
        if state is not None:
            self._accept(state)
            self.store.open_build(state)
            self.catalogue = self.store.catalogue()
            if mend:
                self._mend(state)
        self.state = state

    def close(self) -> None:
        """Let go of files and connections; the next read opens them again."""
        with self.gate.alone():
            self._let_go(self.store.close)
            self.state = None

    def missing(self) -> LibraryMissing:
        """The error for a library that was never synced."""
        return LibraryMissing(
            f"There is no library {self.place} yet. Run `footnote sync DIR` to make one from a folder of documents."
        )

    def _is_outdated(self) -> bool:
        # While this object syncs nobody else writes, and its own state is ahead of the disk.
        return not self.is_syncing and (self.state is None or self.bell.stamp() != self._seen)

    def _mend(self, state: State) -> None:
        """Bring the lexical mirror back in line if it was lost or a sync was killed, unless somebody is writing."""
        mirror = self.mirror(state)
        if self.store.is_server:
            self._follow(state, mirror)
            return
        if mirror.stamp == state.stamp and not state.writing:
            return
        try:
            with write_lock(self.path):
                now = self.store.control.state()
                if now is None or (now.build, now.generation, now.writing) != (
                    state.build,
                    state.generation,
                    state.writing,
                ):
                    return  # somebody finished a sync meanwhile; the next search looks again
                mirror.repair(self.store, self.catalogue)
                mirror.commit(state.stamp)
                mirror.end_writing()
        except (LibraryBusy, LibraryMissing, OSError):
            return  # the one who writes leaves it in order, and a read-only library is searched as it is

    def _follow(self, state: State, mirror: Mirror) -> None:
        """Bring this machine's lexical mirror in line with a store that any machine may have written to."""
        assert self._seen is not None, "refresh comes first"
        mark = f"{state.stamp} {self._seen.there}" if state.writing else state.stamp
        if mirror.stamp == mark:
            return
        try:
            with write_lock(self.path):
                mirror.close()  # another process of this machine may have been faster
                if mirror.stamp == mark:
                    return
                try:
                    mirror.follow(self.store, self.catalogue)
                    mirror.commit(mark)
                finally:
                    mirror.end_writing()
                for other in self.path.glob("keyword-*"):
                    if other.name != f"keyword-{state.build}":
                        shutil.rmtree(other, ignore_errors=True)
                self._seen = self.bell.ring_here(self._seen)
        except (LibraryBusy, LibraryMissing, OSError):
            return  # the one who writes leaves it in order, and a read-only library is searched as it is

    def _let_go(self, store: Callable[[], None]) -> None:
        store()
        if self._mirror is not None:
            self._mirror.close()
            self._mirror = None

    def _confirm(self) -> None:
        if self._lease is not None:
            self._lease.confirm()
