"""Files are added by drag and drop or by choosing them, are soon asked, and are removed again."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import FilePayload, Locator, expect

from index import Library
from qa.following import Following
from qa.settings import QASettings
from qa.uploads import FOLDER
from qa.web import serving
from tests.web.conftest import VisitAt
from tests.web.visit import Visit

DROP = """
([name, data]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0))], name));
    for (const kind of ["dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
}
"""
HERONS = b"# Herons\n\nA heron eats 500 grams of fish a day."
BAD_NAME = "<img src=x onerror=window.pwned=1>\u202e.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page over a folder that it follows."""

    address: str
    folder: Path
    library: Library


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "towns.txt").write_text("The town of Aldham has 1,200 inhabitants.", encoding="utf-8")
    with Library.open(tmp_path_factory.mktemp("library")) as library:
        library.sync(folder)
        settings = QASettings(max_upload_mb=1)
        with (
            Following(library) as following,
            serving(library, settings=settings, following=following) as address,
        ):
            yield Place(address=address, folder=folder, library=library)


def shelf(visit: Visit) -> Locator:
    shown = visit.page.get_by_role("complementary", name="Documents")
    if not shown.is_visible():
        visit.page.locator(".fn-docs").click()
    expect(shown.locator(".fn-shelved li").first).to_be_visible()
    return shown


def remove(visit: Visit, name: str) -> None:
    shelf(visit).get_by_role("button", name=f"Remove {FOLDER}/{name}").click()
    shelf(visit).get_by_role("button", name=f"Remove for good? {FOLDER}/{name}").click()


def drop(visit: Visit, name: str, data: bytes) -> None:
    visit.page.evaluate(DROP, [name, base64.b64encode(data).decode("ascii")])


def test_a_dropped_file_is_asked_at_once_and_removed_again(visit_at: VisitAt, place: Place) -> None:
    visit = visit_at(place.address)
    drop(visit, "herons.md", HERONS)
    shown = visit.page.get_by_role("complementary", name="Documents")
    expect(shown.locator(".fn-adding li").last).to_have_text("herons.mdadded")
    expect(shown.locator(".fn-shelved li")).to_have_count(2)
    expect(visit.page.locator(".fn-docs")).to_have_text("2 documents")
    visit.page.keyboard.press("Escape")
    turn = visit.ask("How much fish does a heron eat a day?")
    expect(turn).to_contain_text("500 grams")
    turn.locator(".fn-cite").first.click()
    assert "500 grams" in visit.marked()
    row = shelf(visit).locator(".fn-shelved li", has_text="Herons")
    expect(shelf(visit).get_by_role("button", name="Remove towns.txt")).to_have_count(0)
    row.get_by_role("button", name="Remove").dblclick()
    visit.page.wait_for_timeout(1000)
    assert (place.folder / FOLDER / "herons.md").exists(), "neither one click nor a double one removes"
    row.get_by_text("Remove for good?").click()
    expect(visit.page.locator(".fn-docs")).to_have_text("1 document")
    expect(shelf(visit).locator(".fn-shelved li")).to_have_count(1)
    assert not (place.folder / FOLDER / "herons.md").exists()
    visit.page.keyboard.press("Escape")
    expect(turn.locator(".fn-changed")).to_have_text("removed since")
    expect(turn.locator(".fn-cite.fn-stale")).to_have_count(1)
    expect(turn.locator(".fn-cite")).to_have_attribute("aria-label", "Source 1: Herons (removed since)")


def test_files_are_chosen_without_a_mouse_and_never_overwrite(visit_at: VisitAt, place: Place) -> None:
    visit = visit_at(place.address)
    shown = shelf(visit)
    shown.locator(".fn-files").focus()
    for text, said in (
        ("The first note is about apples.", "note.txtadded"),
        ("The second note is about pears.", "note.txtadded as note (2).txt"),
    ):
        note = FilePayload(name="note.txt", mimeType="text/plain", buffer=text.encode())
        shown.locator(".fn-files").set_input_files(note)
        expect(shown.locator(".fn-adding li").last).to_have_text(said)
    assert sorted(path.name for path in (place.folder / FOLDER).iterdir()) == ["note (2).txt", "note.txt"]
    expect(visit.page.locator(".fn-docs")).to_have_text("3 documents")
    for name in ("note.txt", "note (2).txt"):
        remove(visit, name)
    expect(visit.page.locator(".fn-docs")).to_have_text("1 document")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("notes.exe", b"MZ", "is of no format that is read"),
        ("report.pdf", b"MZ no pdf at all", "was not added: it cannot be read as PDF"),
        ("large.txt", b"word " * 300_000, "larger than 1 MB, the most that is taken here"),
        ("<b>.pdf", b"", "'_b_.pdf' was not added: it"),
    ],
)
def test_what_cannot_be_added_says_why(visit_at: VisitAt, place: Place, name: str, data: bytes, said: str) -> None:
    visit = visit_at(place.address)
    drop(visit, name, data)
    line = visit.page.locator(".fn-adding li").last
    expect(line).to_contain_text(name)
    expect(line).to_contain_text(said)
    expect(visit.page.locator("#fn-shelf [role=status]")).to_contain_text(said)  # what a screen reader reads out
    assert list((place.folder / FOLDER).glob("*")) == []


def test_a_hostile_name_stays_text(visit_at: VisitAt, place: Place) -> None:
    visit = visit_at(place.address)
    drop(visit, BAD_NAME, HERONS)
    expect(visit.page.locator(".fn-adding li").last).to_contain_text("<img src=x onerror=window.pwned=1>")
    row = shelf(visit).locator(".fn-shelved li", has_text="Herons")
    expect(row).to_contain_text("_img src=x onerror=window.pwned=1_.md")
    expect(row).to_contain_text("added here")
    expect(visit.page.locator("#fn-shelf img")).to_have_count(0)
    remove(visit, "_img src=x onerror=window.pwned=1_.md")
    expect(visit.page.locator(".fn-docs")).to_have_text("1 document")


def test_nobody_adds_files_who_was_not_shown_the_page(place: Place) -> None:
    before = sorted(place.folder.rglob("*"))
    for headers in ({}, {"x-ticket": ""}, {"x-ticket": "made-up"}):
        answer = httpx.post(f"{place.address}/upload?name=a.txt", content=b"Text.", headers=headers, trust_env=False)
        assert answer.status_code == 403 and "open it again" in answer.json()["error"]
    assert sorted(place.folder.rglob("*")) == before


def test_a_page_may_take_no_files(browser_visit: VisitAt, place: Place) -> None:
    with serving(place.library, settings=QASettings(max_upload_mb=0)) as address:
        visit = browser_visit(address)
        expect(shelf(visit).locator(".fn-drop")).to_be_hidden()
        expect(shelf(visit).locator(".fn-remove")).to_have_count(0)
