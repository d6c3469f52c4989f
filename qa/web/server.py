"""Serving the page: a socket, a server around Gradio's application, and the rules for every response."""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EACCES, EADDRINUSE
from typing import TYPE_CHECKING

from index.library import Library
from qa.errors import QAError
from qa.settings import QASettings

if TYPE_CHECKING:
    import uvicorn
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
STARTING = 60.0
"""Seconds that the server may take to come up."""


class Running:
    """A page that is being served."""

    def __init__(self, server: uvicorn.Server, sock: socket.socket, address: str) -> None:
        self._server = server
        self._sock = sock
        self.address = address
        """Where it is, such as ``http://127.0.0.1:7860``."""

    def run(self) -> None:
        """Serve until interrupted."""
        self._server.run(sockets=[self._sock])

    @contextmanager
    def in_background(self) -> Iterator[None]:
        """Serve from another thread for as long as the block lasts."""
        thread = threading.Thread(target=self.run, name="footnote-web", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._server.should_exit = True
            thread.join(STARTING)


def prepare(library: Library, *, host: str, port: int, settings: QASettings, ready: Callable[[str], None]) -> Running:
    """Everything up to the first request. ``ready`` is called with the address once requests are answered.

    Raises:
        QAError: the address cannot be listened at.
    """
    # Before the seconds that Gradio takes to import.
    sock = listen(host, port)
    try:
        # Gradio asks its makers' server for its newest version and reports its use unless this says exactly False.
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        import gradio as gr
        import uvicorn
        from fastapi import FastAPI

        from qa.web import page

        application = gr.mount_gradio_app(
            FastAPI(openapi_url=None),
            page.build(library, settings),
            path="/",
            server_name=host,
            server_port=sock.getsockname()[1],
            footer_links=[],
            run_history=False,
            allowed_paths=[],
            show_error=False,
            max_file_size=1,  # nothing is uploaded, but the door for it is there
            ssr_mode=False,
            enable_monitoring=False,
            pwa=False,
            mcp_server=False,
            theme=page.theme(),
            head=page.head(),
        )
        address = address_of(sock, host)

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if self.started:
                    ready(address)

        config = uvicorn.Config(
            Guard(application, host),
            log_level="warning",
            timeout_graceful_shutdown=1,  # open pages hold a connection each
        )
        return Running(Server(config), sock, address)
    except BaseException:
        sock.close()
        raise


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one.

    Raises:
        QAError: the port is taken or not allowed, or this machine has no such address.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as exc:
        if exc.errno == EADDRINUSE:
            raise QAError(
                f"Port {port} on {host} is in use. Stop what uses it, or take any free port: footnote serve --port 0"
            ) from exc
        if exc.errno == EACCES:
            raise QAError(f"Port {port} is not allowed to you. Take one above 1023, such as --port 7860.") from exc
        raise QAError(
            f"Cannot listen on {host!r}: {exc.strerror or exc}. Take an address of this machine, such as "
            "--host 127.0.0.1."
        ) from exc


def address_of(sock: socket.socket, host: str) -> str:
    """The address to put into a browser on this machine."""
    port = sock.getsockname()[1]
    if host in {"", "0.0.0.0", "::"}:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Guard:
    """Puts the headers on every response, and answers only those who asked for this machine by its name.

    A page on the internet may let its own name point to 127.0.0.1 and would then be allowed to read what is served
    there. So where the server listens on this machine alone, the request must have been for this machine.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._headers = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
        self._local = is_local(host)
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        asked = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        if self._local and not is_local(_without_port(asked)) and _without_port(asked) != self._host:
            from starlette.responses import PlainTextResponse

            refusal = PlainTextResponse("Footnote is served to this machine only: open it as localhost.", 421)
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)


def is_local(host: str) -> bool:
    """Whether only this machine can reach a server that listens on ``host``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and (":" not in name or name.endswith("]")) else host
