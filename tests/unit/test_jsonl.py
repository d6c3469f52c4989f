"""JSON Lines: a document a line, and a bad line is a failure with its number."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.documents import read_jsonl
from index.errors import UnreadableDocument
from index.values import Document, Failure
from tests.unit.reading import read


def lines(*records: object) -> list[bytes]:
    return [(record if isinstance(record, str) else json.dumps(record)).encode() for record in records]


def test_a_document_a_line(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    records = lines(
        {"id": "a", "title": "Title", "text": "One\r\ntext"}, "", {"id": 7, "text": "Two"}, {"id": "c/d", "text": "3."}
    )
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(records))
    first, *rest = read_jsonl(path, "sub/corpus.jsonl")
    assert first == Document(name="sub/corpus.jsonl#a", text="One\ntext", title="Title")
    assert [(each.name, each.title) for each in rest if isinstance(each, Document)] == [
        ("sub/corpus.jsonl#7", "Two"),
        ("sub/corpus.jsonl#c/d", "c/d"),
    ]
    assert list(read_jsonl(records, "sub/corpus.jsonl")) == [first, *rest]


@pytest.mark.parametrize(
    "line, reason",
    [
        ("{", "not JSON"),
        ('["a"]', "no JSON object"),
        ('{"text": "x"}', 'no "id"'),
        ('{"id": true, "text": "x"}', 'no "id"'),
        ('{"id": "\\n", "text": "x"}', 'no "id"'),
        ('{"id": "x"}', 'no "text"'),
        ('{"id": "x", "text": 3}', 'no "text"'),
        ('{"id": "x", "text": " \\ud800 "}', "no text"),
        ('{"id": "first", "text": "again"}', "earlier line"),
        ("[" * 100_000, "cannot be read"),
        ('{"id": ' + "1" * 5000 + "}", "cannot be read"),
    ],
)
def test_a_bad_line_is_a_failure_with_its_number(line: str, reason: str) -> None:
    good, failure, after = read_jsonl(lines({"id": "first", "text": "x"}, line, {"id": "z", "text": "y"}), "f.jsonl")
    assert isinstance(good, Document)
    assert isinstance(after, Document)
    assert isinstance(failure, Failure)
    assert failure.document == "f.jsonl:2"
    assert reason in failure.reason


def test_a_file_that_is_no_json_lines_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"not json\n" * 100_000)
    results = list(read_jsonl(path, "log.jsonl"))
    assert len(results) == 101
    assert results[-1] == Failure(
        document="log.jsonl", reason="its first 100 lines are no documents: the rest was not read"
    )
    missing = list(read_jsonl(tmp_path / "none.jsonl", "none.jsonl"))
    assert missing == [Failure(document="none.jsonl", reason="cannot be opened: No such file or directory")]


def test_an_endless_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.write(b'{"id": "a", "text": "x"}\n')
        file.seek(70 * 2**20, os.SEEK_CUR)  # a hole: costs no space
        file.write(b'\n{"id": "b", "text": "y"}\n')
    with path.open("rb") as file:
        assert list(read_jsonl(file, "long.jsonl")) == list(read_jsonl(path, "long.jsonl"))
    first, failure, last = read_jsonl(path, "long.jsonl")
    assert isinstance(first, Document)
    assert isinstance(failure, Failure)
    assert "longer than 64 MB" in failure.reason
    assert isinstance(last, Document)
    assert last.name == "long.jsonl#b"


def test_a_jsonl_file_is_not_one_document() -> None:
    with pytest.raises(UnreadableDocument, match="line"):
        read('{"id": "a", "text": "b"}', "a.jsonl")
