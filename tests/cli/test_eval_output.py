"""Where ``footnote eval`` and its neighbours write, and what becomes of the status where nobody reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qa.report_json import read_report
from tests.command import footnote_here
from tests.evaluation.question_sets import write

MINES = {"copper": 1850, "iron": 1851, "tin": 1852}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with documents, a library of them, and a set of which one answer is wrong."""
    place = tmp_path_factory.mktemp("mines")
    (place / "docs").mkdir()
    for name, year in MINES.items():
        (place / "docs" / f"{name}.txt").write_text(f"The {name.title()} Mine was opened in {year}.", encoding="utf-8")
    questions = (
        {"id": name, "question": f"When was the {name} mine opened?", "answers": [str(year + (name == "tin"))]}
        for name, year in MINES.items()
    )
    write(place / "set.jsonl", *questions)
    footnote_here("sync", "docs", folder=place)
    return place


def into(stream: int, *arguments: str, place: Path, errors: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """``footnote eval`` with this as its standard output."""
    command = [sys.executable, "-m", "qa", "eval", "set.jsonl", *arguments]
    done = subprocess.run(command, cwd=place, stdout=stream, stderr=errors, text=True, timeout=120)
    assert "Traceback" not in (done.stderr or "")
    return done


def test_nobody_reads_and_the_report_is_written_and_the_status_stands(place: Path) -> None:
    for errors in (False, True):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = into(
                writing,
                *("--json", "out.json", "--fail-under", "contained=1"),
                place=place,
                errors=writing if errors else subprocess.PIPE,
            )
        finally:
            os.close(writing)
        assert done.returncode == 1
        assert errors or "Error: contained is 0.667, under 1\n" in done.stderr
        assert read_report(place / "out.json").metrics["contained"] == pytest.approx(2 / 3)
        (place / "out.json").unlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_table_that_cannot_be_written_takes_no_report_with_it(place: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = into(full.fileno(), "--json", "out.json", place=place)
    assert done.returncode == 1 and "No space left" in done.stderr
    assert read_report(place / "out.json").settings.asked == 3
    # Without a report on disk, what was asked is not lost.
    with Path("/dev/full").open("w") as full:
        assert into(full.fileno(), "--anew", place=place).returncode == 1
    again = footnote_here("eval", "set.jsonl", folder=place)
    assert "3 of 3 answers are taken from the run that ended at 2" in again.stderr
    assert "taken" not in footnote_here("eval", "set.jsonl", folder=place).stderr


def test_a_set_from_a_pipe_and_a_report_to_one(place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qa", "eval", "/dev/stdin", "--json", "-", "--fail-under", "coverage=0.1"],
        cwd=place,
        input=(place / "set.jsonl").read_text("utf-8") + "nonsense\n",
        capture_output=True,
        text=True,
        timeout=120,
    )
    values = json.loads(done.stdout)
    assert (values["settings"]["question_set"], values["settings"]["asked"]) == ("/dev/stdin", 3)
    assert values["settings"]["bad_lines"][0]["line"] == 4
    assert "\n  hit" not in done.stdout and "\noutcome\n" in done.stderr
    assert done.returncode == 1 and "1 line of the question set could not be asked" in done.stderr
    assert not (place / "-").exists()


def test_no_report_becomes_a_document(place: Path, tmp_path: Path) -> None:
    before = (place / "docs" / "tin.txt").read_bytes()
    (tmp_path / "linked").symlink_to(place / "docs")
    linked = str(tmp_path / "linked" / "new.html")
    for documents in (("--documents", "docs"), ()):
        for output in (("--json", "docs/tin.txt"), ("--html", "docs/new.html"), ("--html", linked)):
            done = footnote_here("eval", "set.jsonl", *documents, *output, folder=place, expect=2)
            assert "is among the documents of" in done.stderr
    for command in (
        ("feedback", "export", "docs/set.jsonl"),
        ("questions", "draft", "docs", "--out", "docs/set.jsonl"),
        ("questions", "draft", "--out", "docs/set.jsonl"),
    ):
        assert "is among the documents of" in footnote_here(*command, folder=place, expect=2).stderr
    assert (place / "docs" / "tin.txt").read_bytes() == before
    assert sorted(path.stem for path in (place / "docs").iterdir()) == sorted(MINES)


def test_a_report_replaces_no_baseline(place: Path, tmp_path: Path) -> None:
    old = str(tmp_path / "old.json")
    footnote_here("eval", "set.jsonl", "--retrieval-only", "--json", old, folder=place)
    done = footnote_here("eval", "set.jsonl", "--json", old, "--baseline", old, folder=place, expect=2)
    assert "would replace" in done.stderr
