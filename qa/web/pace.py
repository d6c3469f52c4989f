"""How often somebody may ask."""

from __future__ import annotations

import threading
import time
from collections import deque

_MINUTE = 60.0


class Pace:
    """So many questions a minute for each person. Any thread may ask."""

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._lock = threading.Lock()
        self._asked: dict[str, deque[float]] = {}

    def wait_for(self, person: str, now: float | None = None) -> float:
        """Seconds until this person may ask; 0 counts as a question asked now.

        Args:
            person: whose questions are counted together.
            now: seconds of a clock that only goes forward; that of this machine where left out.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            for name in [name for name, times in self._asked.items() if times[-1] <= now - _MINUTE]:
                del self._asked[name]
            times = self._asked.setdefault(person, deque())
            while times and times[0] <= now - _MINUTE:
                times.popleft()
            if len(times) >= self._most:
                return times[0] + _MINUTE - now
            times.append(now)
            return 0.0
