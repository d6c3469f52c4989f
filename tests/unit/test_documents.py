"""What holds of a file of any format: a document or a reason, and text that is clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.documents import SUFFIXES, read_bytes, read_document
from index.errors import UnreadableDocument
from index.readers.clean import clean
from tests.unit.reading import check, outline, read


@pytest.mark.parametrize("suffix", sorted(SUFFIXES - {".jsonl"}))
@given(data=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_a_document_or_a_reason(suffix: str, data: bytes) -> None:
    try:
        document = read_bytes(data, "some" + suffix)
    except UnreadableDocument as exc:
        assert "some" not in str(exc)
    else:
        check(document)


MARKUP = [
    *("<p>", "<table>", "<tr>", "<td rowspan=3>", "</td>", "<li>", "<ol start=x>", "</ul>", "<h2>", "</h2>", "<pre>"),
    *(
        "<br>",
        "<main>",
        "</main>",
        "<div hidden>",
        "</div>",
        "<a>",
        "&nbsp;",
        "&#x80;",
        "&#0;",
        "a word",
        "\n",
        " ",
        "é",
    ),
    *("# head", "---", "```", "===", "title: x", "|", "1. ", "**b**"),
]


@pytest.mark.parametrize("suffix", [".html", ".md", ".txt"])
@given(parts=st.lists(st.sampled_from(MARKUP), max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_markup_gives_a_document_or_a_reason(suffix: str, parts: list[str]) -> None:
    try:
        document = read("".join(parts), "some" + suffix)
    except UnreadableDocument:
        return
    check(document)
    if suffix == ".html":
        outline(document)


@given(st.text(alphabet=st.characters() | st.sampled_from("\r\n \t\0\xa0\xad\u2029\ufb01"), max_size=200))
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode()
    assert not re.search(r"[\r\0]|[^\S\n]\n|\n{4}", once)


def test_a_large_text_is_cleaned_like_a_small_one() -> None:
    line = "A line\xa0with trailing spaces and a soft\xadhyphen.  \r\n"
    assert clean(line * 60_000) == "\n".join(["A line with trailing spaces and a softhyphen."] * 60_000)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES - {".jsonl"}))
def test_an_empty_file_says_so(suffix: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"empty|damaged"):
        read_bytes(b"", "nothing" + suffix)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(UnreadableDocument, match=r"\.docx.*\.pdf"):
        read("text", "notes.xyz")


def test_the_ending_may_be_in_capitals_and_the_name_in_folders() -> None:
    assert read("Some text.", "a/b/Old NOTES.TXT").title == "Old NOTES"


def test_a_file_that_is_gone_or_closed_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="No such file"):
        read_document(tmp_path / "gone.txt", "gone.txt")
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(UnreadableDocument, match="cannot be opened"):
        read_document(tmp_path / "folder.txt", "folder.txt")
