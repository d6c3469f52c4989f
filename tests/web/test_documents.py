"""The list of documents: what is in, what could not be read, asking some of them only, opening one."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from index import Library
from qa.settings import QASettings
from qa.web import serving
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
            expect(shown.locator(".fn-failed")).to_contain_text("empty.pdf")
            shown.get_by_label("Search the documents").fill("STORK bird")
            expect(rows).to_have_count(1)
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
