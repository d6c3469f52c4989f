"""What was used last, kept as long as there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values by key, up to a size in all; those used longest ago go first. Any thread may use it."""

    def __init__(self, most: int, *, size: Callable[[V], int] = lambda _: 1) -> None:
        """
        Args:
            most: the size of all values together, at most; one that is larger alone is kept alone.
            size: of a value, in the same unit. Without it ``most`` is how many values there are at most.
        """
        self._most = most
        self._size = size
        self._held = 0
        self._lock = threading.Lock()
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, which now counts as used; None where there is none."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Keep a value, in place of an older one of the same key."""
        with self._lock:
            self._drop(key)
            self._values[key] = value
            self._held += self._size(value)
            while self._held > self._most and len(self._values) > 1:
                self._drop(next(iter(self._values)))

    def drop(self, key: K) -> None:
        """Forget a value, if it is there."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._held = 0

    def _drop(self, key: K) -> None:
        value = self._values.pop(key, None)
        if value is not None:
            self._held -= self._size(value)
