"""Answers written by an LLM of LlamaIndex, which talks to a server over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from llama_index.llms.openai import OpenAI

from index import Library
from qa import ask
from qa.errors import BadModelReply, ModelUnavailable
from qa.llama import LlamaIndexModel
from qa.model import Message
from tests.model_server import ModelServer, fails, says

SOLDIERS = "How many soldiers could the deployment grow to in total?"
ASK = [Message(role="system", text="Be brief."), Message(role="user", text="How many?")]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(server: ModelServer) -> LlamaIndexModel:
    return LlamaIndexModel(OpenAI("gpt-4o-mini", api_key="unused", api_base=server.url, max_retries=0, timeout=5))


def test_an_answer_is_written_and_cited(seed_library: Library, server: ModelServer, model: LlamaIndexModel) -> None:
    server.then(says("<think>Let me see.</think>It could grow to 12,000 ", "soldiers [1][9]."))
    answer = ask(SOLDIERS, seed_library, model=model)
    assert (answer.text, answer.model) == ("It could grow to 12,000 soldiers [1].", "gpt-4o-mini")
    assert (answer.reasoning, answer.removed_markers) == ("Let me see.", 1)
    assert "12,000 soldiers across four brigades" in server.requests[-1].prompt
    assert [message["role"] for message in server.requests[-1].body["messages"]] == ["system", "user"]


def test_failures_become_ours(server: ModelServer, model: LlamaIndexModel) -> None:
    server.then(fails(500, "It burns."), says("It grows", cut_at=300), says(""))
    with pytest.raises(ModelUnavailable, match=r"gpt-4o-mini.*It burns"):
        list(model.stream(ASK))
    with pytest.raises(ModelUnavailable, match="gpt-4o-mini"):
        list(model.stream(ASK))
    with pytest.raises(BadModelReply, match="empty"):
        list(model.stream(ASK))
