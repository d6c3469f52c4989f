"""What the page shows can be used with a screen reader and without a mouse, as far as axe can tell."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from index import Library
from qa.settings import QASettings
from qa.users import FILE, Users
from qa.web import serving
from tests.model_server import ModelServer, says
from tests.web.conftest import OpenPage
from tests.web.visit import sign_in

SOLDIERS = "How many soldiers could the deployment grow to in total?"
GRAVE = ("serious", "critical")


def violations(page: Page) -> list[str]:
    """What axe finds grave on the page as it is now, each with where."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert len(found["passes"]) > 10, "the page was looked at"
    return [
        f"{each['id']}: {each['help']} at {[node['target'] for node in each['nodes']]}"
        for each in found["violations"]
        if each["impact"] in GRAVE
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave(open_page: OpenPage, scheme: str) -> None:
    visit = open_page(color_scheme=scheme)
    assert violations(visit.page) == [], "before the first question"
    turn = visit.ask(SOLDIERS)
    turn.locator(".fn-cite").first.click()
    visit.marked()
    assert violations(visit.page) == [], "an answer with its source"
    turn.get_by_role("button", name="Helpful", exact=True).click()
    expect(turn.locator(".fn-noting")).to_be_visible()
    turn.get_by_text("Edit", exact=True).click()
    visit.ask("What does the cake cost?")
    assert violations(visit.page) == [], "a refusal, and an answer that is rated and changed"
    visit.page.get_by_role("button", name="1 document").click()
    expect(visit.page.locator(".fn-shelved li")).to_have_count(1)
    assert violations(visit.page) == [], "the documents"
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("button", name="Conversations", exact=True).click()
    expect(visit.page.locator(".fn-kept li")).to_have_count(1)
    assert violations(visit.page) == [], "the conversations"
    visit.page.keyboard.press("Escape")
    visit.open_sets()
    expect(visit.page.locator("#fn-sets .fn-note")).to_be_visible()
    assert violations(visit.page) == [], "the question sets"
    visit.page.keyboard.press("Escape")
    visit.page.get_by_text("Answers are quoted").click()
    expect(visit.page.locator(".fn-choices")).to_be_visible()
    assert violations(visit.page) == [], "the settings"
    visit.page.keyboard.press("Escape")
    turn.locator(".fn-cite").first.hover()
    expect(visit.page.get_by_role("tooltip")).to_be_visible()
    assert violations(visit.page) == [], "a quote beside its number"


def test_axe_finds_nothing_grave_in_a_written_answer_on_a_phone(open_page: OpenPage, library: Library) -> None:
    with (
        ModelServer() as model,
        serving(library, settings=QASettings(openai_base_url=model.url, model="a-model")) as address,
    ):
        visit = open_page(address, viewport={"width": 390, "height": 800}, has_touch=True, color_scheme="dark")
        row = visit.page.locator("#fn-header").bounding_box()
        assert row is not None and row["height"] <= 56, "one row"
        model.then(says("The deployment could grow to 12,000 soldiers [1]. Poland will send 9,000 more."))
        turn = visit.ask(SOLDIERS)
        assert violations(visit.page) == [], "an answer with signs of the support check"
        sign = turn.locator(".fn-check").last
        size = sign.bounding_box()
        assert size is not None and min(size["width"], size["height"]) >= 24
        tip = visit.page.get_by_role("tooltip")
        sign.tap()
        expect(tip).to_contain_text("Unsupported.")
        sign.tap()
        expect(tip).to_be_hidden()
        sign.press("Enter")
        expect(tip).to_contain_text("Unsupported.")
        visit.page.keyboard.press("Escape")
        expect(tip).to_be_hidden()
        turn.locator(".fn-cite").first.tap()
        visit.marked()
        assert violations(visit.page) == [], "its source over the page"
        visit.page.keyboard.press("Escape")
        visit.page.locator(".fn-mode > summary").tap()
        expect(visit.page.locator(".fn-choices")).to_be_visible()
        assert violations(visit.page) == [], "the settings"
        visit.page.locator(".fn-more > summary").tap()
        assert violations(visit.page) == [], "the menu"
        visit.page.keyboard.press("Escape")
        visit.page.get_by_role("button", name="1 document").tap()
        expect(visit.page.locator(".fn-shelved li")).to_have_count(1)
        assert violations(visit.page) == [], "the documents"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_where_people_sign_in(browser: Browser, tmp_path: Path, scheme: Any) -> None:
    Users(tmp_path / FILE).add("ann", "correct horse")
    with Library.open(tmp_path) as empty, serving(empty, settings=QASettings()) as address:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        assert violations(page) == []
        sign_in(page, "ann", "wrong horse")
        expect(page.get_by_role("alert")).to_be_visible()
        assert violations(page) == [], "after a wrong password"
        assert all(url.startswith((address, "data:")) for url in asked)
        context.close()
