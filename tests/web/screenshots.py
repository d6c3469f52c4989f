"""Pictures of the page as people see it: ``make screenshots``, or ``python -m tests.web.screenshots [FOLDER]``."""

from __future__ import annotations

import argparse
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, FilePayload, ViewportSize, expect

from index import Library
from qa.evaluation import evaluate
from qa.report_page import report_html
from qa.settings import QASettings
from qa.web import serving
from tests.model_server import ModelServer, fails, says
from tests.unit.test_pdf_page import LINES, pdf
from tests.web.chromium import chromium
from tests.web.visit import Visit

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
FOLDER = Path(__file__).resolve().parents[1] / "files" / "screenshots"
QUESTIONS = SEEDS.parent / "tests" / "questions" / "seeds.jsonl"
QUESTION = "How many soldiers could the deployment grow to in total?"
WRITTEN = (
    "The deployment could grow to a total of 12,000 soldiers across four brigades [1]. It began with about 1,500 "
    "members of the special forces [1]. Poland will send another 9,000 soldiers."
)
Scheme = Literal["light", "dark"]
WIDE: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 800}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER, help="where to (default: %(default)s)")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        documents = place / "documents"
        documents.mkdir()
        for seed in SEEDS.iterdir():
            (documents / seed.name).write_bytes(seed.read_bytes())
        (documents / "bridge.pdf").write_bytes(pdf(("The bridge over the river Orr.",), LINES))
        (documents / "scan.pdf").write_bytes(b"")
        towns = "".join(f"Town{number},{number * 3},{number * 1000}\n" for number in range(1, 90))
        (documents / "towns.csv").write_text(f"City,Price,Inhabitants\n{towns}", encoding="utf-8")
        library = stack.enter_context(Library.open(place / "library"))
        library.sync(documents)
        browser = stack.enter_context(chromium())
        expect.set_options(timeout=20_000)  # playwright's 5 seconds are too few where the machine is busy
        model = stack.enter_context(ModelServer())
        # Answers are quoted, whatever this machine's settings say.
        quoted = stack.enter_context(serving(library, settings=QASettings(openai_api_key=None, openai_base_url=None)))
        settings = QASettings(openai_base_url=model.url, model="a-model")
        written = stack.enter_context(serving(library, settings=settings))
        page = place / "report.html"
        plain = QASettings(openai_api_key=None, openai_base_url=None)
        page.write_text(report_html(evaluate(QUESTIONS, library, settings=plain)), encoding="utf-8")
        for name, picture in (*pictures(browser, quoted, written, model), ("report", report(browser, page))):
            path = folder / f"{name}.png"
            path.write_bytes(picture)
            print(f"{path}: {len(picture) / 1000:.0f} kB", flush=True)


def pictures(browser: Browser, quoted: str, written: str, model: ModelServer) -> Iterator[tuple[str, bytes]]:
    """Each state of the page that somebody should have looked at, by name."""
    looks: tuple[tuple[str, ViewportSize, Scheme], ...] = (("dark", WIDE, "dark"), ("phone", PHONE, "light"))
    with seen(browser, quoted) as visit:
        yield "welcome", shot(visit)
        visit.ask(QUESTION).locator(".fn-cite").first.click()
        visit.marked()
        yield "wide", shot(visit)
        visit.ask("What does the cake cost?")
        yield "refusal", shot(visit)
        visit.ask("How long is the bridge?").locator(".fn-cite").first.click()
        visit.page.get_by_alt_text("Page 2 of").wait_for()
        yield "pdf", shot(visit)
        visit.page.get_by_role("button", name="3 documents, 1 not readable").click()
        visit.page.locator(".fn-shelved li").first.wait_for()
        yield "documents", shot(visit)
        visit.page.keyboard.press("Escape")
        visit.page.get_by_role("button", name="Conversations", exact=True).click()
        visit.page.locator(".fn-kept li").first.wait_for()
        yield "conversations", shot(visit)
        visit.page.keyboard.press("Escape")
        visit.ask("What is the price in Town37?").locator(".fn-cite").first.click()
        visit.page.locator(".fn-table [aria-current]").wait_for()
        yield "table", shot(visit)
        visit.page.get_by_role("button", name="3 documents, 1 not readable").click()
        for name, data in (("herons.md", b"# Herons\n\nA heron eats 500 grams of fish."), ("notes.exe", b"MZ")):
            file = FilePayload(name=name, mimeType="application/octet-stream", buffer=data)
            visit.page.locator("#fn-shelf .fn-files").set_input_files(file)
            visit.page.locator(".fn-adding li", has_text=name).get_by_text(
                re.compile("added|is of no format")
            ).wait_for()
        visit.page.locator(".fn-shelved li", has_text="Herons").wait_for()
        yield "upload", shot(visit)
        visit.page.keyboard.press("Escape")
        visit.open_sets()
        file = FilePayload(name="seeds.jsonl", mimeType="application/json", buffer=QUESTIONS.read_bytes())
        visit.page.locator("#fn-sets .fn-files").set_input_files(file)
        visit.page.locator("li[data-run]").wait_for(timeout=60_000)
        yield "sets", shot(visit)
    with seen(browser, written) as visit:
        model.then(says(WRITTEN))
        visit.ask(QUESTION).locator(".fn-cite").first.click()
        visit.marked()
        yield "checked", shot(visit)
        model.then(fails(401))
        visit.begin_anew()
        visit.ask(QUESTION)
        yield "failure", shot(visit)
    for name, size, scheme in looks:
        with seen(browser, written, size=size, scheme=scheme) as visit:
            model.then(says(WRITTEN))
            turn = visit.ask(QUESTION)
            if size is WIDE:
                turn.locator(".fn-cite").first.click()
                visit.marked()
            yield name, shot(visit)


def report(browser: Browser, page: Path) -> bytes:
    """The top of a report."""
    context = browser.new_context(viewport=WIDE)
    window = context.new_page()
    window.goto(page.as_uri())
    window.wait_for_timeout(300)
    picture = small(window.screenshot(animations="disabled"))
    context.close()
    return picture


@contextmanager
def seen(browser: Browser, address: str, *, size: ViewportSize = WIDE, scheme: Scheme = "light") -> Iterator[Visit]:
    """A visit in a browser of its own."""
    context = browser.new_context(viewport=size, color_scheme=scheme)
    try:
        yield Visit(context.new_page(), address)
    finally:
        context.close()


def shot(visit: Visit) -> bytes:
    """The window, without a pointer or a caret in it."""
    visit.page.mouse.move(0, 0)
    visit.page.wait_for_timeout(300)
    return small(visit.page.screenshot(animations="disabled", caret="hide"))


def small(picture: bytes) -> bytes:
    """A PNG with a palette: a third of the size, same look."""
    made = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        made, "PNG", optimize=True
    )
    return made.getvalue()


if __name__ == "__main__":
    main()
