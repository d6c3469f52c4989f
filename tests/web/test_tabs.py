"""Several windows of one browser, which shares its few connections to a server among them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.conftest import OpenPage

WINDOWS = 8
"""A browser opens six connections to a server at most, where it speaks HTTP/1.1."""


def test_every_one_of_many_windows_answers(open_page: OpenPage) -> None:
    visits = [open_page() for _ in range(WINDOWS)]
    for visit in (visits[-1], visits[0]):
        turn = visit.ask("How many soldiers could the deployment grow to?")
        expect(turn).to_contain_text("12,000")
