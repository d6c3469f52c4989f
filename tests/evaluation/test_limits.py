"""Limits of a run: those that cannot be meant, those that hold, and those that only seem to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.command import footnote_here
from tests.evaluation.question_sets import write
from tests.model_server import ModelServer

MINES = {"copper": 1850, "iron": 1851, "silver": 1852, "tin": 1853}


def line(name: str, **more: Any) -> dict[str, Any]:
    quote = f"opened in {MINES[name]}"
    evidence = [{"document": f"{name}.txt", "quote": quote}]
    return {
        "id": name,
        "question": f"When was the {name} mine opened?",
        "answers": [str(MINES[name])],
        "evidence": evidence,
        **more,
    }


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Documents, a set about them, and the report of a run over both."""
    (tmp_path / "docs").mkdir()
    for name, year in MINES.items():
        (tmp_path / "docs" / f"{name}.txt").write_text(f"The {name} mine was opened in {year}.", encoding="utf-8")
    write(tmp_path / "set.jsonl", *map(line, MINES))
    ask(tmp_path, "--json", "old.json")
    return tmp_path


def ask(place: Path, *arguments: str, expect: int = 0, **environment: str) -> tuple[str, str]:
    """What is printed, and the errors."""
    done = footnote_here(
        "eval", "set.jsonl", "--documents", "docs", *arguments, folder=place, expect=expect, **environment
    )
    return done.stdout, "\n".join(each for each in done.stderr.splitlines() if each.startswith("Error: "))


LIMITS = ("--baseline", "old.json", "--fail-under", "passage_hit@5=0.5", "--fail-worse-than", "contained=0.1")


def test_each_limit_is_shown_with_its_figures(place: Path) -> None:
    write(place / "set.jsonl", *map(line, MINES), {"id": "not so", **line("tin", id="not so", answers=["1999"])})
    printed, errors = ask(place, *LIMITS, "--fail-under", "contained=0.90", "--fail-under", "risk=0.3", expect=1)
    assert errors == "Error: contained is 0.800, under 0.9"
    outcome, _, limits = printed.partition("\noutcome\n")[2].partition("\n\nlimits\n")
    assert re.split(r"\s{2,}", outcome.strip()) == ["right", "4", "wrong", "1", "not so"]
    assert limits.splitlines() == [
        "  PASS passage_hit@5 1.000 >= 0.5 (5 questions)",
        "  FAIL contained 0.800 < 0.90 (5 questions)",
        "  PASS risk 0.200 <= 0.3 (5 questions)",
        "  PASS contained 1.000, worse by 0.000 <= 0.1 (4 questions)",
    ]


def test_questions_that_drop_out_keep_no_limit(place: Path) -> None:
    assert ask(place, *LIMITS)[1] == ""
    write(place / "set.jsonl", *map(line, ("copper", "iron", "silver")), '{"id": "tin", ')
    _, errors = ask(place, *LIMITS, expect=1)
    assert "1 line of the question set could not be asked" in errors and "line 4" in errors
    assert "1 question of the baseline was not asked, or in other words: tin." in errors
    _, errors = ask(place, "--fail-under", "hit@5=0.5", expect=1)
    assert "1 line of the question set" in errors and "baseline" not in errors


def test_a_quote_that_is_gone_keeps_no_limit_and_the_documents_differ(place: Path) -> None:
    (place / "docs" / "tin.txt").write_text("The tin mine began its work in the year 1853.", encoding="utf-8")
    printed, errors = ask(place, *LIMITS, expect=1)
    assert errors.startswith("Error: passage_hit@5 leaves out 1 question that it was about in the baseline")
    assert errors.count("Error: ") == 1 and ": tin. " in errors
    assert "\n  documents: as they were → others, or changed\n" in printed
    # A report of before that was recorded is compared without it.
    values = json.loads((place / "old.json").read_text("utf-8"))
    del values["settings"]["documents_hash"]
    (place / "old.json").write_text(json.dumps(values), encoding="utf-8")
    printed, _ = ask(place, "--baseline", "old.json")
    assert "What else differs:" in printed and "documents:" not in printed


def test_what_a_model_or_a_judge_leaves_out_keeps_no_limit(place: Path) -> None:
    def reply(body: dict[str, Any]) -> str:
        asked = str(body["messages"][-1]["content"])
        if body["model"] == "strict":
            thought = {"reason": "It is so.", "score": 1}
            fits = dict.fromkeys(("faithfulness", "correctness", "completeness"), thought)
            return "I would rather not say." if "silver mine" in asked else json.dumps(fits)
        number = re.search(r"number=(\d+)", asked)
        assert number
        return "" if "iron mine opened" in asked else f"In 1850 [{number[1]}]."

    judge_limit = ("--fail-under", "judge_correctness=0.1")
    with ModelServer(reply=reply) as server:
        settings = {"OPENAI_BASE_URL": server.url, "QA_JUDGE_MODEL": "strict", "QA_TIMEOUT": "5"}
        printed, errors = ask(place, *judge_limit, expect=1, **settings)
        assert "1 question of 4 got quotes because the model failed" in errors
        assert "1 answer could not be judged" in errors
        assert re.search(r"\n  quoted for the model +1  iron\n  not judged +1  silver\n", printed)
        _, errors = ask(place, "--fail-under", "contained=0.1", "--anew", expect=1, **settings)
        assert "judged" not in errors


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ("hit@7=0.5", "no metric 'hit@7', but: hit@1, hit@3, hit@5, hit@10, recall@5"),
        ("page_hit@5=0.5", "no metric 'page_hit@5'"),
        ("contained=85", "contained is a share, from 0 to 1"),
        ("risk=-1", "risk is a share, from 0 to 1"),
        ("whole_ms_p95=-1", "whole_ms_p95 is never below 0"),
        ("prompt_tokens=100", "no metric 'prompt_tokens'"),
        ("refusal_f1=0.5", "no metric 'refusal_f1'"),
        ("judge_correctness=1", "Without QA_JUDGE_MODEL nothing is judged"),
    ],
)
def test_limits_that_cannot_be_meant_cost_nothing(tmp_path: Path, limit: str, says: str) -> None:
    write(tmp_path / "set.jsonl", line("tin"))
    done = footnote_here("eval", "set.jsonl", "--fail-under", limit, folder=tmp_path, expect=2)
    assert says in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["set.jsonl"]


def test_a_baseline_must_have_what_a_limit_is_about(place: Path) -> None:
    ask(place, "--retrieval-only", "--json", "searched.json")
    arguments = ("--documents", "docs", "--baseline", "searched.json", "--fail-worse-than", "contained=0.1")
    done = footnote_here("eval", "set.jsonl", *arguments, folder=place, expect=2)
    assert "has no metric 'contained' to be worse than" in done.stderr
