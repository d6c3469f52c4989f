"""Where more ask than are answered at once, each sees how many are before them, and nobody is passed over."""

from __future__ import annotations

import threading
import time

from playwright.sync_api import expect

from index import Library
from qa.settings import QASettings
from qa.web import serving
from qa.web.line import Line
from tests.model_server import ModelServer, says
from tests.web.conftest import OpenPage


def test_first_come_first_served() -> None:
    line, order = Line(2), []
    barrier = threading.Event()

    def stand(name: int, ready: threading.Event) -> None:
        with line.place() as place:
            ready.set()
            while place.ahead(1):
                pass
            order.append(name)
            barrier.wait()

    threads = []
    for name in range(6):
        ready = threading.Event()
        threads.append(threading.Thread(target=stand, args=(name, ready)))
        threads[-1].start()
        ready.wait()
    with line.place() as place:
        assert place.ahead(0) == 5
    while len(order) < 2:
        time.sleep(0.01)
    assert sorted(order) == [0, 1], "the others wait"
    barrier.set()
    for thread in threads:
        thread.join()
    assert sorted(order) == list(range(6))
    with line.place() as place:
        assert place.ahead(0) == 0


def test_who_waits_sees_how_many_are_before_them(open_page: OpenPage, library: Library) -> None:
    silent = says("The deployment could grow ", "to 12,000 ", "soldiers [1].", stall_after=2)
    with ModelServer([silent, says("It could grow to 12,000 soldiers [1].")]) as model:
        settings = QASettings(openai_base_url=model.url, model="test-model", at_once=1)
        with serving(library, settings=settings) as address:
            visits = [open_page(address, locale="en-GB") for _ in range(3)]  # browsers of their own
            turns = [visit.send("How many soldiers could the deployment grow to?") for visit in visits]
            expect(turns[2]).to_contain_text("Waiting: 2 questions are before yours")
            expect(visits[2].page.locator(".fn-sr[aria-live=polite]")).to_contain_text("Waiting")
            visits[1].stop.click()
            expect(turns[2]).to_contain_text("Waiting: 1 question is before yours")
            visits[0].stop.click()
            expect(turns[2]).to_contain_text("12,000 soldiers")
            visits[2].wait()
            expect(turns[1]).to_contain_text("Stopped.")
