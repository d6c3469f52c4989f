"""The source of an answer from a table: its row, under the names of its columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from index import Library
from index.documents import read_bytes
from index.values import Document
from qa.settings import QASettings
from qa.web import serving
from qa.web.conversation import Span
from qa.web.rows import rows_shown
from qa.web.source import Window, open_window
from qa.web.source_view import source
from tests.web.conftest import VisitAt
from tests.web.page_html import HOSTILE, parsed

LONG = "City,Price,Remark\n" + "".join(f"Town{n},{n * 3},remark {n} with some words\n" for n in range(1, 200))


class Shelf:
    """One document, whatever is asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def document(self, name: str) -> Document:
        return self._document


def opened(data: str, quote: str, name: str = "towns.csv") -> Window:
    document = read_bytes(data.encode(), name)
    start = document.text.index(quote)
    span = Span(document=name, title="Towns", page=None, quote=quote, start=start, end=start + len(quote), number=1)
    return open_window(Shelf(document), span)


def test_a_row_of_a_long_table_stands_under_its_columns() -> None:
    page = parsed(rows_shown(opened(LONG, "Town90 | Price: 270")))
    assert page.text.startswith("CityPriceRemarkTown60180")
    assert page.tags.count("th") == 3 and page.tags.count("tr") == 1 + 61
    assert page.values("aria-current") == ["true"]
    assert "More rows above.More rows below." in page.text


def test_a_small_table_keeps_its_header() -> None:
    page = parsed(rows_shown(opened("City,Price,Size\nOslo,12,\nRome,,3\n", "Rome | | 3")))
    assert page.text == "CityPriceSizeOslo12Rome3"
    assert page.tags.count("th") == 3 and page.tags.count("td") == 5
    assert page.values("aria-current") == ["true"]


def test_a_quote_of_several_rows_marks_them_all() -> None:
    page = parsed(rows_shown(opened(LONG, "270 | Remark: remark 90 with some words\nCity: Town91 | Price")))
    assert page.values("aria-current") == ["true", "true"]


@pytest.mark.parametrize("name", ["towns.txt", "towns.md", "csv"])
def test_what_is_no_table_is_not_drawn_as_one(name: str) -> None:
    window = opened(LONG, "Town90", "towns.csv")
    assert rows_shown(replace(window, span=replace(window.span, document=name))) == ""


def test_a_quote_that_went_away_has_no_row() -> None:
    window = opened(LONG, "Town90")
    assert rows_shown(replace(window, before="", after="", length=0)) == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_cells_stay_text(text: str) -> None:
    window = opened(LONG, "Town90")
    parsed(source(replace(window, before=f"{window.before}{text} | ", after=f" | {text}: x{window.after}")))
    parsed(source(replace(window, before=f"a | {text}\n", after=f" | {text}")))


def test_the_row_is_shown_and_its_text_is_a_click_away(browser_visit: VisitAt, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "towns.csv").write_text(LONG, encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        library.sync(folder)
        with serving(library, settings=QASettings()) as address:
            visit = browser_visit(address)
            visit.ask("What is the price in Town137?").locator(".fn-cite").first.click()
            row = visit.page.locator(".fn-table [aria-current]")
            expect(row).to_contain_text("Town137411")
            expect(row).to_be_in_viewport()
            expect(visit.page.locator(".fn-table thead")).to_have_text("CityPriceRemark")
            visit.page.get_by_role("button", name="Text", exact=True).click()
            expect(row).to_be_hidden()
            assert "Town137" in visit.marked()
            expect(visit.mark).to_be_in_viewport()
            visit.check()
