"""A library that was left half written, damaged or for another embedder, and what makes it whole."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import Library, LibraryMismatch, LibraryMissing
from index.mirror import Mirror
from index.passages import document_key
from tests.chroma.conftest import WordEmbedder, in_both, names, open_library, rows


@in_both
def test_a_killed_sync_is_made_good_by_the_next(
    library: Library, folder: Path, embedder: WordEmbedder, tmp_path: Path
) -> None:
    library.sync(folder)

    class Dies(WordEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            raise KeyboardInterrupt

    (folder / "stars.txt").write_text("Stars\n\nVega is bright too.", encoding="utf-8")
    with open_library(library.path, Dies()) as dying, pytest.raises(KeyboardInterrupt):
        dying.sync(folder)
    library.close()
    assert "Sirius" in library.document("stars.txt").text, "the old text stays until the new one is in"
    library.sync(folder)
    assert "Vega" in library.document("stars.txt").text
    with open_library(tmp_path / "fresh", WordEmbedder()) as fresh:
        fresh.sync(folder)
        assert rows(library) == rows(fresh)


@in_both
def test_a_lost_lexical_mirror_is_made_again(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    library.close()
    mirrors = [path for path in library.path.iterdir() if path.name.startswith("keyword")]
    assert mirrors
    for path in mirrors:
        shutil.rmtree(path)
    hit = library.search("Danube", 1)[0]
    assert hit.keyword_rank == 1


@in_both
def test_a_document_is_whole_where_the_lexical_mirror_lacks_a_part_of_it(library: Library, folder: Path) -> None:
    text = "\n\n".join(f"Chapter {number}. " + f"Word{number} stands here. " * 20 for number in range(6))
    (folder / "long.txt").write_text(text, encoding="utf-8")
    library.sync(folder)
    assert library.document("long.txt").text == text
    library.close()
    (kept,) = library.path.glob("keyword-*")
    mirror = Mirror(kept)
    stamp, of_it = mirror.stamp, sorted(mirror.keys_of(document_key("long.txt")))
    assert len(of_it) > 1
    mirror.delete_rows(of_it[:1])
    mirror.commit(stamp)
    mirror.end_writing()
    mirror.close()
    assert library.document("long.txt").text == text


@in_both
def test_what_is_kept_of_a_document_goes_with_it(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    assert "Sirius" in library.search("brightest star", 1)[0].passage.text
    old = library.document("stars.txt").text
    (folder / "stars.txt").write_text("Stars\n\nVega is a bright star too.", encoding="utf-8")
    with open_library(library.path, embedder) as other:
        other.sync(folder)
    assert "Vega" in library.search("brightest star", 1)[0].passage.text
    assert "Vega" in library.document("stars.txt").text
    (folder / "stars.txt").write_text(old, encoding="utf-8")
    library.sync(folder)
    assert library.document("stars.txt").text == old


@in_both
def test_rebuild_gives_the_same_library_in_new_collections(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    library.sync(folder)
    before = rows(library)
    generation = library.status().generation
    report = library.rebuild()
    assert len(report.added) == 3
    assert library.status().generation == generation + 1
    assert names(library, "Danube", 1) == ["rivers.txt"]
    assert rows(library) == before
    assert library.sync(folder).unchanged == report.added


@in_both
def test_a_library_of_another_embedder_is_refused_until_rebuilt(library: Library, folder: Path) -> None:
    library.sync(folder)
    library.close()

    class Other(WordEmbedder):
        name = "other-64"

    with open_library(library.path, Other()) as other:
        for action in (lambda: other.search("Danube"), lambda: other.sync(folder)):
            with pytest.raises(LibraryMismatch, match=r"words-64.*other-64.*footnote rebuild"):
                action()
        other.rebuild()
        assert names(other, "Danube", 1) == ["rivers.txt"]


def test_a_rebuild_that_fails_leaves_the_library_as_it_was(library: Library, folder: Path) -> None:
    library.sync(folder)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(LibraryMissing, match="cannot be read"):
        library.rebuild()
    assert names(library, "Danube", 1) == ["rivers.txt"]
    assert len(library.documents()) == 3


@pytest.mark.parametrize("damage", ["meta.json", "segments", "junk"])
def test_a_damaged_lexical_mirror_is_made_again(library: Library, folder: Path, damage: str) -> None:
    library.sync(folder)
    library.close()
    (mirror,) = (path for path in library.path.iterdir() if path.name.startswith("keyword"))
    for file in list(mirror.iterdir()):
        if damage == "meta.json" and file.name == "meta.json":
            file.unlink()
        elif damage == "junk" and file.name == "meta.json":
            file.write_text("{", encoding="utf-8")
        elif damage == "segments" and file.suffix in {".term", ".store", ".idx"}:
            file.unlink()
    assert library.search("Danube", 1)[0].keyword_rank == 1
