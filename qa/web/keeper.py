"""Keeps what is asked in one window, for later and for the other windows of the same conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from qa.errors import QAError
from qa.web.conversation import Conversation, Exchange
from qa.web.history import History
from qa.web.windows import Windows


class Keeper:
    """Keeps the states of one exchange in the conversation as it is called now, whatever its window opens meanwhile."""

    def __init__(
        self,
        window: Conversation,
        history: History,
        windows: Windows,
        settings: Mapping[str, str | int | float | None],
    ) -> None:
        """``settings`` is how the question is answered."""
        self._window = window
        self._history = history
        self._windows = windows
        self._settings = settings
        self._owner, self._id = window.owner, window.id
        self._is_there = False

    def begin(self, exchange: Exchange) -> Exchange:
        """The exchange with its number in the conversation, which other windows may have gone on with."""
        exchange = replace(exchange, settings=self._settings, start=self._history.start)
        self._windows.show(self._window)
        return self._added(exchange)

    def keep(self, exchange: Exchange) -> None:
        """Keep its latest state, unless another window took the exchange back."""
        if not self._is_there:
            self._added(exchange)
            return
        try:
            self._history.put(self._owner, self._id, exchange)
        except QAError as exc:
            self._window.notice = str(exc)
        self._windows.tell(self._window, self._id)

    def _added(self, exchange: Exchange) -> Exchange:
        if not self._owner:
            return exchange
        try:
            exchange = self._history.begin(self._owner, self._id, exchange)
            self._is_there = True
        except QAError as exc:
            self._window.notice = str(exc)
        self._windows.tell(self._window, self._id)
        return exchange
