"""Workbooks, slides and OpenDocument texts that the tests write, whole or with parts of their archives changed."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable

from openpyxl import Workbook
from pptx import Presentation
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide


def archive(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return out.getvalue()


def changed(data: bytes, change: Callable[[str, str], str | None]) -> bytes:
    """The same archive with each XML part changed, or left out for None."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        names = [name for name in old.namelist() if name.endswith((".xml", ".rels"))]
        parts = {name: old.read(name).decode() for name in names}
    return archive({name: text for name, part in parts.items() if (text := change(name, part)) is not None})


# Excel


def workbook(build: Callable[[Workbook], object]) -> bytes:
    book = Workbook()
    build(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def prices(book: Workbook) -> None:
    sheet = book.active
    assert sheet is not None
    sheet.title = "Prices"
    for row in [["Kettle", "Price", "Share", "Since"], ["Electric", 20, 0.25, datetime.date(2024, 1, 2)]]:
        sheet.append(row)
    sheet["C2"].number_format = "0%"
    sheet["F9"] = "far away"
    book.create_sheet("Empty")
    hidden = book.create_sheet("Notes & more")
    hidden.sheet_state = "hidden"
    hidden["B3"] = "A hidden\nnote"
    hidden["B4"] = True


SHEET = """<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>"""


def with_cells(rows: str, head: str = "") -> bytes:
    def change(name: str, part: str) -> str:
        return head + SHEET.format(rows) if name == "xl/worksheets/sheet1.xml" else part

    return changed(workbook(lambda book: book.active and book.active.append(["x"])), change)


# PowerPoint


def slides(build: Callable[[Deck], object]) -> bytes:
    deck = Presentation()
    deck.core_properties.title = "PowerPoint Presentation"
    build(deck)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def slide(deck: Deck, layout: int, title: str = "") -> Slide:
    added = deck.slides.add_slide(deck.slide_layouts[layout])
    if title:
        assert added.shapes.title is not None
        added.shapes.title.text = title
    return added


def talk(deck: Deck) -> None:
    slide(deck, 0, "About\vkettles").placeholders[1].text_frame.text = "A subtitle"
    points = slide(deck, 1, "Kinds")
    frame = points.placeholders[1].text_frame
    frame.text = "Electric"
    nested = frame.add_paragraph()
    nested.text, nested.level = "With a base", 1
    frame.add_paragraph().text = "Stove"
    assert points.notes_slide.notes_text_frame is not None
    points.notes_slide.notes_text_frame.text = "Say it slowly."
    points._element.set("show", "0")
    slide(deck, 6)


# OpenDocument


NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        *(("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("draw", "drawing")),
        *(("meta", "meta"), ("manifest", "manifest"), ("svg", "svg-compatible")),
    )
)


STYLES = """<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>
<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
<style:style style:name="Title" style:family="paragraph"/>
<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" text:display-levels="2"/>
</text:list-style>"""


def opendocument(body: str, *, title: str = "", manifest: str = "", head: str = "") -> bytes:
    meta = f'<office:document-meta {NAMES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:title>{title}'
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": f"<manifest:manifest {NAMES}>{manifest}</manifest:manifest>",
            "meta.xml": meta + "</dc:title></office:meta></office:document-meta>",
            "content.xml": f"{head}<office:document-content {NAMES}><office:automatic-styles>{STYLES}"
            f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>",
        }
    )


BODY = """<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p></text:deletion>
</text:changed-region></text:tracked-changes><text:p text:style-name="P1">Kettle memo</text:p>
<text:section><text:p>An <text:span>intro</text:span>duction<text:note><text:note-citation>1</text:note-citation>
<text:note-body><text:p>A note.</text:p></text:note-body></text:note><text:s text:c="2"/>with
  <text:span text:style-name="T1">hidden </text:span>spaces.
<office:annotation><text:p>comment</text:p></office:annotation>
</text:p></text:section>
<text:h text:outline-level="2">Steps</text:h>
<text:list text:style-name="L1"><text:list-item><text:p>Fill</text:p><text:list><text:list-item><text:p>Cold</text:p>
</text:list-item></text:list></text:list-item><text:list-item><text:p>Boil</text:p></text:list-item></text:list>
<text:list><text:list-item><text:p>A bullet</text:p></text:list-item></text:list>
<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Kind</text:p></table:table-cell>
<table:table-cell><text:p>Price</text:p></table:table-cell></table:table-row></table:table-header-rows>
<table:table-row><table:table-cell><text:p>Electric</text:p></table:table-cell><table:table-cell><text:p>20</text:p>
<text:p>euros</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16000"/></table:table-row>
</table:table>
<text:p>Before
<draw:frame><draw:text-box><text:p>Boxed</text:p></draw:text-box><svg:title>a picture</svg:title></draw:frame>
 and after</text:p>"""
