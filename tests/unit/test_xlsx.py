"""Workbooks: sheets as pages, and numbers as a sheet shows them."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from index.readers.number_formats import shown
from tests.unit.office_files import changed, prices, with_cells, workbook
from tests.unit.reading import read

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
        (2.5e303, "[h]:mm:ss", "2.5e+303"),
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
