"""Several things at the same time, of which none may hold up the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_GRACE = 2.0
"""Seconds that those which are under way are given when nobody waits for them any more."""


def each(work: Callable[[T], R], items: Sequence[T], at_once: int) -> Generator[tuple[int, R], None, None]:
    """The place of each item and what ``work`` made of it, as they are done; ``at_once`` threads, or none for one.

    Closing the generator starts no further item. The threads are daemons: one that waits for a server does not keep a
    program from ending, as those of a pool of the standard library would.

    Raises:
        whatever ``work`` raised first.
    """
    if at_once == 1:
        yield from ((place, work(item)) for place, item in enumerate(items))
        return
    waiting = iter(enumerate(items))
    lock = threading.Lock()
    stop = threading.Event()
    done: SimpleQueue[tuple[int, R] | BaseException] = SimpleQueue()

    def run() -> None:
        while not stop.is_set():
            with lock:
                entry = next(waiting, None)
            if entry is None:
                return
            try:
                done.put((entry[0], work(entry[1])))
            except BaseException as exc:  # handed to who asked for it
                done.put(exc)
                return

    threads = [
        threading.Thread(target=run, name=f"footnote-eval-{number}", daemon=True)
        for number in range(min(at_once, len(items)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in items:
            result = done.get()
            if isinstance(result, BaseException):
                raise result
            yield result
    finally:
        stop.set()
        until = time.monotonic() + _GRACE
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
