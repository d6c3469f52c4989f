"""Slides, sheets and OpenDocument texts alike: a reason where there is no text, and characters that are whole."""

from __future__ import annotations

import io
import os
import zipfile

import pytest

from index.documents import ReadOptions, read_bytes
from index.errors import UnreadableDocument
from tests.unit.office_files import BODY, changed, opendocument, prices, slide, slides, talk, with_cells, workbook
from tests.unit.reading import read

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


EXAMPLES = {
    "a.xlsx": workbook(prices),
    "a.pptx": slides(talk),
    "a.odt": opendocument(BODY),
}


@pytest.mark.parametrize("name", ["a.xlsx", "a.pptx"])
def test_a_locked_or_older_office_file_says_so(name: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"encrypted"):
        read(OLE + "EncryptedPackage".encode("utf-16-le"), name)
    with pytest.raises(UnreadableDocument, match="older binary format"):
        read(OLE, name)


def test_a_locked_opendocument_text_says_so() -> None:
    manifest = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    with pytest.raises(UnreadableDocument, match="encrypted"):
        read(opendocument("", manifest=manifest), "a.odt")


def in_headers(data: bytes, *, at: int, value: int) -> bytes:
    """A zip archive with a two-byte field of every part's header set; ``at`` counts from the header's flags."""
    changed_data = bytearray(data)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        found = data.find(signature)
        while found >= 0:
            changed_data[found + flags + at : found + flags + at + 2] = value.to_bytes(2, "little")
            found = data.find(signature, found + 4)
    return bytes(changed_data)


@pytest.mark.parametrize("name", EXAMPLES)
def test_parts_locked_or_packed_in_an_unknown_way_are_told_apart(name: str) -> None:
    with pytest.raises(UnreadableDocument, match="encrypted as a zip archive"):
        read(in_headers(EXAMPLES[name], at=0, value=1), name)
    with pytest.raises(UnreadableDocument, match="damaged or is another format"):
        read(in_headers(EXAMPLES[name], at=2, value=98), name)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_damaged_file_says_so(name: str) -> None:
    data = EXAMPLES[name]
    with pytest.raises(UnreadableDocument, match="damaged"):
        read(data[: len(data) // 2], name)
    other = EXAMPLES["a.odt" if name != "a.odt" else "a.pptx"]
    with pytest.raises(UnreadableDocument, match="another format"):
        read(other, name)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_broken_part_gives_a_reason_or_the_rest(name: str) -> None:
    for broken in ("", "<", "<a", "\0"):
        for cut in range(0, 2000, 250):

            def change(part: str, text: str, cut: int = cut, broken: str = broken) -> str:
                kept = "rels" in part or (part.endswith("s.xml") and "slide" in part)
                return text if kept or len(text) < 300 else text[: 200 + cut] + broken

            try:
                read(changed(EXAMPLES[name], change), name)
            except UnreadableDocument:
                continue


@pytest.mark.parametrize(
    "name, data",
    [
        ("a.xlsx", workbook(lambda book: None)),
        ("a.pptx", slides(lambda deck: slide(deck, 6))),
        ("a.odt", opendocument("<text:p/>")),
        ("a.csv", b",,\n , \n"),
    ],
)
def test_a_file_without_text_says_so(name: str, data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="no text"):
        read(data, name)


@pytest.mark.parametrize(
    "data, name",
    [
        (with_cells('<row><c t="str"><v>' + "a" * 30_000_000 + "</v></c></row>"), "a.xlsx"),
        (opendocument("<text:p>" + "a" * 30_000_000 + "</text:p>"), "a.odt"),
    ],
    ids=["xlsx", "odt"],
)
def test_a_bomb_is_not_unpacked(data: bytes, name: str) -> None:
    with pytest.raises(UnreadableDocument, match="unpacks to far more"):
        read(data, name)


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_a_file_may_unpack_to_is_the_setting_alone(name: str) -> None:
    out = io.BytesIO(EXAMPLES[name])
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("film.bin", os.urandom(2**21))
        archive.getinfo("film.bin").file_size = 600 * 2**20
    for data in (out.getvalue(), b"something before the archive" + out.getvalue()):
        assert "Electric" in read_bytes(data, name, options=ReadOptions(max_bytes=700 * 2**20)).text
        with pytest.raises(UnreadableDocument, match=r"too large: what it unpacks to is 600\.\d MB"):
            read_bytes(data, name, options=ReadOptions(max_bytes=550 * 2**20))


@pytest.mark.parametrize("name", EXAMPLES)
def test_halves_of_surrogate_pairs_never_come_out(name: str) -> None:
    for half in ("&#xD83D;", "&#56832;", "_xD800_" if name == "a.xlsx" else "&#xDFFF;&#xD800;"):

        def halved(part: str, text: str, half: str = half) -> str:
            return text.replace("lectric", f"lect{half}ric")

        data = changed(EXAMPLES[name], halved)
        text = read(data, name).text
        text.encode()
        assert "Electric" in text


@pytest.mark.parametrize("name", EXAMPLES)
def test_characters_that_were_written_in_halves_are_whole(name: str) -> None:
    halves = "lectric &#xD83D;&#xDE00;&#55357;&#56833;"
    data = changed(EXAMPLES[name], lambda part, text: text.replace("lectric", halves))
    assert "Electric 😀😁" in read(data, name).text
