"""What people thought of answers, and the question set that it makes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qa.values import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One reader's word on one answer."""

    id: str
    good: bool
    note: str
    answer: Answer
    settings: Mapping[str, str | int | float | None]
    """As they were when it was answered: what a later run may differ in."""

    at: float
    """Seconds since 1970."""


def as_questions(given: Iterable[Feedback]) -> list[dict[str, Any]]:
    """Lines of a question set, in the form that ``qa.questions`` reads.

    A good answer's quotes are the evidence, and a good refusal says that the question cannot be answered. Of an answer
    that was called bad nothing is known but the question and the note: a person adds what is right.
    """
    return [_line(each) for each in given]


def _line(given: Feedback) -> dict[str, Any]:
    answer = given.answer
    line: dict[str, Any] = {"id": given.id, "question": answer.standalone_question, "type": "feedback"}
    if given.good and answer.found:
        line["evidence"] = [
            {
                "document": citation.passage.document,
                "quote": citation.quote,
                "start": citation.start,
                "end": citation.end,
            }
            for citation in answer.citations
        ]
    if given.good and not answer.found:
        line["answerable"] = False
    return line | {
        "rating": "good" if given.good else "bad",
        "note": given.note,
        "answer": answer.text,
        "settings": dict(given.settings),
    }
