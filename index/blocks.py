"""Long lists in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def blocks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """The items in order, ``size`` at a time; the last block may be shorter."""
    for begin in range(0, len(items), size):
        yield list(items[begin : begin + size])
