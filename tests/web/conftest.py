"""A served page and a real Chromium to look at it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from index import Library
from qa.settings import QASettings
from qa.web import serving
from tests.web.chromium import chromium
from tests.web.visit import Visit

OpenPage = Callable[..., Visit]
ServeFolder = Callable[..., str]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Library]:
    """The shipped documents, synced once for all tests of the page."""
    with Library.open(tmp_path_factory.mktemp("library")) as library:
        library.sync(seeds)
        yield library


@pytest.fixture(scope="session")
def site(library: Library) -> Iterator[str]:
    """The address of the page over the shipped documents, without a model."""
    with serving(library, settings=QASettings()) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium with no business of its own."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody who has been here before: what the page consists of is cached. It keeps nothing else."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def open_page(browser: Browser, context: BrowserContext, site: str) -> Iterator[OpenPage]:
    """Opens the page in a window of its own, which is a session of its own; with options in a browser of its own.

    Afterwards every request must have gone to the page's own address, whoever caused it, and no script of others may
    have run and none of ours have failed.
    """
    opened: list[tuple[Page, str, list[str], list[str]]] = []
    own: list[BrowserContext] = []

    def open_page(address: str = site, **options: Any) -> Visit:
        if options:
            own.append(browser.new_context(**options))
            own[-1].set_default_timeout(15_000)
        page = (own[-1] if options else context).new_page()
        requests: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(f"a dialog: {dialog.message}"))
        opened.append((page, address, requests, errors))
        return Visit(page, address)

    yield open_page
    for page, address, requests, errors in opened:
        pwned = page.evaluate("window.pwned ?? null")
        page.close()
        outside = [url for url in requests if urlsplit(url)[:2] != urlsplit(address)[:2]]
        assert requests and [url for url in outside if not url.startswith("data:")] == []
        assert errors == []
        assert pwned is None
    for each in own:
        each.close()


@pytest.fixture
def visit(open_page: OpenPage) -> Visit:
    """Somebody who has just opened the page over the shipped documents."""
    return open_page()


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
