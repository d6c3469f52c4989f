"""What kind of thing a question asks for, whether a sentence holds one, and whether several would answer."""

from __future__ import annotations

import pytest

from qa.question import asks_for, asks_for_list, asks_for_steps, holds


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Who wrote the report?", {"person"}),
        ("When was the bridge opened?", {"time"}),
        ("In which year was it closed?", {"time"}),
        ("How many soldiers were sent?", {"number"}),
        ("How long is the warranty?", {"time", "number"}),
        ("Where is the plant?", {"place"}),
        ("Why did sales fall?", {"reason"}),
        ("What is a lilu?", set()),
    ],
)
def test_the_kind_that_a_question_asks_for(question: str, kinds: set[str]) -> None:
    assert asks_for(question) == kinds


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("How many soldiers were sent?", "They sent 12,000 soldiers.", 1.0),
        ("How many soldiers were sent?", "They sent soldiers.", 0.0),
        ("When was it opened in 1990?", "It was opened in 1990.", 0.0),
        ("Why did sales fall?", "Sales fell because of the strike.", 1.0),
        ("What is a lilu?", "A lilu is a demon.", 0.5),
    ],
)
def test_a_sentence_holds_it_only_if_the_question_did_not_bring_it(
    question: str, sentence: str, expected: float
) -> None:
    assert holds(sentence, asks_for(question), question) == expected


@pytest.mark.parametrize(
    "question",
    ["What are the requirements?", "List all supported formats.", "Which countries have signed?", "Name three rivers."],
)
def test_a_question_that_several_things_answer(question: str) -> None:
    assert asks_for_list(question)


@pytest.mark.parametrize("question", ["Who wrote it?", "When was it signed?", "What is its status?", "Which bus goes?"])
def test_a_question_that_one_thing_answers(question: str) -> None:
    assert not asks_for_list(question)


@pytest.mark.parametrize(
    ("question", "steps"),
    [
        ("How do I descale the machine?", True),
        ("Tell me how to bake bread.", True),
        ("How can the filter be changed?", True),
        ("How long does it take?", False),
        ("How many steps are there?", False),
    ],
)
def test_a_question_that_steps_answer(question: str, steps: bool) -> None:
    assert asks_for_steps(question) == steps
