"""The threshold is fitted to a question set, shown, kept with the library, and obeyed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from index import Library
from qa import ask
from qa.abstention import best_threshold
from qa.calibration import calibrate, calibration_json, calibration_text, held_out
from qa.errors import BadQuestionSet
from qa.questions import Evidence, Question
from qa.settings import QASettings
from qa.threshold import store_threshold, threshold_for
from tests.command import error_line, footnote_here

TOWNS = ("Aldham", "Brinton", "Corvale", "Dunmere", "Eastry", "Fenwick", "Garlow", "Hexton", "Ibstone", "Jarrow",
         "Kelby", "Lindale")  # fmt: skip
UNKNOWN = ("How do bees find their hive again?", "When was the violin invented?", "What does saffron cost a gram?",
           "Who wrote the longest novel?", "Why is the sea salty?", "How deep is the Pacific Ocean?",
           "Which planet has the most moons?", "How is glass blown?", "What do owls eat in winter?",
           "When does the tax year end?", "Who painted the ceiling?", "How far away is the moon?")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for number, town in enumerate(TOWNS):
        (folder / f"{town}.txt").write_text(
            f"The town of {town} has {1_000 + 37 * number} inhabitants. Its market is held on every second Tuesday.",
            encoding="utf-8",
        )
    return folder


@pytest.fixture
def library(folder: Path, tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / ".footnote") as library:
        library.sync(folder)
        yield library


@pytest.fixture
def questions() -> list[Question]:
    known = [
        Question(id=town, question=f"How many inhabitants has {town}?", answers=(f"{1_000 + 37 * number}",))
        for number, town in enumerate(TOWNS)
    ]
    unknown = [Question(id=f"u{place}", question=text, answerable=False) for place, text in enumerate(UNKNOWN)]
    return known + unknown


def test_the_fitted_threshold_tells_the_answerable_from_the_others(library: Library, questions: list[Question]) -> None:
    done = []
    found = calibrate(questions, library, settings=QASettings(), progress=lambda each: done.append(each.done))
    assert done == list(range(1, 25))
    assert (found.questions, found.unanswerable, found.failed) == (24, 12, 0)
    assert found.auroc > 0.95
    assert found.after.risk <= found.before.risk or found.after.coverage > found.before.coverage
    assert found.curve[0].coverage == 1
    assert found.curve[0].risk == pytest.approx(0.5, abs=0.1)
    assert [point.coverage for point in found.curve] == sorted((point.coverage for point in found.curve), reverse=True)
    assert f"{found.threshold:.3f}" in calibration_text(found)
    assert json.loads(json.dumps(calibration_json(found)))["threshold"] == found.threshold


def test_what_was_found_is_kept_and_obeyed(library: Library, questions: list[Question]) -> None:
    settings = QASettings()
    shipped = threshold_for(library, settings)
    found = calibrate(questions, library, settings=settings)
    path = store_threshold(found.threshold, library)
    assert threshold_for(library, settings) == found.threshold
    assert threshold_for(library, QASettings(threshold=0.25)) == 0.25
    answers = [ask(question.question, library, settings=settings) for question in questions]
    assert [answer.found for answer in answers] == [answer.confidence >= found.threshold for answer in answers]
    assert not any(ask(each.question, library, settings=QASettings(threshold=1)).found for each in questions[:3])
    assert all(ask(each.question, library, settings=QASettings(threshold=0)).found for each in questions)

    kept = json.loads(path.read_text(encoding="utf-8"))
    for broken in ("", "{}", "[1]", json.dumps({**kept, "threshold": 7}), json.dumps({**kept, "embedder": "other"})):
        path.write_text(broken, encoding="utf-8")
        assert threshold_for(library, settings) == shipped


def test_a_set_of_one_kind_cannot_be_fitted_to(library: Library, questions: list[Question]) -> None:
    with pytest.raises(BadQuestionSet, match=r"gives 0 and 12.*answerable"):
        calibrate(questions[12:], library, settings=QASettings())


@pytest.mark.parametrize(
    ("evidence", "is_right"),
    [
        ({"quote": "has {n} inhabitants"}, True),
        ({"quote": "held on every second Tuesday"}, False),
        ({"start": 0, "end": 12}, True),
        ({"quote": "nowhere in it"}, True),  # then the document alone is known
        ({}, True),
    ],
)
def test_without_accepted_answers_a_quote_must_be_of_the_evidence(
    library: Library, questions: list[Question], evidence: dict[str, Any], is_right: bool
) -> None:
    def known(number: int, town: str) -> Question:
        parts = {key: part.format(n=1_000 + 37 * number) if key == "quote" else part for key, part in evidence.items()}
        return Question(
            id=town, question=f"How many inhabitants has {town}?", evidence=(Evidence(document=f"{town}.txt", **parts),)
        )

    asked = [known(number, town) for number, town in enumerate(TOWNS)] + questions[12:]
    if is_right:
        assert calibrate(asked, library, settings=QASettings(passages=1)).curve[0].risk == pytest.approx(0.5, abs=0.1)
    else:
        with pytest.raises(BadQuestionSet, match="answered right"):
            calibrate(asked, library, settings=QASettings(passages=1))


def test_what_the_set_does_not_judge_is_left_out(library: Library, questions: list[Question]) -> None:
    open_ones = [Question(id=f"o{at}", question=f"What of {town}?") for at, town in enumerate(TOWNS)]
    found = calibrate([*questions, *open_ones], library, settings=QASettings())
    assert (found.questions, found.unknown) == (24, 12)
    assert replace(found, unknown=0) == calibrate(questions, library, settings=QASettings())
    assert "12 left out, with neither answers nor evidence" in calibration_text(found)
    with pytest.raises(BadQuestionSet, match=r"gives 0 and 12\..*12 questions had neither answers nor evidence"):
        calibrate([*open_ones, *questions[12:]], library, settings=QASettings())


def test_what_is_promised_of_new_questions_is_measured_on_held_out_ones() -> None:
    random = Random(5)
    confidences = [random.random() for _ in range(60)]
    right = [random.random() < 0.5 for _ in confidences]  # the confidence says nothing
    best = best_threshold(confidences, right)
    answered = [was_right for confidence, was_right in zip(confidences, right, strict=True) if confidence >= best]
    assert held_out(confidences, right).risk > answered.count(False) / len(answered)
    surely = [confidence > 0.5 for confidence in confidences]
    assert held_out(confidences, surely).risk <= 0.05


def test_evidence_in_another_document_is_not_found(library: Library, questions: list[Question]) -> None:
    elsewhere = [
        Question(id=each.id, question=each.question, evidence=(Evidence(document=f"{TOWNS[place - 1]}.txt"),))
        for place, each in enumerate(questions[:12])
    ]
    with pytest.raises(BadQuestionSet, match="gives 0 and 24"):
        calibrate([*elsewhere, *questions[12:]], library, settings=QASettings(passages=1))


def test_signs_beside_an_answer_do_not_matter(folder: Path, library: Library, questions: list[Question]) -> None:
    for place, town in enumerate(TOWNS):
        (folder / f"{town}.txt").write_text(
            f"The rent in {town} is \u201c\u00a31,{150 + place},\u201d not less.", "utf-8"
        )
    library.sync(folder)
    known = [
        Question(id=town, question=f"What is the rent in {town}?", answers=(f"1,{150 + place}",))
        for place, town in enumerate(TOWNS)
    ]
    found = calibrate([*known, *questions[12:]], library, settings=QASettings())
    assert found.curve[0].risk == pytest.approx(0.5, abs=0.1)


def test_a_question_that_fails_counts_nowhere(library: Library, questions: list[Question]) -> None:
    long = Question(id="long", question="Why? " * 1000, answerable=False)
    found = calibrate([*questions, long], library, settings=QASettings())
    assert (found.questions, found.unanswerable, found.failed) == (24, 12, 1)


def test_where_nothing_can_be_asked_it_says_why(library: Library, questions: list[Question]) -> None:
    with pytest.raises(
        BadQuestionSet, match=r"gives 0 and 0\..*The first that failed: QuestionTooLong: The question has"
    ):
        calibrate(questions, library, settings=QASettings(max_question=5))


def test_from_the_shell(folder: Path, tmp_path: Path, questions: list[Question]) -> None:
    lines = [
        {"id": each.id, "question": each.question, "answers": each.answers, "answerable": each.answerable}
        for each in questions
    ]
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    footnote_here("sync", str(folder), folder=tmp_path)
    files = ("--json", "out.json", "--html", "out.html")
    done = footnote_here("eval", "set.jsonl", "--calibrate", *files, folder=tmp_path)
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert "Risk against coverage" in done.stdout
    assert str(found["threshold"]) in done.stderr
    kept = json.loads((tmp_path / ".footnote" / "calibration.json").read_text(encoding="utf-8"))
    assert kept["threshold"] == found["threshold"]
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert f"threshold {found['threshold']:.3f}" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "") and "<script" not in page
    done = footnote_here("eval", "set.jsonl", "--calibrate", folder=tmp_path, QA_THRESHOLD="0.5")
    assert f"QA_THRESHOLD=0.5 wins: the library answers from {found['threshold']} on once it is not set" in done.stderr
    done = footnote_here("eval", "set.jsonl", "--calibrate", "--anew", folder=tmp_path, expect=2)
    assert "--anew goes without --calibrate" in done.stderr
    (tmp_path / "few.jsonl").write_text(json.dumps(lines[0]), encoding="utf-8")
    assert "at least" in error_line(footnote_here("eval", "few.jsonl", "--calibrate", folder=tmp_path, expect=1))
