"""What went wrong in a system is named by the comparison of two runs, in the metric that is about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index import Hit, Library
from index.settings import IndexSettings
from qa import evaluate
from qa.comparison import Comparison, compare
from qa.questions import Question, read_questions
from qa.report import Report
from qa.settings import QASettings
from tests.command import footnote_here
from tests.evaluation.question_sets import write
from tests.model_server import ModelServer

SETTINGS = QASettings(_env_file=None)
SHIPPED = Path("tests", "questions", "seeds.jsonl")


@pytest.fixture(scope="module")
def questions(root: Path) -> list[Question]:
    """Half of the shipped ones, of every kind."""
    return read_questions(root / SHIPPED)[0][::2]


@pytest.fixture(scope="module")
def before(seed_library: Library, questions: list[Question]) -> Report:
    return evaluate(questions, seed_library, settings=SETTINGS)


def worse(comparison: Comparison) -> set[str]:
    return {change.metric for change in comparison.changes if change.verdict == "worse"}


def test_the_same_again_raises_no_alarm(seed_library: Library, questions: list[Question], before: Report) -> None:
    found = compare(before, evaluate(questions, seed_library, settings=SETTINGS, at_once=2))
    assert {change.verdict for change in found.changes} == {"same", "untested"}
    assert found.worse == ()


class Reversed(Library):
    """Has the worst passage first."""

    def search(self, question: str, k: int = 8, *, documents: str | Sequence[str] | None = None) -> list[Hit]:
        return super().search(question, k, documents=documents)[::-1]


def test_passages_in_another_order(seed_library: Library, questions: list[Question], before: Report) -> None:
    with Reversed.open(seed_library.path, settings=IndexSettings(_env_file=None)) as library:
        after = evaluate(questions, library, settings=SETTINGS, retrieval_only=True)
    found = compare(before, after)
    assert {"passage_hit@1", "passage_mrr@10"} <= worse(found)
    assert not {change.metric for change in found.changes if change.verdict == "better"}


def test_a_threshold_that_was_moved(seed_library: Library, questions: list[Question], before: Report) -> None:
    after = evaluate(questions, seed_library, settings=SETTINGS.model_copy(update={"threshold": 0.97}))
    found = compare(before, after)
    assert {"contained", "refusal_precision"} <= worse(found)
    assert not any("@" in metric for metric in worse(found))
    assert found.explained_by["threshold"][1] == 0.97


def best_sentence(body: dict[str, Any]) -> tuple[str, str]:
    """Of the passages that a model is shown, the sentence with most of the question's words, and its passage."""
    shown, _, question = str(body["messages"][-1]["content"]).rpartition("Question: ")
    wanted = set(re.findall(r"\w{4,}", question.lower()))
    sentences = [
        (sentence, number)
        for number, text in re.findall(r"number=(\d+)>\n(.*?)\n</", shown, re.DOTALL)
        for sentence in re.split(r"(?<=\.)\s", text)
    ]
    return max(sentences, key=lambda each: len(wanted & set(re.findall(r"\w{4,}", each[0].lower()))))


def test_citations_that_are_dropped(seed_library: Library, questions: list[Question]) -> None:
    def answered(marker: str) -> Report:
        def reply(body: dict[str, Any]) -> str:
            sentence, number = best_sentence(body)
            return f"{sentence.rstrip('.')}{marker.format(number)}."

        with ModelServer(reply=reply) as server:
            settings = QASettings(_env_file=None, openai_base_url=server.url)
            return evaluate([each for each in questions if each.answerable][:24], seed_library, settings=settings)

    found = compare(answered(" [{}]"), answered(""))
    assert "citation_recall" in worse(found)
    assert not {"exact_match", "token_f1", "contained", "coverage"} & worse(found)


def test_from_the_shell(root: Path, seeds: Path, tmp_path: Path) -> None:
    third = (root / SHIPPED).read_text("utf-8").splitlines(keepends=True)[::3]
    (tmp_path / "set.jsonl").write_text("".join(third), "utf-8")
    common = ("eval", "set.jsonl", "--documents", str(seeds))
    first = footnote_here(*common, "--json", "old.json", folder=tmp_path)
    for heading in ("retrieval", "answers", "citations", "abstention", "cost"):
        assert f"\n{heading}\n" in first.stdout
    limits = ("--fail-under", "hit@1=0.9", "--fail-under", "coverage=0.99", "--fail-worse-than", "contained=0.1")
    again = footnote_here(
        *(*common, "--baseline", "old.json", "--json", "new.json", *limits),
        folder=tmp_path,
        expect=1,
        QA_THRESHOLD="0.97",
    )
    errors = [line for line in again.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 2
    assert re.match(r"Error: coverage is 0\.\d+, under 0\.99$", errors[0])
    assert errors[1].startswith("Error: contained went from ")
    assert (tmp_path / "new.json").exists() and "verdict" in again.stdout


def test_no_limit_holds_where_questions_failed(seeds: Path, tmp_path: Path) -> None:
    asked = ({"id": "short", "question": "How many soldiers?"}, {"id": "long", "question": "Is it so? " * 1000})
    write(tmp_path / "set.jsonl", *asked)
    common = ("eval", str(tmp_path / "set.jsonl"), "--documents", str(seeds))
    assert "failed: long: " in footnote_here(*common, folder=tmp_path).stdout
    limited = footnote_here(*common, "--fail-under", "coverage=0", folder=tmp_path, expect=1)
    assert "Error: 1 question of 2 failed, and the limits are about all of them\n" in limited.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--fail-worse-than", "hit@1=0.1"), 2, "needs --baseline"),
        (("--fail-under", "hit@1"), 2, "is no limit"),
        (("--fail-under", "hit@1=high"), 2, "is no limit"),
        (("--fail-under", "hits=1"), 2, "no metric 'hits'"),
        (("--fail-under", "coverage=1", "--retrieval-only"), 2, "about answers"),
        (("--calibrate", "--baseline", "old.json"), 2, "goes without --calibrate"),
        (("--baseline", "missing.json"), 1, "cannot be read"),
        (("--baseline", "broken.json"), 1, "not JSON"),
    ],
)
def test_what_cannot_be_meant_is_said_before_the_work(
    tmp_path: Path, root: Path, arguments: tuple[str, ...], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from qa.cli import main

    (tmp_path / "broken.json").write_text('{"version": 2, "metr', encoding="utf-8")
    given = [str(tmp_path / each) if each.endswith(".json") else each for each in arguments]
    with pytest.raises(SystemExit) as ended:
        main(["eval", str(root / SHIPPED), *given])
    assert ended.value.code == status
    assert says in capsys.readouterr().err
