"""The page with a model behind it: a server that speaks the OpenAI protocol and says what the test wants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from index import Library
from qa.settings import QASettings
from qa.web import serving
from tests.model_server import Behaviour, ModelServer, fails, says
from tests.web.conftest import OpenPage, VisitAt
from tests.web.page_html import HOSTILE
from tests.web.visit import Visit

SOLDIERS = "How many soldiers could the deployment grow to in total?"
ANSWER = (
    "The deployment could grow to a total of 12,000 soldiers [1].",
    "\n\n- They would serve in **four brigades** [1]\n- Russia has `600,000` troops in Ukraine [1][77]",
)


@pytest.fixture(scope="module")
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def written_site(library: Library, model_server: ModelServer) -> Iterator[str]:
    settings = QASettings(openai_base_url=model_server.url, model="test-model")
    with serving(library, settings=settings) as address:
        yield address


class Script:
    """What the model will say, one behaviour a request."""

    def __init__(self, server: ModelServer) -> None:
        self.server = server

    def __call__(self, *behaviours: Behaviour) -> None:
        self.server.then(*behaviours)


@pytest.fixture
def script(model_server: ModelServer) -> Script:
    return Script(model_server)


@pytest.fixture
def visit(visit_at: VisitAt, written_site: str) -> Visit:
    return visit_at(written_site)


def test_the_header_names_the_model(visit: Visit) -> None:
    visit.page.get_by_text("Answers by test-model").click()
    expect(visit.page.locator(".fn-mode")).to_contain_text("checked against")
    expect(visit.page.locator(".fn-welcome")).to_contain_text("written from your documents")


def test_an_answer_is_shown_while_it_is_written(visit: Visit, script: Script) -> None:
    script(says("First half. ", "Second half [1].", delay=3))
    turn = visit.send(SOLDIERS)
    expect(turn.locator(".fn-stage")).to_contain_text("Reading")
    expect(turn).to_contain_text("First half.")
    expect(turn).not_to_contain_text("Second half")
    expect(turn.locator(".fn-stage")).to_contain_text("Writing")
    expect(visit.log).to_have_attribute("aria-busy", "true")
    visit.wait()
    expect(turn).to_contain_text("First half.✗ Second half")
    expect(turn.locator(".fn-stage")).to_have_count(0)


def test_numbers_become_citations_of_exact_spans(visit: Visit, script: Script, library: Library) -> None:
    script(says(*ANSWER))
    turn = visit.ask(SOLDIERS)
    expect(turn.locator(".fn-prose strong")).to_have_text("four brigades")
    expect(turn.locator("code")).to_have_text("600,000")
    expect(turn.locator(".fn-list li")).to_have_count(2)
    expect(turn.locator(".fn-prose button.fn-cite")).to_have_count(3)
    expect(turn.locator(".fn-entries li")).to_have_count(1)
    expect(turn).not_to_contain_text("77")
    expect(turn.locator(".fn-meta")).to_contain_text("Written by test-model")
    expect(turn.locator(".fn-meta")).to_contain_text("1 citation that pointed nowhere removed")
    turn.locator("button.fn-cite").first.click()
    quote = visit.marked()
    assert "12,000 soldiers" in quote
    assert quote in library.document("000_959399f82b90f1e0.txt").text
    assert visit.in_view("mark", ".fn-text")


def test_a_failure_is_said_in_words_and_the_page_goes_on(visit: Visit, script: Script) -> None:
    script(fails(401, "Incorrect API key provided."))
    turn = visit.ask(SOLDIERS)
    expect(turn.get_by_role("alert")).to_contain_text("OPENAI_API_KEY")
    expect(turn.get_by_role("alert")).not_to_contain_text("Traceback")
    expect(visit.page.locator("#fn-chat [role=status]")).to_contain_text("No answer.")
    script(says("It could grow to 12,000 soldiers [1]."))
    expect(visit.ask(SOLDIERS).locator("button.fn-cite")).to_have_count(1)


@pytest.mark.parametrize(
    "failures, words",
    [
        ([fails(404, "The model does not exist.")], "QA_MODEL"),
        ([fails(400, "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>")], "test-model"),
        ([says("")], "empty"),
        ([fails(429, "Rate limit reached.", headers={"Retry-After": "0"})] * 3, "Ask again"),
    ],
    ids=["model", "request", "empty", "busy"],
)
def test_where_the_model_fails_the_answer_is_quoted_and_says_so(
    visit: Visit, script: Script, failures: list[Behaviour], words: str
) -> None:
    script(*failures)
    turn = visit.ask(SOLDIERS)
    expect(turn.get_by_role("alert")).to_contain_text("Quoted, not written.")
    expect(turn.get_by_role("alert")).to_contain_text(words)
    expect(turn.locator("script, img")).to_have_count(0)
    expect(turn.locator(".fn-quoted").first).to_contain_text("12,000 soldiers")


def test_what_arrived_of_a_broken_reply_stays(visit: Visit, script: Script) -> None:
    script(says("It could grow to 12,000 soldiers [1]. ", "And there is", finish=None, done=False))
    turn = visit.ask(SOLDIERS)
    expect(turn).to_contain_text("And there is")
    expect(turn.get_by_role("alert")).to_contain_text("The answer broke off.")
    turn.locator("button.fn-cite").first.click()
    assert "12,000" in visit.marked()


def test_stopping_ends_the_answer_and_the_models_work(visit: Visit, script: Script, model_server: ModelServer) -> None:
    left = model_server.left
    script(says("It could grow. ", *(f"Word {number}. " for number in range(200)), delay=0.1))
    turn = visit.send(SOLDIERS)
    expect(turn).to_contain_text("Word 1.")
    expect(visit.page.get_by_role("button", name="Ask", exact=True)).to_be_hidden()
    visit.stop.click()
    visit.wait()
    expect(turn).to_contain_text("Stopped.")
    expect(visit.stop).to_be_hidden()
    said = turn.text_content()
    assert model_server.wait_until_left(left + 1)
    assert turn.text_content() == said
    script(says(SOLDIERS), says("It could grow to 12,000 soldiers [1]."))  # with a history it is put into words first
    expect(visit.ask(SOLDIERS)).to_contain_text("12,000")
    script(says(SOLDIERS), says("It could grow. ", *(f"Word {number}. " for number in range(200)), delay=0.1))
    turn = visit.send(SOLDIERS)
    expect(turn).to_contain_text("Word 1.")
    visit.box.fill("And then?")
    visit.box.press("Enter")
    expect(visit.page.locator(".fn-notice")).to_contain_text("An answer is still being written")
    visit.stop.click()
    visit.wait()
    script(says(SOLDIERS), says("It could grow to 12,000 soldiers [1]."))
    visit.box.press("Enter")  # what was typed meanwhile is still there, and Enter is not forgotten after a stop
    expect(visit.turns).to_have_count(4)
    expect(visit.turns.last).to_contain_text("12,000")


def test_leaving_the_page_ends_the_models_work(open_page: OpenPage, written_site: str, script: Script) -> None:
    left = script.server.left
    script(says("It could grow. ", *(f"Word {number}. " for number in range(200)), delay=0.1))
    leaver = open_page(written_site)
    expect(leaver.send(SOLDIERS)).to_contain_text("Word 1.")
    leaver.page.goto("about:blank")
    assert script.server.wait_until_left(left + 1, timeout=10)


def test_the_next_question_can_be_typed_meanwhile(visit: Visit, script: Script) -> None:
    script(says("One. ", "Two. ", "Three. ", delay=0.4))
    visit.send(SOLDIERS)
    visit.box.fill("And then?")
    visit.box.press("Enter")
    visit.wait()
    expect(visit.box).to_have_value("And then?")
    expect(visit.turns).to_have_count(1)


def test_several_are_answered_at_once(open_page: OpenPage, written_site: str, script: Script) -> None:
    # In browsers of their own: one browser keeps at most six connections to a server, and each answer takes two.
    visits = [open_page(written_site, locale="en-GB") for _ in range(2)]
    script(*[says("One. ", "Two. ", stall_after=2)] * 2)
    for each in visits:
        each.send(SOLDIERS)
    for each in visits:
        expect(each.turns.first).to_contain_text("One.")
        expect(each.log).to_have_attribute("aria-busy", "true")
    for each in visits:
        each.stop.click()
        expect(each.turns.first).to_contain_text("Stopped.")


def test_a_follow_up_is_put_into_words_by_the_model(visit: Visit, script: Script, model_server: ModelServer) -> None:
    script(says("It could grow to 12,000 soldiers [1]."))
    visit.ask(SOLDIERS)
    script(says("How many brigades would the soldiers form?"), says("Four brigades [1]."))
    turn = visit.ask("And how many brigades?")
    expect(turn.get_by_text("Understood as: How many brigades would the soldiers form?")).to_be_visible()
    rewriting = model_server.requests[-2].prompt
    assert SOLDIERS in rewriting and "12,000 soldiers" in rewriting


def test_thoughts_are_folded_and_not_part_of_the_answer(visit: Visit, script: Script) -> None:
    script(says("Four [1].", reasoning="Let me <b>think</b>."))
    turn = visit.ask(SOLDIERS)
    expect(turn.locator(".fn-prose")).to_have_text("Four 1.✓")
    thoughts = turn.locator(".fn-reasoning bdi")
    expect(thoughts).to_be_hidden()
    turn.get_by_text("How the model reasoned").click()
    expect(thoughts).to_have_text("Let me <b>think</b>.")


def test_a_refusal_of_the_model_looks_like_one(visit: Visit, script: Script) -> None:
    script(says("The documents do not answer this question."))
    turn = visit.ask("What is the capital of Australia?")
    expect(turn.locator(".fn-refusal")).to_be_visible()
    expect(turn.locator(".fn-entry").first).to_be_visible()


def test_a_hostile_reply_stays_text(visit: Visit, script: Script) -> None:
    for reply in ("\n\n".join(text for text in HOSTILE if len(text) < 500 and "\ud800" not in text), "- " * 30_000):
        script(says(*(reply[at : at + 2000] for at in range(0, len(reply), 2000))))
        turn = visit.ask(SOLDIERS)
        expect(turn.locator(":is(script, img, iframe, a, object, style, svg, math)")).to_have_count(0)
        expect(turn).not_to_contain_text("No answer.")
    expect(visit.turns.first).to_contain_text("<img src=x onerror=window.pwned=1>")
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
