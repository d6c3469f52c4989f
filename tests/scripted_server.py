"""What the servers of models have in common: real HTTP on this machine, and a script of what to do with each request.

A server made of these starts with its ``with`` statement and ends with it. Each request takes the next behaviour of
the script; what happens after the last one is the server's own business.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Generic, Self, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""

    body: dict[str, Any]
    at: float
    """When, in seconds of the monotonic clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a server does with one request."""

    status: int = 200
    error: object = None
    """The body of a reply that is no 200: a text as it is, anything else as JSON."""

    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent in place of what a good reply consists of."""

    content_type: str = "application/json"
    wait: float = 0.0
    """Seconds before the answer begins; the end of the server cuts it short."""


RequestT = TypeVar("RequestT", bound=Request)
BehaviourT = TypeVar("BehaviourT", bound=Behaviour)
OwnerT = TypeVar("OwnerT", bound="ScriptedServer[Any, Any]")


def error_body(message: str, code: str | None) -> dict[str, Any]:
    """An error in OpenAI's form."""
    return {"error": {"message": message, "type": "test_error", "param": None, "code": code}}


class Listener(ThreadingHTTPServer, Generic[OwnerT]):
    """Has a thread for each connection, and hands every request to the server that owns it."""

    daemon_threads = False  # so that closing waits for each of them
    request_queue_size = 128

    def __init__(self, port: int, handler: type[ScriptedHandler], owner: OwnerT) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", port), handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave are what is tested, and no news."""


class ScriptedHandler(BaseHTTPRequestHandler):
    """Reads a request and writes a reply; what to reply is up to those who inherit it."""

    def log_message(self, format: str, *args: object) -> None:
        """Tests read ``requests``; nobody reads the terminal."""

    def received(self, kind: type[RequestT]) -> RequestT:
        length = int(self.headers.get("Content-Length") or 0)
        return kind(
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=json.loads(self.rfile.read(length) or b"{}"),
            at=time.monotonic(),
        )

    def begin(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        """Everything that comes before the body."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send_whole(self, status: int, data: bytes, content_type: str, headers: Mapping[str, str]) -> None:
        self.begin(status, content_type, {"Content-Length": str(len(data)), **headers})
        self.wfile.write(data)


class ScriptedServer(Generic[RequestT, BehaviourT]):
    """Runs from ``__enter__`` to ``__exit__``, which waits for every thread that it has."""

    def __init__(self, script: Iterable[BehaviourT], *, handler: type[ScriptedHandler], port: int = 0) -> None:
        """``port`` 0 takes a free one."""
        self.requests: list[RequestT] = []
        """What was asked for, in order."""

        self._script = list(script)
        self._handler = handler
        self._port = port
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener: Listener[Self] | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._listener = Listener(self._port, self._handler, self)
        # The loop looks for the end of its work this often, in seconds.
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,), name=type(self).__name__)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._listener is None or self._thread is None:
            return
        self._closing.set()
        self._listener.shutdown()
        self._thread.join()
        self.hang_up()
        self._listener.server_close()
        self._listener = None

    def hang_up(self) -> None:
        """End the connections that would not end by themselves, once no new one can come."""

    @property
    def url(self) -> str:
        """The address for OPENAI_BASE_URL."""
        if self._listener is None:
            raise RuntimeError("The server is not running: use it in a with statement.")
        return f"http://127.0.0.1:{self._listener.server_address[1]}/v1"

    def then(self, *behaviours: BehaviourT) -> None:
        """Add to the script while running."""
        with self._lock:
            self._script.extend(behaviours)

    def take(self, request: RequestT) -> BehaviourT | None:
        """For the handler: write the request down, and what the script says to it; None after its end."""
        with self._lock:
            self.requests.append(request)
            return self._script.pop(0) if self._script else None
