"""The library over a real Chroma: what a folder holds is what is found."""

from __future__ import annotations

import os
import shutil
import threading
import unicodedata
from pathlib import Path

import pytest
from filelock import FileLock
from reportlab.pdfgen import canvas

from index import Library, LibraryBusy, LibraryError, LibraryMismatch, LibraryMissing
from tests.chroma.conftest import WordEmbedder, in_both, open_library, open_store


def names(library: Library, question: str, k: int = 3) -> list[str]:
    return [hit.passage.document for hit in library.search(question, k)]


def rows(library: Library) -> dict[str, tuple[str, bytes]]:
    """Everything the store holds: text and vector by id."""
    store = open_store(library)
    keys = store.keys()
    vectors = store.vectors(keys)
    found = {key: (row.passage.text, vectors[key].tobytes()) for key, row in store.rows(keys).items()}
    store.close()
    return found


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


@in_both
def test_a_second_sync_of_unchanged_files_embeds_nothing(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    library.sync(folder)
    before, generation = len(embedder.embedded), library.status().generation
    report = library.sync(folder)
    assert report.unchanged == ("cakes.txt", "rivers.txt", "stars.txt")
    assert (report.added, report.changed, report.removed) == ((), (), ())
    assert len(embedder.embedded) == before
    assert library.status().generation == generation


def test_touched_but_equal_files_are_unchanged(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    before = len(embedder.embedded)
    os.utime(folder / "stars.txt", (1, 1))
    assert library.sync(folder).unchanged == ("cakes.txt", "rivers.txt", "stars.txt")
    assert len(embedder.embedded) == before


@in_both
def test_a_changed_file_is_replaced_and_only_its_new_passages_are_embedded(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    paragraphs = [f"Paragraph {n}. " + f"word{n} " * 30 for n in range(6)]
    long = folder / "long.txt"
    long.write_text("Long\n\n" + "\n\n".join(paragraphs), encoding="utf-8")
    library.sync(folder)
    embedder.embedded.clear()
    paragraphs[-1] = "Paragraph 5. " + "changed " * 30
    long.write_text("Long\n\n" + "\n\n".join(paragraphs), encoding="utf-8")
    report = library.sync(folder)
    assert report.changed == ("long.txt",)
    assert len(embedder.embedded) == report.passages_embedded == 1
    assert "changed" in library.document("long.txt").text
    assert all("word5" not in hit.passage.text for hit in library.search("word5", 8))


@in_both
def test_a_removed_file_is_no_longer_found(library: Library, folder: Path) -> None:
    library.sync(folder)
    (folder / "stars.txt").unlink()
    assert library.sync(folder).removed == ("stars.txt",)
    assert "stars.txt" not in names(library, "brightest star of the night sky", 8)
    assert len(rows(library)) == 2


def test_the_last_file_may_go_too(library: Library, folder: Path) -> None:
    library.sync(folder)
    for file in folder.iterdir():
        file.unlink()
    assert len(library.sync(folder).removed) == 3
    with pytest.raises(LibraryMissing, match="holds no documents"):
        library.search("anything")


def test_a_renamed_file_needs_no_embedding(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    embedder.embedded.clear()
    (folder / "deep").mkdir()
    (folder / "rivers.txt").rename(folder / "deep" / "water.txt")
    report = library.sync(folder)
    assert report.renamed == (("rivers.txt", "deep/water.txt"),)
    assert (report.added, report.removed) == ((), ())
    assert embedder.embedded == []
    assert names(library, "Danube", 1) == ["deep/water.txt"]


@in_both
def test_the_same_content_twice_is_embedded_once_under_the_first_name(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    (folder / "zcopy.txt").write_bytes((folder / "cakes.txt").read_bytes())
    report = library.sync(folder)
    assert report.duplicates == (("zcopy.txt", "cakes.txt"),)
    assert len(embedder.embedded) == 3
    assert library.document("zcopy.txt").text == library.document("cakes.txt").text
    assert names(library, "sponge cake", 8).count("cakes.txt") == 1
    # The one that holds the passages goes: the copy takes its place, without embedding.
    (folder / "cakes.txt").unlink()
    assert library.sync(folder).removed == ("cakes.txt",)
    assert len(embedder.embedded) == 3
    assert names(library, "sponge cake", 1) == ["zcopy.txt"]
    # And an earlier name takes it back.
    (folder / "acopy.txt").write_bytes((folder / "zcopy.txt").read_bytes())
    report = library.sync(folder)
    assert report.added == ("acopy.txt",)
    assert report.duplicates == (("zcopy.txt", "acopy.txt"),)
    assert names(library, "sponge cake", 1) == ["acopy.txt"]
    assert len(embedder.embedded) == 3


@in_both
def test_after_many_changes_the_library_equals_a_fresh_one(library: Library, folder: Path, tmp_path: Path) -> None:
    library.sync(folder)
    (folder / "zcopy.txt").write_bytes((folder / "cakes.txt").read_bytes())
    (folder / "rivers.txt").write_text("Rivers\n\nThe Rhine flows north.", encoding="utf-8")
    library.sync(folder)
    (folder / "cakes.txt").unlink()
    (folder / "stars.txt").rename(folder / "a stars.txt")
    (folder / "new.md").write_text("# New\n\nA new text.", encoding="utf-8")
    library.sync(folder)
    with open_library(tmp_path / "fresh", WordEmbedder()) as fresh:
        fresh.sync(folder)
        assert rows(library) == rows(fresh)
        assert [hit.passage for hit in library.search("Rhine", 8)] == [hit.passage for hit in fresh.search("Rhine", 8)]


@in_both
def test_one_bad_file_does_not_stop_the_others(library: Library, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 this is no document")
    (folder / "picture.xyz").write_bytes(b"\x00\x01")
    report = library.sync(folder)
    assert len(report.added) == 3
    assert [failure.document for failure in report.failed] == ["broken.pdf", "picture.xyz"]
    assert all(failure.reason for failure in report.failed)
    assert library.status().failed == report.failed
    assert library.sync(folder).failed == report.failed, "and it stays known"


@in_both
def test_lines_of_a_jsonl_file_are_documents(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    lines = [f'{{"id": "d{n}", "title": "T{n}", "text": "Fact number {n} about topic{n}."}}' for n in range(5)]
    file = folder / "facts.jsonl"
    file.write_text("\n".join([*lines, "not json"]), encoding="utf-8")
    report = library.sync(folder)
    assert [name for name in report.added if "#" in name] == [f"facts.jsonl#d{n}" for n in range(5)]
    assert [failure.document for failure in report.failed] == ["facts.jsonl:6"]
    assert names(library, "topic3", 1) == ["facts.jsonl#d3"]
    embedder.embedded.clear()
    lines[2] = lines[2].replace("Fact", "Changed fact")
    del lines[4]
    file.write_text("\n".join(lines), encoding="utf-8")
    report = library.sync(folder)
    assert report.changed == ("facts.jsonl#d2",)
    assert report.removed == ("facts.jsonl#d4",)
    assert len(embedder.embedded) == 1
    file.unlink()
    assert len(library.sync(folder).removed) == 4


def test_hidden_and_temporary_files_are_left_out(library: Library, folder: Path) -> None:
    for name in (".hidden.txt", "~$draft.docx", "half.txt.part", "edit.txt~"):
        (folder / name).write_text("secret words", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "notes.txt").write_text("secret words", encoding="utf-8")
    assert len(library.sync(folder).added) == 3


def test_links_lead_nowhere_outside_the_folder(library: Library, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("private words", encoding="utf-8")
    (folder / "link.txt").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    assert len(library.sync(folder).added) == 3


@in_both
def test_another_process_sees_a_new_generation(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    with open_library(library.path, embedder) as reader:
        assert names(reader, "Danube", 1) == ["rivers.txt"]
        (folder / "rivers.txt").write_text("Volga\n\nThe Volga ends in the Caspian Sea.", encoding="utf-8")
        library.sync(folder)
        assert names(reader, "Caspian Sea", 1) == ["rivers.txt"]
        assert all("Danube" not in hit.passage.text for hit in reader.search("Danube", 8))


@in_both
def test_a_killed_sync_is_made_good_by_the_next(
    library: Library, folder: Path, embedder: WordEmbedder, tmp_path: Path
) -> None:
    library.sync(folder)

    class Dies(WordEmbedder):
        def embed_passages(self, texts: object) -> object:  # type: ignore[override]
            raise KeyboardInterrupt

    (folder / "stars.txt").write_text("Stars\n\nVega is bright too.", encoding="utf-8")
    with open_library(library.path, Dies()) as dying, pytest.raises(KeyboardInterrupt):
        dying.sync(folder)
    library.close()
    assert "Sirius" in library.document("stars.txt").text, "the old text stays until the new one is in"
    library.sync(folder)
    assert "Vega" in library.document("stars.txt").text
    with open_library(tmp_path / "fresh", WordEmbedder()) as fresh:
        fresh.sync(folder)
        assert rows(library) == rows(fresh)


@in_both
def test_a_lost_lexical_mirror_is_made_again(library: Library, folder: Path, embedder: WordEmbedder) -> None:
    library.sync(folder)
    library.close()
    mirrors = [path for path in library.path.iterdir() if path.name.startswith("keyword")]
    assert mirrors
    for path in mirrors:
        shutil.rmtree(path)
    hit = library.search("Danube", 1)[0]
    assert hit.keyword_rank == 1


@in_both
def test_rebuild_gives_the_same_library_in_new_collections(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    library.sync(folder)
    before = rows(library)
    generation = library.status().generation
    report = library.rebuild()
    assert len(report.added) == 3
    assert library.status().generation == generation + 1
    assert names(library, "Danube", 1) == ["rivers.txt"]
    assert rows(library) == before
    assert library.sync(folder).unchanged == report.added


@in_both
def test_a_library_of_another_embedder_is_refused_until_rebuilt(library: Library, folder: Path) -> None:
    library.sync(folder)
    library.close()

    class Other(WordEmbedder):
        name = "other-64"

    with open_library(library.path, Other()) as other:
        for action in (lambda: other.search("Danube"), lambda: other.sync(folder)):
            with pytest.raises(LibraryMismatch, match=r"words-64.*other-64.*footnote rebuild"):
                action()
        other.rebuild()
        assert names(other, "Danube", 1) == ["rivers.txt"]


def test_only_one_may_write(library: Library, folder: Path) -> None:
    library.sync(folder)
    with FileLock(library.path / "lock"), pytest.raises(LibraryBusy, match="being written by process"):
        library.sync(folder)
    assert library.sync(folder).unchanged


def test_searching_while_syncing_from_many_threads(library: Library, folder: Path) -> None:
    library.sync(folder)
    failures: list[BaseException] = []
    stop = threading.Event()

    def search() -> None:
        try:
            while not stop.is_set():
                assert names(library, "Danube countries", 1) == ["rivers.txt"]
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for n in range(6):
            (folder / f"more{n}.txt").write_text(f"More {n}\n\n" + f"filler{n} " * 200, encoding="utf-8")
            library.sync(folder)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


@in_both
def test_what_is_not_there_is_said(tmp_path: Path, library: Library, embedder: WordEmbedder) -> None:
    with pytest.raises(LibraryMissing, match="footnote sync DIR"):
        library.search("anything")
    with pytest.raises(LibraryMissing, match="footnote sync DIR"):
        library.sync()
    with pytest.raises(LibraryMissing, match="cannot be read"):
        library.sync(tmp_path / "nowhere")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(LibraryMissing, match="no documents"):
        library.sync(empty)
    assert not (library.path / "chroma").exists()


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


@in_both
def test_an_open_reader_finds_its_documents_while_another_library_object_syncs(
    library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    library.sync(folder)
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            with open_library(library.path, WordEmbedder()) as reader:
                while not stop.is_set():
                    assert "Danube" in reader.document("rivers.txt").text
                    assert names(reader, "Danube countries", 1) == ["rivers.txt"]
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for n in range(4):
            (folder / "rivers.txt").write_text(f"Rivers\n\nThe Danube flows on, {n} countries.", encoding="utf-8")
            library.sync(folder)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_a_rebuild_that_fails_leaves_the_library_as_it_was(library: Library, folder: Path) -> None:
    library.sync(folder)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(LibraryMissing, match="cannot be read"):
        library.rebuild()
    assert names(library, "Danube", 1) == ["rivers.txt"]
    assert len(library.documents()) == 3


@pytest.mark.parametrize("damage", ["meta.json", "segments", "junk"])
def test_a_damaged_lexical_mirror_is_made_again(library: Library, folder: Path, damage: str) -> None:
    library.sync(folder)
    library.close()
    (mirror,) = (path for path in library.path.iterdir() if path.name.startswith("keyword"))
    for file in list(mirror.iterdir()):
        if damage == "meta.json" and file.name == "meta.json":
            file.unlink()
        elif damage == "junk" and file.name == "meta.json":
            file.write_text("{", encoding="utf-8")
        elif damage == "segments" and file.suffix in {".term", ".store", ".idx"}:
            file.unlink()
    assert library.search("Danube", 1)[0].keyword_rank == 1


def test_a_library_made_again_at_the_same_place_is_noticed(library: Library, folder: Path, tmp_path: Path) -> None:
    library.sync(folder)
    with open_library(library.path, WordEmbedder()) as reader:
        assert names(reader, "Danube", 1) == ["rivers.txt"]
        library.close()
        shutil.rmtree(library.path)
        other = tmp_path / "other"
        other.mkdir()
        (other / "moon.txt").write_text("The moon has no air.", encoding="utf-8")
        library.sync(other)
        assert names(reader, "moon", 1) == ["moon.txt"]


def test_a_copy_of_changed_content_is_described_by_that_content(library: Library, folder: Path) -> None:
    library.sync(folder)
    new = "Cakes again\n\nA cheese cake needs cheese, eggs and patience above all."
    (folder / "cakes.txt").write_text(new, encoding="utf-8")
    (folder / "copy.txt").write_text(new, encoding="utf-8")
    library.sync(folder)
    info = {document.name: document for document in library.documents()}
    assert info["copy.txt"].duplicate_of == "cakes.txt"
    assert info["copy.txt"].characters == len(new)


def test_half_a_character_in_a_question_is_no_error(library: Library, folder: Path) -> None:
    library.sync(folder)
    assert library.search("Danube caf\udce9", 1)[0].passage.document == "rivers.txt"


def test_a_folder_that_cannot_be_listed_keeps_its_documents(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "moon.txt").write_text("The moon has no air.", encoding="utf-8")
    library.sync(folder)
    listed = os.scandir

    def refuse(path: str | Path) -> object:
        # As the operating system does without permission; the tests may run as a user whom nothing is refused.
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = library.sync(folder)
    assert report.removed == ()
    assert "sub/moon.txt" in report.unchanged
    assert [failure.document for failure in report.failed] == ["sub"]
    assert names(library, "moon", 1) == ["sub/moon.txt"]
    monkeypatch.undo()
    assert library.sync(folder).failed == ()


def test_a_folder_whose_name_is_no_text_is_refused_at_once(library: Library, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    odd.mkdir()
    (odd / "a.txt").write_text("Some words.", encoding="utf-8")
    with pytest.raises(LibraryMissing, match="not UTF-8"):
        library.sync(odd)


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
