"""The page over the shipped documents, without a model, as a person uses it in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from index import Library
from tests.web.conftest import OpenPage, ServeFolder
from tests.web.visit import Visit

SOLDIERS = "How many soldiers could the deployment grow to in total?"
SEED = "000_959399f82b90f1e0.txt"
TITLE = "North Korea's Military Aid: A New Alliance in the Ukraine War"


def test_a_question_is_answered_with_a_citation(visit: Visit) -> None:
    turn = visit.ask(SOLDIERS)
    expect(turn.locator(".fn-question")).to_contain_text(SOLDIERS)
    expect(turn.locator(".fn-quoted").first).to_contain_text("12,000 soldiers")
    expect(turn.locator(".fn-entries li")).to_have_count(turn.locator(".fn-quoted").count())
    expect(turn.locator(".fn-entry").first).to_contain_text(SEED)
    expect(visit.box).to_have_value("")
    expect(visit.box).to_be_focused()


@pytest.mark.parametrize("opener, current", [(".fn-cite", 2), (".fn-entry", 1)])
def test_a_click_opens_the_source_at_the_exact_quote(visit: Visit, library: Library, opener: str, current: int) -> None:
    turn = visit.ask(SOLDIERS)
    turn.locator(opener).first.click()
    quote = visit.marked()
    assert quote in library.document(SEED).text
    assert quote in (turn.locator(".fn-quoted").first.text_content() or "")
    assert visit.in_view("mark", ".fn-text")
    expect(visit.page.locator(".fn-source h2")).to_have_text(TITLE)
    expect(turn.locator("[aria-current]")).to_have_count(current)
    shown = visit.page.locator(".fn-text").text_content()
    assert shown == library.document(SEED).text


def test_the_source_opens_and_closes_without_a_mouse(visit: Visit) -> None:
    turn = visit.ask(SOLDIERS)
    cite = turn.locator(".fn-cite").first
    cite.focus()
    visit.page.keyboard.press("Enter")
    assert "12,000" in visit.marked()
    expect(visit.page.locator(".fn-text")).to_be_focused()
    visit.page.keyboard.press("Escape")
    expect(visit.mark).to_have_count(0)
    expect(cite).to_be_focused()
    visit.page.keyboard.press("Space")
    assert "12,000" in visit.marked()


def test_citations_are_walked_through_by_buttons_and_keys(visit: Visit) -> None:
    turn = visit.ask("What did the officials say about the soldiers and their training?")
    cites = turn.locator(".fn-cite")
    assert cites.count() >= 2
    visit.page.keyboard.press("Alt+ArrowDown")
    expect(cites.first).to_have_attribute("aria-current", "true")
    first = visit.marked()
    visit.page.get_by_role("button", name="Next citation").click()
    expect(cites.nth(1)).to_have_attribute("aria-current", "true")
    expect(visit.mark).not_to_have_text(first)
    visit.page.keyboard.press("Alt+ArrowUp")
    expect(cites.first).to_have_attribute("aria-current", "true")
    visit.page.get_by_role("button", name="Previous citation").click()
    expect(cites.last).to_have_attribute("aria-current", "true")
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("/")
    expect(visit.box).to_be_focused()
    visit.page.keyboard.type("1/2", delay=60)
    expect(visit.box).to_have_value("1/2")
    visit.page.keyboard.press("Alt+Shift+N")
    expect(visit.turns).to_have_count(0)


def test_the_source_can_be_closed_and_opened_again(visit: Visit) -> None:
    cite = visit.ask(SOLDIERS).locator(".fn-cite").first
    for _ in range(2):
        cite.click()
        visit.marked()
        visit.page.get_by_role("button", name="Close the source").click()
        expect(visit.mark).to_have_count(0)
        expect(visit.page.locator(".fn-source")).to_be_hidden()
        expect(visit.page.locator("[aria-current]")).to_have_count(0)


def test_a_refusal_shows_the_closest_passages(visit: Visit, library: Library) -> None:
    turn = visit.ask("What is the capital of Australia?")
    expect(turn.locator(".fn-refusal")).to_have_text("The documents do not answer this question.")
    expect(turn.get_by_text("Closest passages", exact=True)).to_be_visible()
    closest = turn.locator(".fn-entry")
    hits = library.search("What is the capital of Australia?")
    expect(closest).to_have_count(min(3, len(hits)))
    closest.nth(1).click()
    assert visit.marked() == hits[1].passage.text


def test_a_follow_up_is_understood_from_the_conversation(visit: Visit, open_page: OpenPage) -> None:
    visit.ask(SOLDIERS)
    turn = visit.ask("And what could they do there?")
    understood = "And what could they do there? (about: soldiers deployment grow total)"
    expect(turn.get_by_text(f"Understood as: {understood}")).to_be_visible()
    stranger = open_page()
    expect(stranger.turns).to_have_count(0)
    expect(stranger.ask("And what could they do there?")).not_to_contain_text("Understood as")
    expect(visit.turns).to_have_count(2)


def test_what_a_follow_up_was_understood_as_can_be_put_right(visit: Visit) -> None:
    visit.ask(SOLDIERS)
    turn = visit.ask("And what could they do there?")
    visit.box.fill("Something else, half typed")
    turn.get_by_text("Understood as").click()
    other = turn.get_by_label("The question in other words")
    expect(other).to_have_value("And what could they do there? (about: soldiers deployment grow total)")
    other.fill("What could soldiers do at the border?")
    other.press("Enter")
    expect(visit.turns).to_have_count(3)
    visit.wait()
    expect(visit.turns.nth(2).locator(".fn-question")).to_contain_text("What could soldiers do at the border?")
    expect(visit.turns.nth(2)).not_to_contain_text("Understood as")
    expect(turn).to_contain_text("Understood as", use_inner_text=True)
    expect(visit.box).to_have_value("Something else, half typed")


def test_the_header_says_what_is_in_and_how_answers_come_about(visit: Visit) -> None:
    expect(visit.page.get_by_role("button", name="1 document")).to_be_visible()
    visit.page.locator(".fn-more > summary").click()
    visit.page.get_by_text("Keys", exact=True).click()
    expect(visit.page.locator(".fn-keys li").first).to_be_visible()
    visit.page.get_by_text("Answers are quoted").click()
    expect(visit.page.locator(".fn-mode")).to_contain_text("OPENAI_BASE_URL")
    expect(visit.page.locator(".fn-keys li").first).to_be_hidden()
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator(".fn-mode p")).to_be_hidden()


def test_example_questions_are_asked_by_a_click_and_answered(visit: Visit) -> None:
    examples = visit.page.locator(".fn-example")
    questions = examples.all_text_contents()
    assert 2 <= len(questions) <= 4
    for question in questions:
        visit.page.get_by_role("button", name=question).click()
        turn = visit.turns.first
        expect(turn.locator(".fn-question")).to_contain_text(question)
        visit.wait()
        expect(turn.locator(".fn-quoted").first).to_be_visible()
        visit.page.get_by_role("button", name="New conversation").click()
        expect(visit.turns).to_have_count(0)


def test_a_new_conversation_forgets_the_old_one(visit: Visit) -> None:
    visit.ask(SOLDIERS).locator(".fn-cite").first.click()
    visit.marked()
    visit.page.get_by_role("button", name="New conversation").click()
    expect(visit.turns).to_have_count(0)
    expect(visit.mark).to_have_count(0)
    expect(visit.page.locator(".fn-welcome")).to_contain_text("Ask your documents")
    expect(visit.ask("And what could they do there?")).not_to_contain_text("searched for")


def test_a_question_that_cannot_be_taken_is_refused_in_words(visit: Visit) -> None:
    notice = visit.page.locator(".fn-notice")
    visit.box.fill("   ")
    visit.box.press("Enter")
    expect(notice).to_contain_text("The question is empty.")
    visit.box.fill("long " * 1_000)
    visit.page.get_by_role("button", name="Ask", exact=True).click()
    expect(notice).to_contain_text("at most 4,000 are taken")
    assert visit.box.input_value() == "long " * 1_000
    expect(visit.turns).to_have_count(0)
    visit.ask(SOLDIERS)
    expect(notice).to_be_empty()


def test_a_screen_reader_is_told_the_answer_once(visit: Visit) -> None:
    status = visit.page.locator("#fn-chat [role=status]")
    visit.ask(SOLDIERS)
    expect(status).to_contain_text("12,000 soldiers")
    expect(visit.log).to_have_attribute("aria-live", "off")
    names = [cite.get_attribute("aria-label") for cite in visit.page.locator(".fn-cite").all()]
    assert names and all(re.fullmatch(rf"Source \d: {TITLE}", name or "") for name in names)


def test_nothing_that_did_not_change_is_drawn_anew(visit: Visit) -> None:
    first = visit.ask(SOLDIERS)
    first.locator("p").first.evaluate("node => { node.untouched = true }")
    visit.ask("What is the capital of Australia?")
    assert first.locator("p").first.evaluate("node => node.untouched") is True


def test_the_page_fits_a_phone(open_page: OpenPage) -> None:
    phone = open_page(viewport={"width": 360, "height": 700}, has_touch=True)
    turn = phone.ask(SOLDIERS)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(phone.page.locator("#fn-right")).to_be_hidden()
    turn.locator(".fn-entry").first.tap()
    assert "12,000" in phone.marked()
    expect(phone.mark).to_be_in_viewport()
    phone.page.get_by_role("button", name="Close the source").click()
    expect(phone.page.locator("#fn-right")).to_be_hidden()
    expect(phone.box).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_both_themes(open_page: OpenPage, scheme: str) -> None:
    visit = open_page(color_scheme=scheme)
    visit.ask(SOLDIERS).locator(".fn-cite").first.click()
    visit.marked()
    visit.send("What is the capital of Australia?")
    visit.wait()
    for name in (".fn-question", ".fn-quoted", ".fn-meta", ".fn-quote", "mark", ".fn-text", ".fn-refusal", ".fn-entry"):
        assert visit.page.locator(name).first.evaluate(CONTRAST) >= 4.5, name
    ground = visit.page.locator(".gradio-container").evaluate("node => getComputedStyle(node).backgroundColor")
    assert (sum(int(part) for part in re.findall(r"\d+", ground)[:3]) < 200) is (scheme == "dark")


# Contrast of an element's text with what lies behind it, by WCAG 2.2, "contrast ratio" and "relative luminance".
CONTRAST = """
node => {
    const read = text => text.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => {
        const linear = [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    let behind = node;
    while (read(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const lights = [getComputedStyle(node).color, getComputedStyle(behind).backgroundColor].map(read).map(luminance);
    return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
}
"""


def test_an_empty_library_says_how_to_fill_it(open_page: OpenPage, serve_folder: ServeFolder) -> None:
    visit = open_page(serve_folder({}))
    visit.page.get_by_text("No documents").click()
    expect(visit.page.locator(".fn-documents")).to_contain_text("footnote sync")
    turn = visit.ask(SOLDIERS)
    expect(turn.get_by_role("alert")).to_contain_text("footnote sync")
    expect(visit.box).to_be_enabled()


def test_a_number_shows_its_quote_when_it_is_pointed_at_or_has_the_focus(visit: Visit) -> None:
    turn = visit.ask(SOLDIERS)
    hint = visit.page.get_by_role("tooltip")
    cite = turn.locator(".fn-cite").first
    quote = cite.get_attribute("data-tip") or ""
    assert quote[:-1] in " ".join((turn.text_content() or "").split())
    expect(hint).to_be_hidden()
    cite.hover()
    expect(hint).to_contain_text(quote)
    hint.hover()
    visit.page.wait_for_timeout(400)
    expect(hint).to_be_visible()
    place = hint.bounding_box()
    assert place is not None and place["x"] >= 0 and place["x"] + place["width"] <= visit.page.evaluate("innerWidth")
    visit.page.keyboard.press("Escape")
    expect(hint).to_be_hidden()
    visit.page.mouse.move(5, 5)
    visit.box.focus()
    for _ in range(30):
        visit.page.keyboard.press("Shift+Tab")
        if cite.evaluate("node => node === document.activeElement"):
            break
    expect(hint).to_contain_text(quote)
    visit.page.keyboard.press("Tab")
    expect(hint).to_be_hidden()
