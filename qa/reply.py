"""What a model's server sends back, read byte by byte: Chat Completions as servers really stream them.

Knows nothing of connections. A reply is over when the server says so; one that merely stops has broken off.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
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

    anew: bool = False
    """Whether the text of all pieces before was thinking too: ``reasoning`` holds it now, and the text begins here."""


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
        self._heard = time.monotonic()  # when the last text came; before the first, when it was asked for

    @property
    def is_blank(self) -> bool:
        """Whether nothing was said so far, whatever was thought."""
        return not any(text.strip() for text in self.text)

    @property
    def lack(self) -> str:
        """What is wrong with a reply that is over and blank, after its name."""
        return "holds its thoughts and no answer" if self.size else "is empty"

    def read(self, chunks: Iterator[bytes], content_type: str, timeout: float) -> Iterator[Piece]:
        """Pieces until the reply is over. Raises ``BrokenReply`` for one that ends without saying so."""
        for event in _events(chunks, content_type):
            before = self.size
            if event is not None:
                yield from self._take(event)
            if self.size > before:
                self._heard = time.monotonic()
            elif self.finish is None and time.monotonic() - self._heard > timeout:
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
        """Text and reasoning that arrived, however they were cut; reasoning between marks is taken out of the text."""
        yield from self._pieces([(thought, "", False)])
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        yield from self._pieces(self._thoughts.feed(text.removesuffix(self._half)))

    def end(self, finish: str) -> Iterator[Piece]:
        """The reply is over, for the reason that the server gives; what was held back is certain now."""
        if self.finish is None:
            yield from self._pieces(self._thoughts.feed("", over=True))
            self.finish = finish if self.size < LONGEST_REPLY else "length"
            yield Piece(finish=self.finish)

    def _pieces(self, parts: Iterable[_Part]) -> Iterator[Piece]:
        for reasoning, text, anew in parts:
            reasoning = _whole_characters(reasoning)[: LONGEST_REPLY - self.size]
            text = _whole_characters(text)[: LONGEST_REPLY - self.size - len(reasoning)]
            self.size += len(reasoning) + len(text)
            if anew:
                reasoning = "".join(self.text) + reasoning
                self.text.clear()
            if reasoning or text:
                self.text.append(text)
                yield Piece(text=text, reasoning=reasoning, anew=anew)


_Part = tuple[str, str, bool]
"""Reasoning, text, and whether the text of all parts before was reasoning too."""

_NAMES = ("think", "thinking", "thought", "thoughts", "reasoning")
_KINDS = {
    **{f"<{name}>": "opens" for name in _NAMES},
    **{f"</{name}>": "closes" for name in _NAMES},
    "[think]": "opens",
    "[/think]": "closes",
    # The channels of gpt-oss, where a server hands them on.
    "<|channel|>analysis<|message|>": "turns",
    "<|channel|>commentary<|message|>": "turns",
    "<|channel|>final<|message|>": "closes",
    "<|start|>assistant": "ends",
    "<|end|>": "ends",
    "<|return|>": "ends",
}
"""The marks that models write around their thoughts. The template of some opens them, so that only the end is seen."""

_MARK = re.compile("|".join(re.escape(mark) for mark in _KINDS), re.IGNORECASE | re.ASCII)
_BEGINNINGS = frozenset(mark[:size] for mark in _KINDS for size in range(1, len(mark) + 1))
_LONGEST_MARK = max(len(mark) for mark in _KINDS)
_SENTENCE_ENDS = '.!?:\u2026\u3002\uff01\uff1f])"\u201d*'


class _Thoughts:
    """Takes thoughts, between their marks, apart from the text around them, however it is cut.

    A mark between backticks is talked about, and so is one that opens in the middle of a sentence: both are text. All
    text before a mark that closes what nothing opened was a thought.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._blank = True  # no text yet
        self._before = ""  # the last character read that shows, and what stands behind it: a line break or a blank

    def feed(self, delta: str, *, over: bool = False) -> Iterator[_Part]:
        """What became certain; everything where the reply is over."""
        held = self._held + delta
        begin = 0
        while mark := _MARK.search(held, begin):
            before = _end_of(self._before + held[begin : mark.start()])
            if before.endswith("`") and mark.end() == len(held) and not over:
                break  # the next character says whether this stands between backticks
            kind = _KINDS[mark[0].lower()]
            quoted = before.endswith("`") and held.startswith("`", mark.end())
            if quoted or (kind == "opens" and not self._inside and not _may_begin(before)):
                yield self._part(held[begin : mark.end()])
            else:
                yield self._part(held[begin : mark.start()])
                yield self._turn(kind)
                self._before = "\n"
            begin = mark.end()
        sure = len(held) if over else _certain(held, begin)
        self._held = held[sure:]
        yield self._part(held[begin:sure])

    def _part(self, read: str) -> _Part:
        self._before = _end_of(self._before + read)
        if self._inside:
            return read, "", False
        if self._blank:
            read = read.lstrip()
            self._blank = not read
        return "", read, False

    def _turn(self, kind: str) -> _Part:
        if self._inside:
            self._inside = kind not in ("closes", "ends")
        elif kind == "closes":
            self._blank = True
            return "", "", True
        elif kind != "ends":
            self._inside = True
            # What stood apart stays apart without the thought between.
            return "", "" if self._blank or self._before[-1:].isspace() else " ", False
        return "", "", False


def _end_of(text: str) -> str:
    """The last character that shows, with a line break where one follows, or else the blank that does."""
    shown = text.rstrip()
    blanks = text[len(shown) :]
    return shown[-1:] + ("\n" if "\n" in blanks else blanks[-1:])


def _may_begin(before: str) -> bool:
    """Whether a sentence may begin behind what ``_end_of`` gives."""
    return "\n" in before or before.strip() in ("", *_SENTENCE_ENDS)


def _certain(text: str, begin: int) -> int:
    """Up to where no mark can have begun that is not all there yet."""
    for at in range(max(begin, len(text) - _LONGEST_MARK), len(text)):
        if text[at] in "<[" and text[at:].lower() in _BEGINNINGS:
            return at
    return len(text)


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
