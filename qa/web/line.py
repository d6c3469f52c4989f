"""The line of those who wait for an answer while as many are answered as may be at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Place:
    """Somebody's place in the line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def ahead(self, seconds: float) -> int:
        """How many are still before this one, after waiting for its turn for so long at most; 0 once it is its turn."""
        return self._line._ahead(self, seconds)


class Line:
    """First come, first served; any thread may stand in it."""

    def __init__(self, at_once: int) -> None:
        """``at_once``: how many have their turn at the same time."""
        self._at_once = at_once
        self._changed = threading.Condition()
        self._places: list[Place] = []

    @property
    def length(self) -> int:
        """How many have their turn or wait for it."""
        return len(self._places)

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A place at the end of the line, given up at the end of the block."""
        place = Place(self)
        with self._changed:
            self._places.append(place)
        try:
            yield place
        finally:
            with self._changed:
                self._places.remove(place)
                self._changed.notify_all()

    def _ahead(self, place: Place, seconds: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._places.index(place) < self._at_once, timeout=seconds)
            return max(0, self._places.index(place) - self._at_once + 1)
