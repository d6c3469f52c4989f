"""One browser's conversation: what is kept of it, what its citations point at, how it is stopped."""

from __future__ import annotations

import copy
import itertools
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

import pytest

from index import Library
from qa.errors import ModelRefusedKey, ModelUnavailable
from qa.model import Message, Piece
from qa.settings import QASettings
from qa.values import Turn
from qa.web.conversation import (
    Conversation,
    Exchange,
    citation_target,
    hit_target,
    sentence_target,
)
from qa.web.converse import converse
from qa.web.line import Line
from tests.web.answers import QUOTE, citation, hit, refused, written

SOLDIERS = "How many soldiers could the deployment grow to in total?"


class ScriptedModel:
    """Replies with what it was given: text, an exception that it raises, or an event that it waits for."""

    name = "scripted"

    def __init__(self, *script: str | Exception | threading.Event) -> None:
        self._script = script
        self.closed = threading.Event()

    def stream(self, messages: Sequence[Message]) -> Generator[Piece, None, None]:
        try:
            for part in self._script:
                if isinstance(part, Exception):
                    raise part
                if isinstance(part, threading.Event):
                    part.wait()
                else:
                    yield Piece(text=part)
        finally:
            self.closed.set()

    def close(self) -> None:
        """Nothing is open."""


Ask = Callable[..., Iterator[Exchange | None]]


@pytest.fixture
def conversation() -> Conversation:
    return Conversation()


@pytest.fixture
def ask(conversation: Conversation, library: Library) -> Ask:
    def ask(question: str, model: ScriptedModel | None = None, **settings: object) -> Iterator[Exchange | None]:
        return converse(conversation, question, library, QASettings.model_validate(settings), model, line=Line(1))

    return ask


def test_an_answer_goes_through_its_stages(conversation: Conversation, ask: Ask) -> None:
    seen = [change for change in ask(SOLDIERS) if change is not None]
    stages = [change.stage for change in seen]
    assert stages == sorted(stages, key=["searching", "reading", "writing", "done"].index)
    assert (stages[0], stages[-1]) == ("searching", "done")
    assert [change.waiting for change in seen] == [True] * (len(seen) - 1) + [False]
    assert seen[-1].answer is not None and "12,000" in seen[-1].text
    assert conversation.exchanges == seen[-1:]
    assert not conversation.busy


def test_a_written_answer_grows(ask: Ask) -> None:
    more, most = threading.Event(), threading.Event()
    texts = []
    for change in ask(SOLDIERS, ScriptedModel("It could grow ", more, "to 12,000 ", most, "soldiers [1].")):
        assert change is not None
        texts.append(change.text)
        if change.text.startswith("It could grow"):
            more.set()
        if "12,000" in change.text:
            most.set()
    assert any("grow" in text and "12,000" not in text for text in texts)
    assert all(late.startswith(early.rstrip()) for early, late in itertools.pairwise(texts))
    assert texts[-1] == "It could grow to 12,000 soldiers [1]."


def test_a_silent_model_leaves_time_to_leave(ask: Ask) -> None:
    silence = threading.Event()
    changes = ask(SOLDIERS, ScriptedModel("One sentence. ", silence, "Two."))
    said = [change for _, change in zip(range(7), changes, strict=False) if change is not None]
    assert said[-1] is said[-2], "the same state again, for want of another"
    silence.set()


def test_the_history_is_what_was_asked_and_answered(conversation: Conversation, ask: Ask) -> None:
    list(ask(SOLDIERS))
    list(ask("What broke?", ScriptedModel(ModelRefusedKey("The key is wrong."))))
    history = conversation.history()
    assert [turn.role for turn in history] == ["user", "assistant"]
    assert history[0] == Turn(role="user", text=SOLDIERS)
    assert "12,000" in history[1].text
    *_, last = ask("And what could they do there?")
    assert last is not None and last.answer is not None
    assert last.answer.standalone_question.startswith("And what could they do there? (about: soldiers deployment")


def test_a_question_that_stands_alone_is_searched_for_as_it_is(
    conversation: Conversation, ask: Ask, library: Library
) -> None:
    list(ask(SOLDIERS))
    understood = [change.standalone for change in ask("And what could they do there?") if change is not None]
    assert understood[0] == "", "not known yet"
    assert set(understood[1:]) == {understood[-1]} and "soldiers" in understood[-1]
    question = "And what could they do?"
    for change in converse(conversation, question, library, QASettings(), None, line=Line(1), alone=True):
        last = change
    assert last is not None and last.answer is not None
    assert last.answer.standalone_question == last.standalone == "And what could they do?"


@pytest.mark.parametrize(
    "question, words", [("", "The question is empty."), (" \n ", "The question is empty."), ("x" * 5000, "5,000")]
)
def test_a_question_that_cannot_be_taken_is_no_exchange(
    conversation: Conversation, ask: Ask, question: str, words: str
) -> None:
    assert list(ask(question)) == [None]
    assert words in conversation.notice
    assert conversation.exchanges == []
    list(ask(SOLDIERS))
    assert conversation.notice == ""


def test_one_question_at_a_time(conversation: Conversation, ask: Ask) -> None:
    first = ask(SOLDIERS)
    next(first)
    assert list(ask("Another?")) == [None]
    assert "still being written" in conversation.notice
    assert len(conversation.exchanges) == 1
    list(first)
    assert list(ask("Another?"))[-1] is not None


def test_an_error_of_ours_is_shown_in_its_own_words(conversation: Conversation, ask: Ask) -> None:
    *_, last = ask(SOLDIERS, ScriptedModel(ModelRefusedKey("The key is wrong.")))
    assert last is not None and last.error == "The key is wrong."
    assert not conversation.busy


def test_where_the_model_is_down_the_answer_is_quoted(conversation: Conversation, ask: Ask) -> None:
    *_, last = ask(SOLDIERS, ScriptedModel(ModelUnavailable("It is down.")))
    assert last is not None and last.answer is not None
    assert last.error == "" and last.answer.fallback == "It is down."
    assert "12,000" in last.answer.text
    assert not conversation.busy


def test_any_other_error_is_logged_and_shown_without_its_words(
    conversation: Conversation, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        *_, last = ask(SOLDIERS, ScriptedModel("Some ", RuntimeError("private words")))
    assert last is not None and "Something went wrong" in last.error
    assert "private words" not in last.error
    assert "private words" in caplog.text
    assert not conversation.busy


def test_stopping_keeps_what_is_there_and_ends_the_models_call(conversation: Conversation, ask: Ask) -> None:
    stopped = threading.Event()
    model = ScriptedModel("One sentence. Two. ", stopped, "Three. ", "Four. ")
    for change in ask(SOLDIERS, model):
        if change is not None and "Two." in change.text:
            conversation.stop()
            stopped.set()
    assert model.closed.wait(10)
    last = conversation.exchanges[-1]
    assert last.stopped and "Two." in last.text and "Three." not in last.text
    assert not conversation.busy
    assert conversation.history()[1].text == last.text


def test_stopping_does_not_wait_for_a_silent_model(conversation: Conversation, ask: Ask) -> None:
    never = threading.Event()
    model = ScriptedModel("One sentence. Two. ", never)
    began = time.monotonic()
    for change in ask(SOLDIERS, model):
        if change is not None and "Two." in change.text:
            conversation.stop()
    assert time.monotonic() - began < 10
    assert not model.closed.is_set()
    never.set()
    assert model.closed.wait(10)


def test_leaving_ends_the_models_call(ask: Ask) -> None:
    left = threading.Event()
    model = ScriptedModel("One sentence. Two. ", left, "Three. ", "Four. ")
    changes = ask(SOLDIERS, model)
    for change in changes:
        if change is not None and "Two." in change.text:
            break
    del changes
    left.set()
    assert model.closed.wait(10)


def test_stopping_when_nothing_is_written_does_nothing(conversation: Conversation, ask: Ask) -> None:
    conversation.stop()
    list(ask(SOLDIERS))
    before = list(conversation.exchanges)
    conversation.stop()
    assert conversation.exchanges == before


def test_what_comes_after_a_new_beginning_is_not_kept(conversation: Conversation, ask: Ask) -> None:
    changes = ask(SOLDIERS, ScriptedModel("One. ", "Two. "))
    next(changes)
    conversation.clear()
    assert list(changes) == []
    assert conversation.exchanges == []
    assert [change.id for change in ask(SOLDIERS) if change][-1] == 2


def test_an_answer_on_its_way_does_not_end_in_another_conversation(conversation: Conversation, ask: Ask) -> None:
    changes = ask(SOLDIERS, ScriptedModel("One. ", "Two. "))
    next(changes)
    opened = Exchange(id=1, question="What else?", answer=written(("One.", (citation(1),))), stage="done")
    conversation.recall("another", [opened])
    assert list(changes) == []
    assert conversation.exchanges == [opened]


def test_every_citation_points_at_its_own_span(conversation: Conversation) -> None:
    first, second, other = citation(1), citation(1, "More follows here."), citation(2)
    answer = written(("One.", (first,)), ("Two.", (second, other)))
    exchange = replace(conversation.begin("?"), answer=answer, stage="done")
    assert conversation.put(exchange, conversation.id)
    spans = {
        sentence_target(exchange, 0, first): QUOTE,
        sentence_target(exchange, 1, second): "More follows here.",
        sentence_target(exchange, 1, other): QUOTE,
        citation_target(exchange, first): QUOTE,
        citation_target(exchange, other): QUOTE,
    }
    for target, quote in spans.items():
        span = conversation.span(target)
        assert span is not None and span.quote == quote, target
        assert (span.document, span.page) == ("report.txt", 3)


def test_a_passage_of_a_refusal_can_be_opened(conversation: Conversation) -> None:
    exchange = replace(conversation.begin("?"), answer=refused(hit(), hit(), hit(), hit()), stage="done")
    conversation.put(exchange, conversation.id)
    span = conversation.span(hit_target(exchange, 2))
    assert span is not None and span.quote == hit().passage.text and span.number is None
    assert conversation.span(hit_target(exchange, 3)) is None


@pytest.mark.parametrize(
    "target", ["", "1", "1.", "1.c9", "1.s0", "1.s9.1", "2.c1", "1.h0", "x.c1", "1.c1.c1", "." * 99]
)
def test_what_points_at_nothing_opens_nothing(conversation: Conversation, target: str) -> None:
    conversation.put(
        replace(conversation.begin("?"), answer=written(("One.", (citation(1),))), stage="done"), conversation.id
    )
    assert conversation.span("1.c1") is not None
    assert conversation.span(target) is None


def test_a_copy_is_an_empty_conversation_of_its_own(conversation: Conversation) -> None:
    other = copy.deepcopy(conversation)
    other.begin("?")
    assert conversation.exchanges == []
