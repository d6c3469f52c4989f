"""The product's promise from the file on: what a reader makes of any file is tiled by its passages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Document, Failure
from index.documents import SUFFIXES, read_bytes, read_document, read_jsonl
from index.errors import UnreadableDocument
from index.passages import split
from tests.unit.tiling import check_tiling, count_words

anything = st.characters(codec=None, exclude_categories=())
"""Halves of surrogate pairs included."""

odd = st.text(alphabet=anything, max_size=80) | st.sampled_from(
    [
        "The very same words.\r\n" * 40,
        "one\r\rtwo\r\n\r\nthree\n\rfour",
        "e\u0301\u0323 a\u030a " * 60,
        "\u202eright to left\u202c שלום עולם مرحبا بالعالم ",
        "\ud83d half a pair \udc00",
        "👩‍👩‍👧‍👦🇩🇪" * 30,
        "\ufeff\u200b\u00ad\u2060",
        "\x00\x01\x1b[31m\x7f",
        "<b>bold & <i>broken</b> &#xD800; &amp;",
        "# Heading\n\n* a list\n\n| a | b |\n|---|---|\n",
    ]
)


def tile(document: Document) -> None:
    passages = split(document, count_tokens=count_words, size=25)
    check_tiling(document, passages)
    for passage in passages:
        assert passage.text.encode("utf-8"), "it can be stored and sent"


@settings(deadline=None)
@given(st.lists(odd, min_size=1, max_size=12).map("".join))
def test_any_text_in_a_line_of_json_is_tiled(text: str) -> None:
    (found,) = read_jsonl([json.dumps({"id": "it", "text": text}).encode()], "lines.jsonl")
    if isinstance(found, Failure):
        assert "no text" in found.reason
    else:
        tile(found)


@settings(deadline=None)
@given(
    st.lists(odd, min_size=1, max_size=12).map("".join),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-be", "latin-1", "shift_jis"]),
    st.sampled_from([".txt", ".md", ".html", ".csv", ".xml"]),
)
def test_any_text_in_any_encoding_is_tiled(text: str, encoding: str, suffix: str) -> None:
    data = text.encode(encoding, "replace")
    try:
        document = read_bytes(data, f"odd{suffix}")
    except UnreadableDocument as exc:
        assert str(exc)
    else:
        tile(document)


@settings(deadline=None, max_examples=20)
@given(st.binary(max_size=400), st.sampled_from(sorted(SUFFIXES - {".jsonl"})))
def test_any_bytes_are_tiled_or_refused(data: bytes, suffix: str) -> None:
    try:
        document = read_bytes(data, f"odd{suffix}")
    except UnreadableDocument as exc:
        assert str(exc)
    else:
        tile(document)


@pytest.mark.parametrize("piece", ["x", "e\u0301", "שלום ", "日本語。", "word, ", "\r\r\n"])
def test_a_megabyte_of_anything_on_one_line_is_tiled(piece: str) -> None:
    text = "start " + piece * (2**20 // len(piece)) + " end"
    tile(read_bytes(text.encode(), "long.txt"))


SHARE = 15
"""One of so many documents of the evaluation data is tiled: all of them take minutes."""


@pytest.mark.shared
def test_documents_of_the_evaluation_data_is_tiled(shared_data: Path) -> None:
    read = 0
    for path in sorted(shared_data.rglob("*")):
        suffix = path.suffix.lower()
        if not path.is_file() or suffix not in SUFFIXES or path.name.startswith("questions"):
            continue
        try:
            documents = read_jsonl(path, path.name) if suffix == ".jsonl" else [read_document(path, path.name)]
            for document in documents:
                read += 1
                if isinstance(document, Document) and read % SHARE == 0:
                    tile(document)
        except UnreadableDocument:
            continue
    assert read > 30_000
