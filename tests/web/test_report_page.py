"""The page of a report in a real browser: complete, quiet, filtered as told, and the same on paper."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect

from qa.report_page import report_html
from tests.command import footnote_here
from tests.evaluation.question_sets import write
from tests.model_server import ModelServer, says
from tests.web.page_html import HOSTILE
from tests.web.reports import compared, failed, hostile, report, result, small

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """One for most of the tests: to open one takes longer than to use it."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(browser: Browser, window: Page, tmp_path: Path) -> Iterator[Opened]:
    """Opens a page from a file. Afterwards: nothing ran that should not, and the file was all that was asked for."""
    pages: list[Page] = []
    asked: list[str] = []
    told: list[str] = []

    def hears_request(request: Request) -> None:
        asked.append(request.url.partition("#")[0])

    def hears_message(message: ConsoleMessage) -> None:
        told.append(message.text)

    def hears_error(error: Error) -> None:
        told.append(str(error))

    def opened(html: str, hash: str = "", **options: Any) -> Page:
        path = tmp_path / "report.html"
        path.write_text(html, encoding="utf-8")
        page = browser.new_context(**options).new_page() if options else window
        page.goto("about:blank")
        if page not in pages:
            pages.append(page)
            page.on("request", hears_request)
            page.on("console", hears_message)
            page.on("pageerror", hears_error)
        page.goto(path.as_uri() + hash)
        return page

    yield opened
    for page in pages:
        assert page.evaluate("typeof window.pwned") == "undefined"
        page.remove_listener("request", hears_request)
        page.remove_listener("console", hears_message)
        page.remove_listener("pageerror", hears_error)
        if page is not window:
            page.context.close()
    assert told == []
    assert set(asked) - {"about:blank"} == {(tmp_path / "report.html").as_uri()}


def shown(page: Page) -> list[str]:
    """Ids of the questions that the filters leave."""
    ids = page.locator(".fr-list > .fr-q:not([hidden]) .fr-id").all_text_contents()
    count = page.get_by_role("status").text_content() or ""
    assert int(re.findall(r"\d+", count)[0]) == len(ids), count
    return ids


def test_each_filter_leaves_the_questions_that_fit_and_counts_them(opened: Opened) -> None:
    page = opened(report_html(report(small()), compared()))
    assert len(shown(page)) == 20
    page.locator("[name=outcome]").select_option(label="wrong (5)")
    expect(page.get_by_role("status")).to_have_text("5 of 20 questions")
    assert shown(page) == [f"seed-{at}" for at in range(13, 18)]
    page.locator("[name=worse]").select_option(label="got worse")
    assert shown(page) == ["seed-13", "seed-14"]
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("status")).to_have_text("20 questions")
    page.locator("[name=type]").select_option("nowhere")
    assert shown(page) == ["seed-18", "seed-19"]
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("status")).to_have_text("20 questions")
    page.locator("[name=metric]").select_option("token_f1")
    assert len(shown(page)) == 17, "those that have the metric"
    page.locator("[name=value]").fill("0.4")
    assert shown(page) == ["seed-01", "seed-02", *(f"seed-{at}" for at in range(13, 18))]
    page.locator("[name=side]").select_option("at least")
    assert shown(page) == [f"seed-{at:02}" for at in range(2, 13)]
    page.locator("[name=text]").fill("no question says this")
    expect(page.get_by_text("No question is like that.")).to_be_visible()
    assert shown(page) == []


def test_what_is_filtered_by_is_in_the_address(opened: Opened) -> None:
    html = report_html(report(small()))
    page = opened(html)
    page.locator("[name=outcome]").select_option("wrong")
    page.locator("[name=text]").fill("NUMBER 14")
    expect(page.get_by_role("status")).to_have_text("1 of 20 questions")
    address = page.url
    again = opened(html, "#" + address.partition("#")[2])
    assert shown(again) == ["seed-14"]
    expect(again.locator("[name=text]")).to_have_value("NUMBER 14")
    again.evaluate("location.hash = 'outcome=nonsense&metric=mrr%4010&side=least&value=0.4'")
    expect(again.get_by_role("status")).to_have_text("12 of 20 questions")
    again.evaluate("location.hash = 'q-13'")
    expect(again.locator("#q-13 .fr-citations")).to_be_visible()
    expect(again.get_by_role("status")).to_have_text("20 questions")


def test_it_works_from_the_keyboard(opened: Opened) -> None:
    page = opened(report_html(report(small())))
    page.locator("[name=outcome]").focus()
    page.keyboard.type("wrong")
    expect(page.get_by_role("status")).to_have_text("5 of 20 questions")
    page.get_by_role("button", name="Unfold").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".fr-q[open]")).to_have_count(5)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".fr-q[open]")).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#q-13 mark").first).to_be_visible()
    page.locator("#q-13 .fr-cite").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#q-13-c1$"))
    expect(page.locator("#q-13-c1")).to_be_in_viewport()


def test_a_question_shows_its_answer_its_citations_and_what_was_expected(opened: Opened) -> None:
    page = opened(report_html(report(small())))
    page.locator("#q-13 > summary").click()
    body = page.locator("#q-13")
    expect(body.locator("mark").first).to_have_text(
        "the deployment could grow to a total of 12,000 soldiers across four brigades"
    )
    expect(body.locator("blockquote").first).to_contain_text("Officials in Seoul said on Friday that the deployment")
    for text in (
        "9,000 is not in the source.",
        "12,000 soldiers",
        "2 citations that pointed nowhere removed",
        "It says 9,000 where 12,000 is right.",
        "✓ expected reports/north.txt, page 3",
        "Token F1: 0.125",
    ):
        expect(body).to_contain_text(text)
    expect(page.locator("#q-20")).to_contain_text("The model did not answer.")
    expect(page.locator("#q-18")).to_contain_text("to refuse it is right")


def test_the_summary_says_what_the_figures_are(opened: Opened) -> None:
    page = opened(report_html(report(small()), compared()))
    expect(page.locator(".fr-verdict")).to_have_text(
        "▼ 2 questions got worse, 1 better. 2 metrics got worse: Token F1 0.710 → 0.520, Right 0.940 → 0.710; "
        "1 metric got better: Citation precision 0.810 → 1.000."
    )
    metrics = page.locator(".fr-changes tbody th strong").all_text_contents()
    assert metrics[:3] == ["Token F1", "Right", "Citation precision"] and "Hit rate at 5" not in metrics
    expect(page.locator(".fr-changes thead")).to_contain_text("99 % interval")
    expect(page.locator("#w-1 .fr-sides")).to_be_visible()
    page.get_by_text("1 metric unchanged in every question").click()
    expect(page.locator(".fr-unchanged li")).to_contain_text("Hit rate at 5")
    row = page.locator(".fr-scores tr", has_text="token_f1")
    mean = sum(each.metrics.get("token_f1", 0) for each in small()) / 17
    expect(row.locator("td").first).to_have_text(f"{mean:.3f}")
    expect(row.locator("td").last).to_have_text("17")
    whisker = row.locator(".fr-whisker").get_attribute("d") or ""
    low, high = re.findall(r"(0\.\d{3}) to (0\.\d{3})", row.text_content() or "")[0]
    drawn = [float(each) for each in re.findall(r"[MH](\d+\.\d)", whisker)][:2]
    assert drawn == pytest.approx([100 * float(low), 100 * float(high)], abs=0.1)
    assert float(low) < mean < float(high)
    for text in ("seeds.jsonl", "index: passage_tokens", "line 7: no JSON", "gone.pdf"):
        expect(page.locator("body")).to_contain_text(text)
    assert page.locator("figure svg").count() == 8


def test_a_plot_without_data_is_left_out_with_a_word_why(opened: Opened) -> None:
    questions = [
        result(at, answer=None, outcome="searched", judgements=None, metrics={"mrr@10": 1 / at, "retrieve_ms": 8.0})
        for at in range(1, 4)
    ]
    page = opened(report_html(report(questions)))
    assert page.locator("figure svg").count() == 2
    expect(page.locator("#figures")).to_contain_text("Left out: no answer was compared with accepted ones.")
    nothing = opened(report_html(report([failed(1)])))
    assert nothing.locator("figure svg").count() == 0
    assert len(shown(nothing)) == 1
    assert shown(opened(report_html(report([])))) == []


def test_without_script_all_is_there(opened: Opened) -> None:
    page = opened(report_html(report(small()), compared()), java_script_enabled=False)
    expect(page.locator(".fr-filters")).to_be_hidden()
    expect(page.locator(".fr-list > .fr-q")).to_have_count(20)
    page.locator("#q-1 > summary").click()
    expect(page.locator("#q-1 mark")).to_be_visible()
    assert "the documents" in paper(page).lower()


def test_hostile_words_stay_words(opened: Opened) -> None:
    texts = ("</title></style></script><script>window.pwned=1</script>", "\u202e]1[ \u2066", *HOSTILE)
    page = opened(report_html(*hostile(texts)))
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.locator("script").count() == page.locator("style").count() == 1
    assert page.locator("img, iframe, object, embed, link, base, a:not([href^='#'])").count() == 0
    names = page.evaluate("[...document.querySelectorAll('*')].flatMap(each => each.getAttributeNames())")
    assert not [name for name in set(names) if name.startswith("on") or name in ("style", "autofocus", "src")]
    quotes = page.locator(".fr-list .fr-citations mark").all_text_contents()
    kept = [text.replace("\0", "\ufffd").encode("utf-8", "replace").decode() for text in texts]
    assert quotes == [text for text in kept for _ in range(3)]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert len(shown(page)) == 4 * len(texts)
    page.locator("[name=type]").select_option(index=1)
    assert len(shown(page)) == 3


def paper(page: Page) -> str:
    """The text of all pages that a printer would get."""
    document = pypdfium2.PdfDocument(page.pdf(format="A4"))
    return " ".join(" ".join(each.get_textpage().get_text_bounded().split()) for each in document)


def test_on_paper_all_that_is_shown_is_there_and_no_controls(opened: Opened) -> None:
    # A window of its own: it stays paper.
    page = opened(report_html(report(small()), compared()), viewport={"width": 700, "height": 1000})
    text = paper(page)
    for at in range(1, 21):
        assert f"seed-{at:02}" in text
    assert text.count("Officials in Seoul said") == 17 + 4, "each question, and two pairs of them, are unfolded"
    assert not any(control in text for control in ("Outcome", "Show all", "All about this question"))
    page.locator("[name=outcome]").select_option("wrong")
    assert paper(page).count("Officials in Seoul said") == 5 + 4
    page.emulate_media(media="print")
    assert page.evaluate(
        "[...document.querySelectorAll('.fr-wide, figure svg')].every(each => each.scrollWidth <= each.clientWidth + 1 "
        "&& each.getBoundingClientRect().right <= innerWidth)"
    )


def test_on_a_phone_the_verdict_of_each_metric_stands_first_and_nothing_is_off_the_screen(opened: Opened) -> None:
    page = opened(report_html(report(small()), compared()), viewport={"width": 390, "height": 844})
    row = page.locator(".fr-changes tbody tr").first
    row.scroll_into_view_if_needed()
    verdict, difference = row.locator("td").first.bounding_box(), row.locator(".fr-is-difference").bounding_box()
    assert verdict and difference and verdict["y"] < difference["y"]
    assert verdict["x"] >= 0 and difference["x"] + difference["width"] <= 390
    assert (row.bounding_box() or {"height": 999})["height"] < 80
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_of_many_questions_paper_shows_the_list(opened: Opened) -> None:
    page = opened(report_html(report([result(at) for at in range(1, 302)])))
    text = paper(page)
    assert text.count("seed-") == 301
    assert text.count("Officials in Seoul said") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave(opened: Opened, scheme: str) -> None:
    page = opened(report_html(report(small()[11::4]), compared()), color_scheme=scheme)
    for place in ("#q-1", "#q-2", "#q-3", ".fr-unchanged"):
        page.locator(f"{place} > summary").click()
    found: dict[str, Any] = page.evaluate(
        (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
        + "; axe.run(document, { resultTypes: ['violations'] })"
    )
    assert len(found["passes"]) > 10
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found["violations"]] == []


@pytest.mark.parametrize("written", [False, True])
def test_the_report_of_a_real_run(opened: Opened, root: Path, seeds: Path, tmp_path: Path, written: bool) -> None:
    asked = [
        json.loads(line) for line in (root / "tests" / "questions" / "seeds.jsonl").read_text("utf-8").splitlines()
    ]
    few = [each for each in asked if each.get("answerable", True)][:4] + [
        each for each in asked if not each.get("answerable", True)
    ][:2]
    write(tmp_path / "few.jsonl", *few)
    for name in ("old", "new"):
        with ModelServer() as model:
            model.then(*[says("It could grow to a total of 12,000 soldiers [1]. It rained in Peru [99].")] * 100)
            baseline = ["--baseline", "old.json"] if name == "new" else []
            outputs = ["--json", f"{name}.json", "--html", f"{name}.html", *baseline]
            footnote_here(
                "eval",
                "few.jsonl",
                "--documents",
                str(seeds),
                *outputs,
                folder=tmp_path,
                INDEX_PATH=str(tmp_path / "library"),
                OPENAI_BASE_URL=model.url if written else "",
                QA_MODEL="test-model",
            )
    page = opened((tmp_path / "new.html").read_text("utf-8"))
    assert shown(page) == [each["id"] for each in few]
    expect(page.locator("body")).to_contain_text("No metric got better or worse")
    first = page.locator(".fr-list > .fr-q").first
    first.locator("summary").first.click()
    expect(first).to_contain_text(few[0]["question"])
    expect(first).to_contain_text(few[0]["answers"][0])
    expect(first.locator("mark").first).to_be_visible()
    if written:
        expect(page.locator("body")).to_contain_text("test-model")
        expect(first).to_contain_text("It could grow to a total of 12,000 soldiers")
