"""The page while another process puts documents into its library."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

from playwright.sync_api import expect

from index import Library
from qa.settings import QASettings
from qa.web import serving
from tests.command import footnote_here
from tests.web.conftest import OpenPage


def test_what_another_process_syncs_is_soon_on_the_page(open_page: OpenPage, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "kettle.txt").write_text("The kettle holds two litres of water.", encoding="utf-8")
    place = tmp_path / "library"
    ended: list[float] = []

    def sync() -> None:
        footnote_here("sync", "documents", folder=tmp_path, INDEX_PATH=str(place))
        ended.append(time.monotonic())

    with Library.open(place) as library:
        library.sync(documents)
        with serving(library, settings=QASettings()) as address:
            visit = open_page(address)
            header = visit.page.locator("#fn-header")
            expect(header).to_contain_text("1 document")
            for number in range(600):
                (documents / f"{number}.txt").write_text(
                    f"Report {number}.\n\nMachine {number} was painted in shade {number * 7} by hand.", encoding="utf-8"
                )
            other = threading.Thread(target=sync)
            other.start()
            shown = set()
            while other.is_alive():
                turn = visit.ask("How much water does the kettle hold?")
                expect(turn).to_contain_text("two litres")
                shown.add(re.findall(r"[\d,]+ documents?", header.inner_text())[0])
            other.join()
            expect(header).to_contain_text("601 documents")
            assert ended, "the other process failed"
            expect(visit.ask("Which shade was machine 599 painted in?")).to_contain_text("4193")
            expect(visit.page.locator(".fn-alert")).to_have_count(0)
            assert len(shown) > 1, "some were shown before all were in"
