"""A sync that is stopped, and a folder that changes again before the next one; twins of what changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from index import Library, SyncProgress
from index.settings import IndexSettings
from tests.chroma.conftest import WordEmbedder, in_both, names, open_library


class Stopped(Exception):
    pass


def stop(_: SyncProgress) -> None:
    raise Stopped


def stop_writing(progress: SyncProgress) -> None:
    if progress.passages:
        raise Stopped


@in_both
def test_what_was_put_back_after_a_stopped_sync_is_what_is_found(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()

    def lines(word: str) -> str:
        return "\n".join(json.dumps({"id": n, "text": f"{word} {n} stands here."}) for n in range(600))

    file = folder / "m.jsonl"
    file.write_text(lines("Original"), encoding="utf-8")
    library.sync(folder)
    shutil.copy2(file, tmp_path / "kept")
    file.write_text(lines("Revised"), encoding="utf-8")

    def stop_late(progress: SyncProgress) -> None:
        if progress.passages >= 512:
            raise Stopped

    with pytest.raises(Stopped):
        library.sync(progress=stop_late)
    shutil.copy2(tmp_path / "kept", file)
    library.sync()
    assert {library.document(f"m.jsonl#{n}").text.split()[0] for n in range(600)} == {"Original"}


@in_both
def test_a_file_that_was_emptied_and_put_back_is_there_again(library: Library, folder: Path) -> None:
    text = "Herons fish at dawn."
    for name in ("b.txt", "y.txt"):
        (folder / name).write_text(text, encoding="utf-8")
    library.sync(folder)
    (folder / "b.txt").write_text("", encoding="utf-8")
    with pytest.raises(Stopped):
        library.sync(progress=stop)
    (folder / "b.txt").write_text(text, encoding="utf-8")
    assert library.document("y.txt").text == text
    library.sync()
    assert {library.document(name).text for name in ("b.txt", "y.txt")} == {text}


@in_both
def test_a_twin_of_what_changes_is_found_at_any_moment(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    text = "Herons fish at dawn."
    for name in ("a.txt", "m.txt", "z.txt"):
        (folder / name).write_text(text, encoding="utf-8")
    library.sync(folder)
    embedder.embedded.clear()
    (folder / "a.txt").write_text("\n\n".join(f"Part {n} of other things." for n in range(5_000)), encoding="utf-8")
    seen = []

    def look(_: SyncProgress) -> None:
        seen.append((library.document("z.txt").text, library.document("m.txt").text, names(library, "herons", 1)))

    report = library.sync(progress=look)
    assert len(seen) > 3
    assert {shown for both in seen for shown in both[:2]} == {text}
    assert {found for _, _, (found,) in seen} <= {"a.txt", "m.txt"}
    assert seen[-1][2] == ["m.txt"]
    assert report.changed == ("a.txt",)
    assert text not in "".join(embedder.embedded), "what is handed over is not embedded again"
    (folder / "m.txt").unlink()
    library.sync()
    assert names(library, "herons", 1) == ["z.txt"]
    assert library.document("z.txt").text == text


def test_twins_that_are_too_large_all_at_once_fail_each(tmp_path: Path, embedder: WordEmbedder) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("Herons fish here at dusk.\n\n" * 40_000, encoding="utf-8")
    (folder / "c.txt").write_text("Herons fish at dawn.", encoding="utf-8")
    place = tmp_path / "library"
    before = IndexSettings(passage_tokens=200, second_look=False)
    with Library.open(place, settings=before, embedder=embedder) as library:
        library.sync(folder)
    small = IndexSettings(passage_tokens=100, max_file_mb=1, second_look=False)
    with Library.open(place, settings=small, embedder=embedder) as library:
        report = library.sync()
        assert [failure.document for failure in report.failed] == ["a.txt", "b.txt"]
        assert [info.name for info in library.documents()] == ["c.txt"]


def test_a_first_sync_that_was_stopped_goes_on_in_the_same_folder(
    tmp_path: Path, folder: Path, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "private.txt").write_text("Nobody asked for this.", encoding="utf-8")
    monkeypatch.chdir(elsewhere)
    with open_library(tmp_path / "library", embedder) as library:
        with pytest.raises(Stopped):
            library.sync(folder, progress=stop_writing)
        for report in (library.rebuild(), library.sync()):
            assert "private.txt" not in report.added
        assert [info.name for info in library.documents()] == ["cakes.txt", "rivers.txt", "stars.txt"]


def test_links_in_a_circle_and_folders_without_end_are_left_out(library: Library, folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    deep = folder
    try:
        for _ in range(1_500):
            (deep / "d").mkdir()
            deep = deep / "d"
        assert library.sync(folder).added == ("cakes.txt", "rivers.txt", "stars.txt")
    finally:
        while deep != folder:  # what clears up after tests goes down by recursion
            deep.rmdir()
            deep = deep.parent


def test_another_folder_with_files_of_the_same_names_is_read(library: Library, folder: Path, tmp_path: Path) -> None:
    library.sync(folder)
    other = tmp_path / "other"
    other.mkdir()
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        (other / file.name).write_text(text.swapcase(), encoding="utf-8")
        shutil.copystat(file, other / file.name)
    report = library.sync(other)
    assert report.changed == ("cakes.txt", "rivers.txt", "stars.txt")
    assert "SIRIUS" in library.document("stars.txt").text.upper()
    assert library.document("stars.txt").text == (other / "stars.txt").read_text(encoding="utf-8")
    assert library.status().folder == str(other)


@pytest.mark.parametrize("name", ["generation", "keyword-1/passages/stamp"])
def test_small_files_that_are_damaged_end_nothing(
    library: Library, folder: Path, embedder: WordEmbedder, name: str
) -> None:
    library.sync(folder)
    library.close()
    (library.path / name).write_bytes(b"\xff\xfe\x80")
    with open_library(library.path, embedder) as again:
        assert names(again, "sirius", 1) == ["stars.txt"]
        assert again.status().documents == 3
        assert again.sync().unchanged == ("cakes.txt", "rivers.txt", "stars.txt")
