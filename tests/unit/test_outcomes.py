"""Files that are locked, scanned or too large: read where the settings allow it, else a reason that says how."""

from __future__ import annotations

import io
import os
import stat
import time
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from index.documents import ReadOptions, read_bytes, read_document, refuse_size, worth_retrying
from index.errors import UnreadableDocument
from index.settings import IndexSettings


def pdf(*pages: str | None, password: str | None = None) -> bytes:
    """A page for each text; a picture of nothing for None."""
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password, ownerPassword="owner") if password is not None else None)
    for text in pages:
        if text is None:
            canvas.drawInlineImage(Image.new("L", (40, 40), 128), 72, 500, 400, 200)
        else:
            canvas.drawString(72, 720, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def reason(data: bytes, name: str, options: ReadOptions) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        read_bytes(data, name, options=options)
    return str(caught.value)


# Locked


def test_a_password_opens_what_it_fits() -> None:
    data = pdf("A secret.", password="sésame")
    without, wrong, right = ReadOptions(), ReadOptions(password="open"), ReadOptions(password="sésame")
    locked = reason(data, "a.pdf", without)
    assert "is encrypted" in locked
    assert "INDEX_PASSWORD" in locked
    refused = reason(data, "a.pdf", wrong)
    assert "does not open it" in refused
    assert read_bytes(data, "a.pdf", options=right).text == "A secret."
    assert read_bytes(pdf("Open.", password=""), "a.pdf", options=wrong).text == "Open."
    assert [worth_retrying(each, options) for each in (locked, refused) for options in (without, right)] == [
        *(False, True),
        *(False, True),
    ]
    assert "sésame" not in repr(right)


def test_locked_office_files() -> None:
    msoffcrypto = pytest.importorskip("msoffcrypto.format.ooxml", reason="the extra 'encrypted' is not installed")
    import docx

    plain, locked = io.BytesIO(), io.BytesIO()
    document = docx.Document()
    document.add_paragraph("A secret.")
    document.save(plain)
    msoffcrypto.OOXMLFile(plain).encrypt("sesame", locked)
    data = locked.getvalue()
    assert "opens with a password" in reason(data, "a.docx", ReadOptions())
    assert "does not open it" in reason(data, "a.docx", ReadOptions(password="open"))
    assert read_bytes(data, "a.docx", options=ReadOptions(password="sesame")).text == "A secret."
    assert "damaged" in reason(data[: len(data) // 2], "a.docx", ReadOptions(password="sesame"))


# Scanned


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone, but for the shell's own tools, is searched for programs."""
    for name in ("cat", "sleep", "head"):
        found = next(path for path in (Path("/bin", name), Path("/usr/bin", name)) if path.exists())
        (tmp_path / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


SCAN = pdf(None, None)
OCR = ReadOptions(ocr=True, ocr_languages="eng+deu")


def test_a_scan_says_so_and_what_helps(programs: Path) -> None:
    hint = reason(SCAN, "a.pdf", ReadOptions())
    assert "no text layer: it looks scanned" in hint
    assert "INDEX_OCR" in hint
    assert worth_retrying(hint, OCR)
    assert not worth_retrying(hint, ReadOptions())
    missing = reason(SCAN, "a.pdf", OCR)
    assert "neither ocrmypdf nor tesseract is installed" in missing


def test_ocrmypdf_reads_a_scan(programs: Path) -> None:
    (programs / "prepared.pdf").write_bytes(pdf("Recognised words.", "On page two."))
    program(
        programs,
        "ocrmypdf",
        f'for last; do :; done; echo "$@" > {programs}/said; cat {programs}/prepared.pdf > "$last"',
    )
    program(programs, "tesseract", "exit 1")
    document = read_bytes(SCAN, "a.pdf", options=OCR)
    assert document.text == "Recognised words.\n\nOn page two."
    assert document.pages == (0, 19)
    assert "--language eng+deu" in (programs / "said").read_text()
    (programs / "said").unlink()
    assert read_bytes(pdf("Text."), "a.pdf", options=OCR).text == "Text."
    assert not (programs / "said").exists()


def test_a_locked_scan_reaches_ocrmypdf_open(programs: Path) -> None:
    program(programs, "ocrmypdf", 'while [ $# -gt 2 ]; do shift; done; cat "$1" > "$2"')
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("sesame", ownerPassword="owner"))
    canvas.drawInlineImage(Image.new("L", (40, 40), 128), 72, 500, 400, 200)
    canvas.save()
    found = reason(out.getvalue(), "a.pdf", ReadOptions(ocr=True, password="sesame"))
    assert "OCR found no text" in found  # the stub gave the scan back, and that could be opened without the password
    assert not worth_retrying(found, OCR)


def test_tesseract_alone_reads_page_by_page(programs: Path) -> None:
    program(programs, "tesseract", 'head -c 2 "$1"; echo " page in $4"')
    document = read_bytes(SCAN, "a.pdf", options=OCR)
    assert document.text == "P5 page in eng+deu\n\nP5 page in eng+deu"
    assert len(document.pages) == 2


@pytest.mark.parametrize(
    "script, why",
    [
        ("echo broken >&2; exit 3", r"ocrmypdf failed \(exit status 3\): broken"),
        ("exit 0", "OCR made nothing of it"),
        ('while [ $# -gt 1 ]; do shift; done; echo nonsense > "$1"', "damaged"),
    ],
)
def test_recognition_that_fails(programs: Path, script: str, why: str) -> None:
    program(programs, "ocrmypdf", script)
    with pytest.raises(UnreadableDocument, match=why):
        read_bytes(SCAN, "a.pdf", options=OCR)


def test_recognition_that_takes_too_long_is_ended(programs: Path) -> None:
    program(programs, "ocrmypdf", f"sleep 60 & echo $! > {programs}/child; wait")
    began = time.monotonic()
    options = ReadOptions(ocr=True, ocr_seconds=0.5, ocr_least_seconds=0.5)
    assert "did not come to an end in time" in reason(SCAN, "a.pdf", options)
    assert time.monotonic() - began < 30
    child = int((programs / "child").read_text())
    for _ in range(50):
        if not alive(child):
            break
        time.sleep(0.1)
    assert not alive(child)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


# Large


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"word " * 300_000)
    options = ReadOptions(max_bytes=2**20)
    with pytest.raises(UnreadableDocument, match=r"is too large: the file is 1\.4 MB, and INDEX_MAX_FILE_MB allows 1$"):
        read_document(path, "a.txt", options=options)
    assert "is too large" in (found := reason(path.read_bytes(), "a.txt", options))
    assert worth_retrying(found, ReadOptions(max_bytes=2 * 2**20))
    assert not worth_retrying(found, options)
    refuse_size(2**20, options)
    assert read_document(path, "a.txt").text.startswith("word")


@pytest.mark.parametrize("name", ["a.docx", "a.epub", "a.xlsx", "a.pptx", "a.odt"])
def test_a_file_that_unpacks_beyond_the_limit_is_stopped(name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("picture.png", os.urandom(2**20) + bytes(2**20))
    found = reason(out.getvalue(), name, ReadOptions(max_bytes=2**21 - 1))
    assert "is too large: what it unpacks to is 2.0 MB" in found
    assert "is too large" not in reason(out.getvalue(), name, ReadOptions(max_bytes=2**21))


# Settings


def test_the_settings_of_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PASSWORD": "sesame", "OCR": "true", "OCR_LANGUAGES": "eng+deu", "MAX_FILE_MB": "3"}.items():
        monkeypatch.setenv(f"INDEX_{name}", value)
    options = ReadOptions.of(IndexSettings(_env_file=None))
    assert options == ReadOptions(password="sesame", ocr=True, ocr_languages="eng+deu", max_bytes=3 * 2**20)
    assert "sesame" not in repr(IndexSettings(_env_file=None))
    monkeypatch.setenv("INDEX_OCR_LANGUAGES", "eng --output /etc")
    with pytest.raises(ValidationError):
        IndexSettings(_env_file=None)
