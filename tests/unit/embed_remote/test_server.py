"""Embedders of a server over real HTTP: what is sent, in which batches, and what is made of a good reply."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from index.embed import BundledEmbedder, Closable, Embedder
from index.embed_openai import OpenAIEmbedder
from tests.embedding_server import DIMENSION, Behaviour, EmbeddingServer, fails
from tests.unit.embed_remote.conftest import KEY, Make, changed, expected, failure

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
