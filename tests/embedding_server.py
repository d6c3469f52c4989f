"""An embedding model's server for tests: OpenAI's /embeddings over real HTTP on this machine, doing what it is told.

    with EmbeddingServer([fails(429, headers={"Retry-After": "1"})]) as server:
        OpenAIEmbedder("any", base_url=server.url).embed_query("How many?")

Each request takes the next behaviour of the script; after the last one, and without a script, it answers well.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from types import TracebackType
from typing import Any

Row = dict[str, Any]

DIMENSION = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""

    body: dict[str, Any]
    at: float
    """When, on the monotonic clock."""

    @property
    def texts(self) -> list[str]:
        found: list[str] = self.body["input"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the server does with one request."""

    change: Callable[[list[Row]], list[Row]] = list
    """Makes of the right rows those that are sent."""

    status: int = 200
    error: object = None
    """The body of a reply that is no 200."""

    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent in place of the rows."""

    content_type: str = "application/json"
    wait: float = 0.0
    """Seconds before the answer; the end of the server cuts it short."""


def fails(status: int, message: str = "Something went wrong.", *, code: str | None = None, **options: Any) -> Behaviour:
    """An error in OpenAI's form."""
    error = {"error": {"message": message, "type": "test_error", "param": None, "code": code}}
    return Behaviour(status=status, error=error, **options)


def vector_of(text: str, dimension: int = DIMENSION) -> list[float]:
    """A vector that only this text has, and that is far from unit length."""
    digest = sha256(text.encode()).digest() * (dimension // 32 + 1)
    return [byte - 127.5 for byte in digest[:dimension]]


class EmbeddingServer:
    """Runs from ``__enter__`` to ``__exit__``, which waits for every thread that it has."""

    def __init__(
        self,
        script: Iterable[Behaviour] = (),
        *,
        most_texts: int | None = None,
        longest: int | None = None,
        dimension: int = DIMENSION,
    ) -> None:
        """Whatever the script says, more than ``most_texts`` get a 413 and one of over ``longest`` characters a 400."""
        self.requests: list[Request] = []
        """What was asked for, in order."""

        self.most_texts = most_texts
        self.longest = longest
        self.dimension = dimension
        self._script = list(script)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> EmbeddingServer:
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="embedding-server")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is None or self._thread is None:
            return
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None

    @property
    def url(self) -> str:
        """The address for OPENAI_BASE_URL."""
        if self._server is None:
            raise RuntimeError("The server is not running: use it in a with statement.")
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def batches(self) -> list[int]:
        """How many texts each request brought."""
        with self._lock:
            return [len(request.texts) for request in self.requests]

    @property
    def pauses(self) -> list[float]:
        """Seconds between one request and the next."""
        with self._lock:
            times = [request.at for request in self.requests]
        return [later - earlier for earlier, later in pairwise(times)]

    def then(self, *behaviours: Behaviour) -> None:
        """Add to the script while running."""
        with self._lock:
            self._script.extend(behaviours)

    def behaviour_for(self, request: Request) -> Behaviour:
        """For the handler: what is to be done with this one."""
        with self._lock:
            self.requests.append(request)
            behaviour = self._script.pop(0) if self._script else Behaviour()
        if self.most_texts is not None and len(request.texts) > self.most_texts:
            return fails(413, f"batch size {len(request.texts)} > maximum allowed batch size {self.most_texts}")
        if self.longest is not None and any(len(text) > self.longest for text in request.texts):
            return fails(400, "This model's maximum context length is exceeded.", code="context_length_exceeded")
        self._closing.wait(behaviour.wait)
        return behaviour


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for each of them

    def __init__(self, address: tuple[str, int], owner: EmbeddingServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave are what is tested, and no news."""


class _Handler(BaseHTTPRequestHandler):
    # Of one request a connection: no thread is left waiting for a client's next one.
    protocol_version = "HTTP/1.0"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Tests read ``requests``; nobody reads the terminal."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        behaviour = self.server.owner.behaviour_for(
            Request(path=self.path, headers=headers, body=body, at=time.monotonic())
        )
        if behaviour.raw is not None:
            data = behaviour.raw
        elif behaviour.status != 200:
            data = json.dumps(behaviour.error).encode()
        else:
            rows: list[Row] = [
                {"object": "embedding", "index": place, "embedding": vector_of(text, self.server.owner.dimension)}
                for place, text in enumerate(body["input"])
            ]
            data = json.dumps({"object": "list", "model": body["model"], "data": behaviour.change(rows)}).encode()
        self.send_response(behaviour.status)
        self.send_header("Content-Type", behaviour.content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in behaviour.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
