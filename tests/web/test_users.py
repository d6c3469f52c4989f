"""Where others can reach the page there are users, each signs in with their own password and sees their own."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from index import Library
from qa.errors import QAError
from qa.settings import QASettings
from qa.users import FILE, Users
from qa.web import serving
from tests.command import error_line, footnote_here
from tests.web.test_server import request
from tests.web.visit import Visit, sign_in

SOLDIERS = "How many soldiers could the deployment grow to in total?"


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(tmp_path / "library" / FILE)


def test_a_password_opens_for_its_name_only(users: Users) -> None:
    assert users.names() == []
    assert not users.check("ann", "")
    users.add("ann", "correct horse")
    users.add("ben", "battery staple")
    users.add("zoë", "пароль-\udc80-123")
    assert users.names() == ["ann", "ben", "zoë"]
    assert users.check("ann", "correct horse") and users.check("zoë", "пароль-\udc80-123")
    for name, password in (("ann", "battery staple"), ("ann", "correct horse "), ("eve", "correct horse"), ("", "")):
        assert not users.check(name, password)
    kept = users.path.read_text(encoding="utf-8")
    assert "horse" not in kept and "staple" not in kept
    assert len({line.split(":")[5] for line in kept.splitlines()}) == 3, "each has a salt of their own"
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
    users.add("ann", "another one")
    assert users.check("ann", "another one") and not users.check("ann", "correct horse")
    users.remove("ann")
    assert not users.check("ann", "another one") and users.names() == ["ben", "zoë"]


@pytest.mark.parametrize(
    "name, password", [("a:b", "long enough"), ("", "long enough"), ("ann", "short"), ("a\nb", "x" * 9)]
)
def test_what_cannot_be_a_user_is_refused(users: Users, name: str, password: str) -> None:
    with pytest.raises(QAError):
        users.add(name, password)
    assert users.names() == []


@pytest.mark.parametrize("line", ["ann", "ann:md5:x", "ann:scrypt:3:8:1:YQ==:YQ==", "ann:scrypt:1e9:8:1:a:b"])
def test_a_file_that_is_none_lets_nobody_in(users: Users, line: str) -> None:
    users.path.parent.mkdir()
    users.path.write_text(line, encoding="utf-8")
    with pytest.raises(QAError, match="Line 1"):
        users.names()
    assert not users.check("ann", "")


def test_users_from_the_shell(tmp_path: Path) -> None:
    assert "There are no users" in footnote_here("user", "list", folder=tmp_path).stdout
    assert "Whom?" in error_line(footnote_here("user", "add", folder=tmp_path, expect=1))
    assert "8 to" in error_line(footnote_here("user", "add", "ann", folder=tmp_path, expect=1))
    assert "no user" in error_line(footnote_here("user", "remove", "ann", folder=tmp_path, expect=1))


def test_others_reach_the_page_only_where_there_are_users(library: Library) -> None:
    with (
        pytest.raises(QAError, match="footnote user add"),
        serving(library, host="0.0.0.0", settings=QASettings()),
    ):
        pass


def test_a_path_alone_does_not_say_who_reaches_the_proxy(library: Library) -> None:
    for shown in ("/docs", "https://docs.example.org/docs"):
        with (
            pytest.raises(QAError, match="footnote user add"),
            serving(library, settings=QASettings(), root_path=shown),
        ):
            pass
    with serving(library, settings=QASettings(), root_path="http://localhost:8000/docs") as address:
        assert request(address, "/docs/").status == 200


def run_one(visit: Visit, address: str) -> str:
    """The address of the report of a question set."""
    page = visit.page
    visit.open_sets()
    line = b'{"id": "a", "question": "How many soldiers?", "answers": ["12,000"]}'
    file = FilePayload(name="set.jsonl", mimeType="application/json", buffer=line)
    page.locator("#fn-sets .fn-files").set_input_files(file)
    run = page.locator("li[data-run]")
    expect(run).to_contain_text("1 question")
    name = run.get_attribute("data-run")
    page.keyboard.press("Escape")
    return f"{address}/report/{name}"


def test_each_signs_in_and_sees_their_own(browser_page: Page, seeds: Path, tmp_path: Path) -> None:
    page = browser_page
    users = Users(tmp_path / "library" / FILE)
    users.add("ann", "correct horse")
    users.add("ben", "battery staple")
    with Library.open(tmp_path / "library") as library:
        library.sync(seeds)
        with serving(library, host="0.0.0.0", settings=QASettings()) as address:
            config = request(address, "/config")
            assert config.status == 401 and b"fn-" not in config.body
            assert request(address, "/gradio_api/queue/join", method="POST", body="{}").status == 401
            page.goto(address)
            sign_in(page, "ann", "wrong horse")
            expect(page.get_by_role("alert")).to_contain_text("do not belong together")
            expect(page.get_by_label("Name")).to_have_value("ann")
            expect(page.get_by_label("Password")).to_have_value("")
            sign_in(page, "ann", "correct horse")
            expect(page.locator(".fn-brand")).to_be_visible()
            visit = Visit(page, address)
            expect(page.locator(".fn-account")).to_contain_text("ann")
            visit.ask(SOLDIERS)
            link = page.url
            report = run_one(visit, address)
            assert page.request.get(report).status == 200
            assert request(address, report.removeprefix(address)).status == 401, "who has not signed in sees none"
            page.locator(".fn-more > summary").click()
            page.get_by_role("button", name="Sign out").click()
            sign_in(page, "ben", "battery staple")
            expect(page.locator(".fn-account")).to_contain_text("ben")
            assert page.request.get(report).status == 404, "it is somebody else's"
            page.goto(link)
            expect(page.locator(".fn-notice")).to_contain_text("no such conversation")
            expect(page.locator(".fn-turn")).to_have_count(0)
            assert page.context.request.get(f"{address}/changes").status == 200
            users.remove("ben")
            expect(page.locator(".fn-away")).to_contain_text("You are signed out.")
            assert request(address, "/changes").status == 401
            page.get_by_role("button", name="Sign in again").click()
            expect(page.get_by_label("password")).to_be_visible()
