"""The product's promise: a passage is exactly the text at its offsets, and the passages are the whole text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Document, Heading, Passage
from index.passages import passage_id, searchable, split
from tests.unit.tiling import check_tiling, count_words


def make(text: str, *, pages: tuple[int, ...] = (), headings: tuple[Heading, ...] = ()) -> Document:
    return Document(name="a.txt", text=text, title="A title", pages=pages, headings=headings)


paragraph = st.text(min_size=0, max_size=300) | st.sampled_from(
    [
        "The same paragraph again and again.",
        "The same paragraph again and again.",
        "e\u0301 combining, שלום עולם, مرحبا, 日本語の文章です。次の文。",
        "word " * 300,
        "x" * 1000,
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "\u2028\x85\x0b\x0c\x1c odd separators",
        "\n\n\n   \t",
    ]
)


@settings(deadline=None)
@given(st.lists(paragraph, max_size=12).map("\n\n".join), st.integers(min_value=8, max_value=120))
def test_passages_tile_any_text(text: str, size: int) -> None:
    document = make(text)
    passages = split(document, count_tokens=count_words, size=size)
    if text.strip():
        check_tiling(document, passages)
    else:
        assert passages == []


@settings(deadline=None)
@given(st.lists(paragraph, min_size=1, max_size=8), st.data())
def test_passages_tile_and_keep_to_their_pages(paragraphs: list[str], data: st.DataObject) -> None:
    text = "\n".join(paragraphs)
    if not text.strip():
        return
    places = st.integers(min_value=0, max_value=len(text) - 1)
    pages = tuple(sorted({0, *data.draw(st.lists(places, max_size=6))}))
    starts = sorted(set(data.draw(st.lists(places, max_size=6))))
    headings = tuple(Heading(start=start, level=1 + start % 3, text=f"H{start}") for start in starts)
    document = make(text, pages=pages, headings=headings)
    passages = split(document, count_tokens=count_words, size=20)
    check_tiling(document, passages)
    for passage in passages:
        inside = [page for page in pages if passage.start < page < passage.end]
        # Only a page without anything to see may be joined to the one before.
        for page in inside:
            after = min((other for other in pages if other > page), default=len(text))
            assert not text[page : min(after, passage.end)].strip() or not text[passage.start : page].strip()


def test_a_hundred_equal_paragraphs_are_placed_one_after_the_other() -> None:
    document = make("\n\n".join(["The very same words stand here every single time."] * 100))
    passages = split(document, count_tokens=count_words, size=30)
    check_tiling(document, passages)
    assert len(passages) > 20


def test_no_passage_is_much_larger_than_asked() -> None:
    sentences = " ".join(f"Sentence number {n} says something about topic {n % 7}." for n in range(500))
    passages = split(make(sentences), count_tokens=count_words, size=50)
    assert max(count_words(passage.text) for passage in passages) <= 50
    assert min(count_words(passage.text) for passage in passages[:-1]) >= 25, "passages are filled"


def test_a_megabyte_on_one_line_is_cut() -> None:
    document = make("lorem ipsum dolor sit amet " * 40_000)
    passages = split(document, count_tokens=count_words, size=200)
    check_tiling(document, passages)
    assert max(count_words(passage.text) for passage in passages) <= 200


def test_headings_are_above_their_passages() -> None:
    text = "# One\n\n" + "alpha " * 40 + "\n\n## Two\n\n" + "beta " * 40 + "\n\n# Three\n\n" + "gamma " * 40
    headings = tuple(
        Heading(start=text.index(mark), level=level, text=name)
        for mark, level, name in (("# One", 1, "One"), ("## Two", 2, "Two"), ("# Three", 1, "Three"))
    )
    document = make(text, headings=headings)
    by_word = {p.text.split()[-1]: p.heading for p in split(document, count_tokens=count_words, size=100)}
    assert by_word == {"alpha": "One", "beta": "One > Two", "gamma": "Three"}


def test_the_page_is_the_one_where_the_passage_begins() -> None:
    text = "first page here\n\nsecond page here\n\nfourth page here"
    pages = (0, text.index("second"), text.index("fourth"), text.index("fourth"))
    found = [(p.text.split()[0], p.page) for p in split(make(text, pages=pages), count_tokens=count_words, size=50)]
    assert found == [("first", 1), ("second", 2), ("fourth", 4)]


def test_ids_depend_on_document_place_and_text() -> None:
    base = passage_id("a.txt", 5, "text")
    assert base == passage_id("a.txt", 5, "text")
    assert len({base, passage_id("b.txt", 5, "text"), passage_id("a.txt", 6, "text"), passage_id("a.txt", 5, "x")}) == 4


def test_the_beginning_keeps_its_ids_when_the_end_changes() -> None:
    text = "\n\n".join(f"Paragraph {n} " + "word " * 20 for n in range(20))
    before = [p.id for p in split(make(text), count_tokens=count_words, size=40)]
    after = [p.id for p in split(make(text + " and more"), count_tokens=count_words, size=40)]
    assert before[:-1] == after[: len(before) - 1]


@pytest.mark.parametrize("heading", ["", "Part > Chapter"])
def test_title_and_headings_stand_in_front_of_what_is_searched(heading: str) -> None:
    passage = Passage(id="x", document="a.txt", title="T", heading=heading, text=" body \n", start=0, end=7, page=None)
    assert searchable(passage) == ("T\nPart > Chapter\nbody" if heading else "T\nbody")
