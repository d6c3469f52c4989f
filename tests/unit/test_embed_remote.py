"""Embedders other than the bundled one: a server over real HTTP, fastembed's own classes, and the setting for both."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import formatdate
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from index.embed import MODELS, BundledEmbedder, Closable, Embedder, embedder_for
from index.embed_openai import LONGEST_WAIT, PASSAGE_TRIES, QUERY_TRIES, OpenAIEmbedder
from index.errors import EmbeddingFailed, LibraryError
from index.settings import IndexSettings, load_settings
from tests.embedding_server import DIMENSION, Behaviour, EmbeddingServer, Row, fails, vector_of

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


# What is sent, and what is made of a good reply.


def test_rows_are_unit_vectors_in_the_order_of_the_texts(make: Make, server: EmbeddingServer) -> None:
    embedder = make()
    rows = embedder.embed_passages(["one", "two", "three"])
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected("one", "two", "three"), atol=1e-6)
    np.testing.assert_allclose(embedder.embed_query("two"), rows[1], atol=1e-6)
    assert embedder.name == "openai:test-model"
    assert isinstance(embedder, Embedder)
    assert isinstance(embedder, Closable)

    first = server.requests[0]
    assert first.path == "/v1/embeddings"
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert first.body == {"model": "test-model", "input": ["one", "two", "three"], "encoding_format": "float"}


def test_rows_are_put_in_the_order_of_their_index(make: Make) -> None:
    embedder = make(Behaviour(change=lambda rows: rows[2:] + rows[:2]))
    np.testing.assert_allclose(embedder.embed_passages(["a", "b", "c"]), expected("a", "b", "c"), atol=1e-6)


def test_rows_without_an_index_are_in_the_order_sent(make: Make) -> None:
    embedder = make(Behaviour(change=lambda rows: [{"embedding": row["embedding"]} for row in rows]))
    np.testing.assert_allclose(embedder.embed_passages(["a", "b"]), expected("a", "b"), atol=1e-6)


def test_a_row_of_zeros_stays_one(make: Make) -> None:
    rows = make(changed(embedding=[0.0] * DIMENSION)).embed_passages(["a", "b"])
    assert not rows[1].any()
    assert np.linalg.norm(rows[0]) == pytest.approx(1)


def test_batches_have_so_many_texts(make: Make, server: EmbeddingServer) -> None:
    texts = [f"text {number}" for number in range(7)]
    rows = make(batch_texts=3).embed_passages(texts)
    np.testing.assert_allclose(rows, expected(*texts), atol=1e-6)
    assert [request.texts for request in server.requests] == [texts[:3], texts[3:6], texts[6:]]


def test_batches_have_so_many_tokens(make: Make, server: EmbeddingServer) -> None:
    embedder = make(batch_tokens=10)
    texts = ["a b c d", "e f g h", "i j", "k l m n o p q r s t u v", "w"]
    assert [embedder.count_tokens(text) for text in texts] == [4, 4, 2, 12, 1]
    embedder.embed_passages(texts)
    assert server.batches == [3, 1, 1]


def test_words_that_the_vocabulary_lacks_count_by_their_length(make: Make, server: EmbeddingServer) -> None:
    embedder = make(batch_tokens=100)
    blob = "x" * 300
    assert embedder.count_tokens(blob) == 1
    embedder.embed_passages([blob, blob])
    assert server.batches == [1, 1]


def test_counting_needs_no_server() -> None:
    embedder = OpenAIEmbedder("any", base_url="http://127.0.0.1:9/v1")
    text = "The Danube flows through ten countries; \udc80 unhyphenatedness."
    assert embedder.count_tokens(text) == BundledEmbedder().count_tokens(text)


def test_a_text_is_cut_at_the_limit(make: Make, server: EmbeddingServer) -> None:
    embedder = make()
    embedder.embed_query("word " * (embedder.max_tokens + 5))
    (sent,) = server.requests[0].texts
    assert embedder.count_tokens(sent) == embedder.max_tokens
    assert len(sent) == embedder.max_tokens * 5 - 1


def test_what_cannot_be_sent_is_replaced(make: Make, server: EmbeddingServer) -> None:
    rows = make().embed_passages(["", " \n\t", "half \ud83d of a pair", "\x00"])
    assert server.requests[0].texts == [".", ".", "half ? of a pair", "\x00"]
    assert np.array_equal(rows[0], rows[1])


def test_no_texts_give_no_rows(make: Make) -> None:
    assert make().embed_passages([]).shape == (0, DIMENSION)


def test_the_dimension_is_asked_for_once(make: Make, server: EmbeddingServer) -> None:
    embedder = make()
    assert embedder.dimension == embedder.dimension == DIMENSION
    assert server.batches == [1]


def test_the_dimension_is_known_after_a_text(make: Make, server: EmbeddingServer) -> None:
    embedder = make()
    embedder.embed_query("a")
    assert embedder.dimension == DIMENSION
    assert server.batches == [1]


def test_threads_may_share_it(make: Make) -> None:
    embedder = make(batch_texts=2)
    groups = [[f"{group} {number}" for number in range(5)] for group in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for texts, rows in zip(groups, pool.map(embedder.embed_passages, groups), strict=True):
            np.testing.assert_allclose(rows, expected(*texts), atol=1e-6)


def test_it_may_be_used_after_it_was_closed(make: Make) -> None:
    embedder = make(own=True)
    embedder.close()
    embedder.embed_query("a")
    embedder.close()
    embedder.embed_query("a")


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


# Requests that are too large.


def test_a_refused_batch_is_halved(make: Make, server: EmbeddingServer) -> None:
    server.most_texts = 3
    embedder = make()
    texts = [f"text {number}" for number in range(10)]
    np.testing.assert_allclose(embedder.embed_passages(texts), expected(*texts), atol=1e-6)
    assert server.batches == [10, 5, 3, 3, 3, 1]
    # And stays so, which saves the refusals.
    embedder.embed_passages(texts)
    assert server.batches[6:] == [3, 3, 3, 1]


@pytest.mark.parametrize(
    "refusal",
    [
        fails(400, "Too many tokens overall, split into more batches."),
        fails(422, "batch size is invalid"),
        fails(500, "input is too large to process"),
    ],
)
def test_other_words_for_too_large(make: Make, server: EmbeddingServer, refusal: Behaviour) -> None:
    np.testing.assert_allclose(make(refusal).embed_passages(["a", "b"]), expected("a", "b"), atol=1e-6)
    assert server.batches == [2, 1, 1]


def test_a_text_that_is_refused_by_itself(make: Make, server: EmbeddingServer) -> None:
    server.longest = 100
    embedder = make()
    texts = ["short", "lengthy " * 20, "short too", "last"]
    message = failure(embedder, texts)
    assert "'lengthy lengthy" in message and "20 tokens" in message
    assert "maximum context length" in message and "INDEX_PASSAGE_TOKENS" in message
    # It does not make the batches of others smaller.
    server.requests.clear()
    embedder.embed_passages(["short", "short too", "last"])
    assert server.batches == [3]


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


# The setting.


def test_the_bundled_one_unless_something_is_set() -> None:
    assert isinstance(embedder_for(load_settings()), BundledEmbedder)


def test_a_server_by_one_setting(server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(f"INDEX_EMBEDDER=openai:org/model:latest\nOPENAI_BASE_URL={server.url}\n", encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = load_settings()
    assert KEY not in repr(settings)
    embedder = embedder_for(settings)
    assert isinstance(embedder, OpenAIEmbedder)
    assert embedder.name == "openai:org/model:latest"
    np.testing.assert_allclose(embedder.embed_query("a"), expected("a")[0], atol=1e-6)
    embedder.close()
    assert server.requests[0].body["model"] == "org/model:latest"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("value", ["openai", "openai:", "bundled:x", "Bundled", "fastembed: ", "all-MiniLM", ":", ""])
def test_a_setting_that_names_none(value: str) -> None:
    with pytest.raises(LibraryError) as caught:
        embedder_for(IndexSettings(embedder=value))
    message = checked(caught.value)
    assert repr(value) in message
    assert all(form in message for form in ("INDEX_EMBEDDER", "'bundled'", "'openai:MODEL'", "'fastembed:MODEL'"))


@pytest.mark.parametrize("value", ["openai:m", "bundled"])
def test_naming_one_loads_nothing(value: str) -> None:
    code = (
        "import sys; from index.embed import embedder_for; from index.settings import IndexSettings\n"
        f"embedder_for(IndexSettings(embedder={value!r}))\n"
        "print(sorted({'openai', 'httpx', 'numpy', 'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


# fastembed, with its own classes where it is installed.


@pytest.mark.skipif(find_spec("fastembed") is not None, reason="fastembed is installed")
def test_fastembed_is_an_extra() -> None:
    with pytest.raises(LibraryError, match=r"`pip install footnote-qa\[fastembed\]`"):
        embedder_for(IndexSettings(embedder="fastembed:BAAI/bge-small-en-v1.5"))


@pytest.fixture(scope="module")
def bundled_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model in the form that fastembed loads, and in its catalogue."""
    fastembed = pytest.importorskip("fastembed")
    from fastembed.common.model_description import ModelSource, PoolingType

    folder = tmp_path_factory.mktemp("model")
    for name in ("model.onnx", "tokenizer.json"):
        shutil.copy(MODELS / name, folder / name)
    (folder / "config.json").write_text(json.dumps({"pad_token_id": 0}), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"model_max_length": 256, "pad_token": "[PAD]"}), encoding="utf-8"
    )
    fastembed.TextEmbedding.add_custom_model(
        model="test/Bundled",
        pooling=PoolingType.MEAN,
        normalization=False,
        sources=ModelSource(hf="test/bundled"),
        dim=BundledEmbedder.dimension,
        model_file="model.onnx",
    )
    return folder


def test_a_model_of_fastembed_gives_the_vectors_that_its_weights_give(bundled_files: Path) -> None:
    from index.embed_fastembed import FastEmbedEmbedder

    embedder, bundled = FastEmbedEmbedder("test/bundled", folder=bundled_files), BundledEmbedder()
    assert isinstance(embedder, Embedder)
    texts = ["The Danube flows through ten countries.", "", "half \ud83d of a pair", "word " * 400]
    rows = embedder.embed_passages(texts)
    assert rows.shape == (4, embedder.dimension) == (4, 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, bundled.embed_passages(texts), atol=1e-5)
    np.testing.assert_array_equal(rows, np.stack([embedder.embed_query(text) for text in texts]))
    assert [embedder.count_tokens(text) for text in texts] == [bundled.count_tokens(text) for text in texts]
    assert embedder.max_tokens == bundled.max_tokens
    assert embedder.embed_passages([]).shape == (0, 384)


def test_weights_that_are_not_there_are_not_fetched(
    bundled_files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FASTEMBED_CACHE_PATH", str(tmp_path))
    embedder = embedder_for(IndexSettings(embedder="fastembed:BAAI/bge-small-en-v1.5"))
    assert embedder.dimension == 384
    message = failure(embedder, ["a"])
    assert "TextEmbedding('BAAI/bge-small-en-v1.5')" in message and "FASTEMBED_CACHE_PATH" in message
    assert capfd.readouterr() == ("", "")


def test_a_model_that_fastembed_does_not_have(bundled_files: Path) -> None:
    embedder = embedder_for(IndexSettings(embedder="fastembed:bge-small-en-v15"))
    with pytest.raises(LibraryError) as caught:
        embedder.embed_query("a")
    assert "'BAAI/bge-small-en-v1.5'" in checked(caught.value)
