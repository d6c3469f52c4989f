"""An embedding model's server for tests: OpenAI's /embeddings over real HTTP on this machine, doing what it is told.

    with EmbeddingServer([fails(429, headers={"Retry-After": "1"})]) as server:
        OpenAIEmbedder("any", base_url=server.url).embed_query("How many?")

Each request takes the next behaviour of the script; after the last one, and without a script, it answers well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any

from tests import scripted_server
from tests.scripted_server import Listener, ScriptedHandler, ScriptedServer, error_body

Row = dict[str, Any]

DIMENSION = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(scripted_server.Request):
    """What a client sent."""

    @property
    def texts(self) -> list[str]:
        found: list[str] = self.body["input"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour(scripted_server.Behaviour):
    """What the server does with one request."""

    change: Callable[[list[Row]], list[Row]] = list
    """Makes of the right rows those that are sent."""


def fails(status: int, message: str = "Something went wrong.", *, code: str | None = None, **options: Any) -> Behaviour:
    """An error in OpenAI's form."""
    return Behaviour(status=status, error=error_body(message, code), **options)


def vector_of(text: str, dimension: int = DIMENSION) -> list[float]:
    """A vector that only this text has, and that is far from unit length."""
    digest = sha256(text.encode()).digest() * (dimension // 32 + 1)
    return [byte - 127.5 for byte in digest[:dimension]]


class EmbeddingServer(ScriptedServer[Request, Behaviour]):
    """Answers with a vector for each text."""

    def __init__(
        self,
        script: Iterable[Behaviour] = (),
        *,
        most_texts: int | None = None,
        longest: int | None = None,
        dimension: int = DIMENSION,
    ) -> None:
        """Whatever the script says, more than ``most_texts`` get a 413 and one of over ``longest`` characters a 400."""
        super().__init__(script, handler=_Handler)
        self.most_texts = most_texts
        self.longest = longest
        self.dimension = dimension

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

    def behaviour_for(self, request: Request) -> Behaviour:
        """For the handler: what is to be done with this one."""
        behaviour = self.take(request) or Behaviour()
        if self.most_texts is not None and len(request.texts) > self.most_texts:
            return fails(413, f"batch size {len(request.texts)} > maximum allowed batch size {self.most_texts}")
        if self.longest is not None and any(len(text) > self.longest for text in request.texts):
            return fails(400, "This model's maximum context length is exceeded.", code="context_length_exceeded")
        self._closing.wait(behaviour.wait)
        return behaviour


class _Handler(ScriptedHandler):
    # Of one request a connection: no thread is left waiting for a client's next one.
    protocol_version = "HTTP/1.0"
    server: Listener[EmbeddingServer]

    def do_POST(self) -> None:
        owner = self.server.owner
        request = self.received(Request)
        behaviour = owner.behaviour_for(request)
        if behaviour.raw is not None:
            data = behaviour.raw
        elif behaviour.status != 200:
            data = json.dumps(behaviour.error).encode()
        else:
            rows: list[Row] = [
                {"object": "embedding", "index": place, "embedding": vector_of(text, owner.dimension)}
                for place, text in enumerate(request.texts)
            ]
            reply = {"object": "list", "model": request.body["model"], "data": behaviour.change(rows)}
            data = json.dumps(reply).encode()
        self.send_whole(behaviour.status, data, behaviour.content_type, behaviour.headers)
