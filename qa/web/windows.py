"""Which windows show the same conversation, so that each hears of what another one asked."""

from __future__ import annotations

import threading
from weakref import WeakSet

from qa.web.conversation import Conversation

_SWEPT = 1_000
"""Conversations that are remembered before those that no window shows any more are forgotten."""


class Windows:
    """The windows of each conversation. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._showing: dict[str, WeakSet[Conversation]] = {}
        self._moved: dict[str, int] = {}

    def show(self, window: Conversation) -> None:
        """This window shows the conversation that it is at now, and no other."""
        with self._lock:
            for id_, showing in list(self._showing.items()) if len(self._showing) > _SWEPT else ():
                if not showing:
                    del self._showing[id_]
                    self._moved.pop(id_, None)
            self._showing.setdefault(window.id, WeakSet()).add(window)
            window.seen = self._moved.get(window.id, 0)

    def tell(self, window: Conversation, id_: str) -> None:
        """Something of the conversation with this id is another since this window went on with it."""
        with self._lock:
            if any(other is not window and other.id == id_ for other in self._showing.get(id_, ())):
                self._moved[id_] = self._moved.get(id_, 0) + 1

    def stop(self, window: Conversation) -> None:
        """End what is being answered in this conversation, whichever window asked for it."""
        with self._lock:
            windows = {window, *(other for other in self._showing.get(window.id, ()) if other.id == window.id)}
        for each in windows:
            each.stop()

    def moved(self, id_: str) -> int:
        """Another number whenever one window went on with a conversation that others show."""
        return self._moved.get(id_, 0)
