"""A model's server for tests: Chat Completions over real HTTP on this machine, saying and doing what it is told.

    with ModelServer([says("It grew [1]."), fails(429, headers={"Retry-After": "1"})]) as server:
        OpenAIModel("any", base_url=server.url)

Each request takes the next behaviour of the script; after the last one, and without a script, ``reply`` writes the
answer. By hand: ``python -m tests.model_server`` and OPENAI_BASE_URL set to what it prints.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from tests import scripted_server
from tests.scripted_server import Listener, ScriptedHandler, ScriptedServer, error_body

CHUNK = 12
"""Characters in a piece of a reply that was given whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(scripted_server.Request):
    """What a client sent."""

    @property
    def prompt(self) -> str:
        """All messages' text in order."""
        return "\n\n".join(message["content"] for message in self.body.get("messages", []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour(scripted_server.Behaviour):
    """What the server does with one request."""

    pieces: tuple[str, ...] | None = None
    """The text in the pieces to stream; None lets the server's ``reply`` write it."""

    reasoning: str = ""
    """Streamed before the text, in the field ``reasoning_field``."""

    reasoning_field: str = "reasoning_content"
    usage: tuple[int, int] | None = (100, 20)
    """Tokens of prompt and reply, sent when they are asked for; None for servers that never count."""

    finish: str | None = "stop"
    done: bool = True
    """Whether the stream ends with ``[DONE]``."""

    delay: float = 0.0
    """Seconds before each piece."""

    stall_after: int | None = None
    """How many events to send, the first of which has no text, before falling silent until the client leaves."""

    keep_alive: float = 0.0
    """Seconds between comments while silent; none at 0."""

    cut_at: int | None = None
    """How many bytes of the stream to send before the connection breaks."""

    content_type: str = "text/event-stream; charset=utf-8"
    streams: bool = True
    """False answers with one JSON object although a stream was asked for."""

    refuses: tuple[str, ...] = ()
    """Fields of the request that are answered with a 400."""


def says(*pieces: str, **options: Any) -> Behaviour:
    """A reply in these pieces, or of one text cut into small ones."""
    if len(pieces) == 1:
        text = pieces[0]
        pieces = tuple(text[at : at + CHUNK] for at in range(0, len(text), CHUNK))
    return Behaviour(pieces=pieces, **options)


def fails(status: int, message: str = "Something went wrong.", *, code: str | None = None, **options: Any) -> Behaviour:
    """An error in OpenAI's form."""
    return Behaviour(status=status, error=error_body(message, code), **options)


def repeat_question(body: dict[str, Any]) -> str:
    """The last message's last line, as a model without any sense would answer."""
    lines = str(body["messages"][-1]["content"]).strip().splitlines()
    return lines[-1] if lines else "Yes."


class ModelServer(ScriptedServer[Request, Behaviour]):
    """Writes replies, streamed or whole; its end is the end of every connection it has."""

    def __init__(
        self,
        script: Iterable[Behaviour] = (),
        *,
        reply: Callable[[dict[str, Any]], str] = repeat_question,
        port: int = 0,
    ) -> None:
        super().__init__(script, handler=_Handler, port=port)
        self.left = 0
        """How many clients went away before their reply was complete."""

        self._reply = reply
        self._changed = threading.Condition(self._lock)
        self._connections: set[socket.socket] = set()

    def hang_up(self) -> None:
        with self._lock:
            for connection in self._connections:
                _shut(connection)

    def wait_until_left(self, count: int = 1, timeout: float = 5.0) -> bool:
        """Whether ``count`` clients have gone away early, waiting for it up to ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.left >= count, timeout)

    @property
    def open_connections(self) -> int:
        with self._lock:
            return len(self._connections)

    # For the handler.

    def next_behaviour(self, request: Request) -> Behaviour:
        behaviour = self.take(request) or Behaviour()
        if behaviour.pieces is not None or behaviour.status != 200 or behaviour.raw is not None:
            return behaviour
        text = self._reply(request.body)
        return replace(behaviour, pieces=tuple(text[at : at + CHUNK] for at in range(0, len(text), CHUNK)))

    def note_left(self) -> None:
        if self._closing.is_set():
            return
        with self._changed:
            self.left += 1
            self._changed.notify_all()

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
            if self._closing.is_set():
                _shut(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def pause(self, seconds: float, connection: socket.socket) -> None:
        """Wait, but no longer than the client and the server are there. Raises ``ConnectionError`` otherwise."""
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0:
            if self._closing.is_set():
                raise ConnectionAbortedError("the server is closing")
            readable, _, _ = select.select([connection], [], [], min(rest, 0.02))
            if readable and not connection.recv(1, socket.MSG_PEEK):
                raise ConnectionResetError("the client has left")


class _Handler(ScriptedHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # each piece goes out when it is written
    server: Listener[ModelServer]

    def setup(self) -> None:
        super().setup()
        self.server.owner.opened(self.connection)

    def finish(self) -> None:
        self.server.owner.closed(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self._send_json(200, {"object": "list", "data": [{"id": "test-model", "object": "model"}]}, {})

    def do_POST(self) -> None:
        request = self.received(Request)
        body = request.body
        owner = self.server.owner
        behaviour = owner.next_behaviour(request)
        try:
            owner.pause(behaviour.wait, self.connection)
            refused = next((name for name in behaviour.refuses if name in body), None)
            if refused:
                message = f"Unrecognized request argument supplied: {refused}"
                self._send_json(400, {"error": {"message": message, "param": refused, "code": None}}, {})
            elif behaviour.status != 200:
                self._send_json(behaviour.status, behaviour.error, behaviour.headers)
            elif not behaviour.streams:
                self._send_json(200, self._whole(behaviour, body), behaviour.headers)
            else:
                self._stream(behaviour, body)
        except OSError:
            self.close_connection = True
            owner.note_left()

    def _send_json(self, status: int, body: object, headers: Mapping[str, str]) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        content_type = "text/html" if isinstance(body, str) else "application/json"
        self.send_whole(status, data, content_type, headers)

    def _whole(self, behaviour: Behaviour, body: dict[str, Any]) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(behaviour.pieces or ())}
        if behaviour.reasoning:
            message[behaviour.reasoning_field] = behaviour.reasoning
        whole = _event(body, [{"index": 0, "message": message, "finish_reason": behaviour.finish}])
        return whole | ({"usage": _usage(behaviour.usage)} if behaviour.usage else {})

    def _stream(self, behaviour: Behaviour, body: dict[str, Any]) -> None:
        self.begin(200, behaviour.content_type, {"Transfer-Encoding": "chunked", **behaviour.headers})
        owner = self.server.owner
        sent = 0
        for number, data in enumerate(self._parts(behaviour, body)):
            if number == behaviour.stall_after:
                self._stall(behaviour)
            owner.pause(behaviour.delay, self.connection)
            if behaviour.cut_at is not None and sent + len(data) >= behaviour.cut_at:
                self._send_chunk(data[: behaviour.cut_at - sent])
                # No last chunk: the client sees the connection end in the middle of the reply.
                self.close_connection = True
                _shut(self.connection)
                return
            self._send_chunk(data)
            sent += len(data)
        self.wfile.write(b"0\r\n\r\n")

    def _stall(self, behaviour: Behaviour) -> None:
        while True:
            self.server.owner.pause(behaviour.keep_alive or 3600, self.connection)
            self._send_chunk(b": still here\n\n")

    def _parts(self, behaviour: Behaviour, body: dict[str, Any]) -> Iterator[bytes]:
        """What is sent between two delays."""
        if behaviour.raw is not None:
            yield behaviour.raw
            return
        yield _sse(_event(body, [_choice({"role": "assistant", "content": ""})]))
        if behaviour.reasoning:
            yield _sse(_event(body, [_choice({behaviour.reasoning_field: behaviour.reasoning})]))
        for piece in behaviour.pieces or ():
            yield _sse(_event(body, [_choice({"content": piece})]))
        if behaviour.finish:
            yield _sse(_event(body, [_choice({}, behaviour.finish)]))
        if behaviour.usage and (body.get("stream_options") or {}).get("include_usage"):
            yield _sse(_event(body, []) | {"usage": _usage(behaviour.usage)})
        if behaviour.done:
            yield b"data: [DONE]\n\n"

    def _send_chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()


def _event(body: dict[str, Any], choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": body.get("model", ""),
        "choices": choices,
    }


def _choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _usage(usage: tuple[int, int]) -> dict[str, int]:
    prompt, reply = usage
    return {"prompt_tokens": prompt, "completion_tokens": reply, "total_tokens": prompt + reply}


def _sse(event: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n\n"


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # The client may have been faster.
        connection.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    with ModelServer() as running, suppress(KeyboardInterrupt):
        print(f"OPENAI_BASE_URL={running.url}  (Ctrl-C ends it)", flush=True)
        threading.Event().wait()
