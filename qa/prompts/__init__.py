"""What a model is told. The texts are files beside this one; ``version`` names their present wording."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files

from index.values import Passage
from qa.model import Message
from qa.values import Turn

REFUSAL = "The documents do not answer this question."
"""Asked of the model, looked for in its reply, and shown as it stands when the answer is a refusal."""

_FILES = ("answer.txt", "standalone.txt")


@cache
def _text(name: str) -> str:
    return files("qa.prompts").joinpath(name).read_text(encoding="utf-8")


@cache
def version() -> str:
    """Eight hexadecimal digits that change with any word of any prompt."""
    return sha256("\0".join(_text(name) for name in _FILES).encode()).hexdigest()[:8]


def answer_messages(question: str, passages: Sequence[Passage]) -> list[Message]:
    """The rules, then the passages numbered from 1 in the order given, then the question.

    The fence is drawn anew for each call, so that no document can hold it.
    """
    fence = f"passage-{secrets.token_hex(6)}"
    while any(fence in passage.text for passage in passages):
        fence = f"passage-{secrets.token_hex(6)}"
    shown = "\n\n".join(_fenced(fence, number, passage) for number, passage in enumerate(passages, 1))
    rules = _text("answer.txt").format(fence=fence, refusal=REFUSAL)
    return [
        Message(role="system", text=rules),
        Message(role="user", text=f"{shown}\n\nQuestion: {question}"),
    ]


def _fenced(fence: str, number: int, passage: Passage) -> str:
    place = " > ".join(part for part in (passage.title, passage.heading) if part)
    # The title is the document's own text too: kept on one line, inside the fence.
    place = " ".join(place.split())
    return f"<{fence} number={number}>\n{place}\n\n{passage.text.strip()}\n</{fence}>"


def standalone_messages(question: str, history: Sequence[Turn]) -> list[Message]:
    """The rules, then the conversation and the question to rewrite."""
    spoken = "\n".join(f"{turn.role}: {' '.join(turn.text.split())[:1000]}" for turn in history)
    return [
        Message(role="system", text=_text("standalone.txt")),
        Message(role="user", text=f"Conversation:\n{spoken}\n\nLast question: {question}"),
    ]
