"""The list of documents: what is in, what could not be read, asking some of them only, opening one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from index import Library, LibraryMissing
from qa.settings import QASettings
from qa.web import serving
from tests.unit.test_pdf_page import pdf
from tests.web.conftest import VisitAt

FILES = {
    "birds/herons.md": "# Herons\n\nHerons fish at dawn, and a heron eats 500 grams of fish a day.",
    "birds/storks.md": "# Storks\n\nStorks eat frogs, and a stork eats 400 grams of food a day.",
    "towns.txt": "The town of Aldham has 1,200 inhabitants.",
    "empty.pdf": "",
}


def test_documents_are_listed_found_chosen_and_opened(browser_visit: VisitAt, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        library.sync(folder)
        with serving(library, settings=QASettings()) as address:
            visit = browser_visit(address)
            opener = visit.page.get_by_role("button", name="3 documents, 1 not readable")
            opener.click()
            shown = visit.page.get_by_role("complementary", name="Documents")
            rows = shown.locator(".fn-shelved li")
            expect(rows).to_have_count(3)
            expect(rows.first).to_contain_text("Herons birds/herons.md")
            expect(rows.first).to_contain_text("md · 72 bytes · 1 passage")
            expect(rows.first).to_contain_text("changed just now")
            expect(shown.locator(".fn-listed .fn-failed")).to_contain_text("empty.pdf")
            find = shown.get_by_label("Search the documents")
            find.fill("empty")
            expect(rows).to_have_count(0)
            expect(shown.locator(".fn-failed li")).to_have_count(1)
            find.fill("STORK bird")
            expect(rows).to_have_count(1)
            expect(shown.locator(".fn-failed")).to_have_count(0)
            rows.get_by_label("Ask only birds/storks.md").check()
            expect(shown).to_contain_text("Asking 1 of 3.")
            expect(rows).to_have_count(1)
            visit.page.keyboard.press("Escape")
            expect(shown).to_be_hidden()
            expect(opener).to_be_focused()
            expect(visit.page.locator(".fn-scope")).to_contain_text("Only birds/storks.md is asked.")
            turn = visit.ask("How much does one eat a day?")
            expect(turn).to_contain_text("400 grams")
            expect(turn).not_to_contain_text("500 grams")
            visit.page.locator(".fn-scope").get_by_role("button", name="Change").click()
            shown.get_by_role("button", name="Ask all again").click()
            expect(visit.page.locator(".fn-scope")).to_have_count(0)
            shown.get_by_role("button", name="Open towns.txt").click()
            expect(shown).to_be_hidden()
            source = visit.page.locator(".fn-source")
            expect(source).to_contain_text("1,200 inhabitants")
            expect(source).to_contain_text("41 characters")
            visit.check()


def test_pages_and_tables_are_opened_as_such_from_the_list(browser_visit: VisitAt, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "bridge.pdf").write_bytes(pdf(("The bridge over the river Orr.",)))
    (folder / "towns.csv").write_text("City,Price\nAldham,3\nBures,6\n", encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        library.sync(folder)
        with serving(library, settings=QASettings()) as address:
            visit = browser_visit(address)
            source = visit.page.locator(".fn-source")
            expect(source).to_be_hidden()
            for name, shown in (("bridge.pdf", "img[alt='Page 1 of bridge']"), ("towns.csv", "th >> text=Price")):
                visit.page.locator(".fn-docs").click()
                visit.page.get_by_role("button", name=f"Open {name}").click()
                expect(source.locator(shown)).to_be_visible()
            expect(source.locator("tbody tr")).to_have_count(3)
            visit.page.get_by_role("button", name="Conversations", exact=True).click()
            expect(visit.page.get_by_role("complementary", name="Conversations")).to_be_visible()
            visit.page.locator(".fn-veil").click(position={"x": 1000, "y": 400})
            expect(visit.page.get_by_role("complementary", name="Conversations")).to_be_hidden()
            visit.check()


def test_an_empty_folder_is_served_and_fills(browser_visit: VisitAt, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    with Library.open(tmp_path / "library") as library:
        with pytest.raises(LibraryMissing, match="no documents"):
            library.sync(folder)
        library.sync(folder, may_be_empty=True)
        with serving(library, settings=QASettings()) as address:
            visit = browser_visit(address)
            expect(visit.page.locator(".fn-welcome")).to_contain_text("Drop files here")
            visit.page.get_by_role("button", name="Add files").click()
            note = FilePayload(name="herons.txt", mimeType="text/plain", buffer=b"A heron eats 500 grams of fish.")
            visit.page.locator("#fn-shelf .fn-files").set_input_files(note)
            expect(visit.page.locator(".fn-docs")).to_have_text("1 document")
            expect(visit.page.locator(".fn-welcome")).to_contain_text("Ask your documents")
            visit.check()
        (tmp_path / "other").mkdir()
        with pytest.raises(LibraryMissing, match="no documents"):
            library.sync(tmp_path / "other", may_be_empty=True)
