"""What was asked can be asked again, changed, copied, left, found again, renamed, exported and deleted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Locator, Route, expect

from index import Library
from qa.settings import QASettings
from qa.web import serving
from tests.command import served
from tests.model_server import ModelServer, says
from tests.web.conftest import OpenPage
from tests.web.visit import Visit

SOLDIERS = "How many soldiers could the deployment grow to in total?"
BORDER = "What could soldiers do at the border?"


def drawer(visit: Visit) -> Locator:
    visit.page.get_by_role("button", name="Conversations", exact=True).click()
    shown = visit.page.get_by_role("complementary", name="Conversations")
    expect(shown).to_be_visible()
    return shown


@pytest.fixture
def somebody(open_page: OpenPage) -> Callable[[], Visit]:
    """Opens the page in a browser that was never here."""
    return lambda: open_page(locale="en-GB")


def test_a_question_can_be_asked_again_and_changed(visit: Visit) -> None:
    visit.ask(SOLDIERS)
    visit.ask(BORDER)
    first = visit.turns.first
    first.get_by_text("Edit", exact=True).click()
    box = first.get_by_label("The question, to be changed")
    expect(box).to_have_value(SOLDIERS)
    expect(box).to_be_focused()
    box.fill("")
    first.get_by_role("button", name="Ask from here").click()
    expect(visit.page.locator(".fn-notice")).to_contain_text("question is empty")
    expect(visit.turns).to_have_count(2)
    box.fill("Who asked for the deployment?")
    first.get_by_role("button", name="Helpful", exact=True).click()
    expect(first.get_by_role("button", name="Helpful", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(box).to_have_value("Who asked for the deployment?")  # a rating takes nothing of it away
    first.get_by_role("button", name="Ask from here").click()
    expect(visit.turns).to_have_count(1)
    expect(visit.turns.first.locator(".fn-question")).to_contain_text("Who asked for the deployment?")
    visit.wait()
    number = visit.turns.first.get_attribute("data-turn")
    visit.turns.first.get_by_role("button", name="Ask again").click()
    expect(visit.turns.first).not_to_have_attribute("data-turn", number or "")
    visit.wait()
    expect(visit.turns.first.locator(".fn-question")).to_contain_text("Who asked for the deployment?")
    expect(visit.turns).to_have_count(1)
    visit.ask(BORDER)
    visit.turns.first.get_by_role("button", name="Ask again").click()
    expect(visit.turns).to_have_count(2)
    visit.turns.first.get_by_role("button", name="Forget the later answer and ask again?").click()
    expect(visit.turns).to_have_count(1)
    visit.wait()


def test_an_answer_is_copied(open_page: OpenPage) -> None:
    visit = open_page(permissions=["clipboard-read", "clipboard-write"])
    turn = visit.ask(SOLDIERS)
    turn.get_by_role("button", name="Copy").click()
    expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    text, source = visit.page.evaluate("navigator.clipboard.readText()").split("\n\n")[::2]
    assert "12,000" in text and text.endswith(" [1]")
    assert source.startswith("[1] North Korea's Military Aid")


def test_conversations_are_listed_found_renamed_and_deleted(somebody: Callable[[], Visit]) -> None:
    visit = somebody()
    expect(drawer(visit)).to_contain_text("Nothing was asked yet.")
    visit.page.keyboard.press("Escape")
    visit.ask(SOLDIERS)
    visit.page.get_by_role("button", name="New conversation").click()
    expect(visit.turns).to_have_count(0)
    visit.ask(BORDER)
    shown = drawer(visit)
    entries = shown.get_by_role("listitem")
    expect(entries).to_have_count(2)
    expect(entries.first).to_contain_text(BORDER)
    expect(entries.first).to_have_attribute("aria-current", "true")
    shown.get_by_label("Search the conversations").fill("total? SOLDIERS")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text(SOLDIERS)
    entries.first.get_by_text("Rename").first.click()
    entries.first.get_by_label("Another name").fill("Troops <b>")
    entries.first.get_by_label("Another name").press("Enter")
    expect(shown.get_by_text("Troops <b>", exact=True)).to_be_visible()
    expect(entries).to_have_count(2)
    shown.get_by_text("Troops <b>", exact=True).click()
    expect(shown).to_be_hidden()
    expect(visit.turns).to_have_count(1)
    expect(visit.turns.first).to_contain_text("12,000")
    visit.turns.first.locator(".fn-cite").first.click()
    assert "12,000" in visit.marked()
    drawer(visit)
    entries.filter(has_text=BORDER).get_by_role("button", name="Delete").click()
    entries.filter(has_text=BORDER).get_by_text("Delete for good?").click()
    expect(entries).to_have_count(1)
    expect(visit.turns).to_have_count(1)
    entries.get_by_role("button", name="Delete").click()
    entries.get_by_text("Delete for good?").click()
    expect(shown).to_contain_text("Nothing was asked yet.")
    expect(visit.turns).to_have_count(0)


def test_a_list_that_comes_late_does_not_take_the_place_of_a_newer_one(somebody: Callable[[], Visit]) -> None:
    visit = somebody()
    visit.ask(SOLDIERS)
    shown = drawer(visit)
    entries = shown.get_by_role("listitem")
    expect(entries).to_have_count(1)
    late: list[tuple[Route, APIResponse]] = []
    visit.page.route("**/gradio_api/run/**", lambda route: late.append((route, route.fetch())), times=1)
    find = shown.get_by_label("Search the conversations")
    find.fill("nothing like it")
    visit.page.wait_for_timeout(1000)
    [(route, answer)] = late
    with visit.page.expect_response("**/gradio_api/run/**"):
        find.fill("soldiers")
    expect(entries).to_have_count(1)
    with visit.page.expect_response("**/gradio_api/run/**"):
        route.fulfill(response=answer)
    visit.page.wait_for_timeout(300)
    expect(entries).to_have_count(1)


def test_a_conversation_is_exported_with_its_sources(somebody: Callable[[], Visit], tmp_path: Path) -> None:
    visit = somebody()
    visit.ask(SOLDIERS)
    with visit.page.expect_download() as download:
        drawer(visit).get_by_role("button", name="Export").click()
    assert download.value.suggested_filename.endswith(".md")
    download.value.save_as(tmp_path / "saved.md")
    text = (tmp_path / "saved.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {SOLDIERS}")
    assert re.search(r"^1\. \S+, characters \d+ to \d+: “.*12,000", text, re.MULTILINE)
    with visit.page.expect_download():
        visit.page.get_by_role("button", name="Export").click()


def test_a_link_opens_a_conversation_for_its_owner_only(somebody: Callable[[], Visit], open_page: OpenPage) -> None:
    visit = somebody()
    visit.ask(SOLDIERS)
    expect(visit.page).to_have_url(re.compile(r"\?c="))
    link = visit.page.url
    visit.page.goto(link)
    expect(visit.turns).to_have_count(1)
    expect(visit.turns.first).to_contain_text("12,000")
    visit.ask("And what could they do there?")
    expect(visit.turns.nth(1)).to_contain_text("Understood as")
    stranger = open_page(link, locale="en-US")
    expect(stranger.page.locator(".fn-notice")).to_contain_text("no such conversation")
    expect(stranger.turns).to_have_count(0)


def test_conversations_outlive_the_server(browser_visit: Callable[[str], Visit], library: Library) -> None:
    with serving(library, settings=QASettings()) as address:
        visit = browser_visit(address)
        visit.ask(SOLDIERS)
        id_ = visit.page.url.partition("?c=")[2]
        port = int(address.rpartition(":")[2])
    with serving(library, settings=QASettings(), port=port):
        visit.page.goto(f"{address}/?c={id_}")
        expect(visit.turns).to_have_count(1)
        expect(visit.turns.first).to_contain_text("12,000")


def test_what_a_killed_server_was_writing_is_kept_and_marked(
    browser_visit: Callable[[str], Visit], tmp_path: Path, seeds: Path
) -> None:
    with ModelServer() as model:
        model.then(says("It could grow to 12,000 [1]. ", *["And on. "] * 200, delay=0.3))
        settings = {"INDEX_PATH": str(tmp_path / "library"), "OPENAI_BASE_URL": model.url, "QA_MODEL": "test-model"}
        with served(seeds, **settings) as (address, process):
            visit = browser_visit(address)
            turn = visit.send(SOLDIERS)
            expect(turn).to_contain_text("And on. And on. And on. And on. And on. And on. And on.")
            process.kill()
        link = visit.page.url
        with served(seeds, port=address.rpartition(":")[2], **settings):
            # By itself, in a page that stayed open, and for who comes by the link.
            expect(visit.turns.first.get_by_role("alert")).to_contain_text("The server stopped")
            visit.send("And what could they do?")
            expect(visit.turns).to_have_count(2)
            assert visit.page.url == link
            visit.page.goto(link)
            expect(visit.turns).to_have_count(2)
            expect(visit.turns.first).to_contain_text("It could grow to 12,000")
            expect(visit.turns.first).to_contain_text("And on.")
            expect(visit.turns.first.get_by_role("alert")).to_contain_text("The server stopped")
