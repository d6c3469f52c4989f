"""Reads an iterator in a thread of its own, so that who waits for it can do something else meanwhile.

A model may say nothing for a minute. Without this, stopping an answer, closing the page and stopping the server would
each wait for its next word.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Pump(Generic[_Item]):
    """The newest item of an iterator. Older ones that nobody took in time are passed over."""

    def __init__(self, items: Iterator[_Item]) -> None:
        self._items = items
        self._changed = threading.Condition()
        self._newest: list[_Item] = []
        self._error: BaseException | None = None
        self._ended = False
        self._unwanted = False
        # A daemon: it may hang in a read that nobody waits for any more.
        threading.Thread(target=self._run, name="footnote-answer", daemon=True).start()

    def take(self, wait: float) -> _Item | None:
        """The newest item since the last call; None if there was none in ``wait`` seconds.

        Raises:
            EOFError: there will be none any more.
            Exception: the iterator's own, after its last item was taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._ended, wait)
            if self._newest:
                return self._newest.pop()
            if self._error is not None:
                raise self._error
            if self._ended:
                raise EOFError
            return None

    def stop(self) -> None:
        """No more is wanted: the iterator is closed as soon as it gives its next item."""
        self._unwanted = True

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if self._unwanted:
                    break
                with self._changed:
                    self._newest = [item]
                    self._changed.notify_all()
        except BaseException as exc:
            error = exc
        finally:
            if isinstance(self._items, Generator):
                self._items.close()
            with self._changed:
                self._error = error
                self._ended = True
                self._changed.notify_all()


@contextmanager
def pumped(items: Iterator[_Item]) -> Iterator[Pump[_Item]]:
    """A pump that stops with the block."""
    pump = Pump(items)
    try:
        yield pump
    finally:
        pump.stop()
