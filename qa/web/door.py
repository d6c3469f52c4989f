"""Who may come in where people sign in: Gradio asks for name and password, and this answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from qa.errors import QAError
from qa.users import Users

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

_GUESSES, _PAUSE = 4, 1.0
"""Passwords looked at at the same time, and seconds that a wrong one waits: who guesses is slow."""


class Door:
    """Checks passwords, and knows who has come in since."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._guessing = asyncio.Semaphore(_GUESSES)
        self._inner: Any = None

    async def check(self, name: str, password: str) -> bool:
        """Whether the password is right; looked at beside the event loop. Who guesses wrong waits, and so do those who
        guess at the same time."""
        async with self._guessing:
            right = await asyncio.to_thread(self._users.check, name, password)
            if not right:
                await asyncio.sleep(_PAUSE)
            return right

    def open(self, app: FastAPI) -> None:
        """Stand before Gradio's application, which is mounted in ``app``."""
        from starlette.routing import Mount

        self._inner = next(cast(Any, route.app) for route in app.routes if isinstance(route, Mount))
        self._inner.tokens = _Tokens(self._users)

    def who(self, request: Request) -> str | None:
        """Who has signed in with this browser; Gradio has no way to ask for that from outside."""
        cookies = (f"access-token-{self._inner.cookie_id}", f"access-token-unsecure-{self._inner.cookie_id}")
        token = next((request.cookies[name] for name in cookies if name in request.cookies), "")
        name: str | None = self._inner.tokens.get(token)
        return name


class _Tokens(dict[str, str]):
    """Who signed in, by what their browser shows: as long as they are users and their password is the same."""

    def __init__(self, users: Users) -> None:
        super().__init__()
        self._users = users
        self._then: dict[str, str] = {}

    def __setitem__(self, token: str, name: str) -> None:
        self._then[token] = self._users.kept(name)
        super().__setitem__(token, name)

    def get(self, token: str | None, default: Any = None) -> Any:
        name = super().get(token or "")
        if name is None:
            return default
        try:
            now = self._users.kept(name)
        except QAError:
            now = ""
        if now and now == self._then.get(token or ""):
            return name
        return default
