"""The question set over the shipped documents is itself right: spans, answers, ids and counts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

QUESTIONS = Path(__file__).parents[1] / "questions" / "seeds.jsonl"
FIELDS = {"id", "question", "answers", "evidence", "answerable", "type"}


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_each_question_has_the_fields_of_the_format(questions: list[dict[str, Any]]) -> None:
    for entry in questions:
        assert set(entry) == FIELDS, entry["id"]
        assert entry["question"].strip() == entry["question"] != ""
        assert isinstance(entry["answerable"], bool)
        assert isinstance(entry["type"], str)


def test_every_quote_stands_at_its_offsets(questions: list[dict[str, Any]], seeds: Path) -> None:
    for entry in questions:
        for evidence in entry["evidence"]:
            text = (seeds / evidence["document"]).read_text(encoding="utf-8")
            assert text[evidence["start"] : evidence["end"]] == evidence["quote"], entry["id"]
            assert evidence["quote"].strip() == evidence["quote"] != ""


def test_every_accepted_answer_is_in_a_quote(questions: list[dict[str, Any]]) -> None:
    for entry in questions:
        if not entry["answerable"]:
            continue
        quotes = [evidence["quote"] for evidence in entry["evidence"]]
        assert entry["answers"], entry["id"]
        for answer in entry["answers"]:
            assert any(answer in quote for quote in quotes), (entry["id"], answer)


def test_unanswerable_questions_claim_nothing(questions: list[dict[str, Any]]) -> None:
    for entry in questions:
        if not entry["answerable"]:
            assert entry["answers"] == [] and entry["evidence"] == [], entry["id"]


def test_ids_and_questions_are_unique(questions: list[dict[str, Any]]) -> None:
    for field in ("id", "question"):
        values = Counter(entry[field] for entry in questions)
        assert [value for value, count in values.items() if count > 1] == []


def test_there_are_enough_of_each(questions: list[dict[str, Any]]) -> None:
    answerable = [entry for entry in questions if entry["answerable"]]
    unanswerable = [entry for entry in questions if not entry["answerable"]]
    assert len(questions) >= 48
    assert len(answerable) >= 32
    assert len(unanswerable) >= 16
    assert len(unanswerable) * 3 >= len(questions)

    types = {entry["type"] for entry in answerable}
    assert types >= {"who", "how many", "when", "where", "why", "what", "list"}
    near_and_far = Counter(entry["type"] for entry in unanswerable)
    # Another subject altogether, the same subject but nothing the documents touch, and what they all but answer.
    assert set(near_and_far) == {"off-topic", "related", "near-miss"}
    assert min(near_and_far.values()) >= 10


def test_every_document_of_the_seeds_is_asked_about(questions: list[dict[str, Any]], seeds: Path) -> None:
    asked = {evidence["document"] for entry in questions for evidence in entry["evidence"]}
    assert asked == {path.name for path in seeds.iterdir() if not path.name.startswith(".")}
