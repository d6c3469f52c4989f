"""Word vectors kept in a file: near enough to the real ones, and never the reason that a search fails."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embed import BundledEmbedder, TokenVectors
from index.words import WordVectors, is_telling, words_of

TEXTS = [
    "The Danube flows through ten countries and into the Black Sea.",
    "Antidisestablishmentarianism is a long word; 12,000 is a number.",
    "東京タワーは1958年に完成した。",
    "!!!",
]


class CountingEmbedder(BundledEmbedder):
    """The real one, which says how many texts it was given."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self.embedded: list[str] = []

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        self.embedded += texts
        return super().embed_tokens(texts)


@pytest.fixture(scope="module")
def real() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def embedder(real: CountingEmbedder) -> CountingEmbedder:
    real.embedded.clear()
    return real


@pytest.fixture
def kept(tmp_path: Path, embedder: CountingEmbedder) -> Iterator[WordVectors]:
    opened = WordVectors(tmp_path / "words.sqlite", embedder)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def kept_once(real: CountingEmbedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordVectors]:
    opened = WordVectors(tmp_path_factory.mktemp("kept") / "words.sqlite", real)
    yield opened
    opened.close()


def test_words_are_whole_and_only_the_telling_ones(embedder: CountingEmbedder) -> None:
    (tokens,) = embedder.embed_tokens([TEXTS[1]])
    words = words_of(tokens)
    assert words.names[:3] == ("antidisestablishmentarianism", "long", "word")
    assert [TEXTS[1][start:end].lower() for start, end in words.spans] == list(words.names)
    assert np.linalg.norm(words.vectors, axis=1) == pytest.approx(np.ones(len(words.names)), abs=1e-5)
    everything = words_of(tokens, all_words=True)
    assert "is" in everything.names
    assert ";" in everything.names
    assert [name for name in everything.names if is_telling(name)] == list(words.names)


def test_what_is_kept_is_near_what_was_embedded(kept: WordVectors, embedder: CountingEmbedder) -> None:
    tokens = embedder.embed_tokens(TEXTS)
    kept.put(TEXTS, tokens)
    for found, each in zip(kept.get(TEXTS), tokens, strict=True):
        exact = words_of(each).vectors
        assert found.shape == exact.shape
        if len(exact):
            assert (found * exact).sum(axis=1).min() > 0.9
    assert embedder.embedded == TEXTS


def test_what_is_missing_is_made_once(kept: WordVectors, embedder: CountingEmbedder) -> None:
    first = kept.get(TEXTS)
    again = kept.get(list(reversed(TEXTS)))
    assert embedder.embedded == TEXTS
    for one, other in zip(first, reversed(again), strict=True):
        assert np.array_equal(one, other)


def test_another_object_finds_what_was_kept(kept: WordVectors, embedder: CountingEmbedder, tmp_path: Path) -> None:
    kept.get(TEXTS)
    other = WordVectors(tmp_path / "words.sqlite", embedder)
    other.get(TEXTS)
    other.close()
    assert embedder.embedded == TEXTS


def test_what_was_dropped_is_made_again(kept: WordVectors, embedder: CountingEmbedder) -> None:
    kept.get(TEXTS)
    kept.drop(TEXTS[:1])
    kept.get(TEXTS)
    assert embedder.embedded == [*TEXTS, TEXTS[0]]


def test_a_damaged_file_is_replaced(kept: WordVectors, embedder: CountingEmbedder, tmp_path: Path) -> None:
    before = kept.get(TEXTS)
    kept.close()
    path = tmp_path / "words.sqlite"
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(b"no database at all " * 1000)
    after = kept.get(TEXTS)
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
    kept.get(TEXTS)
    kept.get(TEXTS)
    assert len(embedder.embedded) <= 3 * len(TEXTS)


@pytest.mark.parametrize("change", ["coalesce(substr(vectors, 1, 97), x'')", "'text'", "x''"])
def test_a_row_that_nobody_here_wrote_stops_no_search(
    kept: WordVectors, embedder: CountingEmbedder, tmp_path: Path, change: str
) -> None:
    before = kept.get(TEXTS)
    kept.close()
    with sqlite3.connect(tmp_path / "words.sqlite") as other:
        other.execute(f"UPDATE words SET vectors = {change}")
    other.close()
    after = kept.get(TEXTS)
    if change != "x''":  # a text without a telling word is kept as nothing
        assert all(np.array_equal(one, found) for one, found in zip(before, after, strict=True))
    assert len(after) == len(TEXTS)


def test_a_place_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path, embedder: CountingEmbedder) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    kept = WordVectors(blocked / "words.sqlite", embedder)
    assert len(kept.get(TEXTS)) == len(TEXTS)
    kept.close()


def test_a_writer_that_does_not_end_is_no_reason_to_fail(
    kept: WordVectors, embedder: CountingEmbedder, tmp_path: Path
) -> None:
    kept.get(TEXTS[:1])
    with sqlite3.connect(tmp_path / "words.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert len(kept.get(TEXTS)) == len(TEXTS)
        other.execute("ROLLBACK")
    other.close()


def test_several_threads_share_one(kept: WordVectors) -> None:
    wrong: list[object] = []
    expected = kept.get(TEXTS)

    def read() -> None:
        try:
            for _ in range(20):
                found = kept.get(TEXTS)
                if not all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True)):
                    wrong.append("other vectors")
        except Exception as exc:
            wrong.append(exc)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@settings(deadline=None)  # the first one loads the model
@given(st.text(max_size=60))
def test_any_text_has_words(real: CountingEmbedder, text: str) -> None:
    (tokens,) = real.embed_tokens([text])
    words = words_of(tokens, all_words=True)
    assert len(words.names) == len(words.spans) == len(words.vectors)
    assert all(left[1] <= right[0] for left, right in zip(words.spans, words.spans[1:], strict=False))


@settings(deadline=None)  # the first one loads the model
@given(
    st.sampled_from(TEXTS)
    | st.text(alphabet="aBé ñ-_'.,1№東京のひ한😀’“—…€½ﬁüßЖяΩαאب\u00a0\n\t\u3000、。", max_size=60)
    | st.lists(st.sampled_from(["The", "don't", "U.S.", "naïve", "3.5%", "x_y", "東京", "(b)", "€5", "a–b"])).map(
        " ".join
    )
)
def test_the_words_are_those_that_the_embedder_sees(real: CountingEmbedder, kept_once: WordVectors, text: str) -> None:
    (found,) = kept_once.words([text])
    exact = words_of(real.embed_tokens([text])[0])
    assert found.spans == exact.spans
    if len(exact.names):
        assert (found.vectors * exact.vectors).sum(axis=1).min() > 0.85


def test_of_a_text_that_is_cut_the_first_words_are_known(real: CountingEmbedder, kept_once: WordVectors) -> None:
    text = "The river Danube flows. " * 100
    (found,) = kept_once.words([text])
    exact = words_of(real.embed_tokens([text])[0])
    assert (found.names, found.spans) == (exact.names, exact.spans)
