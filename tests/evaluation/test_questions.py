"""Question sets: what is read, what is named as wrong, and which document a name means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import BadQuestionSet
from qa.questions import DocumentNames, Evidence, Question, read_questions, same_document
from qa.values import Turn
from tests.evaluation.question_sets import GOOD, write

# Reading


def test_every_field_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "set.jsonl",
        {
            "id": 7,
            "question": "Where does it end?",
            "answers": ["the Black Sea"],
            "evidence": [{"document": "danube", "quote": "Black Sea", "page": 2, "start": 3, "end": 9, "label": "x"}],
            "answerable": True,
            "history": [{"role": "user", "text": "The Danube?"}, {"role": "agent", "text": "Yes."}],
            "standalone_rewrite": "Where does the Danube end?",
            "type": "where",
            "conversation": 12,
        },
        {"id": "bare", "question": "Why?", "answers": None, "evidence": None, "answerable": None, "type": None},
    )
    questions, bad = read_questions(path)
    assert bad == []
    assert questions == [
        Question(
            id="7",
            question="Where does it end?",
            answers=("the Black Sea",),
            evidence=(Evidence(document="danube", quote="Black Sea", page=2, start=3, end=9),),
            history=(Turn(role="user", text="The Danube?"), Turn(role="assistant", text="Yes.")),
            standalone_rewrite="Where does the Danube end?",
            type="where",
        ),
        Question(id="bare", question="Why?"),
    ]
    assert questions[1].answerable


def test_the_shipped_set_is_read_whole(root: Path) -> None:
    path = root / "tests" / "questions" / "seeds.jsonl"
    questions, bad = read_questions(path)
    assert bad == []
    assert len(questions) == len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("not JSON", "not JSON: Expecting value at column 1"),
        ('["a list"]', "no JSON object"),
        ("null", "no JSON object"),
        ("[" * 100_000, "cannot be read"),
        ('{"id": "x", "question": "q", "n": ' + "9" * 5000 + "}", "cannot be read"),
        ({"question": "q"}, '"id" is missing'),
        ({"id": True, "question": "q"}, '"id" is no string'),
        ({"id": " ", "question": "q"}, '"id" is empty'),
        ({"id": "x"}, '"question" is missing'),
        ({"id": "x", "question": ["q"]}, '"question" is no string'),
        ({"id": "x", "question": "\n"}, '"question" is empty'),
        ('{"id": "x", "question": "\\ud800"}', "half of a character"),
        ({"id": "x", "question": "q", "answers": "one"}, '"answers" is no list'),
        ({"id": "x", "question": "q", "answers": [1]}, "an answer is no string"),
        ({"id": "x", "question": "q", "answerable": "yes"}, '"answerable" is neither true nor false'),
        ({"id": "x", "question": "q", "evidence": {}}, '"evidence" is no list'),
        ({"id": "x", "question": "q", "evidence": ["a.txt"]}, "no object"),
        ({"id": "x", "question": "q", "evidence": [{"quote": "a"}]}, '"document" of an entry of "evidence" is missing'),
        ({"id": "x", "question": "q", "evidence": [{"document": "a", "page": "1"}]}, "no whole number"),
        ({"id": "x", "question": "q", "evidence": [{"document": "a", "page": 0}]}, "pages count from 1"),
        ({"id": "x", "question": "q", "evidence": [{"document": "a", "start": 0}]}, "come together"),
        ({"id": "x", "question": "q", "evidence": [{"document": "a", "start": 5, "end": 5}]}, "nothing between"),
        ({"id": "x", "question": "q", "history": [{"role": "judge", "text": "t"}]}, "'judge'"),
        ({"id": "x", "question": "q", "history": [{"role": "user"}]}, 'no "text"'),
        ({"id": "x", "question": "q", "type": 3}, '"type" is no string'),
        ({"id": "good", "question": "again"}, "used by line 2"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path, line: object, says: str) -> None:
    questions, bad = read_questions(write(tmp_path / "set.jsonl", "", GOOD, line, {"id": "last", "question": "Who?"}))
    assert [question.id for question in questions] == ["good", "last"]
    assert [each.line for each in bad] == [3]
    assert says in bad[0].reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_byte_order_marks_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "set.jsonl"
    lines = [{"id": "a", "question": "Où est la gare ?\u2028"}, {"id": "b", "question": "何時ですか"}]
    path.write_bytes(end.join(json.dumps(line, ensure_ascii=False) for line in lines).encode(encoding))
    questions, bad = read_questions(path)
    assert bad == []
    assert [question.question for question in questions] == [line["question"] for line in lines]


def test_a_line_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes('{"id": "a", "question": "Où ?"}\n'.encode("cp1252") + b'{"id": "b", "question": "Who?"}')
    questions, bad = read_questions(path)
    assert [question.id for question in questions] == ["b"]
    assert str(bad[0]).startswith("line 1: the line is not UTF-8")


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "cannot be read"), (b"", "is empty"), (b"\xef\xbb\xbf\n \n", "is empty"), (b'\xff\xfe{\x00"', "UTF-16")],
)
def test_a_file_that_is_no_set(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "set.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadQuestionSet, match=says):
        read_questions(path)


def test_a_folder_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(BadQuestionSet, match="is a folder"):
        read_questions(tmp_path)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_named(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    try:
        questions, bad = read_questions(path)
    except BadQuestionSet:
        return
    assert questions or bad


# Names


@pytest.mark.parametrize(
    ("evidence", "document", "same"),
    [
        ("a/b.txt", "a/b.txt", True),
        ("b.txt", "a/b.txt", True),
        ("a/b.txt", "b.txt", False),
        ("a", "a/b.txt", False),
        ("7", "a/set.jsonl#7", True),
        ("set.jsonl#7", "a/set.jsonl#7", True),
        ("a/set.jsonl#7", "a/set.jsonl#7", True),
        ("set.jsonl", "a/set.jsonl#7", False),
        ("https://site/page#part", "set.JSONL#https://site/page#part", True),
        ("part", "set.jsonl#https://site/page#part", False),
        ("page", "set.jsonl#site/page", False),
        ("cafe\u0301.txt", "caf\u00e9.txt", True),
        ("", "a.txt", False),
    ],
)
def test_which_document_a_name_means(evidence: str, document: str, same: bool) -> None:
    assert same_document(evidence, document) is same
    assert (document in DocumentNames([document, "other.txt"]).matching(evidence)) is same


def test_a_full_name_means_that_document_alone() -> None:
    names = DocumentNames(["b.txt", "a/b.txt", "c/d.txt", "e/d.txt"])
    assert names.matching("b.txt") == {"b.txt"}
    assert names.matching("d.txt") == {"c/d.txt", "e/d.txt"}
