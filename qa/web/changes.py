"""Whether something on an open page would be another now: asked often, so answered without Gradio."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from index.errors import LibraryError
from index.library import Library
from qa.following import Following
from qa.web.runs import Runs
from qa.web.windows import Windows

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from qa.web.conversation import Conversation
    from qa.web.documents import Documents
    from qa.web.sets import QuestionSets

PATH = "/changes"
"""Below the page's own address."""

_FRESH = 0.5
"""Seconds for which one look is enough for all browsers."""


class Changes:
    """A word that is another one whenever the library, a sync or a run of a question set has moved on."""

    def __init__(
        self,
        library: Library,
        following: Following,
        runs: Runs,
        windows: Windows,
        *,
        may_ask: Callable[[Request], bool],
    ) -> None:
        """``may_ask`` says whether somebody may be answered: where people sign in, only those who have."""
        self._library = library
        self._windows = windows
        self._may_ask = may_ask
        self._following = following
        self._runs = runs
        self._looked = float("-inf")
        self._word = ""
        self._run = secrets.token_hex(4)

    async def answer(self, request: Request) -> Response:
        """Answers ``GET /changes?c=…``: of which start of the server, a colon, and the word, for who shows that
        conversation; each says nothing but whether it is the same as before."""
        from starlette.responses import PlainTextResponse

        if not self._may_ask(request):
            return PlainTextResponse("Sign in first.", 401)
        if time.monotonic() - self._looked > _FRESH:
            self._looked = time.monotonic()
            self._word = await asyncio.to_thread(self._look)
        moved = self._windows.moved(request.query_params.get("c", ""))
        return PlainTextResponse(f"{self._run}:{self._word}{moved or ''}", headers={"cache-control": "no-store"})

    def _look(self) -> str:
        try:
            stamp = self._library.stamp()
        except LibraryError as exc:
            stamp = str(exc)
        state = (stamp, self._following.progress, self._following.problem, self._runs.state())
        return sha256(repr(state).encode("utf-8", "replace")).hexdigest()[:16]


def follow(documents: Documents, sets: QuestionSets, conversation: Conversation) -> tuple[Any, ...]:
    """What this browser shows differently now: the header, a sync, the documents, the answers, the question sets."""
    return *documents.follow(conversation), sets.follow(conversation)
