"""Answers written by an LLM of LlamaIndex, which talks to a server over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
from llama_index.llms.openai import OpenAI

from index import Library
from qa import ask
from qa.errors import BadModelReply, ModelUnavailable
from qa.llama import LlamaIndexModel
from qa.model import Message
from tests.evaluation.conftest import SOLDIERS
from tests.model_server import ModelServer, fails, says

ASK = [Message(role="system", text="Be brief."), Message(role="user", text="How many?")]


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


class WithoutStream(CustomLLM):
    """An LLM that only completes."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="whole")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text="It grew [1].")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        raise NotImplementedError("no streaming")


class WithoutDelta(WithoutStream):
    """An LLM that gives the whole text so far, and never what is new."""

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        return (CompletionResponse(text="It grew [1]."[:size]) for size in (3, 8, 8, 13))


@pytest.mark.parametrize("llm, count", [(WithoutStream(), 1), (WithoutDelta(), 3)])
def test_an_llm_that_streams_otherwise_or_not_at_all(llm: CustomLLM, count: int) -> None:
    found = [piece.text for piece in LlamaIndexModel(llm).stream(ASK) if piece.text]
    assert "".join(found) == "It grew [1]."
    assert len(found) == count


def test_failures_become_ours(server: ModelServer, model: LlamaIndexModel) -> None:
    server.then(fails(500, "It burns."), says("It grows", cut_at=300), says(""))
    with pytest.raises(ModelUnavailable, match=r"gpt-4o-mini.*It burns"):
        list(model.stream(ASK))
    with pytest.raises(ModelUnavailable, match="gpt-4o-mini"):
        list(model.stream(ASK))
    with pytest.raises(BadModelReply, match="empty"):
        list(model.stream(ASK))
