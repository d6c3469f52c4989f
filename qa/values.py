"""The values that asking takes and returns: frozen, typed, printable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from index.values import Hit, Passage

Mode = Literal["llm", "extractive"]
Label = Literal["supported", "weak", "unsupported"]
Role = Literal["user", "assistant"]
Stage = Literal["searching", "reading", "writing", "done"]

CLOSEST = 3
"""How many of the closest passages are shown with a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The exact span of a source that a sentence rests on."""

    number: int
    """As printed in the answer, from 1, in order of first use."""

    passage: Passage

    quote: str
    """``document_text[start:end]``, always."""

    start: int
    """Code points into the document's text, not into the passage's."""

    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Whether the cited passages carry a sentence, as found by a check that asks no model."""

    label: Label
    score: float
    """0 (nothing of it is in the source) to 1 (all of it is)."""

    reason: str
    """One line for the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of an answer."""

    text: str
    """``answer.text[start:end]``."""

    start: int
    end: int
    citations: tuple[Citation, ...]
    support: Support | None
    """None where there is nothing to support, as in a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a model call cost, as the server counted it; both 0 without a model or where it did not say."""

    prompt: int = 0
    reply: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A passage that reads as if it gave orders to a model: the reader should know before believing the answer."""

    passage: Passage
    reason: str
    """One line that names the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question's answer with everything it rests on."""

    question: str
    standalone_question: str
    """The question with the history's references put in; the question itself where there is no history."""

    text: str
    found: bool
    """False is a refusal: fixed text, no citations, and ``hits`` holds what came closest."""

    mode: Mode
    confidence: float
    """0 to 1: how likely the documents answer the question."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    """Each once, by number."""

    hits: tuple[Hit, ...]
    """The passages that were looked at, best first."""

    model: str | None
    """The model's name; None for quoted answers."""

    tokens: Tokens
    seconds: float
    prompt_version: str
    reasoning: str = ""
    """What a reasoning model thought aloud; shown folded, never cited, no part of the answer."""

    removed_markers: int = 0
    """Citation markers in the model's reply that pointed at no passage it was shown."""

    unfinished: str = ""
    """Why the reply broke off, empty where it is complete."""

    fallback: str = ""
    """Why the configured model did not write this answer, so that it is quoted instead; empty where all is as asked."""

    flagged: tuple[Flagged, ...] = ()
    """Passages among ``hits`` that read like instructions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One step of an answer on its way: the stage, the whole text so far, and at the end the answer."""

    stage: Stage
    text: str = ""
    hits: tuple[Hit, ...] = ()
    answer: Answer | None = None
    """Set when ``stage`` is ``done``."""

    standalone_question: str = ""
    """What is searched for and answered; known from the first update on."""
