"""A real Chroma server for tests, on a free port of this machine, that can be killed and started again; and a proxy
before it that wants a token or answers slowly.

    with ChromaServer(tmp_path) as server:
        IndexSettings(chroma_url=server.url)
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

_PATIENCE = 60.0
"""Seconds that a start may take on a machine that has other things to do."""


class ChromaServer:
    """``chroma run`` over a folder. The port stays the same from start to start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Returns when it answers."""
        chroma = str(Path(sys.executable).with_name("chroma"))
        command = [chroma, "run", "--path", str(self._path), "--host", "127.0.0.1", "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        began = time.monotonic()
        while True:
            try:
                httpx.get(f"{self.url}/api/v2/heartbeat", timeout=5).raise_for_status()
                return
            except httpx.HTTPError:
                assert self._process.poll() is None, "chroma run ended"
                assert time.monotonic() - began < _PATIENCE, "chroma run does not answer"
                time.sleep(0.05)

    def kill(self) -> None:
        """At once, in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()


class Proxy:
    """Stands before a server, under a path of its own; notes what it is asked."""

    def __init__(self, server: str, *, token: str | None = None, path: str = "") -> None:
        """
        Args:
            server: address of what is behind it.
            token: wanted in the header ``Authorization`` or ``X-Chroma-Token``.
            path: what its addresses begin with.
        """
        self.seen: list[str] = []
        self.hold = threading.Event()
        """While this is set, no answer goes out."""

        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                proxy.seen.append(f"{self.command} {self.path}")
                given = {self.headers.get("Authorization"), self.headers.get("X-Chroma-Token")}
                while proxy.hold.is_set():
                    time.sleep(0.02)
                if token is not None and not given & {token, f"Bearer {token}"}:
                    self._answer(401, b'{"error": "no"}', "application/json")
                    return
                if not self.path.startswith(path):
                    self._answer(404, b"nothing here", "text/plain")
                    return
                try:
                    reply = httpx.request(
                        self.command,
                        server + self.path.removeprefix(path),
                        content=body,
                        headers={"Content-Type": "application/json"},
                        timeout=60,
                    )
                except httpx.TransportError:
                    self._answer(502, b"away", "text/plain")
                else:
                    self._answer(reply.status_code, reply.content, reply.headers.get("Content-Type", "text/plain"))

            def _answer(self, status: int, body: bytes, content_type: str) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", content_type)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # who asked did not wait

            do_GET = do_POST = do_PUT = do_DELETE = _pass_on

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._http.server_port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.hold.clear()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def free_port() -> int:
    """A port on which nobody listens just now."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
    return port
