"""One writer at a time among all machines that use a library on a server.

Chroma cannot compare and swap, but adding a row whose id is there already changes nothing. So the turns at writing are
rows with numbers: who wants to write adds the next number, and whoever's row it then is has the turn. A turn that its
holder does not renew ends by the server's clock; the row of a turn that is over stays until a later one was taken, so
that no number is taken twice.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from index.errors import LibraryBusy, StoreUnavailable
from index.gate import process_words
from index.records import Term
from index.store import Store

_LASTS = 30.0
"""Seconds of the server's clock after which a turn that was not renewed is over."""

_BEAT = 5.0
"""Seconds between two renewals."""

_LOOK = 0.2
"""Seconds between two looks at whether the other one is done."""


class Lease:
    """The right to write, held for the length of ``held``."""

    def __init__(self, store: Store, path: Path) -> None:
        """``path`` is the library's folder on this machine, whose lock the caller holds meanwhile."""
        self._store = store
        self._path = path
        self._term: Term | None = None
        self._renewed = 0.0
        self._lost: Term | None = None
        self._lock = threading.Lock()

    @contextmanager
    def held(self, *, wait: float = 0.0) -> Iterator[None]:
        """Take the turn; ``wait`` is how many seconds to try.

        Raises:
            LibraryBusy: somebody else writes; the message says who.
            StoreUnavailable: the server does not answer.
        """
        self._take(time.monotonic() + wait)
        done = threading.Event()
        beat = threading.Thread(target=self._beat, args=(done,), name="footnote-lease", daemon=True)
        beat.start()
        try:
            yield
        finally:
            done.set()
            beat.join()
            self._give_back()

    def confirm(self) -> None:
        """Called before each write: whoever slept through his turn must not write on.

        Raises:
            LibraryBusy: the turn was lost.
            StoreUnavailable: it should have been renewed long ago, and the server does not answer.
        """
        # The clock of the day, which goes on while a machine sleeps. Set back or forward, it costs one more renewal.
        if self._term is not None and self._lost is None and abs(time.time() - self._renewed) > 2 * _BEAT:
            self._renew()
        if self._lost is not None:
            raise LibraryBusy(
                f"This process did not reach the server for so long that {_who(self._lost)} began to write the library "
                f"{self._store.place}. What was done until then stays; sync again."
            )

    def _take(self, until: float) -> None:
        place = self._place()
        while True:
            terms = sorted(self._store.control.terms(), key=lambda term: term.number)
            last = terms[-1] if terms else None
            now = self._store.control.clock()
            # A turn of this very folder is over as well: the caller holds the folder's lock.
            if last is None or last.expires <= now or last.place == place:
                mine = Term(
                    number=last.number + 1 if last is not None else 1,
                    token=secrets.token_hex(8),
                    place=place,
                    host=socket.gethostname(),
                    pid=os.getpid(),
                    since=now,
                    expires=now + _LASTS,
                )
                self._store.control.claim(mine)
                terms = sorted(self._store.control.terms(), key=lambda term: term.number)
                last = terms[-1]
                if last.token == mine.token:
                    self._term, self._lost, self._renewed = mine, None, time.time()
                    self._store.control.drop_terms([term for term in terms if term.number < mine.number])
                    return
                self._store.control.drop_terms([term for term in terms if term.token == mine.token])
            if time.monotonic() >= until:
                raise LibraryBusy(
                    f"The library {self._store.place} is being written by {_who(last)}. Wait until that is done and "
                    f"sync again; if it was killed, its turn ends within {_LASTS:.0f} seconds."
                )
            time.sleep(_LOOK)

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(_BEAT):
            with suppress(StoreUnavailable):  # the next beat tries again, and so does the next write
                self._renew()

    def _renew(self) -> None:
        with self._lock:
            if self._term is None or self._lost is not None:
                return
            last = max(self._store.control.terms(), key=lambda term: term.number, default=None)
            if last is None or last.token != self._term.token:
                self._lost = last or self._term
                return
            self._term = replace(self._term, expires=self._store.control.clock() + _LASTS)
            self._store.control.put_term(self._term)
            self._renewed = time.time()

    def _give_back(self) -> None:
        term, self._term = self._term, None
        if term is not None and self._lost is None:
            with suppress(StoreUnavailable):  # then it ends by itself
                self._store.control.put_term(replace(term, expires=0.0))

    def _place(self) -> str:
        """A name for this folder that no other folder of any machine has."""
        note = self._path / "place"
        try:
            return note.read_text(encoding="utf-8")
        except OSError:
            note.write_text(secrets.token_hex(8), encoding="utf-8")
        return note.read_text(encoding="utf-8")


def _who(term: Term) -> str:
    return process_words(term.pid, term.host, term.since)
