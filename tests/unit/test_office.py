"""Slides, sheets, tables and OpenDocument texts: what their readers see, and a reason where there is no text."""

from __future__ import annotations

import csv
import datetime
import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.dc import Title
from odf.opendocument import OpenDocumentText
from odf.teletype import addTextToElement
from odf.text import H, P
from openpyxl import Workbook
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation as Deck
from pptx.shapes.shapetree import GroupShapes, SlideShapes
from pptx.slide import Slide
from pptx.util import Inches

from index.documents import read_bytes
from index.errors import UnreadableDocument
from index.readers.number_formats import shown
from index.values import Document


def read(data: bytes | str, name: str) -> Document:
    return read_bytes(data.encode() if isinstance(data, str) else data, name)


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


# Comma-separated values


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_small_table_is_a_line_a_row(delimiter: str, encoding: str) -> None:
    rows = [["City", "Price, net", "Since"], ["Zürich", "1,50", "2020-01-02"], ["Oslo", '2" pipe', "a; b | c"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    document = read(out.getvalue().encode(encoding), "prices.csv")
    assert document.text.split("\n") == [" | ".join(row) for row in rows]
    assert document.title == "prices"


def test_each_row_of_a_long_table_says_its_headers() -> None:
    rows = ["Name;Price;Town"] + [f"Item {number};{number},50;{'' if number % 2 else 'Oslo'}" for number in range(100)]
    lines = read("\n".join(rows), "a.csv").text.split("\n")
    assert lines[0] == "Name | Price | Town"
    assert lines[71] == "Name: Item 70 | Price: 70,50 | Town: Oslo"
    assert lines[72] == "Name: Item 71 | Price: 71,50"
    assert len(lines) == 101


def test_a_long_table_without_headers_gets_none() -> None:
    rows = [f"{number},{number * 2},{number * 3}" for number in range(300)]
    assert read("\n".join(rows), "a.csv").text.split("\n")[200] == "200 | 400 | 600"


def test_parts_of_a_wide_row_name_the_row() -> None:
    header = ["Country", *(f"Measure number {number}" for number in range(60))]
    rows = [[f"Land {row}", *(f"{row}.{number}" for number in range(60))] for row in range(30)]
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    lines = read(out.getvalue(), "a.csv").text.split("\n")
    line = next(line for line in lines if "Measure number 59: 17.59" in line)
    assert line.startswith("Country: Land 17 | ")
    assert max(map(len, lines[1:])) < 500


def test_a_line_above_the_table_is_its_title() -> None:
    document = read("Stanley cups,,\nTeam,Town,Cups\nBlues,STL,1\n", "x.csv")
    assert document.title == "Stanley cups"
    assert document.text == "Stanley cups\nTeam | Town | Cups\nBlues | STL | 1"


def test_quoted_line_ends_and_ragged_rows_keep_their_cells() -> None:
    text = 'a,b\r\n1,"two\r\nlines"\r\n\r\n3\r\n4,5,6\r\n'
    assert read(text, "a.csv").text == "a | b\n1 | two lines\n\n3\n4 | 5 | 6"


def test_a_quotation_mark_that_nothing_closes_keeps_the_rows_apart() -> None:
    text = 'size,kind\n1,"round\n2,square\n3,flat\n'
    assert read(text, "a.csv").text == 'size | kind\n1 | "round\n2 | square\n3 | flat'
    many = "\n".join(f"{number},row {number}" for number in range(20_000))
    lines = read('size,kind\n0,"round\n' + many, "a.csv").text.split("\n")
    assert len(lines) == 20_002
    assert lines[-1].endswith("row 19999")


def test_the_delimiter_may_be_said() -> None:
    assert read("sep=|\na|b,c\n1|2", "a.csv").text == "a | b,c\n1 | 2"


@given(st.lists(st.lists(st.text(alphabet='ab1 ,;|"\n\téß\u3000', max_size=6), max_size=5), max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_word_of_a_table_is_lost(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    try:
        text = read(out.getvalue(), "a.csv").text
    except UnreadableDocument:
        return
    kept = sorted(char for char in text if char.isalnum())
    assert kept == sorted(char for row in rows for cell in row for char in cell if char.isalnum())


def test_a_large_table_is_read_in_time() -> None:
    data = b"Name,City,Price,Share\n" + b"Somebody Else,Oslo,12.50,0.75\n" * 200_000  # 6 MB
    began = time.process_time()
    assert read(data, "a.csv").text.count("City: Oslo") == 200_000
    assert time.process_time() - began < 20


# Numbers


@pytest.mark.parametrize(
    "number, code, text",
    [
        (1.0, "", "1"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5, "#,##0.00", "1,234.50"),
        (-1234.5, "#,##0_);(#,##0)", "(1,235)"),
        (-2.5, "0.0", "-2.5"),
        (0.256, "0%", "26%"),
        (0.256, "0.00%", "25.60%"),
        (12.5, '"€" 0.00', "€ 12.50"),
        (12.5, "#,##0.00\\ [$€-407]", "12.50 €"),
        (7, "00000", "00007"),
        (1.5, "0.0##", "1.5"),
        (0, '0;-0;"-"', "-"),
        (1234567, "0.0,,", "1234567"),
        (0.5, "# ?/?", "0.5"),
        (12000, "0.00E+00", "12000"),
        (45292, "dd/mm/yyyy", "2024-01-01"),
        (45292.75, "m/d/yy h:mm", "2024-01-01 18:00"),
        (0.75, "h:mm AM/PM", "18:00"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        (45292, "mmm-yy", "2024-01"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (-5, "yyyy-mm-dd", "-5"),
        (5, '[Red]0" days"', "5 days"),
        (5, '0 "hours"', "5 hours"),
        (float("inf"), "0", "inf"),
    ],
)
def test_numbers_are_as_a_sheet_shows_them(number: float, code: str, text: str) -> None:
    assert shown(number, code) == text


def test_days_may_count_from_1904() -> None:
    assert shown(0, "yyyy-mm-dd", since_1904=True) == "1904-01-01"


@given(
    number=st.floats() | st.floats(-1e6, 1e6),
    code=st.text(alphabet='0#?.,%;"[]$-_*\\ ()ymdhsE+@/€', max_size=12),
)
@settings(max_examples=300, deadline=None)
def test_any_format_shows_something(number: float, code: str) -> None:
    assert shown(number, code) is not None


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


def test_sheets_are_pages_under_their_names() -> None:
    document = read(workbook(prices), "prices.xlsx")
    assert document.text == (
        "Prices\n\nKettle | Price | Share | Since\nElectric | 20 | 25% | 2024-01-02\n\nfar away\n\n"
        "Notes & more\n\nA hidden note\nTRUE"
    )
    assert [heading.text for heading in document.headings] == ["Prices", "Notes & more"]
    assert len(document.pages) == 3
    assert document.page_at(document.text.index("Notes & more")) == 3


@pytest.mark.parametrize(
    "stated, sheet, first, title",
    [
        ("Stated title", "Prices", "x", "Stated title"),
        ("Workbook", "Sheet1", "Prices of kettles", "Prices of kettles"),
        ("", "Prices by town", None, "Prices by town"),
        ("", "Sheet1", None, "book"),
    ],
)
def test_the_title_of_a_workbook(stated: str, sheet: str, first: str | None, title: str) -> None:
    def build(book: Workbook) -> None:
        book.properties.title = stated
        assert book.active is not None
        book.active.title = sheet
        if first:
            book.active.append([first])
        book.active.append(["Kettle", "Price"])
        book.active.append(["Electric", 20])

    assert read(workbook(build), "book.xlsx").title == title


def test_merged_cells_belong_to_all_their_rows_and_columns() -> None:
    def build(book: Workbook) -> None:
        sheet = book.active
        assert sheet is not None
        sheet.append(["Region", "2022", None, "2023", None])
        sheet.append([None, "Sales", "Costs", "Sales", "Costs"])
        for number in range(60):
            sheet.append([f"North {number}" if number % 2 == 0 else None, *(number * 10 + place for place in range(4))])
            if number % 2:
                sheet.merge_cells(start_row=number + 2, end_row=number + 3, start_column=1, end_column=1)
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("B1:C1")
        sheet.merge_cells("D1:E1")

    lines = read(workbook(build), "a.xlsx").text.split("\n")
    assert (
        "Region: North 40 | 2022 Sales: 410 | 2022 Costs: 411 | 2023 Sales: 412 | 2023 Costs: 413" in lines
    )  # of row 41, whose first cell is the one above


def test_a_sheet_of_two_cells_far_apart_costs_nothing() -> None:
    def build(book: Workbook) -> None:
        assert book.active is not None
        book.active["A1"] = "first"
        book.active.cell(1_048_576, 16_384, "last")

    data = workbook(build)
    tracemalloc.start()
    began = time.process_time()
    text = read(data, "a.xlsx").text
    assert time.process_time() - began < 2
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert text == "Sheet\n\nfirst\n\nlast"


SHEET = """<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>"""


def with_cells(rows: str, head: str = "") -> bytes:
    def change(name: str, part: str) -> str:
        return head + SHEET.format(rows) if name == "xl/worksheets/sheet1.xml" else part

    return changed(workbook(lambda book: book.active and book.active.append(["x"])), change)


def test_every_kind_of_cell_is_read() -> None:
    document = read(
        with_cells(
            '<row><c t="inlineStr"><is><r><t>rich </t></r><r><t>text</t></r><rPh><t>spoken</t></rPh></is></c>'
            '<c><f>1+1</f><v>2</v></c><c t="str"><f>A1</f><v>made_x0020_up</v></c><c t="e"><v>#N/A</v></c>'
            '<c t="d"><v>2024-01-02T00:00:00</v></c><c><f>no value</f></c><c t="s"><v>99</v></c>'
            "<c><v>no number</v></c></row>"
        ),
        "a.xlsx",
    )
    assert document.text == "Sheet\n\nrich text | 2 | made up | #N/A | 2024-01-02 | no number"


def test_the_strict_dialect_of_a_workbook_is_read() -> None:
    def strict(name: str, part: str) -> str:
        return part.replace(
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"
        ).replace(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        )

    assert read(changed(workbook(prices), strict), "a.xlsx").text == read(workbook(prices), "a.xlsx").text


def test_a_workbook_cannot_read_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret word")
    head = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt"><!ENTITY y "expanded">]>'
    document = read(with_cells('<row><c t="str"><v>Before &x;&y;</v></c></row>', head), "a.xlsx")
    assert document.text == "Sheet\n\nBefore"


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


def box(shapes: SlideShapes | GroupShapes, text: str, left: float, top: float) -> None:
    shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(1)).text_frame.text = text


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


def test_slides_are_pages_with_titles_and_notes() -> None:
    document = read(slides(talk), "talk.pptx")
    assert document.text.strip() == (
        "About kettles\n\nA subtitle\n\nKinds\n\n- Electric\n  - With a base\n- Stove\n\nNotes: Say it slowly."
    )
    assert [(heading.level, heading.text) for heading in document.headings] == [(1, "About kettles"), (1, "Kinds")]
    assert len(document.pages) == 3
    assert document.page_at(document.text.index("Say it")) == 2
    assert document.title == "About kettles"


def test_shapes_are_read_from_top_to_bottom() -> None:
    def build(deck: Deck) -> None:
        shapes = slide(deck, 5, "Title first").shapes
        box(shapes, "below", 1, 5)
        box(shapes, "right", 5, 2.1)
        box(shapes, "left", 1, 2.2)
        group = shapes.add_group_shape()
        box(group.shapes, "group right", 5, 3.6)
        box(group.shapes, "group left", 1, 3.5)

    document = read(slides(build), "a.pptx")
    assert document.text.split("\n\n") == ["Title first", "left", "right", "group left", "group right", "below"]


def test_tables_and_charts_are_rows() -> None:
    def build(deck: Deck) -> None:
        shapes = slide(deck, 6).shapes
        table = shapes.add_table(3, 3, Inches(1), Inches(1), Inches(6), Inches(1)).table
        for place, words in enumerate(["Kind", "Price", "Since", "Electric", "20 €", "2020", "all of them", "", ""]):
            table.cell(place // 3, place % 3).text = words
        table.cell(2, 0).merge(table.cell(2, 1))
        data = CategoryChartData()
        data.categories = ["2022", "2023"]
        data.add_series("Sales", (4.3, 5))
        data.add_series("Costs", (1, None))
        chart = shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(3), data).chart
        chart.has_title = True
        chart.chart_title.text_frame.text = "Growth"

    assert read(slides(build), "a.pptx").text == (
        "Kind | Price | Since\nElectric | 20 € | 2020\nall of them\n\nGrowth\n| Sales | Costs\n2022 | 4.3 | 1\n2023 | 5"
    )


def test_slides_are_in_the_order_of_the_talk_and_found_without_it() -> None:
    def build(deck: Deck) -> None:
        for number in range(11):
            slide(deck, 5, f"Slide {number}")
        order = deck.slides._sldIdLst
        order.insert(0, order[-1])

    data = slides(build)
    first = ["Slide 10", *(f"Slide {number}" for number in range(10))]
    assert read(data, "a.pptx").text.split("\n\n") == first
    lost = changed(data, lambda name, part: None if name == "ppt/_rels/presentation.xml.rels" else part)
    assert read(lost, "a.pptx").text.split("\n\n") == [f"Slide {number}" for number in range(11)]


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


# What has no text

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
