"""How a set is run: several questions at once, kept on the way, with and without a model and a judge."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.settings import IndexSettings
from qa import QAError, evaluate
from qa.at_once import each
from qa.journal import Journal
from qa.progress import EvaluateProgress
from qa.questions import Evidence, Question
from qa.report import Report, write_report
from qa.report_json import read_report, report_json
from qa.settings import QASettings
from qa.values import Turn
from tests.model_server import ModelServer, fails

SECRET = "sk-veryverysecret1234567890"
RIVERS = {
    "danube": "The Danube rises in the Black Forest. It ends in the Black Sea after 2,850 kilometres.",
    "rhine": "The Rhine rises in the Swiss Alps. It ends in the North Sea near Rotterdam.",
    "volga": "The Volga rises in the Valdai Hills. It is the longest river of Europe.",
}
QUESTIONS = [
    Question(
        id="danube",
        question="How long is the Danube?",
        answers=("2,850 kilometres",),
        evidence=(Evidence(document="danube.txt", quote="2,850 kilometres"),),
    ),
    Question(
        id="rhine",
        question="Where does it rise?",
        history=(Turn(role="user", text="Tell me of the Rhine."), Turn(role="assistant", text="A river.")),
        evidence=(Evidence(document="rhine.txt"),),
    ),
    Question(id="long", question="word " * 2000),
    Question(id="none", question="Who invented the zeppelin?", answerable=False),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("rivers")
    for name, text in RIVERS.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    with Library.open(tmp_path_factory.mktemp("library"), settings=IndexSettings(_env_file=None)) as opened:
        opened.sync(folder)
        yield opened


def asked_of(server: ModelServer, **more: Any) -> QASettings:
    return QASettings(_env_file=None, openai_base_url=server.url, openai_api_key=SECRET, **more)


# At once


def test_threads_share_the_work_and_a_slow_item_holds_up_no_other() -> None:
    go = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert go.wait(10)
        if item == 9:
            go.set()
        return item * item

    found = list(each(work, range(10), 3))
    assert sorted(found) == [(item, item * item) for item in range(10)]
    assert found[-1] == (0, 0)


def test_leaving_early_starts_nothing_more() -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        time.sleep(0.01)

    finished = each(work, range(1000), 2)
    next(finished)
    finished.close()
    count = len(begun)
    time.sleep(0.1)
    assert len(begun) == count < 20


def test_what_fails_in_a_thread_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(each(lambda item: 1 // item, [1, 0, 1], 2))


# Answers


def test_quoted_answers_are_recorded_and_scored(library: Library) -> None:
    report = evaluate(QUESTIONS, library, settings=QASettings(_env_file=None))
    danube, rhine, long, none = report.questions
    assert danube.answer is not None and danube.outcome == "right" and danube.metrics["contained"] == 1
    citation = danube.answer.citations[0]
    assert citation.before + citation.quote + citation.after in RIVERS["danube"]
    assert RIVERS["danube"][citation.start : citation.end] == citation.quote
    assert danube.answer.mode == "extractive" and danube.answer.seconds >= danube.answer.search_seconds > 0
    assert rhine.answer is not None and "Swiss Alps" in rhine.answer.text and rhine.metrics["hit@1"] == 1
    assert long.outcome == "failed" and long.answer is None and "QuestionTooLong" in (long.error or "")
    assert none.outcome == "refused_rightly"
    assert report.settings.model is None and report.settings.at_once == 1 and report.settings.failed == 1
    assert set(report.metrics) == set(report.intervals) == set(report.counts)
    assert report.counts["coverage"] == 3 and report.counts["contained"] == 1


def test_a_model_is_asked_steadily_and_several_questions_at_once(library: Library, server: ModelServer) -> None:
    report = evaluate(QUESTIONS, library, settings=asked_of(server))
    assert [one.id for one in report.questions] == [one.id for one in QUESTIONS]
    assert {(request.body["temperature"], request.body["seed"]) for request in server.requests} == {(0, 1)}
    danube, rhine, long, _ = report.questions
    assert danube.answer is not None and danube.answer.mode == "llm" and danube.answer.model == "gpt-5-mini"
    assert danube.answer.first_token_seconds is not None
    assert 0 < danube.answer.first_token_seconds <= danube.answer.seconds
    assert danube.metrics["prompt_tokens"] == 100 and danube.metrics["first_token_ms"] > 0
    assert rhine.answer is not None and long.error
    settings = report.settings
    assert (settings.at_once, settings.temperature, settings.seed) == (4, 0, 1)
    assert settings.model_host == server.url.removeprefix("http://").removesuffix("/v1")
    assert settings.prompt_version == danube.answer.prompt_version and settings.support_model
    assert {"openai", "llama-index-core", "python"} <= set(settings.versions)


def test_a_model_that_is_down_is_told_apart(library: Library, server: ModelServer) -> None:
    server.then(*[fails(500)] * 20)
    report = evaluate(QUESTIONS[:1], library, settings=asked_of(server, timeout=0.5))
    answer = report.questions[0].answer
    assert answer is not None and answer.fallback and answer.mode == "extractive"
    assert report.settings.fallbacks == 1 and "because the model failed" in str(report)


def test_a_judge_says_what_it_thinks_and_costs_no_answer_where_it_fails(library: Library) -> None:
    def reply(body: dict[str, Any]) -> str:
        if body["model"] != "strict":
            return "Nobody knows how long it is [1]."
        if "Danube" not in str(body["messages"]):
            return "I would rather not say."
        thought = {"reason": "It is so.", "score": 1}
        return json.dumps(dict.fromkeys(("faithfulness", "correctness", "completeness"), thought))

    with ModelServer(reply=reply) as server:
        report = evaluate(QUESTIONS[:2], library, settings=asked_of(server, judge_model="strict", temperature=0.7))
        asked = {(request.body["model"], request.body["temperature"]) for request in server.requests}
    assert asked == {("gpt-5-mini", 0.7), ("strict", 0)}
    danube, rhine = report.questions
    assert danube.judgements is not None and danube.judgements["correctness"].reason == "It is so."
    assert danube.metrics["judge_correctness"] == 1 and danube.metrics["contained"] == 0
    assert "danube: the judge gives correctness 1, and right is 0: It is so." in str(report)
    assert rhine.judgements is None and "BadModelReply" in (rhine.judge_error or "")
    assert rhine.answer is not None and rhine.error is None and rhine.outcome != "failed"
    assert (report.settings.judge_model, report.settings.judge_failed) == ("strict", 1)
    assert report.settings.judge_prompt_version
    assert report.counts["judge_correctness"] == 1


def test_no_secret_is_in_a_report_or_a_journal(library: Library, server: ModelServer, tmp_path: Path) -> None:
    address = server.url.replace("127", "anna:hunter2@127", 1)
    settings = QASettings(_env_file=None, openai_base_url=address, openai_api_key=SECRET)
    seen: list[str] = []

    def look(_: EvaluateProgress) -> None:
        seen.extend(path.read_text(encoding="utf-8") for path in tmp_path.glob("runs/*.jsonl"))

    report = evaluate(QUESTIONS, library, settings=settings, journal=tmp_path / "runs", progress=look)
    write_report(tmp_path / "out.json", report_json(report))
    assert read_report(tmp_path / "out.json") == report
    for text in (*seen, (tmp_path / "out.json").read_text(encoding="utf-8"), repr(report)):
        assert SECRET not in text and "hunter2" not in text and "anna" not in text
    assert any(seen)


# Kept on the way


def half(library: Library, journal: Path, settings: QASettings, stop_after: int) -> list[EvaluateProgress]:
    """A run that somebody stops, and how far it came."""
    seen: list[EvaluateProgress] = []

    def progress(now: EvaluateProgress) -> None:
        seen.append(now)
        if now.done - now.kept == stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(QUESTIONS, library, settings=settings, journal=journal, progress=progress)
    return seen


def lines(journal: Path) -> list[Path]:
    return list(journal.glob("*.jsonl"))


def test_a_run_goes_on_with_what_is_missing_and_what_failed(library: Library, tmp_path: Path) -> None:
    settings = QASettings(_env_file=None)
    half(library, tmp_path, settings, 3)
    kept = lines(tmp_path)[0].read_bytes()
    assert [json.loads(line)["place"] for line in kept.splitlines()] == [0, 1]  # the third failed
    lines(tmp_path)[0].write_bytes(kept + b'nonsense\n{"place": 77}\n[]\n' + kept[:200])
    seen: list[EvaluateProgress] = []
    report = evaluate(QUESTIONS, library, settings=settings, journal=tmp_path, progress=seen.append)
    assert [(now.done, now.kept, now.failed) for now in seen] == [(2, 2, 0), (3, 2, 1), (4, 2, 1)]
    assert [one.outcome for one in report.questions] == ["right", "right", "failed", "refused_rightly"]
    assert seen[0].kept_until is not None and 0 <= time.time() - seen[0].kept_until < 60
    # Its end is no reason to ask again what did not fail.
    seen.clear()
    again = evaluate(QUESTIONS, library, settings=settings, journal=tmp_path, progress=seen.append)
    assert [(now.done, now.kept, now.failed) for now in seen] == [(3, 3, 0), (4, 3, 1)]
    assert again.questions[:2] == report.questions[:2]


def test_what_was_asked_is_kept_until_the_report_is_where_it_should_be(library: Library, tmp_path: Path) -> None:
    settings, whole = QASettings(_env_file=None), [one for one in QUESTIONS if one.id != "long"]
    delivered: list[Report] = []
    seen: list[EvaluateProgress] = []

    def full(report: Report) -> None:
        delivered.append(report)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        evaluate(whole, library, settings=settings, journal=tmp_path, deliver=full)
    report = evaluate(
        whole, library, settings=settings, journal=tmp_path, progress=seen.append, deliver=delivered.append
    )
    assert [(now.done, now.kept) for now in seen] == [(3, 3)]
    assert delivered[1] is report and report.questions == delivered[0].questions
    assert lines(tmp_path) == []


def test_another_address_or_document_begins_another_run(tmp_path: Path, server: ModelServer) -> None:
    folder = tmp_path / "rivers"
    folder.mkdir()
    (folder / "danube.txt").write_text(RIVERS["danube"], encoding="utf-8")
    with Library.open(tmp_path / "library", settings=IndexSettings(_env_file=None)) as library:
        library.sync(folder)
        first = evaluate(QUESTIONS[2:], library, settings=asked_of(server), journal=tmp_path / "runs")
        other = asked_of(server).model_copy(update={"openai_base_url": f"{server.url}/"})
        evaluate(QUESTIONS[2:], library, settings=other, journal=tmp_path / "runs")
        assert len(lines(tmp_path / "runs")) == 2
        (folder / "danube.txt").write_text(RIVERS["danube"].replace("2,850", "2,851"), encoding="utf-8")
        library.sync(folder)
        changed = evaluate(QUESTIONS[2:], library, settings=asked_of(server), journal=tmp_path / "runs")
    assert len(lines(tmp_path / "runs")) == 3
    assert first.settings.documents_hash != changed.settings.documents_hash
    assert len(first.settings.documents_hash) == 16


def test_a_torn_line_does_not_spoil_the_next_one(library: Library, tmp_path: Path) -> None:
    settings = QASettings(_env_file=None)
    half(library, tmp_path, settings, 2)
    kept = lines(tmp_path)[0].read_bytes()
    lines(tmp_path)[0].write_bytes(kept[:-100])
    half(library, tmp_path, settings, 1)
    half(library, tmp_path, settings, 1)
    first, torn, second = lines(tmp_path)[0].read_bytes().splitlines()
    assert [json.loads(each)["place"] for each in (first, second)] == [0, 1]
    with pytest.raises(ValueError):
        json.loads(torn)


def test_what_could_change_a_result_begins_another_run(library: Library, tmp_path: Path) -> None:
    settings = QASettings(_env_file=None)
    half(library, tmp_path, settings, 1)
    half(library, tmp_path, settings.model_copy(update={"passages": 3}), 1)
    half(library, tmp_path, settings.model_copy(update={"threshold": 0.9}), 1)
    assert len(lines(tmp_path)) == 3
    # How many at once changes none.
    seen = half(library, tmp_path, settings.model_copy(update={"eval_at_once": 2}), 1)
    assert seen[0].kept == 1 and len(lines(tmp_path)) == 3
    other = [replace(QUESTIONS[0], answers=("3 kilometres",)), *QUESTIONS[1:]]
    seen.clear()
    evaluate(other, library, settings=settings, journal=tmp_path, progress=seen.append)
    assert seen[0].kept == 0


def test_anew_forgets_and_months_do_too(library: Library, tmp_path: Path) -> None:
    settings = QASettings(_env_file=None)
    half(library, tmp_path, settings, 2)
    seen: list[EvaluateProgress] = []
    evaluate(QUESTIONS, library, settings=settings, journal=tmp_path, anew=True, progress=seen.append)
    assert [now.kept for now in seen] == [0] * 4
    month = time.time() - 31 * 24 * 3600
    os.utime(lines(tmp_path)[0], (month, month))
    assert half(library, tmp_path, settings, 1)[0].kept == 0


def test_one_process_at_a_time_asks_the_same_questions(tmp_path: Path) -> None:
    with Journal(tmp_path, "key", QUESTIONS):
        with pytest.raises(QAError, match="Another process asks these questions"), Journal(tmp_path, "key", QUESTIONS):
            pass
        with Journal(tmp_path, "another", QUESTIONS):
            pass
    with Journal(tmp_path, "key", QUESTIONS) as free:
        assert free.kept == {}


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(QAError, match="cannot be kept"), Journal(tmp_path / "file" / "runs", "key", QUESTIONS):
        pass
