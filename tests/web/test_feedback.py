"""What people think of answers is kept, shown, and becomes a question set that can be run."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect

from index import Library
from qa.feedback import Feedback, as_questions
from qa.questions import read_questions
from qa.settings import QASettings
from qa.web import serving
from qa.web.history import FILE, History
from tests.command import error_line, footnote_here
from tests.web.answers import citation, hit, quoted, refused
from tests.web.conftest import VisitAt

SOLDIERS = "How many soldiers could the deployment grow to in total?"


def test_what_readers_say_becomes_questions(tmp_path: Path) -> None:
    cited = citation(1)
    given = [
        Feedback(id="a", good=True, note="", answer=quoted(cited), settings={"passages": 6}, at=1.0),
        Feedback(id="b", good=True, note="", answer=refused(hit()), settings={}, at=2.0),
        Feedback(id="c", good=False, note="It is 14 “days”.", answer=quoted(cited), settings={}, at=3.0),
        Feedback(id="d", good=False, note="", answer=refused(hit()), settings={}, at=4.0),
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, as_questions(given))), encoding="utf-8")
    questions, bad = read_questions(path)
    assert bad == []
    assert [(question.id, question.answerable) for question in questions] == [
        ("a", True),
        ("b", False),
        ("c", True),
        ("d", True),
    ]
    (evidence,) = questions[0].evidence
    assert (evidence.document, evidence.quote, evidence.start) == ("report.txt", cited.quote, cited.start)
    assert all(not question.evidence for question in questions[1:]), "nothing is known of where it stands"
    assert as_questions(given)[2]["note"] == "It is 14 “days”."


def test_answers_are_rated_on_the_page_and_run_as_a_set(
    browser_visit: VisitAt, tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(tmp_path / ".footnote") as library:
        library.sync(seeds)
        with serving(library, settings=QASettings()) as address:
            visit = browser_visit(address)
            turn = visit.ask(SOLDIERS)
            helpful = turn.get_by_role("button", name="Helpful", exact=True)
            expect(helpful).to_have_attribute("aria-pressed", "false")
            turn.get_by_role("button", name="Not helpful").click()
            expect(turn.get_by_label("What was wrong, or what is right?")).to_be_visible()
            helpful.click()
            expect(helpful).to_have_attribute("aria-pressed", "true")
            expect(turn.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "false")
            turn.get_by_label("What was good about it?").fill("Exact <b>figure</b>")
            turn.get_by_role("button", name="Keep the note").click()
            expect(turn.get_by_role("button", name="Note kept")).to_be_visible()
            expect(helpful).to_have_attribute("aria-pressed", "true")
            taken_back = visit.ask(SOLDIERS).get_by_role("button", name="Helpful", exact=True)
            for pressed in ("true", "false"):
                taken_back.click()
                expect(taken_back).to_have_attribute("aria-pressed", pressed)
            visit.page.reload()
            expect(visit.turns.first.get_by_label("What was good about it?")).to_have_value("Exact <b>figure</b>")
            visit.check()
    with closing(History(tmp_path / ".footnote" / FILE)) as history:
        (kept,) = history.feedback()
    assert kept.good and kept.settings["passages"] == 6 and kept.settings["generation"] == 1
    monkeypatch.chdir(tmp_path)
    footnote_here("feedback", "export", "set.jsonl", folder=tmp_path)
    done = footnote_here("eval", "set.jsonl", "--retrieval-only", "--json", "out.json", folder=tmp_path)
    assert "hit" in done.stdout
    (question,) = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["questions"]
    assert question["metrics"]["hit@1"] == 1
    said = footnote_here("feedback", "export", "-", folder=tmp_path).stdout
    assert json.loads(said)["note"] == "Exact <b>figure</b>"


def test_without_any_word_it_says_so(tmp_path: Path) -> None:
    assert "Nobody has said" in error_line(footnote_here("feedback", "export", "x.jsonl", folder=tmp_path, expect=1))
