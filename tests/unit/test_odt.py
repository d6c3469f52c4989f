"""OpenDocument texts: what their readers see, in its order."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from odf.dc import Title
from odf.opendocument import OpenDocumentText
from odf.teletype import addTextToElement
from odf.text import H, P

from index.errors import UnreadableDocument
from tests.unit.office_files import BODY, opendocument
from tests.unit.reading import read


def test_an_opendocument_text_in_its_order() -> None:
    document = read(opendocument(BODY), "memo.odt")
    assert document.text == (
        "Kettle memo\n\nAn introduction  with spaces.\n\nSteps\n\n1. Fill\n  1.a) Cold\n2. Boil\n- A bullet\n\n"
        "Kind | Price\nElectric | 20 euros\n\nBefore and after\n\nBoxed\n\nA note."
    )
    assert [(heading.level, heading.text) for heading in document.headings] == [(1, "Kettle memo"), (2, "Steps")]
    assert document.title == "Kettle memo"
    assert read(opendocument(BODY, title="Stated title"), "memo.odt").title == "Stated title"


def test_a_table_that_lays_out_a_page_is_read_as_paragraphs() -> None:
    cells = "<text:h>Skills</text:h>", "<text:p>Brewing</text:p>"
    row = "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
    body = f"<table:table><table:table-row>{row}</table:table-row></table:table>"
    assert read(opendocument(body), "cv.odt").text == "Skills\n\nBrewing"


def test_an_opendocument_text_of_a_real_writer_is_read() -> None:
    document = OpenDocumentText()
    document.meta.addElement(Title(text="A written title"))
    document.text.addElement(H(outlinelevel=1, text="Heading"))
    paragraph = P(text="Some ")
    addTextToElement(paragraph, "more  text\tand\nlines")
    document.text.addElement(paragraph)
    out = io.BytesIO()
    document.write(out)
    found = read(out.getvalue(), "a.odt")
    assert found.title == "A written title"
    assert found.text == "Heading\n\nSome more  text\tand\nlines"


def test_an_opendocument_text_cannot_read_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret word")
    head = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt"><!ENTITY y "expanded">]>'
    assert read(opendocument("<text:p>Before &x;&y;</text:p>", head=head), "a.odt").text == "Before"


def test_an_opendocument_text_that_nests_without_end_is_a_reason() -> None:
    for tag in ("text:span", "text:list", "text:p"):
        with pytest.raises(UnreadableDocument, match="too deeply"):
            read(opendocument(f"<text:p>{f'<{tag}>' * 1500}x{f'</{tag}>' * 1500}</text:p>"), "a.odt")
