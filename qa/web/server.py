"""Serving the page: a socket, a server around Gradio's application, and the rules for every response."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from index.library import Library
from qa.errors import QAError
from qa.following import Following
from qa.model import Model, OpenAIModel
from qa.settings import QASettings
from qa.users import FILE as USERS
from qa.users import Users
from qa.web.address import Shown, address_of, is_local, listen, shown_at, without_port
from qa.web.changes import PATH as CHANGES
from qa.web.changes import Changes
from qa.web.door import Door
from qa.web.history import FILE, History
from qa.web.receive import PATH, Receiver
from qa.web.runs import Runs
from qa.web.windows import Windows

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    # Whatever might get into the page, the browser fetches nothing from elsewhere and sends nothing there. Gradio
    # itself needs inline scripts and styles, and makes functions from text.
    "content-security-policy": (
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'self'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_ENVIRONMENT = {
    # Gradio asks its makers' server for its newest version and reports its use, unless this is exactly False.
    "GRADIO_ANALYTICS_ENABLED": "False",
    # It also keeps the last 10,000 events and, after each, works out statistics of all of them, which nobody sees.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(sys.maxsize),
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
}
"""What Gradio reads only from the environment: set before it is imported."""


_WINDOWS = 1_000
"""Windows whose conversations are in memory. All are on disk, where a link or the list finds them."""

_LEAVING = 5
"""Seconds that requests have to end when the server stops."""


class Running:
    """A page that is about to be served, and then is.

    Raises, when made, QAError: the address cannot be listened at.
    """

    def __init__(
        self,
        library: Library,
        *,
        host: str,
        port: int,
        settings: QASettings,
        following: Following | None,
        root_path: str,
    ) -> None:
        self._shown = shown_at(root_path) if root_path else Shown()
        self._users = Users(library.path / USERS)
        reached = host
        if is_local(host) and root_path:  # a path alone says nothing of who reaches the proxy
            reached = self._shown.host or self._shown.path
        if not self._users.names() and not is_local(reached):
            raise QAError(
                f"At {reached!r} others could reach the page and read every document, and there are no users yet. Add "
                "one with `footnote user add NAME`, or leave out --host and --root-path: then only this machine can "
                "reach it. Behind a proxy that this machine alone reaches, name the whole address: "
                f"--root-path http://localhost{self._shown.path or '/docs'}"
            )
        self._library = library
        self._settings = settings
        self._model = OpenAIModel.from_settings(settings) if settings.has_model else None
        self._history = History(library.path / FILE)
        self._following = following or Following(library)
        self._host = host
        self._sock = listen(host, port)
        self._server: uvicorn.Server | None = None
        self.address = address_of(self._sock, host)
        """Where it is on this machine, such as ``http://127.0.0.1:7860``."""
        self.shown = self._shown.whole if self._shown.host else ""
        """Where a proxy shows it, if that was said whole."""

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until interrupted. ``ready`` is called once requests are answered."""
        warming = threading.Thread(target=self._warm, name="footnote-warm", daemon=True)
        warming.start()
        try:
            asyncio.run(self._serve(ready))
        finally:
            self._sock.close()
            warming.join(_LEAVING)
            if self._model is not None:
                self._model.close()
            self._history.close()

    def _warm(self) -> None:
        """Load what writes answers before somebody waits for one: that takes seconds."""
        if self._model is not None:
            with suppress(QAError):  # the first question says it
                self._model.load()

    @contextmanager
    def in_background(self) -> Iterator[None]:
        """Serve from another thread for as long as the block lasts, which begins once requests are answered."""
        settled = threading.Event()
        failed: list[BaseException] = []

        def target() -> None:
            try:
                self.run(settled.set)
            except BaseException as exc:
                failed.append(exc)
            finally:
                settled.set()

        thread = threading.Thread(target=target, name="footnote-web", daemon=True)
        thread.start()
        settled.wait()
        if failed:
            raise failed[0]
        try:
            yield
        finally:
            if self._server is not None:
                self._server.should_exit = True
            thread.join()

    async def _serve(self, ready: Callable[[], None]) -> None:
        import uvicorn

        # Made in here because Gradio, where no event loop is running, makes some and forgets them.
        users = self._users if self._users.names() else None
        app = application(
            self._library, self._settings, self._model, self._history, users, self._following, self._shown
        )
        guard = Guard(app, self._host, self._shown)

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if self.started:
                    ready()

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                guard.leave()
                await super().shutdown(sockets)

        self._server = Server(uvicorn.Config(guard, log_level="warning", timeout_graceful_shutdown=_LEAVING))
        await self._server.serve(sockets=[self._sock])


def application(
    library: Library,
    settings: QASettings,
    model: Model | None,
    history: History,
    users: Users | None,
    following: Following,
    shown: Shown,
) -> FastAPI:
    """Gradio's application with our page, and every door of it shut that the page does not need.

    Where there are ``users``, nobody else gets in.
    """
    os.environ.update(_ENVIRONMENT)
    import gradio as gr
    from anyio import CapacityLimiter
    from fastapi import FastAPI

    from qa.web import layout
    from qa.web.sign_in import SignIn

    receiver = Receiver(library, settings, following)
    runs = Runs(library)
    windows = Windows()
    blocks = layout.build(library, settings, model, history, receiver, following, runs, windows)
    cast(Any, blocks).limiter = CapacityLimiter(layout.THREADS)  # Gradio's own would be for forty
    blocks.state_session_capacity = _WINDOWS
    app = FastAPI(openapi_url=None)
    app.add_route(PATH, receiver.receive, methods=["POST"])
    door = None if users is None else Door(users)
    changes = Changes(
        library, following, runs, windows, may_ask=lambda request: door is None or door.who(request) is not None
    )
    app.add_route(CHANGES, changes.answer)
    app.add_route("/report/{id}", partial(_report, runs, door))
    no_listing: dict[str, str | None] = {"openapi_url": None, "docs_url": None, "redoc_url": None}
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        root_path=shown.whole or None,
        app_kwargs=no_listing,
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size=1,  # files come in by a door of our own, but this one is there
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        auth=None if door is None else door.check,
        theme=layout.theme(),
        head=layout.head(),
    )
    # Gradio would hold one connection open for each window, and a browser opens six to a server: the seventh window of
    # a reader would never load. Who leaves while an answer is written is noticed by the connection that brings it, and
    # what windows have shown that were left is forgotten once so many others were used since.
    cast(Any, blocks).config["connect_heartbeat"] = False
    if find_spec("matplotlib") is None:
        # Gradio tries to import it before and after each piece of an answer: a tenth of the work of many at once.
        cast(Any, gr.utils).MatplotlibBackendMananger = nullcontext
    if door is not None:
        door.open(app)
        app.add_middleware(SignIn, who=door.who)
    return mounted


async def _report(runs: Runs, door: Door | None, request: Request) -> Response:
    """A report as a page; it fetches nothing, and nothing else shows it in itself.

    Where people sign in, each opens their own; else whoever knows its address, which nobody guesses.
    """
    from starlette.responses import FileResponse, PlainTextResponse

    from qa.web.page import owner_of_user

    owner = None
    if door is not None:
        name = door.who(request)
        if name is None:
            return PlainTextResponse("Sign in first: open the page itself.", 401)
        owner = owner_of_user(name)
    path = await asyncio.to_thread(runs.page, request.path_params["id"], owner)
    if path is None:
        return PlainTextResponse("There is no such report (any more).", 404)
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    return FileResponse(path, media_type="text/html", headers={"content-security-policy": policy})


COOKIE = "footnote"
"""Tells a browser again that was here before, so that it sees its own conversations."""

_YEAR = 365 * 24 * 3600


class Guard:
    """Puts the headers on every response, and answers only those who asked for this machine by its name.

    A page on the internet may let its own name point to 127.0.0.1 and would then be allowed to read what is served
    there. So where the server listens on this machine alone, the request must have been for this machine.
    """

    def __init__(self, app: ASGIApp, host: str, shown: Shown) -> None:
        self._app = app
        self._shown = shown
        self._headers = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
        self._host = host
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """End the connections that open pages hold: to the application it is as if their readers had left."""
        self._leaving.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._shown.path and scope["path"] == self._shown.path:
            from starlette.responses import RedirectResponse

            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            await RedirectResponse(f"{self._shown.path}/{query}", 308)(scope, receive, send)
            return
        if self._shown.path and scope["path"].startswith(f"{self._shown.path}/"):
            # A proxy may hand over the whole path or leave out its own part of it.
            scope = {**scope, "path": scope["path"][len(self._shown.path) :]}

        async def receive_until_leaving() -> Message:
            message = asyncio.ensure_future(receive())
            leaving = asyncio.ensure_future(self._leaving.wait())
            try:
                await asyncio.wait({message, leaving}, return_when=asyncio.FIRST_COMPLETED)
                return message.result() if message.done() else {"type": "http.disconnect"}
            finally:
                message.cancel()
                leaving.cancel()

        unfinished = False
        extra = [*self._headers, *_introduction(scope, self._shown)]

        async def send_guarded(message: Message) -> None:
            nonlocal unfinished
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *extra]
            unfinished = message["type"] != "http.response.body" or message.get("more_body", False)
            await send(message)

        asked = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        if self._refuses(without_port(asked)):
            from starlette.responses import PlainTextResponse

            refusal = PlainTextResponse("Footnote is served to this machine only: open it as localhost.", 421)
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, receive_until_leaving, send_guarded)
        if unfinished and self._leaving.is_set():
            await send({"type": "http.response.body", "body": b""})

    def _refuses(self, asked: str) -> bool:
        return is_local(self._host) and not is_local(asked) and asked.lower() not in (self._host, self._shown.host)


def _introduction(scope: Scope, shown: Shown) -> list[tuple[bytes, bytes]]:
    """A cookie for a browser that opens the page and has none. No script can read it, no other site send it along."""
    headers = dict(scope["headers"])
    known = (part.strip() for part in headers.get(b"cookie", b"").split(b";"))
    if scope["path"].rstrip("/") or any(part.startswith(f"{COOKIE}=".encode()) for part in known):
        return []
    secure = "; Secure" if scope.get("scheme") == "https" or shown.whole.startswith("https:") else ""
    given = f"{COOKIE}={secrets.token_urlsafe(24)}; Path={shown.path or '/'}"
    cookie = f"{given}; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{secure}"
    return [(b"set-cookie", cookie.encode())]
