"""The seed questions asked without a model: what is quoted, and what is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index import Library
from qa import Answer, ask
from qa.extract import extract
from qa.view import asked_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    answerable: bool
    accepted: tuple[str, ...]
    answer: Answer

    quotes: tuple[str, ...]
    """What would be quoted, also where the answer is a refusal."""

    def holds_within(self, quotes: int, *, refusals: bool = False) -> bool:
        quoted = " ".join(self.quotes[:quotes]).casefold()
        return (self.answer.found or refusals) and any(text.casefold() in quoted for text in self.accepted)


@pytest.fixture(scope="module")
def asked(root: Path, seed_library: Library) -> list[Asked]:
    lines = (root / "tests/questions/seeds.jsonl").read_text(encoding="utf-8").splitlines()
    questions: list[dict[str, Any]] = [json.loads(line) for line in lines]
    found = []
    for question in questions:
        answer = ask(question["question"], seed_library)
        quotes = extract(question["question"], answer.hits, seed_library).quotes
        assert not answer.found or [each.quote for each in answer.citations] == [each.text for each in quotes]
        found.append(
            Asked(
                answerable=question["answerable"],
                accepted=tuple(question["answers"]),
                answer=answer,
                quotes=tuple(quote.text for quote in quotes),
            )
        )
    return found


def share(verdicts: list[bool]) -> float:
    return sum(verdicts) / len(verdicts)


def test_the_first_quote_holds_the_answer(asked: list[Asked]) -> None:
    answerable = [question for question in asked if question.answerable]
    assert share([question.holds_within(1) for question in answerable]) >= 0.85
    assert share([question.holds_within(3, refusals=True) for question in answerable]) >= 0.95
    # A floor just below what is reached, 72 of 78: three that are quoted rightly are refused. What is aimed at is 0.95.
    assert share([question.holds_within(3) for question in answerable]) >= 0.92


def test_what_the_documents_do_not_answer_is_refused(asked: list[Asked]) -> None:
    assert share([not question.answer.found for question in asked if not question.answerable]) >= 0.70
    assert share([not question.answer.found for question in asked if question.answerable]) <= 0.05


def test_every_quote_is_the_text_at_its_place(asked: list[Asked], seed_library: Library) -> None:
    quoted = [citation for question in asked for citation in question.answer.citations]
    assert quoted
    for citation in quoted:
        text = seed_library.document(citation.passage.document).text
        assert text[citation.start : citation.end] == citation.quote


def test_a_refusal_shows_what_came_closest(asked: list[Asked]) -> None:
    refused = [question.answer for question in asked if not question.answer.found]
    assert refused
    for answer in refused:
        assert answer.citations == ()
        assert answer.hits


def test_small_words_of_the_documents_language_tell_nothing(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    text = "Die Brücke über den Fluss ist vierzig Meter hoch, und sie wurde im Jahr 1901 von der Stadt gebaut."
    (tmp_path / "documents" / "bruecke.txt").write_text(text, encoding="utf-8")
    question = "Wie hoch ist die Brücke?"
    with Library.open(tmp_path / "library") as library:
        library.sync(tmp_path / "documents")
        asked = asked_words(question, library)
        words = library.words.embedder.embed_tokens([question])[0]
    named = [word for word, telling in zip(question.rstrip("?").split(), asked.telling, strict=False) if telling]
    assert named == ["hoch", "Brücke"], words.words
