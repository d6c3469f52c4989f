"""Question sets: what is read and what is named as wrong, what a run scores, and ``footnote eval`` from the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Library
from qa import BadQuestionSet, evaluate
from qa.evaluation import EvaluateProgress
from qa.evidence import Expected, Place, expected, holds, locate, score
from qa.metrics import mean
from qa.questions import DocumentNames, Evidence, Question, read_questions, same_document
from qa.report import Report, report_json
from qa.values import Turn

RIVERS = {
    "danube": "The Danube rises in the Black Forest.\n\nIt ends in the Black Sea after 2,850 kilometres.",
    "rhine": "The Rhine rises in the Swiss Alps.\n\nIt ends in the North Sea near Rotterdam.",
    "volga": "The Volga rises in the Valdai Hills.\n\nIt is the longest river of Europe.",
}
KETTLE = "The kettle boils at one hundred degrees. It whistles when it does."


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines), "utf-8")
    return path


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three documents in one file, and two files of their own, one of which repeats the other."""
    folder = tmp_path_factory.mktemp("documents")
    write(folder / "rivers.jsonl", *({"id": key, "text": text} for key, text in RIVERS.items()))
    (folder / "kitchen").mkdir()
    (folder / "kitchen" / "kettle.txt").write_text(KETTLE, encoding="utf-8")
    (folder / "kitchen" / "copy of the kettle.txt").write_text(KETTLE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def library(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("library")) as opened:
        opened.sync(documents)
        yield opened


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


GOOD = {"id": "good", "question": "What boils?"}


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


# Evidence


@pytest.mark.parametrize(
    ("quote", "text", "spans"),
    [
        ("a b", "x a  b y a\nb", [(2, 6), (9, 12)]),
        ("Swiss  Alps.", "the Swiss\nAlps. And", [(4, 15)]),
        ("co-operate “now”", 'We cooperate "now".', [(3, 17)]),
        ("cooperate “now”", 'We CO-OPERATE "now".', [(3, 18)]),
        ("no", "another nod", [(1, 3), (8, 10)]),
        ("NO", "another nod. No.", [(13, 15)]),
        ("(.*", "a (.* b", [(2, 5)]),
        ("", "text", []),
        ("…", "text", []),
        ("何時", "今何時ですか", [(1, 3)]),
    ],
)
def test_where_a_quote_stands(quote: str, text: str, spans: list[tuple[int, int]]) -> None:
    assert locate(quote, text) == spans


@given(st.text(alphabet="abc é\n.,-", max_size=60), st.data())
def test_a_quote_cut_from_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = text[start:end]
    places = locate(quote, text)
    assert all(0 <= begin < stop <= len(text) for begin, stop in places)
    assert all(text[begin:stop].split() == quote.split() for begin, stop in places)
    assert bool(places) is bool(quote.strip())


@pytest.mark.parametrize(
    ("span", "held"),
    [
        ((110, 120), True),  # within the passage
        ((195, 205), True),  # half of it
        ((196, 206), False),  # less than half
        ((0, 1000), True),  # the passage is within it
        ((151, 400), False),  # neither: 49 of the passage's 100
        ((200, 210), False),  # beside it
    ],
)
def test_when_a_passage_holds_a_place(span: tuple[int, int], held: bool) -> None:
    place = Place(document="a", page=None, start=100, end=200, score=1)
    assert holds(place, {"a": [span]}) is held
    assert holds(place, {"b": [span]}) is False


def places(*found: tuple[str, int | None, int, int]) -> list[Place]:
    return [Place(document=name, page=page, start=start, end=end, score=1) for name, page, start, end in found]


def look_up(*evidence: Evidence, texts: dict[str, str]) -> Expected:
    return expected(Question(id="q", question="?", evidence=evidence), DocumentNames(texts), texts.__getitem__)


def test_levels_are_scored_apart() -> None:
    wanted = look_up(Evidence(document="b", page=2, quote="needle"), texts={"a": "", "b": "hay " * 10 + "needle"})
    found = score(places(("a", 1, 0, 9), ("b", 1, 0, 20), ("b", 2, 20, 40), ("b", 2, 40, 46)), wanted)
    assert found["hit@1"] == 0 and found["hit@3"] == 1
    assert found["mrr@10"] == 0.5
    assert found["page_mrr@10"] == pytest.approx(1 / 3)
    assert found["passage_mrr@10"] == 0.25
    assert (found["page_hit@3"], found["passage_hit@3"], found["passage_hit@5"]) == (1, 0, 1)


def test_without_pages_and_quotes_there_are_no_such_metrics() -> None:
    found = score(places(("a", None, 0, 9)), look_up(Evidence(document="a"), texts={"a": ""}))
    assert found["hit@1"] == 1
    assert not [name for name in found if name.startswith(("page", "passage"))]


def test_a_quote_that_is_not_in_its_document_says_nothing() -> None:
    wanted = look_up(Evidence(document="a", quote="nothing of the kind"), texts={"a": "some text"})
    assert wanted.unplaced == 1
    assert "passage_hit@5" not in score(places(("a", None, 0, 9)), wanted)


def test_a_document_that_is_not_there_is_not_found() -> None:
    wanted = look_up(Evidence(document="a"), Evidence(document="gone", page=3), texts={"a": ""})
    found = score(places(("a", None, 0, 9)), wanted)
    assert wanted.absent == ("gone",)
    assert (found["recall@10"], found["page_hit@10"]) == (0.5, 0)


def test_a_name_that_means_two_documents_is_found_in_either_and_counts_once() -> None:
    texts = {"x/a.txt": "one", "y/a.txt": "two", "b.txt": ""}
    wanted = look_up(Evidence(document="a.txt", quote="two"), texts=texts)
    assert score(places(("b.txt", None, 0, 1), ("y/a.txt", None, 0, 3)), wanted)["recall@5"] == 1
    found = score(places(("x/a.txt", None, 0, 3), ("y/a.txt", None, 0, 3)), wanted)
    assert (found["ndcg@10"], found["passage_mrr@10"]) == (1, 0.5)


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
    report = evaluate([question], library, depth=1)
    assert report.metrics["recall@5"] == 1
    assert len({place.document for place in report.questions[0].hits}) == 4


def test_evidence_in_a_copy_is_found_in_the_one_that_is_searched(library: Library) -> None:
    for name in ("kettle.txt", "kitchen/copy of the kettle.txt"):
        evidence = (Evidence(document=name, quote="one hundred degrees"),)
        report = evaluate([Question(id="q", question="When does the kettle boil?", evidence=evidence)], library)
        assert (report.metrics["hit@1"], report.metrics["passage_hit@1"]) == (1, 1)


def test_a_follow_up_is_asked_as_a_chat_would(library: Library) -> None:
    evidence = (Evidence(document="volga"),)
    history = (Turn(role="user", text="Tell me about the Volga."), Turn(role="assistant", text="A river."))
    question = Question(id="q", question="Where does it rise?", evidence=evidence, history=history)
    assert evaluate([question], library).metrics["hit@1"] == 1


def test_a_question_that_fails_is_an_entry_with_its_error(library: Library) -> None:
    evidence = (Evidence(document="rhine"),)
    report = evaluate(
        [
            Question(id="long", question="word " * 10_000, evidence=evidence),
            Question(id="fine", question="Where does the Rhine end?", evidence=evidence),
        ],
        library,
    )
    assert report.settings.failed == 1
    assert report.questions[0].metrics == {} and "characters" in (report.questions[0].error or "")
    assert report.metrics["hit@1"] == 1
    assert [set(entry) for entry in report_json(report)["questions"]] == [
        {"id", "metrics", "hits", "error"},
        {"id", "metrics", "hits"},
    ]


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
    report: Report = evaluate(questions, library)
    values = report_json(report)
    assert set(values) == {"metrics", "questions", "settings", "seconds"}
    for question, entry in zip(questions, values["questions"], strict=True):
        relevant = {f"rivers.jsonl#{each.document}" for each in question.evidence}
        for name, value in recomputed(entry, relevant).items():
            assert entry["metrics"][name] == pytest.approx(value), (question.id, name)
    for name in ("hit@1", "recall@5", "ndcg@10"):
        assert values["metrics"][name] == pytest.approx(mean(each["metrics"][name] for each in values["questions"]))


# From the shell


def footnote(*arguments: str, folder: Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "qa", *arguments],
        cwd=folder,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == expect, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    return done


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
    done = footnote(*arguments, folder=tmp_path)
    assert "passed over: line 2: the line is not JSON" in done.stderr
    assert "3 added" in done.stderr
    assert "\nhit@1 " in done.stdout and "2 questions over 3 documents" in done.stdout
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert report["metrics"]["hit@1"] == 1
    assert [entry["id"] for entry in report["questions"]] == ["a", "b"]
    assert set(report["questions"][0]["hits"][0]) == {"document", "page", "start", "end", "score"}
    assert report["settings"]["bad_lines"][0]["line"] == 2
    # A library of its own, which is kept; the user's own does not exist still.
    assert [path.name for path in (tmp_path / ".footnote").iterdir()] == ["eval"]
    again = footnote(*arguments, folder=tmp_path)
    assert "3 unchanged" in again.stderr and "0 passages embedded" in again.stderr


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
        done = footnote("eval", *arguments, "--retrieval-only", folder=tmp_path, expect=1)
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        assert len(lines) == 1 and lines[0].startswith("Error: ") and says in lines[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "good.jsonl"]
    assert "--retrieval-only" in footnote("eval", good, folder=tmp_path, expect=2).stderr
