"""How those who read a library learn that somebody changed it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path

from index.store import Store

_OFTEN = 1.0
"""Seconds for which a server's answer counts, unless there is a doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What was last rung: two that differ mean that something changed between them."""

    here: str
    """By a process of this machine."""

    there: str = ""
    """By any machine that uses the same server."""


class Bell:
    """A file in the library's folder, and a row on the server where there is one; each holds a text drawn anew."""

    def __init__(self, path: Path, store: Store) -> None:
        self._path = path
        self._store = store
        self._there = ""
        self._asked = float("-inf")

    def stamp(self, *, fresh: bool = False) -> Stamp:
        """What was rung last. A server is asked at most once in a second, but always if ``fresh`` or after ``doubt``.

        Raises:
            StoreUnavailable: the server does not answer.
        """
        if not self._store.is_server:
            return Stamp(here=self._here())
        now = time.monotonic()
        if fresh or now - self._asked >= _OFTEN:
            self._asked = now  # other threads go on with what is known
            try:
                self._there = self._store.control.mark()
            except BaseException:
                self._asked = float("-inf")
                raise
        return Stamp(here=self._here(), there=self._there)

    def doubt(self) -> None:
        """Something does not fit what is known: ask the next time."""
        self._asked = float("-inf")

    def ring(self) -> Stamp:
        """Tell every reader that there is something new to see."""
        if self._store.is_server:
            mark = secrets.token_hex(8)
            self._store.control.put_mark(mark)
            self._there, self._asked = mark, time.monotonic()
        return Stamp(here=self._ring_here(), there=self._there)

    def ring_here(self, seen: Stamp) -> Stamp:
        """Tell the processes of this machine only; ``seen`` is returned with what they will now see."""
        return replace(seen, here=self._ring_here())

    def _here(self) -> str:
        try:
            return (self._path / "generation").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def _ring_here(self) -> str:
        temporary = self._path / "generation.new"
        # Any text that was never there before: a library that was deleted and made again counts from 1 again.
        temporary.write_text(secrets.token_hex(8), encoding="utf-8")
        temporary.replace(self._path / "generation")
        return self._here()
