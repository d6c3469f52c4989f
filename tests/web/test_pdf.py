"""A source in a PDF opens as the page that is printed, with the quote's lines marked on it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from index import Library
from qa.settings import QASettings
from qa.web import serving
from tests.unit.test_pdf_page import LINES, pdf
from tests.web.conftest import VisitAt


def test_a_pdf_opens_as_its_page(browser_visit: VisitAt, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "bridge.pdf").write_bytes(pdf(("Nothing of interest stands here.",), LINES))
    with Library.open(tmp_path / "library") as library:
        library.sync(folder)
        with serving(library, settings=QASettings()) as address:
            visit = browser_visit(address)
            cite = visit.ask("How long is the bridge?").locator(".fn-cite").first
            cite.click()
            picture = visit.page.get_by_alt_text("Page 2 of")
            expect(picture).to_be_visible()
            assert picture.evaluate("node => node.naturalWidth") > 800
            boxes = visit.page.locator(".fn-boxes rect")
            assert boxes.count() >= 1
            assert visit.in_view(".fn-boxes rect", ".fn-paper")
            over = boxes.first.bounding_box()
            page = picture.bounding_box()
            assert over and page
            assert (over["y"] - page["y"]) / page["height"] > 0.3, "where the first line stands on the page"
            visit.page.get_by_role("button", name="Text", exact=True).click()
            expect(picture).to_be_hidden()
            assert "412 metres" in visit.marked()
            expect(visit.mark).to_be_visible()
            visit.page.get_by_role("button", name="Page", exact=True).click()
            expect(picture).to_be_visible()
            visit.page.screenshot(path=str(tmp_path / "page.png"))
            (folder / "bridge.pdf").write_bytes(pdf(("Another bridge.",)))
            visit.page.get_by_role("button", name="Close the source").click()
            cite.click()
            expect(visit.mark).to_be_visible()
            expect(picture).to_have_count(0)
            visit.check()
