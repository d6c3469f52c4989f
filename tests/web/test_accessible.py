"""What the page shows can be used with a screen reader and without a mouse, as far as axe can tell."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.conftest import OpenPage
from tests.web.visit import Visit

SOLDIERS = "How many soldiers could the deployment grow to in total?"
GRAVE = ("serious", "critical")


def violations(visit: Visit) -> list[str]:
    """What axe finds grave on the page as it is now, each with where."""
    visit.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = visit.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert len(found["passes"]) > 10, "the page was looked at"
    return [
        f"{each['id']}: {each['help']} at {[node['target'] for node in each['nodes']]}"
        for each in found["violations"]
        if each["impact"] in GRAVE
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave(open_page: OpenPage, scheme: str) -> None:
    visit = open_page(color_scheme=scheme)
    assert violations(visit) == [], "before the first question"
    turn = visit.ask(SOLDIERS)
    turn.locator(".fn-cite").first.click()
    visit.marked()
    assert violations(visit) == [], "an answer with its source"
    turn.get_by_role("button", name="Helpful", exact=True).click()
    expect(turn.locator(".fn-noting")).to_be_visible()
    turn.get_by_text("Edit", exact=True).click()
    visit.ask("What does the cake cost?")
    assert violations(visit) == [], "a refusal, and an answer that is rated and changed"
    visit.page.get_by_role("button", name="1 document").click()
    expect(visit.page.locator(".fn-shelved li")).to_have_count(1)
    assert violations(visit) == [], "the documents"
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("button", name="Conversations", exact=True).click()
    expect(visit.page.locator(".fn-kept li")).to_have_count(1)
    assert violations(visit) == [], "the conversations"
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("button", name="Question sets", exact=True).click()
    expect(visit.page.locator("#fn-sets .fn-note")).to_be_visible()
    assert violations(visit) == [], "the question sets"
    visit.page.keyboard.press("Escape")
    visit.page.get_by_text("Answers are quoted").click()
    expect(visit.page.locator(".fn-choices")).to_be_visible()
    assert violations(visit) == [], "the settings"
    visit.page.keyboard.press("Escape")
    turn.locator(".fn-cite").first.hover()
    expect(visit.page.get_by_role("tooltip")).to_be_visible()
    assert violations(visit) == [], "a quote beside its number"
