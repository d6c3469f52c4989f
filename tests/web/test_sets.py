"""A question set is run from the page, watched, and its report opened and compared with the one before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import FilePayload, Locator, Route, expect

from index import Library
from qa.errors import QAError
from qa.settings import QASettings
from qa.web import serving
from qa.web.run_list import run_list, under_way
from qa.web.runs import Run, Runs
from tests.model_server import ModelServer, says
from tests.web.conftest import OpenPage
from tests.web.page_html import HOSTILE, parsed
from tests.web.visit import Visit

SEEDS = Path(__file__).parents[1] / "questions" / "seeds.jsonl"
FEW = "\n".join(SEEDS.read_text(encoding="utf-8").splitlines()[:6])


def panel(visit: Visit) -> Locator:
    shown = visit.page.get_by_role("complementary", name="Question sets")
    if not shown.is_visible():
        visit.open_sets()
    return shown


def choose(visit: Visit, name: str, text: str, *, encoding: str = "utf-8") -> None:
    file = FilePayload(name=name, mimeType="application/json", buffer=text.encode(encoding))
    panel(visit).locator(".fn-files").set_input_files(file)


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "documents"
    folder.mkdir()
    for seed in (Path(__file__).parents[2] / "seeds").iterdir():
        (folder / seed.name).write_bytes(seed.read_bytes())
    with Library.open(tmp_path / "library") as library:
        library.sync(folder)
        with serving(library, settings=QASettings()) as address:
            yield address


def test_a_set_is_run_and_its_report_opened(open_page: OpenPage, own_site: str) -> None:
    visit = open_page(own_site)
    expect(panel(visit)).to_contain_text("Nothing was run yet.")
    for count in (1, 2):
        choose(visit, "seeds.jsonl", FEW)
        expect(panel(visit).locator("li[data-run]")).to_have_count(count)
        expect(panel(visit).locator(".fn-running")).to_be_empty()
    newest = panel(visit).locator("li[data-run]").first
    expect(newest).to_contain_text("seeds.jsonl")
    expect(newest).to_contain_text("6 questions")
    expect(newest).to_contain_text("since the last run: no change beyond chance")
    with visit.page.context.expect_page() as opened:
        newest.get_by_role("button", name="Open the report: seeds.jsonl").click()
    report = opened.value
    asked: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    report.reload()
    expect(report.locator("h1")).to_be_visible()
    expect(report.locator("body")).to_contain_text("seed-01")
    assert asked == [report.url]
    newest.get_by_role("button", name="Delete: seeds.jsonl").click()
    newest.get_by_role("button", name="Delete for good?: seeds.jsonl").click()
    expect(panel(visit).locator("li[data-run]")).to_have_count(1)
    assert httpx.get(report.url, trust_env=False).status_code == 404
    report.close()
    other = open_page(own_site, locale="en-GB")
    expect(panel(other)).to_contain_text("Nothing was run yet.")


def test_a_bad_set_says_what_is_wrong(open_page: OpenPage, own_site: str) -> None:
    visit = open_page(own_site)
    choose(visit, "<img src=x onerror=window.pwned=1>.jsonl", "no json\n")
    expect(panel(visit).locator("li[data-run]")).to_contain_text("line 1")
    expect(panel(visit).locator("img")).to_have_count(0)
    choose(visit, "large.jsonl", f"{FEW}\n{'x' * 5_000_000}")
    expect(panel(visit)).to_contain_text("larger than 5 MB")
    expect(panel(visit)).not_to_contain_text("reports")  # no path of this machine


def test_a_list_that_comes_late_does_not_hide_what_is_wrong(open_page: OpenPage, own_site: str) -> None:
    visit = open_page(own_site)
    held: list[Route] = []
    visit.page.route("**/gradio_api/run/**", lambda route: held.append(route), times=1)
    told = panel(visit).get_by_role("alert")
    visit.page.wait_for_timeout(300)
    [look] = held  # asked before the set was chosen, and heard of after it
    choose(visit, "large.jsonl", "x" * 5_000_001)
    expect(told).to_contain_text("larger than 5 MB")
    with visit.page.expect_response("**/gradio_api/run/**"):
        look.continue_()
    visit.page.wait_for_timeout(300)
    expect(told).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(panel(visit)).to_contain_text("Nothing was run yet.")
    expect(told).to_have_count(0)


def test_lines_that_are_no_questions_are_counted(open_page: OpenPage, own_site: str) -> None:
    visit = open_page(own_site)
    choose(visit, "latin.jsonl", f'{FEW}\n{{"id": "é", "question": "Où?"}}\nno json\n', encoding="latin-1")
    entry = panel(visit).locator("li[data-run]")
    expect(entry).to_contain_text("6 questions")
    expect(entry).to_contain_text("2 bad lines")


def test_sets_are_reached_on_a_phone(open_page: OpenPage, own_site: str) -> None:
    visit = open_page(own_site)
    visit.page.set_viewport_size({"width": 390, "height": 800})
    expect(panel(visit)).to_contain_text("Nothing was run yet.")


def test_a_run_is_watched_and_stopped(open_page: OpenPage, library: Library) -> None:
    with ModelServer([says("It grew [1].", delay=0.5)] * 200) as model:
        settings = QASettings(openai_base_url=model.url, model="test-model", eval_at_once=1)
        with serving(library, settings=settings) as address:
            visit = open_page(address)
            choose(visit, "seeds.jsonl", SEEDS.read_text(encoding="utf-8"))
            running = panel(visit).locator(".fn-running")
            expect(running).to_contain_text("of 121 questions")
            other = open_page(address, locale="en-GB")
            choose(other, "seeds.jsonl", FEW)
            expect(panel(other)).to_contain_text("Somebody's question set is being run at the moment.")
            running.get_by_role("button", name="Stop").click()
            expect(panel(visit).locator("li[data-run]")).to_contain_text("Stopped. The same set goes on where it was.")
            expect(running).to_be_empty()
            for each in (visit, other):
                each.page.keyboard.press("Escape")


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_problems_stay_text(text: str) -> None:
    runs = [Run(id=text, name=text, at=0, problem=text), Run(id="a", name=text, at=1, metrics={}, compared=True)]
    parsed(run_list(runs))
    parsed("".join(under_way(runs[0], None)))


def test_only_runs_of_ones_own_are_removed(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library") as library:
        runs = Runs(library)
        for id_ in ("..", "../../x", "", "a" * 30):
            runs.remove("somebody", id_)
            assert runs.page(id_) is None
        with pytest.raises(QAError, match="larger than 5 MB"):
            runs.start("somebody", "a", b"x" * 5_000_001, QASettings())


def test_a_run_that_was_cut_short_is_listed_and_can_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library.open(tmp_path / "library") as library:
        runs = Runs(library)
        monkeypatch.setattr(runs, "_run", lambda *_: None)  # as if the program were killed before it did anything
        runs.start("somebody", "seeds.jsonl", FEW.encode(), QASettings())
        assert runs.listed("somebody") == [], "it is under way"
        (left,) = Runs(library).listed("somebody")
        assert left.name == "seeds.jsonl" and "The same set goes on" in left.problem
        Runs(library).remove("somebody", left.id)
        assert Runs(library).listed("somebody") == []
