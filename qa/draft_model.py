"""A question that a model writes from a stretch of a document. Nothing of its reply is believed: the quote is looked
for in the document's own text, and the answer in the quote.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from index import Document
from qa.checking import said_in
from qa.evidence import locate
from qa.hostile import reads_like_instructions
from qa.model import Model, complete
from qa.prompts import draft_messages

_LONGEST_QUESTION = 300
_LONGEST_ANSWER = 300
_LONGEST_QUOTE = 1_000
"""Characters."""


class BadDraft(Exception):
    """Why a reply gives no question, in words that fit a count of such replies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A question, its answer, and where the document says it."""

    question: str
    answer: str
    start: int
    end: int


def written_question(model: Model, document: Document, start: int, end: int) -> Written:
    """Have a model ask what ``document.text[start:end]`` answers.

    Raises:
        BadDraft: the reply holds no question that the text answers.
        QAError: there is no reply.
    """
    text = document.text[start:end]
    reply = _reply(complete(model, draft_messages(text, title=document.title, answerable=True)))
    question = _question(reply)
    answer, quote = _text(reply, "answer", _LONGEST_ANSWER), _text(reply, "quote", _LONGEST_QUOTE)
    places = locate(quote, text)
    if not places:
        raise BadDraft("the quote is not in the document")
    low, high = places[0]
    if said_in(answer, text[low:high]) < 1:
        raise BadDraft("the answer is not in the quote")
    return Written(question=question, answer=answer, start=start + low, end=start + high)


def unanswered_question(model: Model, document: Document, start: int, end: int) -> str:
    """Have a model ask what ``document.text[start:end]`` leaves open. Raises as ``written_question`` does."""
    text = document.text[start:end]
    return _question(_reply(complete(model, draft_messages(text, title=document.title, answerable=False))))


def _reply(text: str) -> dict[str, Any]:
    """The JSON object of a reply, also within words or a fence of code."""
    at = text.find("{")
    try:
        value = json.JSONDecoder().raw_decode(text[at:])[0] if at >= 0 else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadDraft("the reply is not the JSON asked for")
    return value


def _question(reply: dict[str, Any]) -> str:
    question = _text(reply, "question", _LONGEST_QUESTION)
    if reads_like_instructions(question):
        raise BadDraft("the question reads like orders to a model")
    return question


def _text(reply: dict[str, Any], name: str, most: int) -> str:
    value = reply.get(name)
    if name == "question" and value == "":
        raise BadDraft("the model saw nothing to ask")
    if not isinstance(value, str) or not value.strip():
        raise BadDraft(f"the reply has no {name}")
    if len(value) > most or any("\ud800" <= mark <= "\udfff" for mark in value):
        raise BadDraft(f"the {name} is too long, or no text")
    return " ".join(value.split())
