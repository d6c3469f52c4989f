"""A reply read byte by byte: whole or broken, whatever comes and however it is cut."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from qa.model import Piece
from qa.reply import BrokenReply, Reply

TEXT = "The deployment could grow to 12,000 soldiers [1]. \u00dcber 1.500 sind schon da [2]. \U0001f642"


def text_of(found: list[Piece]) -> str:
    begin = max((place for place, piece in enumerate(found) if piece.anew), default=0)
    return "".join(piece.text for piece in found[begin:])


def event(content: str) -> bytes:
    return b'data: {"choices": [{"index": 0, "delta": {"content": "' + content.encode() + b'"}}]}\n\n'


def stream_of(text: str, size: int = 5) -> bytes:
    """A reply as it comes over the line, multi-byte characters unescaped."""
    events = b"".join(event(text[at : at + size]) for at in range(0, len(text), size))
    end = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 9}}\n\n'
    return b": hello\r\n" + events + end + usage + b"data: [DONE]\n\n"


def read(chunks: Iterator[bytes]) -> tuple[str, bool]:
    """What was read, and whether the reply counts as whole."""
    reply = Reply()
    found: list[Piece] = []
    with suppress(BrokenReply):
        for piece in reply.read(chunks, "text/event-stream", timeout=60):
            found.append(piece)
    assert text_of(found) == "".join(reply.text)
    return "".join(reply.text), reply.finish is not None


def test_a_stream_cut_at_any_byte_gives_what_had_arrived() -> None:
    whole = stream_of(TEXT)
    last_word = whole.index(b'"finish_reason": "stop"') + len(b'"finish_reason": "stop"}]}')
    got = ""
    for cut in range(len(whole)):
        before, (got, finished) = got, read(iter([whole[:cut]]))
        assert TEXT.startswith(got) and len(got) >= len(before)
        assert finished == (cut >= last_word)
    assert got == TEXT


@given(st.lists(st.integers(0, 2000), max_size=40))
def test_it_does_not_matter_how_a_stream_is_cut_into_packets(cuts: list[int]) -> None:
    whole = stream_of(TEXT)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    assert read(whole[low:high] for low, high in pairwise(edges)) == (TEXT, True)


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"data: ", b"\n", b"{", b"}", b'"choices":', b"[]"])))
)
def test_any_bytes_are_read_without_an_error_of_ours(chunks: list[bytes]) -> None:
    text, _ = read(iter(chunks))
    assert text == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "content", "usage", "error", "message", "finish_reason", "type", "text"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
def test_any_json_is_read_without_an_error_of_ours(events: list[object]) -> None:
    lines = b"".join(b"data: " + json.dumps(one).encode() + b"\n" for one in events)
    text, _ = read(iter([lines]))
    text.encode("utf-8")


MARKS = [
    "<think>",
    "</think>",
    "<Thought>",
    "</REASONING>",
    "[THINK]",
    "<|channel|>",
    "analysis",
    "final",
    "<|message|>",
]


@given(
    st.lists(
        st.sampled_from([*MARKS, "<|end|>", "<|start|>assistant", "`", " ", "\n", "a", "B.", "<", "/", "\U0001f642"])
    ),
    st.lists(st.integers(0, 200), max_size=6),
)
def test_it_does_not_matter_where_reasoning_is_cut(words: list[str], cuts: list[int]) -> None:
    def split(parts: list[str]) -> tuple[str, str]:
        raw = b"".join(b"data: " + json.dumps({"choices": [{"delta": {"content": p}}]}).encode() + b"\n" for p in parts)
        reply = Reply()
        found = list(reply.read(iter([raw + b"data: [DONE]\n"]), "", timeout=60))
        assert text_of(found) == "".join(reply.text)
        return "".join(piece.reasoning for piece in found), text_of(found)

    text = "".join(words)
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    assert split([text[low:high] for low, high in pairwise(edges)]) == split([text]) == split(list(text))


def test_reasoning_that_goes_on_and_on_is_read_in_time() -> None:
    for text in ("`<think>`", "a</think>", "<think>", "[", "<|channel|>"):
        reply, whole = Reply(), text * (400_000 // len(text))
        began = time.perf_counter()
        for at in range(0, len(whole), 50):
            for _ in reply.said(whole[at : at + 50]):
                pass
        assert time.perf_counter() - began < 20
