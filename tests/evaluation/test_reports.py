"""A report goes into a file and comes back as it was; what is no report is named."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from qa import QAError
from qa.report import Report, write_report
from qa.report_json import read_report, report_json
from qa.results import AnswerRecord, CitationRecord, QuestionResult, SentenceRecord
from tests.evaluation.question_sets import run_settings

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
"""Without halves of characters, which no question and no document of a library holds."""

JSON: st.SearchStrategy[Any] = st.none() | st.booleans() | TEXT | st.lists(TEXT | st.integers(0, 9), max_size=2)


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type, as a report's fields have them."""
    inner = get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if get_origin(kind) is Literal:
        return st.sampled_from(inner)
    if get_origin(kind) is Mapping:
        return st.dictionaries(TEXT, any_of(inner[1]), max_size=2)
    if get_origin(kind) is tuple:
        several = st.lists(any_of(inner[0]), max_size=2).map(tuple)
        return several if inner[-1] is ... else st.tuples(*map(any_of, inner))
    if isinstance(kind, type) and is_dataclass(kind):
        return st.builds(kind, **{name: any_of(each) for name, each in get_type_hints(kind).items()})
    return st.one_of(*map(any_of, inner))


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    Any: JSON,
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(-(10**15), 10**15),
    float: st.floats(0, 1),
    type(None): st.none(),
}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(report=any_of(Report))
def test_a_report_that_is_read_again_is_the_same(report: Report, tmp_path_factory: pytest.TempPathFactory) -> None:
    assume(len({each.id for each in report.questions}) == len(report.questions))
    path = tmp_path_factory.getbasetemp() / "report.json"
    write_report(path, report_json(report))
    assert read_report(path) == report
    assert json.loads(path.read_bytes())["version"] == 2


def made(*results: QuestionResult) -> Report:
    plain = run_settings(asked=len(results))
    return Report(metrics={}, questions=results, settings=plain, seconds=1.5)


def test_every_field_is_in_the_file(tmp_path: Path) -> None:
    citation = CitationRecord(
        number=1, document="a.txt", title="A", page=None, start=4, end=6, quote="bc", before="a ", after=" d"
    )
    sentence = SentenceRecord(start=0, end=2, citations=(1,), support="weak", score=0.5, reason="No.")
    answer = AnswerRecord(
        text="bc",
        found=True,
        mode="llm",
        confidence=0.1,
        model="m",
        sentences=(sentence,),
        citations=(citation,),
        removed_markers=0,
        prompt_tokens=1,
        reply_tokens=2,
        search_seconds=0.1,
        first_token_seconds=None,
        seconds=0.3,
        prompt_version="x",
    )
    report = made(QuestionResult(id="q", metrics={"hit@1": 1 / 3}, answer=answer))
    write_report(tmp_path / "out.json", report_json(report))
    entry = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["questions"][0]
    for value, kind in (
        (entry, QuestionResult),
        (entry["answer"], AnswerRecord),
        (entry["answer"]["sentences"][0], SentenceRecord),
        (entry["answer"]["citations"][0], CitationRecord),
    ):
        assert set(value) == {field.name for field in fields(kind)}
    assert entry["metrics"]["hit@1"] == 1 / 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        ("", "is not JSON"),
        ('{"version": 2, "questions": [', "is not JSON"),
        ("[]", "no JSON object"),
        ("{}", "has no questions and settings"),
        ('{"version": 1, "threshold": 0.3, "curve": []}', "what --calibrate found"),
        ('{"metrics": {}, "questions": [], "settings": {}, "seconds": 1}', "has version 1"),
        ('{"version": 3, "questions": [], "settings": {}}', "has version 3"),
        ('{"version": 2, "metrics": {}, "questions": 7, "settings": {}, "seconds": 1}', "'questions' is wrong"),
        (
            '{"version": 2, "metrics": {"a": "b"}, "questions": [], "settings": {}, "seconds": 1}',
            "'metrics.a' is wrong",
        ),
    ],
)
def test_what_is_no_report_is_named(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "old.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(QAError, match=says) as caught:
        read_report(path)
    assert "'" + str(path) + "'" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("was", "became", "says"),
    [
        ('"hit@1": 0.25', '"hit@1": Infinity', "holds the number Infinity, which no run has"),
        ('"hit@1": 0.25', '"hit@1": NaN', "holds the number NaN"),
        ('"hit@1": 0.25', '"hit@1": 1e308', "holds the number 1e308"),
        ('"hit@1": 0.25', f'"hit@1": {10**400}', "holds the number 10000"),
        ('"hit@1": 0.25', '"hit@1": -5', "hit@1 of question 'b' is -5, and not within 0 and 1"),
        ('"confidence": 0.5', '"confidence": 2.0', "confidence of question 'b' is 2, and not within 0 and 1"),
        ('"whole_ms": 7.5', '"whole_ms": -7.5', "whole_ms of question 'b' is -7.5, and not 0 or more"),
        ('"metrics": {"hit@1": 0.75', '"metrics": {"hit@1": 75', "hit@1 is 75, and not within"),
        ('{"hit@1": [0.1, 0.9]', '{"hit@1": [0.1, 9]', "the interval of hit@1 ends at 9"),
        ('"id": "b"', '"id": "a"', "the id 'a' is there twice"),
    ],
)
def test_values_that_no_run_has_are_named(tmp_path: Path, was: str, became: str, says: str) -> None:
    report = made(
        QuestionResult(id="a", metrics={}),
        QuestionResult(id="b", metrics={"hit@1": 0.25, "confidence": 0.5, "whole_ms": 7.5, "odd": 12.0}),
    )
    report = replace(report, metrics={"hit@1": 0.75}, intervals={"hit@1": (0.1, 0.9)})
    text = "".join(report_json(report))
    assert text.count(was) == 1
    path = tmp_path / "old.json"
    path.write_text(text, encoding="utf-8")
    assert read_report(path) == report
    path.write_text(text.replace(was, became), encoding="utf-8")
    with pytest.raises(QAError, match="is no report of a question set: ") as caught:
        read_report(path)
    assert says in str(caught.value)


def test_a_report_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(QAError, match="cannot be written"):
        write_report(path, report_json(made(QuestionResult(id="q", metrics={}, question="half \ud800"))))
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_goes_where_its_name_leads(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    kept = tmp_path / "real" / "kept.json"
    kept.write_text("old", encoding="utf-8")
    link = tmp_path / "link.json"
    link.symlink_to(kept)
    write_report(link, "new")
    assert link.is_symlink() and kept.read_text(encoding="utf-8") == "new"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    write_report(pipe, None)  # without a reader to wait for
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_report(pipe, ["one", "two"])
    assert os.read(reader, 100) == b"onetwo" and pipe.is_fifo()
    os.close(reader)
