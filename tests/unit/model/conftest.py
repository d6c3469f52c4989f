"""A model's server over real HTTP, models that ask it, and what holds of every error's message."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest

from qa.errors import QAError
from qa.model import Message, OpenAIModel, Piece
from tests.model_server import Behaviour, ModelServer

KEY = "sk-test-0123456789abcdef"


ASK = [Message(role="system", text="Be brief."), Message(role="user", text="How many?")]


TEXT = "The deployment could grow to 12,000 soldiers [1]. \u00dcber 1.500 sind schon da [2]. \U0001f642"


Make = Callable[..., OpenAIModel]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    threads = threading.active_count()
    with ModelServer() as running:
        yield running
    deadline = time.monotonic() + 10
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= threads  # threads of earlier tests may have ended meanwhile


@pytest.fixture(scope="module")
def shared_client() -> Iterator[httpx.Client]:
    """What a model makes for itself; making one reads all certificates there are, which takes its time."""
    with openai.DefaultHttpxClient() as client:
        yield client


@pytest.fixture
def make(server: ModelServer, shared_client: httpx.Client) -> Iterator[Make]:
    """Makes models of the server; ``script`` is what it is going to do. ``own=True`` lets one connect by itself."""
    made: list[OpenAIModel] = []

    def make(*script: Behaviour, own: bool = False, **options: Any) -> OpenAIModel:
        server.then(*script)
        defaults = {"api_key": KEY, "base_url": server.url, "max_retries": 0}
        model = OpenAIModel("test-model", **{"http_client": None if own else shared_client, **defaults, **options})
        made.append(model)
        return model

    yield make
    for model in made:
        model.close()


def pieces(model: OpenAIModel) -> list[Piece]:
    return list(model.stream(ASK))


def text_of(found: list[Piece]) -> str:
    begin = max((place for place, piece in enumerate(found) if piece.anew), default=0)
    return "".join(piece.text for piece in found[begin:])


def failure(model: OpenAIModel, kind: type[QAError]) -> QAError:
    """The error that asking raises, after a look at what every error's message must and must not hold."""
    with pytest.raises(kind) as caught:
        pieces(model)
    message = str(caught.value)
    assert type(caught.value) is kind
    assert KEY not in message and "0123456789" not in message
    assert "Traceback" not in message and "\n" not in message
    assert 40 < len(message) < 600
    assert message.endswith(".")
    return caught.value
