"""What a model is told. The texts are files beside this one; ``version`` names their present wording."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import count

from index.passages import BELOW
from index.values import Passage
from qa.hostile import without_unseen
from qa.model import Message
from qa.refusal import refusal_for
from qa.values import Turn

_LONGEST_TURN = 1000
"""Characters of one message of the conversation that are shown when a question is rewritten."""

# The first characters of: our fences; the marks that chat templates put around roles and thoughts, which a server may
# read as such wherever they stand. Each is an opening bracket in front of a name that such marks have.
_FORGED = re.compile(
    r"<(?=\s{0,9}/?\s{0,9}(?:passage|turn|material)\b)"
    r"|<(?=\|[\w .\-]{1,40}\|>|\uff5c[^<>\uff5c]{1,40}\uff5c>)"
    r"|<(?=</?SYS>>)|<(?=/?SYS>>)"
    r"|<(?=/?(?:s|bos|eos|pad|unk|mask|think|thinking|thoughts?|reasoning|(?:start|end)_of_(?:turn|text|image)|tools?"
    r"|tool_(?:call|response|calls|results?)|function(?:_calls?|_results?)?|unused\d+|extra_id_\d+|image|img)>)"
    r"|\[(?=/?(?:INST|THINK|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|IMG|IMG_BREAK|IMG_END|SYS)\])",
    re.IGNORECASE,
)

_BRACKETED = re.compile(r"[\[(\u3010\uff08]([\d\s,;\u2013-]{1,40})[\])\u3011\uff09]")
_NUMBER = re.compile(r"\d{1,6}")

_FILES = ("answer.txt", "refusals.json", "standalone.txt")

_ASPECTS = {
    "faithfulness": "whether the cited quotes say all that the answer claims. 1: all of it; 0.5: the main claim, but "
    "not every detail; 0: the main claim is not in them, or they contradict it.",
    "correctness": "whether the answer says the same as one of the accepted answers. 1: it does, in whatever words; "
    "0.5: in part, or beside something that contradicts it; 0: it does not.",
    "completeness": "whether the answer answers the whole question. 1: all that was asked; 0.5: a part of it; 0: "
    "nothing of it, or something else.",
}


@cache
def _text(name: str) -> str:
    return files("qa.prompts").joinpath(name).read_text(encoding="utf-8")


@cache
def version() -> str:
    """Eight hexadecimal digits that change with any word of the rules, and of the refusals that they hold."""
    return sha256("\0".join(_text(name) for name in _FILES).encode()).hexdigest()[:8]


def first_number(passages: Sequence[Passage]) -> int:
    """From where on to number these passages, so that none of their own texts shows such a number in brackets.

    Papers and laws are full of them, and a document may forge one: what a model copies from there cites nothing.
    """
    held = {
        int(number)
        for passage in passages
        for text in (passage.title, passage.heading, passage.text)
        for inside in _BRACKETED.findall(text)
        for number in _NUMBER.findall(inside)
    }
    firsts = range(1, 10_000, 10)
    return next((first for first in firsts if held.isdisjoint(range(first, first + len(passages)))), 1)


def answer_messages(question: str, passages: Sequence[Passage], *, first: int = 1) -> list[Message]:
    """The rules, then the passages numbered from ``first`` in the order given, then the question.

    What comes from the documents stands between the fences, and nowhere else; see ``_inert`` for how it is shown.
    """
    texts = [(_place(passage), _inert(passage.text).strip()) for passage in passages]
    fence = _fence("passage", (part for text in texts for part in text))
    shown = "\n\n".join(
        f"<{fence} number={number}>\n{place}\n\n{text}\n</{fence}>" for number, (place, text) in enumerate(texts, first)
    )
    rules = _text("answer.txt").format(fence=fence, refusal=refusal_for(question), number=first)
    return [
        Message(role="system", text=rules),
        Message(role="user", text=f"{shown}\n\nQuestion: {question}"),
    ]


def standalone_messages(question: str, history: Sequence[Turn]) -> list[Message]:
    """The rules, then the conversation between fences and the question to rewrite.

    An answer repeats what documents say, so the conversation is no safer than a passage.
    """
    turns = [(turn.role, " ".join(_inert(turn.text).split())[:_LONGEST_TURN]) for turn in history]
    fence = _fence("turn", (text for _, text in turns))
    spoken = "\n".join(f"<{fence} by={role}>{text}</{fence}>" for role, text in turns)
    return [
        Message(role="system", text=_text("standalone.txt").format(fence=fence)),
        Message(role="user", text=f"Conversation:\n{spoken}\n\nLast question: {question}"),
    ]


def draft_messages(text: str, *, title: str, answerable: bool) -> list[Message]:
    """The rules for drafting a question, then the stretch of a document that it is drafted from, between fences."""
    place, shown = " ".join(_inert(title).split()), _inert(text).strip()
    fence = _fence("passage", (place, shown))
    rules = _text("draft.txt" if answerable else "draft_unanswerable.txt").format(fence=fence)
    return [
        Message(role="system", text=rules),
        Message(role="user", text=f"<{fence}>\n{place}\n\n{shown}\n</{fence}>"),
    ]


@cache
def judge_version() -> str:
    """As ``version``, of the rules that a judge is given."""
    return sha256("\0".join((_text("judge.txt"), *_ASPECTS.values())).encode()).hexdigest()[:8]


def judge_messages(
    question: str, answer: str, quotes: Sequence[str], accepted: Sequence[str], aspects: Sequence[str]
) -> list[Message]:
    """The rules for these aspects, then what is to be judged, each text between fences of its own.

    An answer repeats what documents say, so it is no safer than a passage.
    """
    parts = [
        *(("question", question), ("answer", answer)),
        *(("quote", quote) for quote in quotes),
        *(("accepted", text) for text in accepted),
    ]
    texts = [(kind, _inert(text).strip()) for kind, text in parts]
    fence = _fence("material", (text for _, text in texts))
    shown = "\n\n".join(f"<{fence} kind={kind}>\n{text}\n</{fence}>" for kind, text in texts)
    form = ", ".join(f'"{aspect}": {{"reason": "...", "score": 0}}' for aspect in aspects)
    rules = _text("judge.txt").format(
        fence=fence,
        aspects="\n".join(f"- {aspect}: {_ASPECTS[aspect]}" for aspect in aspects),
        form=f"{{{form}}}",
    )
    return [Message(role="system", text=rules), Message(role="user", text=shown)]


def _place(passage: Passage) -> str:
    """The title and the headings, the document's own text too: on one line, so that they cannot pass for more."""
    place = BELOW.join(part for part in (passage.title, passage.heading) if part)
    return " ".join(_inert(place).split())


def _fence(name: str, texts: Iterable[str]) -> str:
    """The fence's name, made of all the texts so that none of them can hold it, and the same for the same texts: a
    model that is asked twice reads the same twice."""
    held = "\n".join(texts)
    marks = (sha256(f"{tried} {held}".encode("utf-8", "surrogatepass")).hexdigest()[:12] for tried in count())
    return next(fence for mark in marks if (fence := f"{name}-{mark}") not in held)


def _inert(text: str) -> str:
    """A document's text as a model is shown it: nothing that a reader could not see, and nothing that a server may
    take for the marks between messages, or a model for one of our fences: such marks get another opening bracket, with
    which they can still be read. Citations are placed on the document's own text, which stays as it is.
    """
    return _FORGED.sub("\u2039", without_unseen(text))
