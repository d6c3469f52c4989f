"""A library whose vectors come from a server, named by one setting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import EmbeddingFailed, Library, LibraryMismatch
from index.settings import IndexSettings
from tests.embedding_server import EmbeddingServer, fails


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as running:
        yield running


def opened(path: Path, server: EmbeddingServer, model: str = "small") -> Library:
    return Library.open(
        path, settings=IndexSettings(embedder=f"openai:{model}", openai_base_url=server.url, openai_api_key="sk-test")
    )


def test_a_server_gives_the_vectors_and_unchanged_files_ask_for_none(
    tmp_path: Path, folder: Path, server: EmbeddingServer
) -> None:
    with opened(tmp_path / "library", server) as library:
        assert library.sync(folder).passages_embedded == 3
        assert library.status().embedder == "openai:small"
        assert library.search("Sirius brightest star", 1)[0].passage.document == "stars.txt"
        asked = len(server.batches)
        assert library.sync(folder).passages_embedded == 0
        assert len(server.batches) == asked


def test_vectors_of_different_models_are_not_mixed(tmp_path: Path, folder: Path, server: EmbeddingServer) -> None:
    with opened(tmp_path / "library", server) as library:
        library.sync(folder)
    with opened(tmp_path / "library", server, "large") as library:
        with pytest.raises(LibraryMismatch, match="openai:small"):
            library.search("star")
        with pytest.raises(LibraryMismatch, match="rebuild"):
            library.sync(folder)
        library.rebuild()
        assert library.status().embedder == "openai:large"
        assert library.search("Sirius brightest star", 1)[0].passage.document == "stars.txt"


def test_another_model_under_the_same_name_is_refused(tmp_path: Path, folder: Path, server: EmbeddingServer) -> None:
    with opened(tmp_path / "library", server) as library:
        library.sync(folder)
    with EmbeddingServer(dimension=7) as other, opened(tmp_path / "library", other) as library:
        with pytest.raises(LibraryMismatch, match="numbers"):
            library.search("star")
        (folder / "new.txt").write_text("Something new.", encoding="utf-8")
        with pytest.raises(LibraryMismatch, match="numbers"):
            library.sync(folder)
    with opened(tmp_path / "library", server) as library:
        assert {info.name for info in library.documents()} == {"cakes.txt", "rivers.txt", "stars.txt"}


def test_a_server_that_is_down_is_said_and_nothing_is_lost(
    tmp_path: Path, folder: Path, server: EmbeddingServer
) -> None:
    with opened(tmp_path / "library", server) as library:
        library.sync(folder)
        (folder / "stars.txt").write_text("Stars\n\nVega is a bright star.", encoding="utf-8")
        server.then(fails(401))
        with pytest.raises(EmbeddingFailed, match="OPENAI_API_KEY"):
            library.sync(folder)
        assert "Sirius" in library.search("Sirius brightest star", 1)[0].passage.text
        library.sync(folder)
        assert "Vega" in library.search("Vega bright star", 1)[0].passage.text
