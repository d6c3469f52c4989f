"""Several handles on one library, in one process: a reader finds its documents whatever a writer does."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from index import Library, LibraryBusy
from tests.chroma.conftest import WordEmbedder, in_both, meanwhile, names, open_library


@in_both
def test_another_process_sees_a_new_generation(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    with open_library(library.path, embedder) as reader:
        assert names(reader, "Danube", 1) == ["rivers.txt"]
        (folder / "rivers.txt").write_text("Volga\n\nThe Volga ends in the Caspian Sea.", encoding="utf-8")
        library.sync(folder)
        assert names(reader, "Caspian Sea", 1) == ["rivers.txt"]
        assert all("Danube" not in hit.passage.text for hit in reader.search("Danube", 8))


def test_only_one_may_write(library: Library, folder: Path) -> None:
    library.sync(folder)
    with FileLock(library.path / "lock"), pytest.raises(LibraryBusy, match="being written by process"):
        library.sync(folder)
    assert library.sync(folder).unchanged


def test_searching_while_syncing_from_many_threads(library: Library, folder: Path) -> None:
    library.sync(folder)

    def search(stop: threading.Event) -> None:
        while not stop.is_set():
            assert names(library, "Danube countries", 1) == ["rivers.txt"]

    with meanwhile(search, threads=4):
        for n in range(6):
            (folder / f"more{n}.txt").write_text(f"More {n}\n\n" + f"filler{n} " * 200, encoding="utf-8")
            library.sync(folder)


@in_both
def test_an_open_reader_finds_its_documents_while_another_library_object_syncs(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    library.sync(folder)

    def read(stop: threading.Event) -> None:
        with open_library(library.path, WordEmbedder()) as reader:
            while not stop.is_set():
                assert "Danube" in reader.document("rivers.txt").text
                assert names(reader, "Danube countries", 1) == ["rivers.txt"]

    with meanwhile(read, threads=2):
        for n in range(4):
            (folder / "rivers.txt").write_text(f"Rivers\n\nThe Danube flows on, {n} countries.", encoding="utf-8")
            library.sync(folder)


def test_a_library_made_again_at_the_same_place_is_noticed(library: Library, folder: Path, tmp_path: Path) -> None:
    library.sync(folder)
    with open_library(library.path, WordEmbedder()) as reader:
        assert names(reader, "Danube", 1) == ["rivers.txt"]
        library.close()
        shutil.rmtree(library.path)
        other = tmp_path / "other"
        other.mkdir()
        (other / "moon.txt").write_text("The moon has no air.", encoding="utf-8")
        library.sync(other)
        assert names(reader, "moon", 1) == ["moon.txt"]
