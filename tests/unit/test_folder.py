"""Which files of a folder are documents."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index.errors import LibraryError
from index.folder import IGNORE_FILE, Listing, find_files, is_below


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text", encoding="utf-8")


def names(folder: Path, skip: Path | None = None) -> list[str]:
    return [file.name for file in find_files(folder, skip=skip).files]


def test_files_at_any_depth_but_hidden_and_temporary_ones(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "b/c/d.md", ".hidden.txt", ".git/config.txt", "~$report.docx", "x.part", "y.txt~")
    assert names(tmp_path) == ["a.txt", "b/c/d.md"]


def test_patterns_leave_out_files_and_folders(tmp_path: Path) -> None:
    put(
        tmp_path, "a.txt", "a.md", "drafts/a.txt", "b/drafts/a.txt", "b/keep.txt", "b/old 1.txt", "top.txt", "b/top.txt"
    )
    (tmp_path / IGNORE_FILE).write_text("# comment\n*.md\ndrafts/\nold*\n/top.txt\n", encoding="utf-8")
    assert names(tmp_path) == ["a.txt", "b/keep.txt", "b/top.txt"]


def test_a_later_pattern_and_a_nearer_file_of_patterns_win(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "b.txt", "sub/a.txt", "sub/b.txt", "sub/deep/a.txt")
    (tmp_path / IGNORE_FILE).write_text("*.txt\n!b.txt\n", encoding="utf-8")
    (tmp_path / "sub" / IGNORE_FILE).write_text("!a.txt\nb.txt\n/deep\n", encoding="utf-8")
    assert names(tmp_path) == ["b.txt", "sub/a.txt"]


def test_windows_wrote_the_patterns(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "b.txt")
    (tmp_path / IGNORE_FILE).write_bytes(b"\xef\xbb\xbfb.txt\r\n")
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00bad", b"!\n"])
def test_patterns_that_cannot_be_read_stop_everything(tmp_path: Path, content: bytes) -> None:
    put(tmp_path, "secret.txt")
    (tmp_path / IGNORE_FILE).write_bytes(content)
    with pytest.raises(LibraryError, match=IGNORE_FILE):
        names(tmp_path)


def test_a_folder_in_place_of_patterns_stops_everything(tmp_path: Path) -> None:
    put(tmp_path, "secret.txt", f"{IGNORE_FILE}/a.txt")
    with pytest.raises(LibraryError, match=IGNORE_FILE):
        names(tmp_path)


def test_the_library_itself_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "library/chroma/rows.txt", "other/library/b.txt")
    assert names(tmp_path, tmp_path / "library") == ["a.txt", "other/library/b.txt"]


def test_links_are_followed_to_files_inside_only(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    put(inside, "a.txt", "sub/b.txt")
    put(outside, "secret.txt")
    (inside / "again.txt").symlink_to(inside / "a.txt")
    (inside / "secret.txt").symlink_to(outside / "secret.txt")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "nowhere.txt").symlink_to(inside / "missing.txt")
    assert names(inside) == ["a.txt", "again.txt", "sub/b.txt"]


def test_a_place_holds_what_stands_below_it_and_nothing_beside_it() -> None:
    assert is_below("ab/c/d.txt", "ab") and is_below("ab", "ab")
    assert not is_below("abc/d.txt", "ab") and not is_below("a", "ab")
    listing = Listing(files=(), unreadable=(("ab", "no rights"),))
    assert [name for name in ("ab", "ab/x.txt", "abc/x.txt", "ab.txt") if listing.hides(name)] == ["ab", "ab/x.txt"]


def test_odd_names_are_names(tmp_path: Path) -> None:
    odd = ["-rf.txt", " lead.txt", "100%.txt", "new\nline.txt", "\N{SNOWMAN}.txt", "x" * 250 + ".txt", "tab\t.txt"]
    put(tmp_path, *odd)
    assert names(tmp_path) == sorted(odd)


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text_are_written_out(tmp_path: Path) -> None:
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt"), "wb") as file:
        file.write(b"text")
    assert names(tmp_path) == ["caf\\xe9.txt"]
