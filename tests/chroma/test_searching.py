"""Searching a library over a real Chroma: what is found, and in which documents."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from reportlab.pdfgen import canvas

from index import Library, LibraryError
from tests.chroma.conftest import in_both, names


@in_both
def test_documents_are_found_by_what_they_say(library: Library, folder: Path) -> None:
    report = library.sync(folder)
    assert report.added == ("cakes.txt", "rivers.txt", "stars.txt")
    assert names(library, "Which countries does the Danube flow through?")[0] == "rivers.txt"
    assert names(library, "brightest star")[0] == "stars.txt"
    hit = library.search("eggs and sugar", 1)[0]
    text = library.document("cakes.txt").text
    assert text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert hit.score > library.search("eggs and sugar", 2)[1].score
    assert library.passage(hit.passage.id) == hit.passage
    assert library.passage("0123456789ab-0123456789ab") is None


def test_an_unknown_document_is_an_error(library: Library, folder: Path) -> None:
    library.sync(folder)
    with pytest.raises(LibraryError, match=r"no document 'moon\.txt'"):
        library.document("moon.txt")


@in_both
def test_searching_in_some_documents_only(library: Library, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "more stars.txt").write_text("Stars\n\nVega is a bright star.", encoding="utf-8")
    library.sync(folder)
    found = library.search("bright star", 8, documents="sub/*")
    assert {hit.passage.document for hit in found} == {"sub/more stars.txt"}
    found = library.search("bright star", 8, documents=["stars.txt", "cakes.txt"])
    assert {hit.passage.document for hit in found} == {"stars.txt", "cakes.txt"}
    with pytest.raises(LibraryError, match=r"No document matches 'nothing\*'"):
        library.search("bright star", 8, documents="nothing*")


def test_words_of_scripts_without_spaces_are_found(library: Library, folder: Path) -> None:
    (folder / "tokyo.txt").write_text("東京タワーは1958年に完成した電波塔である。", encoding="utf-8")
    (folder / "kyoto.txt").write_text("京都には多くの寺院と神社がある。", encoding="utf-8")
    library.sync(folder)
    ranks = {hit.passage.document: hit.keyword_rank for hit in library.search("東京タワーはいつ完成しましたか", 8)}
    assert ranks["tokyo.txt"] == 1
    assert ranks["cakes.txt"] is None


def test_a_question_finds_another_form_of_a_word_of_its_language(library: Library, folder: Path) -> None:
    (folder / "miete.txt").write_text(
        "Die Wohnungen im ersten Stock wurden saniert und sind seit dem Sommer wieder zu haben.", encoding="utf-8"
    )
    (folder / "garten.txt").write_text(
        "Der Garten hinter dem Haus ist für alle da, und im Herbst werden dort die Bäume geschnitten.", encoding="utf-8"
    )
    library.sync(folder)
    ranks = {hit.passage.document: hit.keyword_rank for hit in library.search("Welche Wohnung?", 8)}
    assert ranks["miete.txt"] == 1
    assert ranks["garten.txt"] is None
    assert library.search("Which brighter star?", 1)[0].passage.document == "stars.txt"


def test_the_name_of_a_document_counts(library: Library, folder: Path) -> None:
    for year in (2021, 2022, 2023):
        (folder / f"accounts-{year}.txt").write_text("Revenue grew, and so did the costs.", encoding="utf-8")
        (folder / f"accounts-{year}.txt").write_text(f"Revenue grew by {year % 7} per cent.", encoding="utf-8")
    library.sync(folder)
    assert names(library, "How much did revenue grow in 2022?", 1) == ["accounts-2022.txt"]
    (folder / "accounts-2022.txt").rename(folder / "accounts-1999.txt")
    library.sync(folder)
    assert names(library, "How much did revenue grow in 1999?", 1) == ["accounts-1999.txt"]


def test_neighbours_are_one_hit_whose_id_can_be_looked_up(library: Library, folder: Path) -> None:
    text = "".join(f"Chapter {number} is about the moon. It says {number} things of it.\n\n" * 2 for number in range(9))
    (folder / "moon.txt").write_text(text, encoding="utf-8")
    library.sync(folder)
    hits = library.search("What does chapter 4 say about the moon?", 3)
    joined = next(hit for hit in hits if len(hit.parts) > 1)
    assert library.passage(joined.passage.id) == joined.passage
    assert joined.passage.text == text[joined.passage.start : joined.passage.end]
    assert {part.id for part in joined.parts} == {part.id for part in joined.parts if library.passage(part.id) == part}
    assert library.passage(f"{joined.parts[0].id}+900") is None
    assert library.passage(joined.passage.id[:-1] + ("0" if joined.passage.id[-1] != "0" else "1")) is None
    assert library.passage("nothing+2") is None


def test_a_copy_in_another_place_is_named_beside_the_hit(library: Library, folder: Path) -> None:
    text = (folder / "stars.txt").read_text(encoding="utf-8")
    (folder / "stars again.txt").write_text(text + "\n", encoding="utf-8")
    library.sync(folder)
    hits = library.search("Sirius brightest star", 4)
    assert [passage.text.strip() for passage in hits[0].also] == [text.strip()]
    assert {hit.passage.document for hit in hits} | {hits[0].also[0].document} >= {"stars.txt", "stars again.txt"}


def test_a_filter_of_many_names_is_no_limit(library: Library, folder: Path) -> None:
    library.sync(folder)
    wanted = [*(f"missing-{number}.txt" for number in range(40_000)), "stars.txt"]
    assert [hit.passage.document for hit in library.search("cake", 3, documents=wanted)] == ["stars.txt"]


def test_a_page_that_the_question_names(library: Library, folder: Path) -> None:
    page = canvas.Canvas(str(folder / "report.pdf"))
    for number, town in enumerate(("Ghent", "Turin", "Porto", "Lviv"), 1):
        page.drawString(72, 700, f"The commission met in {town} and adopted the minutes.")
        page.drawString(72, 660, f"{number}")
        page.showPage()
    page.save()
    library.sync(folder)
    for number, town in ((3, "Porto"), (1, "Ghent")):
        hit = library.search(f"Where did the commission meet, on page {number}?", 1)[0]
        assert (hit.passage.page, town in hit.passage.text) == (number, True)
    hit = library.search("Where did it meet on page 2?", 1, documents="report*")[0]
    assert hit.passage.page == 2


def test_half_a_character_in_a_question_is_no_error(library: Library, folder: Path) -> None:
    library.sync(folder)
    assert library.search("Danube caf\udce9", 1)[0].passage.document == "rivers.txt"


def test_many_copies_leave_room_for_what_else_there_is(library: Library, folder: Path) -> None:
    for number in range(150):
        (folder / f"mail {number}.txt").write_text(
            "Confidential: delete this message." + " " * number, encoding="utf-8"
        )
    library.sync(folder)
    hits = library.search("What do I do with a confidential message?", 4)
    assert len(hits) == 4
    assert len(hits[0].also) == 149
    assert {hit.passage.document for hit in hits} >= {"cakes.txt", "rivers.txt", "stars.txt"}


def test_a_number_beside_characters_without_spaces_is_a_word(library: Library, folder: Path) -> None:
    for year in (2022, 2023):
        (folder / f"{'ab'[year % 2]}.txt").write_text(f"{year}年の売上は増えた。iPhone{year}を買う。", encoding="utf-8")
    library.sync(folder)
    for question, document in (("2022年の売上は?", "a.txt"), ("iPhone2023", "b.txt")):
        ranks = {hit.keyword_rank: hit.passage.document for hit in library.search(question, 8)}
        assert ranks[1] == document


def test_a_filter_takes_a_file_of_many_documents_and_any_spelling_of_accents(library: Library, folder: Path) -> None:
    rows = "".join(f'{{"id": "{number}", "text": "Row {number} tells of Sirius."}}\n' for number in range(3))
    (folder / "rows.jsonl").write_text(rows, encoding="utf-8")
    (folder / unicodedata.normalize("NFD", "Müller.txt")).write_text("Müller tells of Sirius too.", encoding="utf-8")
    library.sync(folder)
    found = {hit.passage.document for hit in library.search("Sirius", 8, documents="rows.jsonl")}
    assert found == {"rows.jsonl#0", "rows.jsonl#1", "rows.jsonl#2"}
    (hit,) = library.search("Sirius", 8, documents=unicodedata.normalize("NFC", "Müller.txt"))
    assert "Müller" in hit.passage.text
