"""Refusals of a model, in whatever dress, and what only looks like one."""

from __future__ import annotations

import pytest

from index import Library
from qa import Chat, ask
from qa.model import Model
from qa.refusal import refusal_for
from tests.evaluation.conftest import SOLDIERS
from tests.model_server import ModelServer, says

REFUSAL = refusal_for("")


@pytest.mark.parametrize("reply", [REFUSAL, f"  {REFUSAL}\n", "The documents do not answer this question"])
def test_the_models_refusal_is_a_refusal(seed_library: Library, server: ModelServer, model: Model, reply: str) -> None:
    server.then(says(*reply))
    chat = Chat(seed_library, model=model)
    assert "".join(chat.stream("What is the capital of Australia?")) == REFUSAL
    answer = chat.answers[-1]
    assert (answer.found, answer.text, answer.citations, answer.sentences) == (False, REFUSAL, (), ())
    assert answer.hits


def test_the_refusal_speaks_the_questions_language(seed_library: Library, server: ModelServer, model: Model) -> None:
    german = "Die Dokumente beantworten diese Frage nicht."
    server.then(says("The documents do not answer this question."))
    for answer in (
        ask("Was kostet eine Fahrkarte nach Kassel?", seed_library, model=model),
        ask("Was kostet eine Fahrkarte nach Kassel?", seed_library),
    ):
        assert (answer.found, answer.text) == (False, german)
        assert answer.hits


@pytest.mark.parametrize(
    "reply",
    [
        f"**{REFUSAL}**",
        f"I am sorry. {REFUSAL}",
        f"“{REFUSAL}”",
        f"{REFUSAL[:-1]} [1].",
        "I don't know.",
        "I cannot find this in the passages provided.",
        "Die bereitgestellten Dokumente enthalten keine Informationen dazu.",
    ],
)
def test_a_refusal_in_other_dress_is_one(seed_library: Library, server: ModelServer, model: Model, reply: str) -> None:
    server.then(says(reply))
    assert not ask("What is the capital of Australia?", seed_library, model=model).found


def test_a_cited_answer_that_begins_like_a_refusal_is_kept(
    seed_library: Library, server: ModelServer, model: Model
) -> None:
    server.then(says("The documents do not answer this question fully, but 12,000 soldiers are named [1]."))
    assert ask(SOLDIERS, seed_library, model=model).found


def test_an_answer_that_denies_something_is_kept(seed_library: Library, server: ModelServer, model: Model) -> None:
    said = "It could grow to 12,000 soldiers [1]. The documents contain no information about the officers."
    server.then(says(said))
    answer = ask(SOLDIERS, seed_library, model=model)
    assert (answer.found, answer.text) == (True, said)
