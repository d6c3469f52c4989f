"""A library on real Chroma, in this process and on a server, with an embedder whose vectors can be foretold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import Library
from index.chroma import connect
from index.settings import IndexSettings
from index.store import Store
from tests.chroma_server import ChromaServer


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


_homes: dict[Path, IndexSettings] = {}
"""Where the libraries of the running test are that are not in files: by the folder of each."""

_numbers = count(1)


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """One for all tests that do not harm it; each library has a name of its own there."""
    with ChromaServer(tmp_path_factory.mktemp("server")) as server:
        yield server


def new_name() -> str:
    """A name for a library that no other test's has."""
    return f"test-{next(_numbers)}"


def on_server(path: Path, url: str, name: str) -> IndexSettings:
    """Settings of a library on a server, which keeps what follows from it at ``path``."""
    return IndexSettings(path=path, passage_tokens=40, chroma_url=url, chroma_collection=name)


def open_library(path: Path, embedder: WordEmbedder) -> Library:
    """The library at ``path``, or another handle on it."""
    settings = _homes.get(path)
    if settings is not None:
        return Library.open(settings=settings, embedder=embedder)
    return Library.open(path, settings=IndexSettings(passage_tokens=40), embedder=embedder)


def open_store(library: Library) -> Store:
    """What is under a library, which is closed for it."""
    library.close()
    settings = _homes.get(library.path, IndexSettings())
    store = Store(connect(library.path / "chroma", settings), place="under test", guard=lambda: None)
    state = store.control.state()
    assert state is not None
    store.open_build(state)
    return store


def names(library: Library, question: str, k: int = 3) -> list[str]:
    return [hit.passage.document for hit in library.search(question, k)]


def rows(library: Library) -> dict[str, tuple[str, bytes]]:
    """Everything the store holds: text and vector by id."""
    store = open_store(library)
    keys = store.keys()
    vectors = store.vectors(keys)
    found = {key: (row.passage.text, vectors[key].tobytes()) for key, row in store.rows(keys).items()}
    store.close()
    return found


@contextmanager
def meanwhile(work: Callable[[threading.Event], None], threads: int) -> Iterator[None]:
    """Has so many threads at ``work``, which is to end when the event is set; none of them may fail."""
    failures: list[BaseException] = []
    stop = threading.Event()

    def run() -> None:
        try:
            work(stop)
        except BaseException as exc:
            failures.append(exc)

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in running:
            thread.join()
    assert failures == []


in_both = pytest.mark.parametrize("library", ["files", "server"], indirect=True)
"""Runs a test over a library in files and over one on a server."""


@pytest.fixture
def library(request: pytest.FixtureRequest, tmp_path: Path, embedder: WordEmbedder) -> Iterator[Library]:
    """An empty one, over files unless the test is to run ``in_both``."""
    path = tmp_path / "library"
    if getattr(request, "param", "files") == "server":
        _homes[path] = on_server(path, request.getfixturevalue("chroma_server").url, new_name())
    with open_library(path, embedder) as opened:
        yield opened
    _homes.clear()
