"""What a check finds, and that it puts it right."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from index import Library, LibraryMissing
from index.mirror import Mirror
from tests.chroma.conftest import WordEmbedder, in_both, names, open_library, open_store, rows


def test_a_sound_library_is_left_alone(library: Library, folder: Path) -> None:
    library.sync(folder)
    before = rows(library)
    report = library.check()
    assert report.is_sound
    assert not report.repaired
    assert (report.documents, report.passages) == (3, 3)
    assert rows(library) == before


@in_both
def test_lost_passages_are_read_again(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    before = rows(library)
    store = open_store(library)
    store.delete([key for key, (text, _) in before.items() if "Sirius" in text])
    store.close()
    embedder.embedded.clear()
    looked = library.check(repair=False)
    assert looked.broken == ("stars.txt",)
    assert not looked.repaired
    report = library.check()
    assert report.repaired
    assert len(embedder.embedded) == 1
    assert rows(library) == before
    assert library.check().is_sound
    assert library.search("Sirius brightest star", 1)[0].passage.document == "stars.txt"


def test_a_shortened_text_is_read_again(library: Library, folder: Path) -> None:
    library.sync(folder)
    before = rows(library)
    store = open_store(library)
    (row,) = store.rows_of("stars.txt", next(key for key in before if "Sirius" in before[key][0]).partition("@")[2])
    shorter = replace(row, passage=replace(row.passage, text=row.passage.text[:-5]))
    store.add([shorter], store.vectors([row.key])[row.key][None])
    store.close()
    assert library.check().broken == ("stars.txt",)
    assert rows(library) == before


@in_both
def test_rows_that_count_for_nothing_are_deleted(library: Library, folder: Path) -> None:
    library.sync(folder)
    before = rows(library)
    store = open_store(library)
    key = next(iter(before))
    found = store._passage_rows().get(ids=[key], include=["embeddings", "documents", "metadatas"])
    store._passage_rows().upsert(
        ids=[f"{key}x"], embeddings=found["embeddings"], documents=found["documents"], metadatas=found["metadatas"]
    )
    store.close()
    report = library.check()
    assert report.left_over == 1
    assert rows(library) == before
    assert library.check().is_sound


def test_a_lexical_index_that_differs_is_brought_in_line(library: Library, folder: Path) -> None:
    library.sync(folder)
    library.close()
    mirror = Mirror(library.path / "keyword-1")
    stamp = mirror.stamp
    passages, names = mirror.keys()
    mirror.delete_rows([sorted(passages)[0]])
    mirror.delete_documents(["stars.txt"])
    mirror.commit(stamp)
    mirror.close()
    assert len(names) == 3
    report = library.check()
    assert report.not_searchable == 2
    assert library.check().is_sound
    assert {hit.passage.document for hit in library.search("Danube sponge Sirius", 3) if hit.keyword_rank} == {
        "cakes.txt",
        "rivers.txt",
        "stars.txt",
    }


def test_there_must_be_a_library(tmp_path: Path, embedder: WordEmbedder) -> None:
    with open_library(tmp_path / "none", embedder) as library, pytest.raises(LibraryMissing):
        library.check()


def test_status_says_what_changed_since(library: Library, folder: Path) -> None:
    library.sync(folder)
    assert not library.status().changes
    (folder / "new.txt").write_text("Something new.", encoding="utf-8")
    (folder / "stars.txt").write_text("Stars\n\nVega is one of them too.", encoding="utf-8")
    (folder / "cakes.txt").unlink()
    changes = library.status().changes
    assert changes is not None
    assert (changes.new, changes.changed, changes.gone) == (("new.txt",), ("stars.txt",), ("cakes.txt",))
    library.sync()
    assert not library.status().changes
    folder.rename(folder.parent / "away")
    assert library.status().changes is None


@in_both
def test_a_check_finds_what_the_folder_holds_otherwise(library: Library, folder: Path) -> None:
    library.sync(folder)
    assert library.check(repair=False).is_sound
    before = (folder / "stars.txt").stat()
    text = (folder / "stars.txt").read_text(encoding="utf-8")
    (folder / "stars.txt").write_text(text.replace("Sirius", "Canopy"), encoding="utf-8")
    os.utime(folder / "stars.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    (folder / "cakes.txt").unlink()
    (folder / "moons.txt").write_text("Titan is a moon of Saturn.", encoding="utf-8")
    found = library.check(repair=False)
    assert found.stale == ("cakes.txt", "moons.txt", "stars.txt")
    assert not found.is_sound and not found.repaired
    assert library.check().repaired
    assert library.check(repair=False).is_sound
    assert names(library, "canopy", 1) == ["stars.txt"]
    assert names(library, "titan", 1) == ["moons.txt"]


def test_a_folder_that_holds_nothing_any_more_takes_nothing_out_by_itself(library: Library, folder: Path) -> None:
    library.sync(folder)
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(LibraryMissing, match="not mounted"):
        library.sync()
    assert names(library, "sirius", 1) == ["stars.txt"]
    assert library.sync(folder).removed == ("cakes.txt", "rivers.txt", "stars.txt")
