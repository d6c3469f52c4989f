"""Documents, file names, questions and replies that try to be more than text. Asserted in a real browser.

What ``open_page`` checks after each test is half of these: that nothing ran and that nothing was fetched.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.conftest import ServeFolder, VisitAt
from tests.web.page_html import HOSTILE
from tests.web.visit import Visit

SCRIPT = "<script>window.pwned=1</script>"
PICTURE = "<img src=x onerror=window.pwned=1>"
REMOTE = "![p](http://outside.example/p.png) <img src=http://outside.example/q.png> [l](javascript:window.pwned=1)"
SENTENCE = f"The tower of Arben is {SCRIPT} 93 metres tall {PICTURE} {REMOTE} ${{window.pwned=1}} {{{{this}}}}."
QUESTION = "How many metres tall is the tower of Arben?"
NAME = "'><img src=x onerror=window.pwned=1> \u202e{{name}}.md"
DOCUMENT = f"# {SCRIPT}{PICTURE} Towers of Arben\n\n{SENTENCE}\n\n{'W' * 3000}\n"

ACTIVE = "#fn-chat :is(script, img, iframe, a, object, style), #fn-source :is(script, img, iframe, a, object, style)"


@pytest.fixture(scope="module")
def hostile_site(serve_folder: ServeFolder) -> str:
    return serve_folder({NAME: DOCUMENT})


@pytest.fixture
def hostile(visit_at: VisitAt, hostile_site: str) -> Visit:
    return visit_at(hostile_site)


def test_a_hostile_document_stays_text(hostile: Visit) -> None:
    turn = hostile.ask(QUESTION)
    expect(turn.locator(".fn-quoted").first).to_contain_text("93 metres")
    for part in (SCRIPT, PICTURE, REMOTE, "${window.pwned=1}", "{{this}}"):
        expect(turn.locator(".fn-quoted").first).to_contain_text(part)
    turn.locator(".fn-cite").first.click()
    assert SENTENCE in hostile.marked()
    assert "W" * 3000 in (hostile.page.locator(".fn-text").text_content() or "")
    expect(hostile.page.locator(".fn-source-head")).to_contain_text(PICTURE)
    expect(hostile.page.locator(ACTIVE)).to_have_count(0)
    assert hostile.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for pane in (".fn-log", ".fn-text"):
        assert hostile.page.locator(pane).evaluate("node => node.scrollWidth <= node.clientWidth + 1"), pane


def test_a_hostile_name_and_title_stay_text(hostile: Visit) -> None:
    hostile.page.get_by_role("button", name="1 document").click()
    row = hostile.page.locator(".fn-shelved li")
    expect(row).to_contain_text(f"{SCRIPT}{PICTURE} Towers of Arben")
    expect(row).to_contain_text("'><img src=x onerror=window.pwned=1> \ufffd{{name}}.md")
    row.get_by_role("checkbox").check()
    expect(hostile.page.locator(".fn-scope")).to_contain_text("'><img src=x onerror=window.pwned=1>")
    row.get_by_role("button", name="Open").click()
    expect(hostile.page.locator(".fn-source-head")).to_contain_text("Towers of Arben")
    expect(hostile.page.locator("#fn-header img, #fn-shelf img, #fn-chat img, #fn-source img")).to_have_count(0)
    hostile.page.get_by_role("button", name="1 document").click()
    hostile.page.get_by_role("button", name="Ask all again").click()
    expect(hostile.page.locator(".fn-scope")).to_have_count(0)
    hostile.page.keyboard.press("Escape")


def test_an_example_made_of_a_hostile_title_stays_text(hostile: Visit) -> None:
    example = hostile.page.locator(".fn-example").first
    question = example.text_content() or ""
    assert SCRIPT in question
    example.click()
    hostile.wait()
    assert (hostile.turns.first.locator(".fn-question bdi").text_content() or "") == question


def test_hostile_questions_stay_text(hostile: Visit) -> None:
    short = "\n".join(text for text in HOSTILE if len(text) < 500)
    for question in (short, "a" * 1500 + "**" * 500 + "`" * 501 + "[" * 500):
        typed = question.encode("utf-8", "ignore").decode().replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
        turn = hostile.ask(typed)
        assert turn.locator(".fn-question bdi").text_content() == typed.strip()
    expect(hostile.page.locator(ACTIVE)).to_have_count(0)
