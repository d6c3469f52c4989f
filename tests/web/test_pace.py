"""So many questions a minute from one person, whatever others ask; nothing is lost where one is not taken."""

from __future__ import annotations

from playwright.sync_api import expect

from index import Library
from qa.settings import QASettings
from qa.web import serving
from qa.web.pace import Pace
from tests.web.conftest import VisitAt

SOLDIERS = "How many soldiers could the deployment grow to in total?"


def test_each_person_has_their_own_minute() -> None:
    pace = Pace(3)
    assert [pace.wait_for("ann", now) for now in (0.0, 10.0, 20.0)] == [0.0] * 3
    assert pace.wait_for("ann", 30.0) == 30.0
    assert pace.wait_for("ben", 30.0) == 0.0
    assert pace.wait_for("ann", 60.0) == 0.0, "the first is a minute ago"
    assert pace.wait_for("ann", 60.5) == 9.5
    for number in range(1000):
        pace.wait_for(f"somebody {number}", 61.0)
    assert pace.wait_for("ann", 500.0) == 0.0
    assert len(pace._asked) == 1, "who asks no more is forgotten"


def test_a_question_that_is_not_taken_leaves_all_as_it_was(browser_visit: VisitAt, library: Library) -> None:
    with serving(library, settings=QASettings(questions_per_minute=1, max_question=200)) as address:
        visit = browser_visit(address)
        turn = visit.ask(SOLDIERS)
        turn.get_by_role("button", name="Ask again").click()
        notice = visit.page.locator(".fn-notice")
        expect(notice).to_contain_text("More questions than are taken in a minute. Ask again in")
        expect(turn).to_contain_text("12,000")
        expect(visit.turns).to_have_count(1)
    with serving(library, settings=QASettings(max_question=200)) as address:
        visit = browser_visit(address)
        turn = visit.ask(SOLDIERS)
        turn.get_by_text("Edit", exact=True).click()
        turn.get_by_label("The question, to be changed").fill("long " * 100)
        turn.get_by_role("button", name="Ask from here").click()
        expect(visit.page.locator(".fn-notice")).to_contain_text("at most 200")
        expect(turn).to_contain_text("12,000")
