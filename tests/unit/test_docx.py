"""Word documents: what their readers see in its order, and a reason where there is no text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from index.errors import UnreadableDocument
from tests.unit.reading import outline, read


def word(build: Callable[[Word], object]) -> bytes:
    document = docx.Document()
    document.core_properties.title = ""
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def changed(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The same archive with each part changed, or left out for None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
    return out.getvalue()


def memo(document: Word) -> None:
    document.add_heading("Kettle memo", 0)
    document.add_paragraph("An introduction.")
    document.add_heading("Kinds", 1)
    document.add_paragraph("Electric", style="List Bullet")
    document.add_paragraph("Stove", style="List Bullet")
    document.add_heading("Steps", 2)
    document.add_paragraph("Fill", style="List Number")
    document.add_paragraph("Boil", style="List Number")
    table = document.add_table(rows=3, cols=2)
    for row, words in zip(table.rows, (("Kind", "Price"), ("Electric", "20 €"), ("", "")), strict=True):
        for cell, text in zip(row.cells, words, strict=True):
            cell.text = text
    document.add_paragraph("An end.")
    document.sections[0].header.paragraphs[0].text = "Header of each page"
    document.sections[0].footer.paragraphs[0].text = "Footer of each page"


def test_a_word_document_in_its_order() -> None:
    document = read(word(memo), "memo.docx")
    assert document.text == (
        "Kettle memo\n\nAn introduction.\n\nKinds\n\n- Electric\n- Stove\n\nSteps\n\n1. Fill\n2. Boil\n\n"
        "Kind | Price\nElectric | 20 €\n\nAn end."
    )
    assert outline(document) == [(1, "Kettle memo"), (1, "Kinds"), (2, "Steps")]
    assert document.title == "Kettle memo"


@pytest.mark.parametrize(
    "stated, title", [("Stated title", "Stated title"), ("Document1", "Kettle memo"), ("memo v2.docx", "Kettle memo")]
)
def test_the_title_of_a_word_document(stated: str, title: str) -> None:
    def build(document: Word) -> None:
        memo(document)
        document.core_properties.title = stated

    assert read(word(build), "x.docx").title == title


RUNS = f"""<w:p {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">
<w:r><w:t xml:space="preserve">Kept </w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>
<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>
<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:br/><w:t>re</w:t><w:softHyphen/><w:t>port</w:t><w:noBreakHyphen/></w:r>
<w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent>
</w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent></w:pict>
</mc:Fallback></mc:AlternateContent><w:t>1</w:t></w:r>
<m:oMath><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></w:p>"""


def test_a_paragraph_holds_what_its_reader_sees() -> None:
    def build(document: Word) -> None:
        document.element.body.insert(0, parse_xml(RUNS))

    assert read(word(build), "a.docx").text == "Kept inserted\nreport-1x^2\n\nBoxed"


def test_numbers_of_headings_are_read() -> None:
    numbering = f"""<w:abstractNum {nsdecls("w")} w:abstractNumId="77">
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>
    <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>
    </w:abstractNum>"""

    def build(document: Word) -> None:
        root = document.part.numbering_part.element
        root.insert(0, parse_xml(numbering))
        root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
        for text, depth in (("Scope", 0), ("Terms", 1), ("Parties", 1), ("Price", 0), ("Tax", 1)):
            paragraph = document.add_heading(text, depth + 1)
            paragraph._p.get_or_add_pPr().append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="77"/></w:numPr>')
            )

    found = outline(read(word(build), "a.docx"))
    assert found == [(1, "I. Scope"), (2, "I.a) Terms"), (2, "I.b) Parties"), (1, "II. Price"), (2, "II.a) Tax")]


def test_a_layout_table_of_a_word_document_is_read_as_paragraphs() -> None:
    def build(document: Word) -> None:
        table = document.add_table(rows=1, cols=2)
        table.cell(0, 0).paragraphs[0].text = "Skills"
        table.cell(0, 0).paragraphs[0].style = document.styles["Heading 1"]
        table.cell(0, 1).text = "Brewing"

    document = read(word(build), "cv.docx")
    assert document.text == "Skills\n\nBrewing"
    assert outline(document) == [(1, "Skills")]


def test_notes_come_at_the_end() -> None:
    notes = f"""<w:footnotes {nsdecls("w")}>
    <w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>
    <w:footnote w:id="1"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>"""
    relation = (
        b'<Relationship Id="rIdN" Type="http://x/relationships/footnotes" Target="footnotes.xml"/></Relationships>'
    )

    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"</Relationships>", relation) if name == "word/_rels/document.xml.rels" else part

    data = io.BytesIO(changed(word(lambda document: document.add_paragraph("Body.")), change))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("word/footnotes.xml", notes)
    assert read(data.getvalue(), "a.docx").text == "Body.\n\nA note."


def test_the_strict_dialect_and_a_broken_picture_are_read() -> None:
    def strict(name: str, part: bytes) -> bytes | None:
        part = part.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ).replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        return None if name == "docProps/thumbnail.jpeg" else part

    assert read(changed(word(memo), strict), "a.docx").text == read(word(memo), "a.docx").text


def test_word_documents_without_text_say_why() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    with pytest.raises(UnreadableDocument, match="password"):
        read(ole + "EncryptedPackage".encode("utf-16-le"), "a.docx")
    with pytest.raises(UnreadableDocument, match="older binary format"):
        read(ole, "a.docx")
    with pytest.raises(UnreadableDocument, match="damaged"):
        read(word(memo)[:2000], "a.docx")
    with pytest.raises(UnreadableDocument, match="another format"):
        read(changed(word(memo), lambda name, part: None if name == "word/document.xml" else part), "a.docx")
    with pytest.raises(UnreadableDocument, match="no text"):
        read(word(lambda document: None), "a.docx")


def replaced_body(body: str, head: str = "") -> bytes:
    main = f"{head}<w:document {nsdecls('w')}><w:body>{body}</w:body></w:document>".encode()
    return changed(word(memo), lambda name, part: main if name == "word/document.xml" else part)


def test_a_zip_bomb_is_not_unpacked() -> None:
    with pytest.raises(UnreadableDocument, match="unpacks to far more"):
        read(replaced_body("<w:p><w:r><w:t>" + "a" * 30_000_000 + "</w:t></w:r></w:p>"), "a.docx")


def test_a_word_document_cannot_read_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret word")
    head = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>'
    document = read(replaced_body("<w:p><w:r><w:t>Before &x;</w:t></w:r></w:p>", head), "a.docx")
    assert document.text == "Before"


def test_a_word_document_that_nests_without_end_is_a_reason() -> None:
    deep = "<w:tbl><w:tr><w:tc>" * 2000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 2000
    with pytest.raises(UnreadableDocument, match="too deeply"):
        read(replaced_body(deep), "a.docx")
