"""A server of embeddings over real HTTP, embedders that ask it, and what holds of every error's message."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from index.embed import Embedder
from index.embed_openai import OpenAIEmbedder
from index.errors import EmbeddingFailed, LibraryError
from tests.embedding_server import Behaviour, EmbeddingServer, vector_of

KEY = "sk-test-0123456789abcdef"


Make = Callable[..., OpenAIEmbedder]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    threads = threading.active_count()
    with EmbeddingServer() as running:
        yield running
    assert threading.active_count() <= threads  # threads of earlier tests may have ended meanwhile


@pytest.fixture(scope="module")
def shared_client() -> Iterator[httpx.Client]:
    """Making one reads all certificates there are, which takes its time."""
    with httpx.Client() as client:
        yield client


@pytest.fixture
def make(server: EmbeddingServer, shared_client: httpx.Client) -> Iterator[Make]:
    """Makes embedders of the server; ``script`` is what it is going to do. ``own=True`` lets one connect by itself."""
    made: list[OpenAIEmbedder] = []

    def make(*script: Behaviour, own: bool = False, **options: Any) -> OpenAIEmbedder:
        server.then(*script)
        defaults = {"api_key": KEY, "base_url": server.url, "first_wait": 0.001}
        embedder = OpenAIEmbedder(
            "test-model", **{"http_client": None if own else shared_client, **defaults, **options}
        )
        made.append(embedder)
        return embedder

    yield make
    for embedder in made:
        embedder.close()


def expected(*texts: str) -> NDArray[np.float64]:
    rows: NDArray[np.float64] = np.array([vector_of(text) for text in texts])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def failure(embedder: Embedder, texts: list[str]) -> str:
    """The message that embedding raises, after a look at what every error's message must and must not hold."""
    with pytest.raises(EmbeddingFailed) as caught:
        embedder.embed_passages(texts)
    assert type(caught.value) is EmbeddingFailed
    return checked(caught.value)


def checked(error: LibraryError) -> str:
    message = str(error)
    assert KEY not in message and "0123456789" not in message
    assert "Traceback" not in message and "\n" not in message
    assert 40 < len(message) < 600
    assert message.endswith(".")
    return message


def changed(**fields: Any) -> Behaviour:
    """The second row of the reply has these instead of its own."""
    return Behaviour(change=lambda rows: [rows[0], rows[1] | fields, *rows[2:]])
