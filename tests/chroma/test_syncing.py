"""Syncing over a real Chroma: what a folder holds is what is found."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from index import Library, LibraryMissing
from tests.chroma.conftest import WordEmbedder, in_both, names, open_library, rows


@in_both
def test_a_second_sync_of_unchanged_files_embeds_nothing(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    library.sync(folder)
    before, generation = len(embedder.embedded), library.status().generation
    report = library.sync(folder)
    assert report.unchanged == ("cakes.txt", "rivers.txt", "stars.txt")
    assert (report.added, report.changed, report.removed) == ((), (), ())
    assert len(embedder.embedded) == before
    assert library.status().generation == generation


def test_touched_but_equal_files_are_unchanged(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    before = len(embedder.embedded)
    os.utime(folder / "stars.txt", (1, 1))
    assert library.sync(folder).unchanged == ("cakes.txt", "rivers.txt", "stars.txt")
    assert len(embedder.embedded) == before


@in_both
def test_a_changed_file_is_replaced_and_only_its_new_passages_are_embedded(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    paragraphs = [f"Paragraph {n}. " + f"word{n} " * 30 for n in range(6)]
    long = folder / "long.txt"
    long.write_text("Long\n\n" + "\n\n".join(paragraphs), encoding="utf-8")
    library.sync(folder)
    embedder.embedded.clear()
    paragraphs[-1] = "Paragraph 5. " + "changed " * 30
    long.write_text("Long\n\n" + "\n\n".join(paragraphs), encoding="utf-8")
    report = library.sync(folder)
    assert report.changed == ("long.txt",)
    assert len(embedder.embedded) == report.passages_embedded == 1
    assert "changed" in library.document("long.txt").text
    assert all("word5" not in hit.passage.text for hit in library.search("word5", 8))


@in_both
def test_a_removed_file_is_no_longer_found(library: Library, folder: Path) -> None:
    library.sync(folder)
    (folder / "stars.txt").unlink()
    assert library.sync(folder).removed == ("stars.txt",)
    assert "stars.txt" not in names(library, "brightest star of the night sky", 8)
    assert len(rows(library)) == 2


def test_the_last_file_may_go_too(library: Library, folder: Path) -> None:
    library.sync(folder)
    for file in folder.iterdir():
        file.unlink()
    assert len(library.sync(folder).removed) == 3
    with pytest.raises(LibraryMissing, match="holds no documents"):
        library.search("anything")


def test_a_renamed_file_needs_no_embedding(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    embedder.embedded.clear()
    (folder / "deep").mkdir()
    (folder / "rivers.txt").rename(folder / "deep" / "water.txt")
    report = library.sync(folder)
    assert report.renamed == (("rivers.txt", "deep/water.txt"),)
    assert (report.added, report.removed) == ((), ())
    assert embedder.embedded == []
    assert names(library, "Danube", 1) == ["deep/water.txt"]


@in_both
def test_the_same_content_twice_is_embedded_once_under_the_first_name(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    (folder / "zcopy.txt").write_bytes((folder / "cakes.txt").read_bytes())
    report = library.sync(folder)
    assert report.duplicates == (("zcopy.txt", "cakes.txt"),)
    assert len(embedder.embedded) == 3
    assert library.document("zcopy.txt").text == library.document("cakes.txt").text
    assert names(library, "sponge cake", 8).count("cakes.txt") == 1
    # The one that holds the passages goes: the copy takes its place, without embedding.
    (folder / "cakes.txt").unlink()
    assert library.sync(folder).removed == ("cakes.txt",)
    assert len(embedder.embedded) == 3
    assert names(library, "sponge cake", 1) == ["zcopy.txt"]
    # And an earlier name takes it back.
    (folder / "acopy.txt").write_bytes((folder / "zcopy.txt").read_bytes())
    report = library.sync(folder)
    assert report.added == ("acopy.txt",)
    assert report.duplicates == (("zcopy.txt", "acopy.txt"),)
    assert names(library, "sponge cake", 1) == ["acopy.txt"]
    assert len(embedder.embedded) == 3


@in_both
def test_after_many_changes_the_library_equals_a_fresh_one(library: Library, folder: Path, tmp_path: Path) -> None:
    library.sync(folder)
    (folder / "zcopy.txt").write_bytes((folder / "cakes.txt").read_bytes())
    (folder / "rivers.txt").write_text("Rivers\n\nThe Rhine flows north.", encoding="utf-8")
    library.sync(folder)
    (folder / "cakes.txt").unlink()
    (folder / "stars.txt").rename(folder / "a stars.txt")
    (folder / "new.md").write_text("# New\n\nA new text.", encoding="utf-8")
    library.sync(folder)
    with open_library(tmp_path / "fresh", WordEmbedder()) as fresh:
        fresh.sync(folder)
        assert rows(library) == rows(fresh)
        assert [hit.passage for hit in library.search("Rhine", 8)] == [hit.passage for hit in fresh.search("Rhine", 8)]


@in_both
def test_one_bad_file_does_not_stop_the_others(library: Library, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 this is no document")
    (folder / "picture.xyz").write_bytes(b"\x00\x01")
    report = library.sync(folder)
    assert len(report.added) == 3
    assert [failure.document for failure in report.failed] == ["broken.pdf", "picture.xyz"]
    assert all(failure.reason for failure in report.failed)
    assert library.status().failed == report.failed
    assert library.sync(folder).failed == report.failed, "and it stays known"


@in_both
def test_lines_of_a_jsonl_file_are_documents(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    lines = [f'{{"id": "d{n}", "title": "T{n}", "text": "Fact number {n} about topic{n}."}}' for n in range(5)]
    file = folder / "facts.jsonl"
    file.write_text("\n".join([*lines, "not json"]), encoding="utf-8")
    report = library.sync(folder)
    assert [name for name in report.added if "#" in name] == [f"facts.jsonl#d{n}" for n in range(5)]
    assert [failure.document for failure in report.failed] == ["facts.jsonl:6"]
    assert names(library, "topic3", 1) == ["facts.jsonl#d3"]
    embedder.embedded.clear()
    lines[2] = lines[2].replace("Fact", "Changed fact")
    del lines[4]
    file.write_text("\n".join(lines), encoding="utf-8")
    report = library.sync(folder)
    assert report.changed == ("facts.jsonl#d2",)
    assert report.removed == ("facts.jsonl#d4",)
    assert len(embedder.embedded) == 1
    file.unlink()
    assert len(library.sync(folder).removed) == 4


def test_hidden_and_temporary_files_are_left_out(library: Library, folder: Path) -> None:
    for name in (".hidden.txt", "~$draft.docx", "half.txt.part", "edit.txt~"):
        (folder / name).write_text("secret words", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "notes.txt").write_text("secret words", encoding="utf-8")
    assert len(library.sync(folder).added) == 3


def test_links_lead_nowhere_outside_the_folder(library: Library, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("private words", encoding="utf-8")
    (folder / "link.txt").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    assert len(library.sync(folder).added) == 3


@in_both
def test_what_is_not_there_is_said(tmp_path: Path, library: Library, embedder: WordEmbedder) -> None:
    with pytest.raises(LibraryMissing, match="footnote sync DIR"):
        library.search("anything")
    with pytest.raises(LibraryMissing, match="footnote sync DIR"):
        library.sync()
    with pytest.raises(LibraryMissing, match="cannot be read"):
        library.sync(tmp_path / "nowhere")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(LibraryMissing, match="no documents"):
        library.sync(empty)
    assert not (library.path / "chroma").exists()


def test_a_copy_of_changed_content_is_described_by_that_content(library: Library, folder: Path) -> None:
    library.sync(folder)
    new = "Cakes again\n\nA cheese cake needs cheese, eggs and patience above all."
    (folder / "cakes.txt").write_text(new, encoding="utf-8")
    (folder / "copy.txt").write_text(new, encoding="utf-8")
    library.sync(folder)
    info = {document.name: document for document in library.documents()}
    assert info["copy.txt"].duplicate_of == "cakes.txt"
    assert info["copy.txt"].characters == len(new)


def test_a_folder_that_cannot_be_listed_keeps_its_documents(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "moon.txt").write_text("The moon has no air.", encoding="utf-8")
    library.sync(folder)
    listed = os.scandir

    def refuse(path: str | Path) -> object:
        # As the operating system does without permission; the tests may run as a user whom nothing is refused.
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = library.sync(folder)
    assert report.removed == ()
    assert "sub/moon.txt" in report.unchanged
    assert [failure.document for failure in report.failed] == ["sub"]
    assert names(library, "moon", 1) == ["sub/moon.txt"]
    monkeypatch.undo()
    assert library.sync(folder).failed == ()


def test_what_stays_is_said_of_the_folder_that_it_was_read_in_only(library: Library, folder: Path) -> None:
    (folder / "abc").mkdir()
    (folder / "abc" / "moon.txt").write_text("The moon has no air.", encoding="utf-8")
    library.sync(folder)
    shutil.rmtree(folder / "abc")
    for name in ("ab", "abc"):
        (folder / name).symlink_to(name)  # links that lead to themselves cannot be looked at
    report = library.sync(folder)
    assert report.removed == ()
    said = {
        failure.document: failure.reason.endswith("; what the last sync read there stays") for failure in report.failed
    }
    assert said == {"ab": False, "abc": True}


def test_a_folder_whose_name_is_no_text_is_refused_at_once(library: Library, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    odd.mkdir()
    (odd / "a.txt").write_text("Some words.", encoding="utf-8")
    with pytest.raises(LibraryMissing, match="not UTF-8"):
        library.sync(odd)


def test_a_file_of_lines_that_got_another_name_needs_no_embedding(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    lines = [{"id": key, "text": text} for key, text in (("a", "The kettle boils."), ("b", "The tram is late."))]
    (folder / "notes.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    library.sync(folder)
    embedder.embedded.clear()

    (folder / "notes.jsonl").rename(folder / "old notes.jsonl")
    report = library.sync()
    assert report.renamed == (("notes.jsonl#a", "old notes.jsonl#a"), ("notes.jsonl#b", "old notes.jsonl#b"))
    assert not report.removed and not report.added
    assert names(library, "kettle", 1) == ["old notes.jsonl#a"]

    shutil.copy(folder / "old notes.jsonl", folder / "copy.jsonl")
    report = library.sync()
    assert report.added == ("copy.jsonl#a", "copy.jsonl#b")
    assert embedder.embedded == []
    (hit,) = library.search("kettle", 1)
    assert {hit.passage.document, *(copy.document for copy in hit.also)} == {"old notes.jsonl#a", "copy.jsonl#a"}
