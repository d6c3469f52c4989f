"""A run that is killed goes on where it was, and ends as one that was not."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.settings import IndexSettings
from qa.report import Report
from qa.report_json import read_report
from qa.results import QuestionResult
from tests.evaluation import asked_set
from tests.evaluation.question_sets import write
from tests.model_server import ModelServer

KILLS = int(os.environ.get("KILLS", "8"))
"""``KILLS=20 make test`` takes half a minute more."""
QUESTIONS = 60
SLOW = 0.05
"""Seconds that the model takes for an answer."""


def reply(body: dict[str, Any]) -> str:
    """The question again, citing the first passage."""
    time.sleep(SLOW)
    text = str(body["messages"][-1]["content"])
    number = re.search(r"number=(\d+)", text)
    assert number
    return f"{text.rpartition('Question: ')[2]} [{number[1]}]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of kettles, and a set of questions about them."""
    folder = tmp_path_factory.mktemp("kettles")
    documents = folder / "documents"
    documents.mkdir()
    for number in range(12):
        (documents / f"kettle {number}.txt").write_text(f"Kettle {number} boils in {number + 2} minutes.", "utf-8")
    with Library.open(folder / "library", settings=IndexSettings(_env_file=None)) as library:
        library.sync(documents)
    questions = (
        {
            "id": str(number),
            "question": f"When does kettle {number % 12} boil, asked {number}?",
            "answers": [f"{number % 12 + 2} minutes"],
            "evidence": [{"document": f"kettle {number % 12}.txt", "quote": "boils in"}],
        }
        for number in range(QUESTIONS)
    )
    write(folder / "set.jsonl", *questions)
    return folder


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(reply=reply) as server:
        yield server


def timeless(report: Report) -> Report:
    """Without anything that is a time."""

    def clean(values: Any) -> dict[str, Any]:
        return {name: value for name, value in values.items() if "_ms" not in name}

    def result(one: QuestionResult) -> QuestionResult:
        assert one.answer is not None
        answer = replace(one.answer, search_seconds=0.0, first_token_seconds=0.0, seconds=0.0)
        return replace(one, metrics=clean(one.metrics), answer=answer)

    return replace(
        report,
        seconds=0.0,
        metrics=clean(report.metrics),
        intervals=clean(report.intervals),
        questions=tuple(map(result, report.questions)),
    )


def test_killed_at_random_moments(folder: Path, server: ModelServer, tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(asked_set.LOADED)
    chance = random.Random(7)
    journal, out = tmp_path / "runs", tmp_path / "out.json"

    def run(journal: Path, seconds: float | None) -> bool:
        """Whether it came to its end; killed so many seconds after its first question was done."""
        begun = context.Event()
        child = context.Process(target=asked_set.ask, args=(folder, server.url, journal, out, begun))
        child.start()
        if seconds is not None:
            assert begun.wait(60)
            child.join(seconds)
            child.kill()
        child.join(60)
        ended = child.exitcode == 0
        assert ended or (seconds is not None and child.exitcode == -signal.SIGKILL)
        child.close()
        return ended

    assert run(tmp_path / "whole", None)
    whole = read_report(out)
    assert whole.metrics["coverage"] == whole.metrics["contained"] + 1 == 1
    assert len(server.requests) == QUESTIONS

    ended = [run(journal, chance.uniform(0, 0.1)) for _ in range(KILLS)]
    kept = sum(len(path.read_bytes().splitlines()) for path in journal.glob("*.jsonl"))
    assert not any(ended) and 0 < kept <= QUESTIONS
    assert run(journal, None)
    assert timeless(read_report(out)) == timeless(whole)
    assert list(journal.glob("*.jsonl")) == []
    # Only what was under way at a kill, two at a time, may have been asked for nothing, or was not yet written down.
    assert len(server.requests) - QUESTIONS <= QUESTIONS + 3 * KILLS


def test_ctrl_c_says_what_is_kept(folder: Path, server: ModelServer) -> None:
    command = [sys.executable, "-m", "qa", "eval", str(folder / "set.jsonl")]
    settings = {"INDEX_PATH": str(folder / "library"), "OPENAI_BASE_URL": server.url, "QA_EVAL_AT_ONCE": "3"}
    environment = {**os.environ, **settings}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as stopped:
        while len(server.requests) < 10:
            time.sleep(0.01)
        stopped.send_signal(signal.SIGINT)
        _, errors = stopped.communicate(timeout=60)
    assert stopped.returncode == 130 and "Traceback" not in errors
    said = re.search(r"Stopped with (\d+) of 60 questions finished. They are kept: the same command goes on", errors)
    assert said
    before = len(server.requests)
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0, again.stderr
    assert len(server.requests) - before == QUESTIONS - int(said[1])
    assert "60 questions over 12 documents" in again.stdout
