"""A library over one file instead of a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index import Library, LibraryMissing


def lines(path: Path, **documents: str) -> Path:
    path.write_text("".join(json.dumps({"id": key, "text": text}) + "\n" for key, text in documents.items()), "utf-8")
    return path


def test_a_file_of_documents_is_synced_like_a_folder(tmp_path: Path) -> None:
    file = lines(tmp_path / "notes.jsonl", a="The kettle boils.", b="The tram is late.")
    (tmp_path / "beside.txt").write_text("Not asked for.", encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        assert library.sync(file).added == ("notes.jsonl#a", "notes.jsonl#b")
        assert library.search("kettle", 1)[0].passage.document == "notes.jsonl#a"
        again = library.sync()
        assert (len(again.unchanged), again.passages_embedded) == (2, 0)

        lines(file, a="The kettle boils.", c="The train is early.")
        changed = library.sync(file)
        assert (changed.added, changed.removed, changed.passages_embedded) == (
            ("notes.jsonl#c",),
            ("notes.jsonl#b",),
            1,
        )
        assert library.rebuild().added == ("notes.jsonl#a", "notes.jsonl#c")
        assert library.status().folder == str(file)

        assert library.sync(tmp_path / "beside.txt").added == ("beside.txt",)
        assert [info.name for info in library.documents()] == ["beside.txt"]


def test_a_file_of_no_known_format_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(b"\x89PNG")
    with Library.open(tmp_path / "library") as library, pytest.raises(LibraryMissing, match="no documents"):
        library.sync(file)
