"""A library on real Chroma, with an embedder whose vectors can be foretold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import Library
from index.settings import IndexSettings


class WordEmbedder:
    """A bag of words: each word has a place, so texts that share words are near. Counts what it embeds."""

    name = "words-64"
    dimension = 64
    max_tokens = 256

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += texts
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 0.01, dtype=np.float32)
        for word in text.lower().split():
            vector[int(sha256(word.strip(".,?!").encode()).hexdigest(), 16) % self.dimension] += 1
        unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
        return unit

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three small documents."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "rivers.txt").write_text(
        "Rivers of Europe\n\nThe Danube flows through ten countries.\n", encoding="utf-8"
    )
    (folder / "cakes.txt").write_text("Cakes\n\nA sponge cake needs eggs, sugar and flour.\n", encoding="utf-8")
    (folder / "stars.txt").write_text("Stars\n\nSirius is the brightest star of the night sky.\n", encoding="utf-8")
    return folder


def open_library(path: Path, embedder: WordEmbedder) -> Library:
    return Library.open(path, settings=IndexSettings(passage_tokens=40), embedder=embedder)


@pytest.fixture
def library(tmp_path: Path, embedder: WordEmbedder) -> Iterator[Library]:
    with open_library(tmp_path / "library", embedder) as opened:
        yield opened
