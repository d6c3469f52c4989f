"""A served page and a real Chromium to look at it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from playwright.sync_api import Page as BrowserPage

from index import Library
from qa.settings import QASettings
from qa.web import serving
from tests.web.chromium import chromium
from tests.web.visit import Visit

OpenPage = Callable[..., Visit]
VisitAt = Callable[[str], Visit]
ServeFolder = Callable[..., str]

_PATIENCE = 20_000
"""Milliseconds to wait for anything on the page."""


@pytest.fixture(scope="session")
def library(seed_library: Library) -> Library:
    """The shipped documents."""
    return seed_library


@pytest.fixture(scope="session")
def site(library: Library) -> Iterator[str]:
    """The address of the page over the shipped documents, without a model."""
    with serving(library, settings=QASettings()) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium with no business of its own."""
    expect.set_options(timeout=_PATIENCE)  # playwright's 5 seconds are too few where the machine is busy
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody who has been here before: what the page consists of is cached. It keeps nothing else."""
    context = browser.new_context()
    context.set_default_timeout(_PATIENCE)
    yield context
    context.close()


@pytest.fixture
def open_page(browser: Browser, context: BrowserContext, site: str) -> Iterator[OpenPage]:
    """Opens the page in a window of its own, which is a session of its own; with options in a browser of its own."""
    visits: list[Visit] = []
    own: list[BrowserContext] = []

    def open_page(address: str = site, **options: Any) -> Visit:
        if options:
            own.append(browser.new_context(**options))
            own[-1].set_default_timeout(_PATIENCE)
        visits.append(Visit((own[-1] if options else context).new_page(), address))
        return visits[-1]

    yield open_page
    for visit in visits:
        visit.check()
        visit.page.close()
    for each in own:
        each.close()


@pytest.fixture
def browser_visit(browser: Browser) -> Iterator[VisitAt]:
    """A window at an address of the test's own, which may go away before it does."""
    context = browser.new_context()
    context.set_default_timeout(_PATIENCE)
    yield lambda address: Visit(context.new_page(), address)
    context.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[BrowserPage]:
    """An empty window of a browser that was never here."""
    context = browser.new_context()
    context.set_default_timeout(_PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def windows(context: BrowserContext) -> Iterator[dict[str, Visit]]:
    """One window for each address, kept open for the tests of a file: loading the page takes longer than using it."""
    windows: dict[str, Visit] = {}
    yield windows
    for visit in windows.values():
        visit.page.close()


@pytest.fixture
def visit_at(context: BrowserContext, windows: dict[str, Visit]) -> Iterator[VisitAt]:
    """A window at the address with a new conversation in it."""
    used: list[Visit] = []

    def visit_at(address: str) -> Visit:
        if address not in windows:
            windows[address] = Visit(context.new_page(), address)
        visit = windows[address]
        visit.page.bring_to_front()
        visit.begin_anew()
        used.append(visit)
        return visit

    yield visit_at
    for visit in used:
        visit.check()


@pytest.fixture
def visit(visit_at: VisitAt, site: str) -> Visit:
    """Somebody at the page over the shipped documents, with a new conversation."""
    return visit_at(site)


@pytest.fixture(scope="module")
def serve_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServeFolder]:
    """Serves the page over a folder of files given by name and content, without a model."""
    with ExitStack() as stack:

        def serve_folder(files: dict[str, str]) -> str:
            folder = tmp_path_factory.mktemp("documents")
            for name, text in files.items():
                (folder / name).write_text(text, encoding="utf-8")
            library = stack.enter_context(Library.open(tmp_path_factory.mktemp("library")))
            if files:
                library.sync(folder)
            return stack.enter_context(serving(library, settings=QASettings()))

        yield serve_folder
