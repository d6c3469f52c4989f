"""One conversation in two windows: neither loses what the other asked; and the ways back and on through windows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from index import Library
from qa.settings import QASettings
from qa.web import serving
from tests.model_server import ModelServer, says
from tests.web.conftest import OpenPage
from tests.web.visit import Visit

SOLDIERS = "How many soldiers could the deployment grow to in total?"
BORDER = "What could soldiers do at the border?"
ASKED = "Who asked for the deployment?"


@pytest.fixture
def beside(open_page: OpenPage) -> Callable[[Visit], Visit]:
    """Opens another window of the same browser at the address that a window is at."""

    def beside(first: Visit) -> Visit:
        second = Visit(first.page.context.new_page(), first.address)
        second.page.goto(first.page.url)
        return second

    return beside


def test_what_one_window_asks_the_other_shows_and_nothing_is_lost(
    open_page: OpenPage, site: str, beside: Callable[[Visit], Visit]
) -> None:
    first = open_page(site, locale="en-GB")
    first.ask(SOLDIERS)
    second = beside(first)
    expect(second.turns).to_have_count(1)
    first.ask(BORDER)
    expect(second.turns).to_have_count(2)  # it is told of it
    expect(second.turns.last).to_contain_text("Quoted word for word")
    second.ask(ASKED)
    expect(first.turns).to_have_count(3)
    second.page.reload()
    expect(second.turns).to_have_count(3)
    questions = second.turns.locator(".fn-question")
    for place, question in enumerate((SOLDIERS, BORDER, ASKED)):
        expect(questions.nth(place)).to_contain_text(question)
    second.check()
    first.check()
    second.page.close()


def test_an_answer_is_watched_and_stopped_from_another_window(
    open_page: OpenPage, library: Library, beside: Callable[[Visit], Visit]
) -> None:
    slow = says("It could grow ", *["and grow "] * 400, "to 12,000 [1].", delay=0.2)
    with ModelServer([slow]) as model:
        settings = QASettings(openai_base_url=model.url, model="test-model")
        with serving(library, settings=settings) as address:
            first = open_page(address, locale="en-GB")
            first.send(SOLDIERS)
            expect(first.turns.first).to_contain_text("It could grow and")
            second = beside(first)
            expect(second.turns.first).to_contain_text("It could grow and")
            expect(second.turns.first).not_to_contain_text("The server stopped")
            second.stop.click()
            for each in (first, second):
                expect(each.turns.first).to_contain_text("Stopped.")
                each.wait()
            second.page.close()


def test_going_back_leads_to_the_conversation_before(open_page: OpenPage, site: str) -> None:
    visit = open_page(site, locale="en-GB")
    visit.ask(SOLDIERS)
    visit.page.get_by_role("button", name="New conversation").click()
    expect(visit.turns).to_have_count(0)
    expect(visit.box).to_be_focused()
    visit.ask(BORDER)
    visit.page.go_back()
    expect(visit.turns.first.locator(".fn-question")).to_contain_text(SOLDIERS)
    visit.page.go_forward()
    expect(visit.turns.first.locator(".fn-question")).to_contain_text(BORDER)
    expect(visit.turns).to_have_count(1)
    visit.check()
