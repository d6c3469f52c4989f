"""A server of embeddings that fails: what is tried again, and what is said where no further try helps."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from email.utils import formatdate
from itertools import pairwise

import numpy as np
import pytest

from index.embed_openai import LONGEST_WAIT, PASSAGE_TRIES, QUERY_TRIES, OpenAIEmbedder
from index.errors import EmbeddingFailed
from tests.embedding_server import DIMENSION, Behaviour, EmbeddingServer, Row, fails
from tests.unit.embed_remote.conftest import KEY, Make, changed, checked, expected, failure

# Waiting and trying again.


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_what_passes_is_tried_again(make: Make, server: EmbeddingServer, status: int) -> None:
    np.testing.assert_allclose(make(fails(status), fails(status)).embed_query("a"), expected("a")[0], atol=1e-6)
    assert server.batches == [1, 1, 1]


@pytest.mark.parametrize(
    "headers, least, most",
    [
        ({"Retry-After": "1"}, 1.0, 1.5),
        ({"retry-after-ms": "300", "Retry-After": "1"}, 0.3, 0.8),
        ({"Retry-After": "soon"}, 0.0, 0.4),
        ({"Retry-After": "0"}, 0.0, 0.4),
        ({"Retry-After": "-5"}, 0.0, 0.4),
    ],
)
def test_the_server_says_how_long_to_wait(
    make: Make, server: EmbeddingServer, headers: dict[str, str], least: float, most: float
) -> None:
    make(fails(429, headers=headers)).embed_query("a")
    assert least <= server.pauses[0] < most


def test_the_server_says_until_when_to_wait(make: Make, server: EmbeddingServer) -> None:
    # The date has whole seconds: from one to two from now.
    until = time.time() + 2
    make(fails(503, headers={"Retry-After": formatdate(until, usegmt=True)})).embed_query("a")
    assert 0.9 <= server.pauses[0] <= 2.5


def test_a_wait_that_is_too_long_ends_it_at_once(make: Make, server: EmbeddingServer) -> None:
    message = failure(make(fails(429, headers={"Retry-After": str(LONGEST_WAIT + 1)})), ["a"])
    assert "in 61 seconds" in message
    assert server.batches == [1]


def test_waits_grow_and_tries_end(make: Make, server: EmbeddingServer) -> None:
    message = failure(make(*[fails(503, "Overloaded")] * 9, first_wait=0.02), ["a"])
    assert "503" in message and "Overloaded" in message
    assert len(server.requests) == PASSAGE_TRIES
    # Each about twice the one before, give or take a quarter of both, and what the way there and back takes.
    assert all(later > earlier for earlier, later in pairwise(server.pauses[1:]))
    assert server.pauses[-1] >= 0.02 * 2 ** (PASSAGE_TRIES - 2) * 0.75


def test_a_question_is_given_up_sooner(make: Make, server: EmbeddingServer) -> None:
    with pytest.raises(EmbeddingFailed, match="503"):
        make(*[fails(503)] * 9).embed_query("a")
    assert len(server.requests) == QUERY_TRIES < PASSAGE_TRIES


def test_an_empty_account_is_not_asked_again(make: Make, server: EmbeddingServer) -> None:
    message = failure(make(fails(429, "You exceeded your current quota.", code="insufficient_quota")), ["a"])
    assert "You exceeded your current quota" in message
    assert server.batches == [1]


@pytest.mark.skipif(sys.platform == "win32", reason="no signal like Ctrl-C to send")
def test_a_wait_can_be_interrupted(server: EmbeddingServer) -> None:
    server.then(fails(429, headers={"Retry-After": "30"}))
    code = f"from index.embed_openai import OpenAIEmbedder as E; E('m', base_url={server.url!r}).embed_query('a')"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as child:
        until = time.monotonic() + 20
        while not server.requests and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=20)
        assert time.monotonic() - began < 10
    assert "KeyboardInterrupt" in errors
    assert server.batches == [1]


# What no further try helps against.


def test_a_wrong_key(make: Make, server: EmbeddingServer) -> None:
    message = failure(make(fails(401, f"Incorrect API key provided: {KEY}.")), ["a"])
    assert "OPENAI_API_KEY" in message
    assert server.batches == [1]


def test_a_key_that_may_not(make: Make, server: EmbeddingServer) -> None:
    message = failure(make(fails(403)), ["a"])
    assert "OPENAI_API_KEY" in message and "'test-model'" in message
    assert server.batches == [1]


def test_an_unknown_model(make: Make, server: EmbeddingServer) -> None:
    message = failure(make(fails(404, "The model does not exist.")), ["a"])
    assert "'test-model'" in message and "INDEX_EMBEDDER" in message and "The model does not exist" in message
    assert server.batches == [1]


def test_a_server_without_embeddings(make: Make, server: EmbeddingServer) -> None:
    assert "Start it with --embeddings" in failure(make(fails(501, "Start it with --embeddings.")), ["a"])
    assert server.batches == [1]


@pytest.mark.parametrize("status", [400, 418, 429, 500])
def test_no_key_in_a_message(make: Make, status: int) -> None:
    words = f"Request with Bearer {KEY} and {KEY[:12]}*** failed"
    failure(make(*[fails(status, words)] * PASSAGE_TRIES), ["a"])


@pytest.mark.parametrize(
    "behaviour, words",
    [
        (Behaviour(change=lambda rows: rows[:-1]), "2 vectors for 3 texts"),
        (Behaviour(change=lambda rows: [*rows, rows[0]]), "4 vectors for 3 texts"),
        (changed(index=0), "which text"),
        (changed(index=True), "which text"),
        (changed(index="1"), "which text"),
        (changed(embedding=[1.0] * (DIMENSION - 1)), "different lengths"),
        (changed(embedding="AAAA"), "not of numbers"),
        (changed(embedding=None), "not of numbers"),
        (changed(embedding=[float("nan")] * DIMENSION), "not finite"),
        (changed(embedding=[None] * DIMENSION), "not finite"),
        (changed(embedding=[1e39] * DIMENSION), "not finite"),
        (Behaviour(change=lambda rows: [row | {"embedding": []} for row in rows]), "list of numbers"),
        (Behaviour(change=lambda rows: [row | {"embedding": 1.0} for row in rows]), "list of numbers"),
        (Behaviour(raw=b"<html>Welcome</html>", content_type="text/html"), "not JSON"),
        (Behaviour(raw=b'{"data": [', content_type="application/json"), "not JSON"),
        (Behaviour(raw=b"\xff\xfe", content_type="application/json"), "not JSON"),
        (Behaviour(raw=b"[]"), "no vectors"),
        (Behaviour(raw=b'{"data": [1, 2, 3]}'), "no vectors"),
        (Behaviour(raw=b'{"error": {"message": "No provider is up."}}'), "no vectors: No provider is up"),
    ],
)
def test_a_reply_that_is_not_one_vector_a_text(
    make: Make, server: EmbeddingServer, behaviour: Behaviour, words: str
) -> None:
    assert words in failure(make(behaviour), ["a", "b", "c"])
    assert server.batches == [3]


def test_vectors_of_another_dimension_than_before(make: Make) -> None:
    def shorter(rows: list[Row]) -> list[Row]:
        return [row | {"embedding": row["embedding"][:-1]} for row in rows]

    embedder = make(Behaviour(), Behaviour(change=shorter))
    embedder.embed_query("a")
    assert f"{DIMENSION - 1} dimensions, and of {DIMENSION} before" in failure(embedder, ["a"])


def test_a_server_that_says_nothing(make: Make, server: EmbeddingServer) -> None:
    embedder = make(*[Behaviour(wait=0.5)] * QUERY_TRIES, timeout=0.1)
    with pytest.raises(EmbeddingFailed) as caught:
        embedder.embed_query("a")
    assert "0.1 seconds" in checked(caught.value)
    assert len(server.requests) == QUERY_TRIES


def test_a_server_that_is_not_there() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}/v1"
        # Taken, but nobody listens.
        embedder = OpenAIEmbedder("m", api_key=KEY, base_url=f"http://me:hunter2@{address}", first_wait=0.001)
        message = failure(embedder, ["a"])
    embedder.close()
    assert f"http://{address}" in message and "OPENAI_BASE_URL" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("url", ["127.0.0.1:11434/v1", "http:///v1", "http://[::1", "http://xn--/v1", "ftp://h/v1"])
def test_an_address_that_is_none(url: str) -> None:
    assert "OPENAI_BASE_URL" in failure(OpenAIEmbedder("m", api_key=KEY, base_url=url), ["a"])


def test_no_key_for_openai() -> None:
    assert "OPENAI_API_KEY" in failure(OpenAIEmbedder("m"), ["a"])


def test_a_key_that_cannot_be_one(server: EmbeddingServer) -> None:
    assert "OPENAI_API_KEY" in failure(OpenAIEmbedder("m", api_key="schl\u00fcssel", base_url=server.url), ["a"])
    assert server.requests == []
