"""Answers written by a model behind real HTTP: cited, placed, refused, broken off; and follow-ups."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index import Library
from qa import Chat, ModelRefusedKey, ModelUnavailable, Turn, ask
from qa.chat import standalone_by_rules
from qa.model import Model, OpenAIModel
from qa.prompts import REFUSAL
from qa.settings import QASettings
from tests.model_server import ModelServer, fails, says

SOLDIERS = "How many soldiers could the deployment grow to in total?"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(server: ModelServer) -> Iterator[Model]:
    model = OpenAIModel("scripted", base_url=server.url, timeout=5, max_retries=0)
    yield model
    model.close()


def test_markers_are_checked_and_placed_on_exact_spans(
    seed_library: Library, server: ModelServer, model: Model
) -> None:
    shown = seed_library.search(SOLDIERS, QASettings().passages)
    rank = next(n for n, hit in enumerate(shown, 1) if "12,000" in hit.passage.text)
    server.then(says(f"It could grow to 12,000 soldiers [{rank}][99]. ", "Nobody knows more [42]."))
    answer = ask(SOLDIERS, seed_library, model=model)
    assert answer.text == "It could grow to 12,000 soldiers [1]. Nobody knows more."
    assert (answer.found, answer.mode, answer.model, answer.removed_markers) == (True, "llm", "scripted", 2)
    assert answer.tokens.prompt > 0
    (citation,) = answer.citations
    text = seed_library.document(citation.passage.document).text
    assert text[citation.start : citation.end] == citation.quote
    assert "12,000 soldiers across four brigades" in citation.quote
    assert [len(sentence.citations) for sentence in answer.sentences] == [1, 0]
    for sentence in answer.sentences:
        assert answer.text[sentence.start : sentence.end] == sentence.text


def test_the_prompt_holds_the_passages_and_no_file_names(
    seed_library: Library, server: ModelServer, model: Model
) -> None:
    server.then(says("Something [1]."))
    ask(SOLDIERS, seed_library, model=model)
    prompt = server.requests[-1].prompt
    assert "12,000 soldiers across four brigades" in prompt
    assert SOLDIERS in prompt
    assert "000_959399f82b90f1e0.txt" not in prompt


def test_the_stream_joins_to_the_answer(seed_library: Library, server: ModelServer, model: Model) -> None:
    server.then(says("  It ", "grows ", "[", "2", "]. And", " more [1", ", 2]", "."))
    chat = Chat(seed_library, model=model)
    assert "".join(chat.stream(SOLDIERS)) == chat.answers[-1].text == "It grows [1]. And more [2][1]."


@pytest.mark.parametrize("reply", [REFUSAL, f"  {REFUSAL}\n", "The documents do not answer this question"])
def test_the_models_refusal_is_a_refusal(seed_library: Library, server: ModelServer, model: Model, reply: str) -> None:
    server.then(says(*reply))
    chat = Chat(seed_library, model=model)
    assert "".join(chat.stream("What is the capital of Australia?")) == REFUSAL
    answer = chat.answers[-1]
    assert (answer.found, answer.text, answer.citations, answer.sentences) == (False, REFUSAL, (), ())
    assert answer.hits


def test_what_was_said_before_the_line_broke_is_kept(seed_library: Library, server: ModelServer, model: Model) -> None:
    server.then(says("It grows to 12,000 [1]. And", finish=None, done=False))
    answer = ask(SOLDIERS, seed_library, model=model)
    assert answer.text == "It grows to 12,000 [1]. And"
    assert "scripted" in answer.unfinished


def test_a_model_that_fails_is_an_error_that_says_what_to_do(
    seed_library: Library, server: ModelServer, model: Model
) -> None:
    server.then(fails(401))
    with pytest.raises(ModelRefusedKey, match="OPENAI_API_KEY"):
        ask(SOLDIERS, seed_library, model=model)
    server.then(fails(429, headers={"Retry-After": "7"}))
    with pytest.raises(ModelUnavailable) as caught:
        ask(SOLDIERS, seed_library, model=model)
    assert caught.value.retry_after == 7
    server.then(says("Well [1]."))
    assert ask(SOLDIERS, seed_library, model=model).found, "and the next question is answered"


def test_a_follow_up_is_rewritten_by_the_model(seed_library: Library, server: ModelServer, model: Model) -> None:
    server.then(says("It grows [1]."), says("Who reported that North Korea sent special forces?"), says("NIS [1]."))
    chat = Chat(seed_library, model=model)
    chat.ask(SOLDIERS)
    answer = chat.ask("Who reported it?")
    assert answer.question == "Who reported it?"
    assert answer.standalone_question == "Who reported that North Korea sent special forces?"
    assert "National Intelligence Service" in server.requests[-1].prompt


def test_a_follow_up_without_a_model_reaches_the_right_passage(seed_library: Library) -> None:
    chat = Chat(seed_library, settings=QASettings(_env_file=None))
    chat.ask("Which analyst is quoted on the role of the North Korean troops?")
    answer = chat.ask("Where does he work?")
    assert "analyst" in answer.standalone_question
    assert "Royal United Services Institute" in answer.hits[0].passage.text


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("Who reported it?", True),
        ("And in Asia?", True),
        ("Why?", True),
        ("What about those brigades?", True),
        ("How many rounds of ammunition did North Korea transfer to Russia?", False),
        ("What is the financial package of the G7 worth in dollars?", False),
    ],
)
def test_only_what_leans_on_the_question_before_gets_it_added(question: str, leans: bool) -> None:
    history = (Turn(role="user", text="How large is the deployment?"), Turn(role="assistant", text="Large."))
    assert ("How large is the deployment?" in standalone_by_rules(question, history)) is leans
    assert standalone_by_rules(question, ()) == question


@pytest.mark.parametrize("reply", [f"**{REFUSAL}**", f"I am sorry. {REFUSAL}", f"“{REFUSAL}”"])
def test_a_refusal_in_other_dress_is_one(seed_library: Library, server: ModelServer, model: Model, reply: str) -> None:
    server.then(says(reply))
    assert not ask("What is the capital of Australia?", seed_library, model=model).found


def test_a_cited_answer_that_begins_like_a_refusal_is_kept(
    seed_library: Library, server: ModelServer, model: Model
) -> None:
    server.then(says("The documents do not answer this question fully, but 12,000 soldiers are named [1]."))
    assert ask(SOLDIERS, seed_library, model=model).found


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_a_reply_that_was_cut_says_so(seed_library: Library, server: ModelServer, model: Model, reason: str) -> None:
    server.then(says("It could grow to 12,000 sold", finish=reason))
    assert ask(SOLDIERS, seed_library, model=model).unfinished


def test_the_third_question_still_knows_what_the_first_was_about(seed_library: Library) -> None:
    chat = Chat(seed_library, settings=QASettings(_env_file=None))
    for question in ("How many arms shipments went from North Korea to Russia?", "Who noted it?", "And since when?"):
        chat.ask(question)
    assert "arms shipments" in chat.answers[-1].standalone_question
