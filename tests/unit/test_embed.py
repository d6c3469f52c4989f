"""The bundled embedder: the same text always gets the same vector, and near texts get near ones."""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copyfile
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embed import MODELS, BundledEmbedder, Embedder, TokenEmbedder
from index.errors import EmbeddingFailed

TEXTS = [
    "The deployment could grow to a total of 12,000 soldiers across four brigades.",
    "A cat sleeps.",
    "",
    "Interest rates rose by a quarter of a percentage point, the third rise of the year. " * 8,
    "日本語の文書にも引用がある。",
    "Call 555-0134 & ask for <b>Zoë</b>; the offer ends 31.12.2026!",
    "word " * 600,
]


@pytest.fixture(scope="module")
def embedder() -> BundledEmbedder:
    return BundledEmbedder()


def test_it_is_what_a_library_asks_for(embedder: BundledEmbedder) -> None:
    assert isinstance(embedder, Embedder)
    assert isinstance(embedder, TokenEmbedder)


def test_rows_are_unit_vectors_in_the_order_of_the_texts(embedder: BundledEmbedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert np.array_equal(embedder.embed_query(text), vector)


def test_no_texts_give_no_rows(embedder: BundledEmbedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)
    assert embedder.embed_tokens([]) == []


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_has_a_vector(embedder: BundledEmbedder, text: str) -> None:
    assert np.linalg.norm(embedder.embed_query(text)) == pytest.approx(1, abs=1e-6)
    assert embedder.embed_tokens([text])[0].vectors.shape[0] == min(embedder.count_tokens(text), embedder.max_tokens)


def test_a_vector_does_not_depend_on_what_is_embedded_beside_it(embedder: BundledEmbedder) -> None:
    alone = np.stack([embedder.embed_passages([text])[0] for text in TEXTS])
    for seed in range(3):
        order = random.Random(seed).sample(range(len(TEXTS)), len(TEXTS))
        assert np.array_equal(embedder.embed_passages([TEXTS[place] for place in order]), alone[order])
    assert np.array_equal(embedder.embed_passages([TEXTS[0]] * 9), np.tile(alone[0], (9, 1)))


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_nor_on_the_number_of_threads(embedder: BundledEmbedder, threads: int) -> None:
    other = BundledEmbedder(threads=threads)
    assert np.array_equal(other.embed_passages(TEXTS), embedder.embed_passages(TEXTS))


def test_threads_may_share_it_from_the_first_moment() -> None:
    fresh, start = BundledEmbedder(), Barrier(8)

    def embed(_: int) -> np.ndarray:
        start.wait()
        return fresh.embed_passages(TEXTS)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(embed, range(8)))
    assert all(np.array_equal(result, results[0]) for result in results)


# Cosines of the model as published, in 32-bit floats, from sentence-transformers 6.2.
@pytest.mark.parametrize(
    "one, other, published",
    [
        ("How many soldiers will be sent?", "The deployment could grow to a total of 12,000 soldiers.", 0.590),
        ("A cat sleeps on the sofa.", "The kitten is napping on the couch.", 0.742),
        (
            "Interest rates rose by a quarter of a percentage point.",
            "The central bank made borrowing more expensive.",
            0.383,
        ),
        (
            "How do I reset my password?",
            "Click 'Forgot password' on the sign-in page to choose a new one.",
            0.686,
        ),
        ("A cat sleeps on the sofa.", "The central bank made borrowing more expensive.", -0.010),
        ("How do I reset my password?", "The deployment could grow to a total of 12,000 soldiers.", -0.057),
        ("How many soldiers will be sent?", "The kitten is napping on the couch.", -0.069),
    ],
)
def test_cosines_are_those_of_the_published_model(
    embedder: BundledEmbedder, one: str, other: str, published: float
) -> None:
    assert float(embedder.embed_query(one) @ embedder.embed_query(other)) == pytest.approx(published, abs=0.04)


def test_a_text_is_cut_at_the_limit_and_counted_whole(embedder: BundledEmbedder) -> None:
    words = random.Random(0).choices(
        ["river", "stone", "cloud", "paper", "engine", "window", "garden", "letter"], k=400
    )
    whole, kept = " ".join(words), " ".join(words[: embedder.max_tokens])
    assert embedder.count_tokens(whole) == 400
    assert embedder.count_tokens(kept) == embedder.max_tokens == 254
    assert np.array_equal(embedder.embed_query(whole), embedder.embed_query(kept))
    shorter = " ".join(words[: embedder.max_tokens - 1])
    assert not np.array_equal(embedder.embed_query(whole), embedder.embed_query(shorter))
    (tokens,) = embedder.embed_tokens([whole])
    assert len(tokens.words) == len(tokens.spans) == len(tokens.vectors) == embedder.max_tokens


def test_marks_at_the_ends_are_not_counted(embedder: BundledEmbedder) -> None:
    assert [embedder.count_tokens(text) for text in ("", " \n\t", "cat", "A cat sleeps.")] == [0, 0, 1, 4]


def test_token_vectors_know_their_place_and_their_surroundings(embedder: BundledEmbedder) -> None:
    texts = ["Müller sat on the  river bank.", "The bank lent money.", ""]
    river, money, empty = embedder.embed_tokens(texts)
    assert river.words == ("muller", "sat", "on", "the", "river", "bank", ".")
    assert [texts[0][start:end] for start, end in river.spans] == ["Müller", "sat", "on", "the", "river", "bank", "."]
    for tokens in (river, money):
        assert tokens.vectors.shape == (len(tokens.words), embedder.dimension)
        assert np.linalg.norm(tokens.vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert empty.vectors.shape == (0, embedder.dimension) and empty.words == ()
    same_word = float(river.vectors[5] @ money.vectors[1])
    assert same_word < 0.9
    (again,) = embedder.embed_tokens(texts[:1])
    assert np.array_equal(again.vectors, river.vectors)


def test_importing_loads_nothing_heavy_and_embedding_prints_nothing() -> None:
    program = (
        "import sys; from index.embed import BundledEmbedder; embedder = BundledEmbedder()\n"
        "print(sorted({'numpy', 'onnxruntime', 'tokenizers'} & set(sys.modules)))\n"
        "print(embedder.embed_passages(['one', 'two']).shape)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout.splitlines(), done.stderr) == (["[]", "(2, 384)"], "")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    for name in ("model.onnx", "tokenizer.json"):
        copyfile(MODELS / name, tmp_path / name)
    yield tmp_path


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other"])
def test_a_missing_or_damaged_model_is_named(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    if damage == "missing":
        path.unlink()
    else:
        content = path.read_bytes()
        path.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "other": b"version 1\n"}[damage])
    broken = BundledEmbedder(folder=folder)
    for use in (broken.count_tokens, broken.embed_query):
        with pytest.raises(EmbeddingFailed) as failure:
            use("text")
        assert repr(str(folder)) in str(failure.value)
        assert "Install footnote-qa again" in str(failure.value)
    copyfile(MODELS / name, path)
    assert broken.count_tokens("text") == 1, "once it is repaired, the next use finds it"


def test_provenance_names_the_files_that_are_there() -> None:
    lines = (MODELS / "PROVENANCE.md").read_text(encoding="utf-8")
    noted = {name: digest for name, digest in re.findall(r"\| `([\w.]+)` \| [^|]+ \| `([0-9a-f]{64})` \|", lines)}
    assert set(noted) == {"model.onnx", "tokenizer.json"}
    for name, digest in noted.items():
        assert hashlib.sha256((MODELS / name).read_bytes()).hexdigest() == digest
