"""What became of each question of a set: plain values that a report holds, compares and shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from qa.evidence import Place
from qa.questions import Evidence
from qa.values import Label, Mode

Outcome = Literal["right", "wrong", "refused_rightly", "refused_wrongly", "answered", "searched", "failed"]
"""``answered`` and ``searched``: the set does not say what would be right, or nothing was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationRecord:
    """A citation, with the words around its quote."""

    number: int
    document: str
    title: str
    page: int | None
    start: int
    """Code points into the document's text, half-open."""

    end: int
    quote: str
    """``document_text[start:end]``."""

    before: str
    """Some of the text in front of the quote, and in ``after`` behind it."""

    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRecord:
    """A sentence of an answer."""

    start: int
    """Into the answer's text, half-open."""

    end: int
    citations: tuple[int, ...]
    """Numbers."""

    support: Label | None
    score: float | None
    """0 to 1; None where nothing is to be supported."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """An answer as it was given."""

    text: str
    found: bool
    mode: Mode
    confidence: float
    model: str | None
    sentences: tuple[SentenceRecord, ...]
    citations: tuple[CitationRecord, ...]
    removed_markers: int
    """Citations of the model's reply that pointed nowhere."""

    prompt_tokens: int
    reply_tokens: int
    search_seconds: float
    first_token_seconds: float | None
    """From the question to the first words; None for a refusal or where nothing was streamed."""

    seconds: float
    """From the question to the last word."""

    prompt_version: str
    fallback: str = ""
    unfinished: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a judge model thinks of one side of an answer."""

    reason: str
    score: float
    """0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """What became of one question."""

    id: str
    metrics: Mapping[str, float]
    """By name; one that the question gives nothing to go on is left out."""

    question: str = ""
    type: str = ""
    answerable: bool = True
    expected: tuple[str, ...] = ()
    """The accepted answers."""

    evidence: tuple[Evidence, ...] = ()
    hits: tuple[Place, ...] = ()
    """The ten best passages, then, in the order of the search, the best passage of each further document until ten
    documents are there: every metric can be computed from these again."""

    outcome: Outcome = "searched"
    answer: AnswerRecord | None = None
    judgements: Mapping[str, Judgement] | None = None
    """By what was judged: ``faithfulness``, ``correctness``, ``completeness``. None where no judge was asked."""

    judge_error: str | None = None
    """Why the judge, who was asked, did not judge."""

    error: str | None = None
    """Why the question could not be asked."""
