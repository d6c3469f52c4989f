"""What a model's server sends back, read byte by byte: Chat Completions as servers really stream them.

Knows nothing of connections. A reply is over when the server says so; one that merely stops has broken off.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qa.values import Tokens

LONGEST_REPLY = 1_000_000
"""Characters of text and reasoning together. Nothing a reader would read is longer; the rest is not fetched."""

_LONGEST_LINE = 8_000_000
"""Bytes of one line of the stream: more than the longest reply can take, however it is escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one step of a reply brought."""

    text: str = ""
    reasoning: str = ""
    """What the model thinks aloud; no part of the answer."""

    tokens: Tokens | None = None
    """What the call cost, once, at the end; never where the server does not say."""

    finish: str | None = None
    """Why the reply is over, once: ``stop``, ``length``, or what else the server calls it."""


class BrokenReply(Exception):
    """The stream says, or shows, that the reply is not going to be whole. Holds a sentence or the server's object."""

    def __init__(self, what: object, status: int | None = None) -> None:
        super().__init__(what)
        self.status = status


class Reply:
    """A reply on its way in."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.size = 0
        """Characters of text and reasoning."""

        self.finish: str | None = None
        self.tokens: Tokens | None = None
        self._thoughts = _Thoughts()
        self._half = ""  # of a character that a server cut in two

    def read(self, chunks: Iterator[bytes], content_type: str, timeout: float) -> Iterator[Piece]:
        """Pieces until the reply is over. Raises ``BrokenReply`` for one that ends without saying so."""
        heard = time.monotonic()
        for event in _events(chunks, content_type):
            before = self.size
            if event is not None:
                yield from self._take(event)
            if self.size > before:
                heard = time.monotonic()
            elif self.finish is None and time.monotonic() - heard > timeout:
                # Signs of life keep a connection open, but they are no answer.
                raise BrokenReply(f"it brought no text for {timeout:g} seconds")
            if self.size >= LONGEST_REPLY:
                break
        yield from self.end("stop")

    def _take(self, event: dict[str, Any]) -> Iterator[Piece]:
        if error := event.get("error"):
            code = error.get("code") if isinstance(error, dict) else None
            raise BrokenReply(error, code if isinstance(code, int) else None)
        usage = event.get("usage")
        if isinstance(usage, dict):
            self.tokens = Tokens(prompt=_count(usage, "prompt_tokens"), reply=_count(usage, "completion_tokens"))
        # The last event holds the usage and no choice; Azure's first one has none either.
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            thought, text = _parts(delta.get("content"))
            thought += _text(delta.get("reasoning_content")) or _text(delta.get("reasoning"))
            yield from self.said(text + _text(delta.get("refusal")), thought)
        if choice.get("finish_reason"):
            yield from self.end(str(choice["finish_reason"]))

    def said(self, text: str, thought: str = "") -> Iterator[Piece]:
        """Text and reasoning that arrived, however they were cut; reasoning between tags is taken out of the text."""
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        inner, text = self._thoughts.feed(text.removesuffix(self._half))
        yield from self._pieces(thought + inner, text)

    def end(self, finish: str) -> Iterator[Piece]:
        """The reply is over, for the reason that the server gives; what was held back is text now."""
        if self.finish is None:
            yield from self._pieces(*self._thoughts.finish())
            self.finish = finish if self.size < LONGEST_REPLY else "length"
            yield Piece(finish=self.finish)

    def _pieces(self, reasoning: str, text: str) -> Iterator[Piece]:
        reasoning = _whole_characters(reasoning)[: LONGEST_REPLY - self.size]
        text = _whole_characters(text)[: LONGEST_REPLY - self.size - len(reasoning)]
        if reasoning or text:
            self.size += len(reasoning) + len(text)
            self.text.append(text)
            yield Piece(text=text, reasoning=reasoning)


class _Thoughts:
    """Takes ``<think>...</think>`` at the beginning of a text apart from what follows it, however it is cut."""

    _TAGS = ("<think>", "<thinking>", "<reasoning>")

    def __init__(self) -> None:
        self._held = ""
        self._closing: str | None = ""
        """The tag that ends the block; empty before one, None after the last."""

    def feed(self, delta: str) -> tuple[str, str]:
        """Reasoning and text that became certain."""
        if self._closing is None:
            return "", delta
        held = self._held + delta
        thought = ""
        while True:
            if self._closing:
                inside, tag, rest = held.partition(self._closing)
                if not tag:
                    sure = len(held) - _overlap(held, self._closing)
                    self._held = held[sure:]
                    return thought + held[:sure], ""
                thought, held, self._closing = thought + inside, rest, ""
            held = held.lstrip()
            opening = next((tag for tag in self._TAGS if held.startswith(tag)), None)
            if opening is None:
                break
            held, self._closing = held[len(opening) :], f"</{opening[1:]}"
        if any(tag.startswith(held) for tag in self._TAGS):
            self._held = held
            return thought, ""
        self._held, self._closing = "", None
        return thought, held

    def finish(self) -> tuple[str, str]:
        """Reasoning and text that were still held back."""
        held, self._held = self._held, ""
        return (held, "") if self._closing else ("", held)


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of ``text`` may be the beginning of ``tag``."""
    return next(size for size in range(len(tag) - 1, -1, -1) if text.endswith(tag[:size]))


def _events(chunks: Iterator[bytes], content_type: str) -> Iterator[dict[str, Any] | None]:
    """What a server sends, event by event; None for what is no event.

    Ends at ``[DONE]``, or after a whole reply sent at once. Raises ``BrokenReply`` where the stream ends before that.
    """
    if "application/json" in content_type:
        yield _parsed(_whole(chunks))
        return
    seen = False
    for line in _lines(chunks):
        field, _, data = line.partition(b":")
        data = data.strip()
        if field != b"data" or not data:
            yield None
        elif data == b"[DONE]":
            return
        else:
            seen = True
            yield _parsed(data)
    raise BrokenReply(
        "it ended without a sign that it was complete"
        if seen
        else "it is not what models send; check that OPENAI_BASE_URL ends where the API begins, mostly in /v1"
    )


def _whole(chunks: Iterator[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > _LONGEST_LINE:
            raise BrokenReply("it has no end")
    return bytes(body)


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = bytearray()
    for chunk in chunks:
        searched = len(rest)
        rest += chunk
        while (end := rest.find(b"\n", searched)) >= 0:
            yield bytes(rest[:end])
            del rest[: end + 1]
            searched = 0
        if len(rest) > _LONGEST_LINE:
            raise BrokenReply("one line of it has no end")
    if rest:
        yield bytes(rest)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        event = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as exc:
        raise BrokenReply("a part of it cannot be read") from exc
    if not isinstance(event, dict):
        raise BrokenReply("a part of it cannot be read")
    return event


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole_characters(text: str) -> str:
    """Text with its surrogates paired; a lone half, which could not be printed, becomes a replacement character."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _parts(content: object) -> tuple[str, str]:
    """Reasoning and text of a delta's content: a string, or with some servers a list of parts."""
    if not isinstance(content, list):
        return "", _text(content)
    thought, text = "", ""
    for part in content:
        if isinstance(part, dict) and part.get("type") == "thinking":
            inside = part.get("thinking")
            thought += "".join(_parts(inside)) if isinstance(inside, list) else _text(inside)
        elif isinstance(part, dict):
            text += _text(part.get("text"))
    return thought, text


def _count(usage: dict[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and value > 0 else 0
