"""What a run over a question set scores, from Python and with ``footnote eval`` from the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.settings import IndexSettings
from qa import BadQuestionSet, evaluate
from qa.metrics import mean
from qa.progress import EvaluateProgress
from qa.questions import Evidence, Question
from qa.report import Report
from qa.report_json import report_json
from qa.values import Turn
from tests.command import footnote_here
from tests.evaluation.question_sets import GOOD, write

RIVERS = {
    "danube": "The Danube rises in the Black Forest.\n\nIt ends in the Black Sea after 2,850 kilometres.",
    "rhine": "The Rhine rises in the Swiss Alps.\n\nIt ends in the North Sea near Rotterdam.",
    "volga": "The Volga rises in the Valdai Hills.\n\nIt is the longest river of Europe.",
}


KETTLE = "The kettle boils at one hundred degrees. It whistles when it does."


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three documents in one file, and two files of their own, one of which repeats the other."""
    folder = tmp_path_factory.mktemp("documents")
    write(folder / "rivers.jsonl", *({"id": key, "text": text} for key, text in RIVERS.items()))
    (folder / "kitchen").mkdir()
    (folder / "kitchen" / "kettle.txt").write_text(KETTLE, encoding="utf-8")
    (folder / "kitchen" / "copy of the kettle.txt").write_text(KETTLE, encoding="utf-8")
    return folder


# Running


def test_a_run_scores_what_is_found(library: Library) -> None:
    seen: list[EvaluateProgress] = []
    report = evaluate(
        [
            Question(
                id="rhine",
                question="Where does the Rhine rise?",
                evidence=(Evidence(document="rhine", quote="rises in the Swiss Alps"),),
            ),
            Question(id="none", question="What does a tram cost?", answerable=False),
            Question(id="unknown", question="What whistles?"),
        ],
        library,
        retrieval_only=True,
        progress=seen.append,
    )
    first, unanswerable, unknown = report.questions
    assert first.metrics["hit@1"] == first.metrics["passage_hit@1"] == report.metrics["hit@1"] == 1
    assert first.hits[0].document == "rivers.jsonl#rhine"
    assert set(unanswerable.metrics) == set(unknown.metrics) == {"retrieve_ms"}
    assert (report.settings.unanswerable, report.settings.without_evidence) == (1, 1)
    assert [(each.done, each.questions) for each in seen] == [(1, 3), (2, 3), (3, 3)]
    assert 0 < report.metrics["retrieve_ms_p50"] <= report.metrics["retrieve_ms_p95"]


def test_the_ranking_is_filled_with_every_document(library: Library) -> None:
    evidence = tuple(Evidence(document=name) for name in (*RIVERS, "kettle.txt"))
    question = Question(id="all", question="Where does the Danube rise?", evidence=evidence)
    report = evaluate([question], library, retrieval_only=True, depth=1)
    assert report.metrics["recall@5"] == 1
    assert len({place.document for place in report.questions[0].hits}) == 4


def test_evidence_in_a_copy_is_found_in_the_one_that_is_searched(library: Library) -> None:
    for name in ("kettle.txt", "kitchen/copy of the kettle.txt"):
        evidence = (Evidence(document=name, quote="one hundred degrees"),)
        report = evaluate(
            [Question(id="q", question="When does the kettle boil?", evidence=evidence)], library, retrieval_only=True
        )
        assert (report.metrics["hit@1"], report.metrics["passage_hit@1"]) == (1, 1)


def test_a_follow_up_is_asked_as_a_chat_would(library: Library) -> None:
    evidence = (Evidence(document="volga"),)
    history = (Turn(role="user", text="Tell me about the Volga."), Turn(role="assistant", text="A river."))
    question = Question(id="q", question="Where does it rise?", evidence=evidence, history=history)
    assert evaluate([question], library, retrieval_only=True).metrics["hit@1"] == 1


def test_a_question_that_fails_is_an_entry_with_its_error(library: Library) -> None:
    evidence = (Evidence(document="rhine"),)
    report = evaluate(
        [
            Question(id="long", question="word " * 10_000, evidence=evidence),
            Question(id="fine", question="Where does the Rhine end?", evidence=evidence),
        ],
        library,
        retrieval_only=True,
    )
    assert report.settings.failed == 1
    assert report.questions[0].metrics == {} and "characters" in (report.questions[0].error or "")
    assert report.metrics["hit@1"] == 1
    assert [result.outcome for result in report.questions] == ["failed", "searched"]


def test_a_report_names_the_settings_of_its_library(library: Library) -> None:
    with Library.open(library.path, settings=IndexSettings(second_look=3)) as other:
        report = evaluate([Question(id="q", question="What whistles?")], other, retrieval_only=True)
    assert report.settings.index["second_look"] == 3


def test_questions_with_one_id_are_refused(library: Library) -> None:
    asked = [Question(id=id, question=f"What of {at}?") for at, id in enumerate("abcb")]
    with pytest.raises(BadQuestionSet, match="The id 'b' is that of 2 questions"):
        evaluate(asked, library, retrieval_only=True)


def test_a_set_without_questions(library: Library, tmp_path: Path) -> None:
    with pytest.raises(BadQuestionSet, match="holds no questions"):
        evaluate([], library)
    with pytest.raises(BadQuestionSet, match="None of the 2 lines") as caught:
        evaluate(write(tmp_path / "set.jsonl", "", "one", "two"), library)
    assert caught.value.line == 2


def recomputed(entry: dict[str, Any], relevant: set[str]) -> dict[str, float]:
    """Document metrics from nothing but a report's hits."""
    order = list({place["document"]: None for place in entry["hits"]})
    ranks = [rank for rank, name in enumerate(order[:10], 1) if name in relevant]
    return {
        "hit@1": float(1 in ranks),
        "recall@5": sum(rank <= 5 for rank in ranks) / len(relevant),
        "recall@10": len(ranks) / len(relevant),
        "mrr@10": 1 / min(ranks) if ranks else 0,
    }


def test_a_report_holds_what_its_metrics_are_made_of(root: Path, library: Library) -> None:
    questions = [
        Question(id=key, question=text.partition(".")[0], evidence=(Evidence(document=key), Evidence(document="rhine")))
        for key, text in RIVERS.items()
    ]
    report: Report = evaluate(questions, library, retrieval_only=True)
    values = json.loads("".join(report_json(report)))
    assert set(values) == {"version", "metrics", "intervals", "counts", "questions", "settings", "seconds"}
    for question, entry in zip(questions, values["questions"], strict=True):
        relevant = {f"rivers.jsonl#{each.document}" for each in question.evidence}
        for name, value in recomputed(entry, relevant).items():
            assert entry["metrics"][name] == pytest.approx(value), (question.id, name)
    for name in ("hit@1", "recall@5", "ndcg@10"):
        assert values["metrics"][name] == pytest.approx(mean(each["metrics"][name] for each in values["questions"]))


# From the shell


def test_eval_over_one_file_of_documents(documents: Path, tmp_path: Path) -> None:
    questions = write(
        tmp_path / "set.jsonl",
        {
            "id": "a",
            "question": "Where does the Danube end?",
            "evidence": [{"document": "danube", "quote": "Black Sea"}],
        },
        "nonsense",
        {"id": "b", "question": "Which river ends near Rotterdam?", "evidence": [{"document": "rivers.jsonl#rhine"}]},
    )
    arguments = (
        *("eval", str(questions), "--documents", str(documents / "rivers.jsonl")),
        *("--retrieval-only", "--json", "out.json"),
    )
    done = footnote_here(*arguments, folder=tmp_path)
    assert "passed over: line 2: the line is not JSON" in done.stderr
    assert "3 added" in done.stderr
    assert "\n  hit@1 " in done.stdout and "2 questions over 3 documents" in done.stdout
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert report["metrics"]["hit@1"] == 1
    assert [entry["id"] for entry in report["questions"]] == ["a", "b"]
    assert set(report["questions"][0]["hits"][0]) == {"document", "page", "start", "end", "score"}
    assert report["settings"]["bad_lines"][0]["line"] == 2
    # A library of its own, which is kept; the user's own does not exist still.
    assert [path.name for path in (tmp_path / ".footnote").iterdir()] == ["eval"]
    again = footnote_here(*arguments, folder=tmp_path)
    assert "3 unchanged" in again.stderr and "0 passages embedded" in again.stderr


def test_a_model_that_answers_nothing_ends_with_status_1(documents: Path, tmp_path: Path) -> None:
    good = str(write(tmp_path / "good.jsonl", GOOD))
    nowhere = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "QA_TIMEOUT": "1"}
    done = footnote_here("eval", good, "--documents", str(documents), folder=tmp_path, expect=1, **nowhere)
    assert "The model answered none of the questions, and quotes were scored" in done.stderr
    assert "  quoted: " in done.stdout and "127.0.0.1:9" in done.stdout


def test_what_cannot_be_run_is_one_line(documents: Path, tmp_path: Path) -> None:
    good = str(write(tmp_path / "good.jsonl", GOOD))
    bad = str(write(tmp_path / "bad.jsonl", "nonsense"))
    for arguments, says in (
        (("missing.jsonl",), "cannot be read"),
        ((bad,), "None of the 1 lines"),
        ((good,), "footnote sync DIR"),
        ((good, "--documents", "nowhere"), "no documents at 'nowhere'"),
        ((good, "--documents", str(documents), "--json", "no/such/folder/out.json"), "cannot be written"),
    ):
        done = footnote_here("eval", *arguments, "--retrieval-only", folder=tmp_path, expect=1)
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        assert len(lines) == 1 and lines[0].startswith("Error: ") and says in lines[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "good.jsonl"]
    for outputs, says in (
        (("--json", "./good.jsonl"), "would replace '" + good + "'"),
        (("--json", "out", "--html", "out"), "would replace 'out'"),
    ):
        assert (
            says
            in footnote_here("eval", good, "--documents", str(documents), *outputs, folder=tmp_path, expect=2).stderr
        )
    both = ("--retrieval-only", "--calibrate")
    assert "not allowed with" in footnote_here("eval", good, *both, folder=tmp_path, expect=2).stderr
