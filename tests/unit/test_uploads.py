"""Files that are added through the page: safe names, nothing overwritten, nothing taken that is not what it says."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import SUFFIXES
from index.readers.options import ReadOptions
from qa.errors import QAError
from qa.uploads import FOLDER, Uploads, file_of, safe_name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path, ReadOptions(), most=1_000)


def add(uploads: Uploads, name: str, data: bytes) -> str:
    with uploads.incoming(name) as (path, out):
        out.write(data)
        out.flush()
        return uploads.keep(path, name)


@given(st.text(max_size=400), st.sampled_from(sorted(SUFFIXES)))
def test_any_name_is_made_safe(stem: str, suffix: str) -> None:
    name = safe_name(f"{stem}{suffix}")
    assert safe_name(name) == name
    assert name == Path(name).name and name not in ("", ".", "..") and name[0] != "."
    assert name.endswith(suffix) and len(os.fsencode(name.encode("utf-8", "replace").decode())) <= 150
    assert all(sign == " " or unicodedata.category(sign)[0] not in "CZ" for sign in name)
    assert not set(name) & set('<>:"/\\|?*#') and not name.startswith("~$")


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("papers\\2023\\Brief.DOCX", "Brief.DOCX"),
        ("photo\u202egnp.exe.md", "photognp.exe.md"),
        (".hidden.txt", "hidden.txt"),
        ("CON.txt", "_CON.txt"),
        ("~$report.docx", "report.docx"),
        ("a.jsonl#b.txt", "a.jsonl_b.txt"),
        ("notes #2.jsonl", "notes _2.jsonl"),
        ("<img src=x onerror=alert(1)>.html", "_img src=x onerror=alert(1)_.html"),
        ("Zu\u0308rich.txt", "Z\u00fcrich.txt"),
    ],
)
def test_names_that_mislead_are_mended(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


@pytest.mark.parametrize("name", ["run.exe", "", "pdf", "a.pdf/", "notes.txt\u200b.exe"])
def test_other_formats_are_refused(name: str) -> None:
    with pytest.raises(QAError, match="is of no format that is read"):
        safe_name(name)


def test_a_file_is_kept_and_never_overwrites_another(uploads: Uploads, tmp_path: Path) -> None:
    assert add(uploads, "a.txt", b"The first.") == f"{FOLDER}/a.txt"
    assert add(uploads, "a.txt", b"The second.") == f"{FOLDER}/a (2).txt"
    assert (tmp_path / FOLDER / "a.txt").read_bytes() == b"The first."
    assert (tmp_path / FOLDER / "a (2).txt").read_bytes() == b"The second."
    assert len(list((tmp_path / FOLDER).iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.pdf", b"MZ\x90\x00 no pdf", "cannot be read as PDF"),
        ("a.docx", b"%PDF-1.4", "cannot be read as Word"),
        ("a.txt", b"\x00\x01\x02\x03" * 500, "not text|binary|control"),
        ("a.txt", b"", "is empty"),
        ("a.jsonl", b"no json\n[]\n", "holds no line like"),
    ],
)
def test_a_file_that_is_not_what_its_ending_says_is_refused(
    uploads: Uploads, tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    with pytest.raises(QAError, match=why):
        add(uploads, name, data)
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_file_of_lines_is_taken_where_one_is_a_document(uploads: Uploads) -> None:
    assert add(uploads, "a.jsonl", b'broken\n{"id": "1", "text": "One."}\n') == f"{FOLDER}/a.jsonl"


def test_only_uploaded_files_are_removed(uploads: Uploads, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("Mine.", encoding="utf-8")
    add(uploads, "a.jsonl", b'{"id": "1", "text": "One."}\n')
    (tmp_path / FOLDER / "link.txt").symlink_to(tmp_path / "mine.txt")
    for name in ("mine.txt", f"{FOLDER}/../mine.txt", f"{FOLDER}/link.txt", FOLDER, f"{FOLDER}/", f"{FOLDER}/no.txt"):
        with pytest.raises(QAError, match="Only files that were added here"):
            uploads.remove(name)
    assert (tmp_path / "mine.txt").exists()
    assert file_of(f"{FOLDER}/a.jsonl#1") == "a.jsonl"
    uploads.remove(f"{FOLDER}/a.jsonl#1")
    assert not (tmp_path / FOLDER / "a.jsonl").exists()


def test_nothing_is_put_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "documents" / FOLDER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(QAError, match="points elsewhere"):
        add(Uploads(tmp_path / "documents", ReadOptions(), most=1_000), "a.txt", b"Text.")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_never_came_to_an_end_is_swept_away(uploads: Uploads, tmp_path: Path) -> None:
    add(uploads, "a.txt", b"Text.")
    old, new = (tmp_path / FOLDER / f".incoming-{name}" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    add(uploads, "b.txt", b"Text.")
    assert not old.exists() and new.exists()


def test_no_more_is_taken_than_fits(uploads: Uploads) -> None:
    add(uploads, "first.txt", b"word " * 199)
    add(uploads, "second.txt", b"There is room for one more.")
    with pytest.raises(QAError, match="Nothing more can be added here"):
        add(uploads, "third.txt", b"And no room for this.")
    uploads.remove(f"{FOLDER}/first.txt")
    assert add(uploads, "third.txt", b"Now there is.") == f"{FOLDER}/third.txt"
