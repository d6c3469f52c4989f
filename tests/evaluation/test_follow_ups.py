"""Follow-ups are put into words that stand alone, by the model or without one."""

from __future__ import annotations

import pytest

from index import Library
from qa import Chat
from qa.model import Model, OpenAIModel
from qa.settings import QASettings
from tests.evaluation.conftest import SOLDIERS
from tests.model_server import Behaviour, ModelServer, fails, says


def test_what_is_searched_for_can_be_said(seed_library: Library, server: ModelServer, model: Model) -> None:
    server.then(says("It could grow to 12,000 soldiers [1]."), says("So it is [1]."))
    with Chat(seed_library, model=model) as chat:
        chat.ask("What of the deployment?")
        answer = chat.ask("And in total?", standalone=SOLDIERS)
    assert (answer.question, answer.standalone_question) == ("And in total?", SOLDIERS)
    assert SOLDIERS in server.requests[-1].prompt
    assert len(server.requests) == 2, "the model is not asked to put it into words"


def test_a_follow_up_is_rewritten_by_the_model(seed_library: Library, server: ModelServer, model: Model) -> None:
    server.then(says("It grows [1]."), says("Who reported that North Korea sent special forces?"), says("NIS [1]."))
    chat = Chat(seed_library, model=model)
    chat.ask(SOLDIERS)
    answer = chat.ask("Who reported it?")
    assert answer.question == "Who reported it?"
    assert answer.standalone_question == "Who reported that North Korea sent special forces?"
    assert "National Intelligence Service" in server.requests[-1].prompt


@pytest.mark.parametrize(
    "behaviour, standalone",
    [
        (fails(400, "This model's maximum context length is 2048 tokens."), "Who reported it? (about:"),
        (says("North Korea sent 12,000 soldiers."), "Who reported it? (about:"),
        (says("Standalone question: Who reported the deployment?"), "Who reported the deployment?"),
        (says('**Question:** "Who reported the deployment?"'), "Who reported the deployment?"),
    ],
    ids=["too long", "an answer", "a label", "a bold label"],
)
def test_a_rewriting_that_is_no_question_is_not_asked(
    seed_library: Library, server: ModelServer, model: Model, behaviour: Behaviour, standalone: str
) -> None:
    server.then(says("It grows [1]."), behaviour, says("NIS [1]."))
    chat = Chat(seed_library, model=model)
    chat.ask(SOLDIERS)
    answer = chat.ask("Who reported it?")
    assert answer.standalone_question.startswith(standalone)
    assert (answer.mode, answer.fallback) == ("llm", "")


@pytest.mark.parametrize(
    "behaviour, words",
    [(says("never", stall_after=0), "for 1 seconds"), (fails(429, headers={"Retry-After": "60"}), "in 60 seconds")],
    ids=["slow", "busy"],
)
def test_a_model_that_could_not_rewrite_the_question_is_not_waited_for_again(
    seed_library: Library, server: ModelServer, behaviour: Behaviour, words: str
) -> None:
    model = OpenAIModel("scripted", base_url=server.url, timeout=1)
    server.then(says("It grows [1]."), behaviour)
    chat = Chat(seed_library, model=model)
    chat.ask(SOLDIERS)
    answer = chat.ask("And the soldiers in total?")
    model.close()
    assert (answer.mode, answer.model) == ("extractive", None)
    assert words in answer.fallback
    assert len(server.requests) == 2


def test_a_follow_up_is_rewritten_within_a_window_that_is_known(
    kettles: Library, server: ModelServer, model: Model
) -> None:
    server.then(*[says("word " * 300)] * 9)
    chat = Chat(kettles, model=model, settings=QASettings(context_tokens=1024))
    for _ in range(4):
        chat.ask("And how long does a kettle take to boil? " * 20)
    rewriting = [request.prompt for request in server.requests if "Conversation:" in request.prompt]
    assert len(rewriting) == 3
    assert all(kettles.embedder.count_tokens(prompt) < 1024 - 256 for prompt in rewriting)


def test_a_follow_up_without_a_model_reaches_the_right_passage(seed_library: Library) -> None:
    chat = Chat(seed_library, settings=QASettings(_env_file=None))
    chat.ask("Which analyst is quoted on the role of the North Korean troops?")
    answer = chat.ask("Where does he work?")
    assert "analyst" in answer.standalone_question
    assert "Royal United Services Institute" in answer.hits[0].passage.text


def test_the_third_question_still_knows_what_the_first_was_about(seed_library: Library) -> None:
    chat = Chat(seed_library, settings=QASettings(_env_file=None))
    for question in ("How many arms shipments went from North Korea to Russia?", "Who noted it?", "And since when?"):
        chat.ask(question)
    assert "arms shipments" in chat.answers[-1].standalone_question
