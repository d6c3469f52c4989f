"""What ``footnote questions check`` finds in a question set, and that it finds nothing in a clean one."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from index import Library
from qa.checking import Checked, Finding, check_questions, said_in
from qa.errors import BadQuestionSet
from tests.command import error_line, footnote_here
from tests.evaluation.question_sets import write
from tests.unit.test_pdf_page import pdf

BRIDGE = "The bridge was opened in 1932.\nIt cost 12 thousand pounds. The bridge is painted every\nseven years."
SEVEN = BRIDGE.index("is painted")
HERE = {"document": "bridge.txt", "quote": "The bridge was opened in 1932."}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    (folder / "tunnel.pdf").write_bytes(pdf(("The tunnel is dark.",), ("The tunnel was closed in 2019.",)))
    return folder


def asked(question: str = "When was it opened?", **fields: Any) -> dict[str, Any]:
    return {"id": "q", "question": question, "answers": ["1932"], "evidence": [HERE], **fields}


def in_bridge(**fields: Any) -> dict[str, Any]:
    return asked(evidence=[{"document": "bridge.txt", **fields}])


def in_tunnel(page: int, **fields: Any) -> dict[str, Any]:
    place = {"document": "tunnel.pdf", "quote": "The tunnel was closed in 2019.", "page": page}
    return asked(answers=["2019"], evidence=[{**place, **fields}])


def check(library: Library | None, tmp_path: Path, *lines: object) -> Checked:
    return check_questions(write(tmp_path / "set.jsonl", *lines), library)


def one(checked: Checked) -> Finding:
    assert len(checked.findings) == 1, checked.findings
    return checked.findings[0]


@pytest.mark.parametrize(
    "line, kind, is_error, says",
    [
        ("not json", "bad-line", True, "not JSON"),
        ({"id": "q"}, "bad-line", True, '"question" is missing'),
        (asked(answerable=False), "answers-though-unanswerable", True, '"answerable": false'),
        ({"id": "q", "question": "When?"}, "nothing-expected", True, "neither evidence nor answers"),
        (asked(evidence=[]), "no-evidence", False, "no evidence"),
        (asked(answers=[]), "no-answers", False, "no answers"),
        (asked(evidence=[{"document": "ship.txt", "quote": "in 1932"}]), "unknown-document", True, "'ship.txt'"),
        (in_bridge(quote="The bridge was opened in 1932 by us."), "quote-not-found", True, "by us.' is not in"),
        (in_bridge(quote="opened in 1932", start=16, end=30), "offsets-not-quote", True, "to 15 and 29"),
        (in_bridge(quote="shut in 1932", start=0, end=12), "quote-not-found", True, "not at its offsets"),
        (in_bridge(start=20, end=9_000), "outside-document", True, "20 to 9000 end outside of 'bridge.txt'"),
        (in_bridge(quote="opened in 1932", page=1), "no-pages", False, "has no pages"),
        (in_tunnel(1), "other-page", True, "not on page 1 of 'tunnel.pdf' but on 2"),
        (in_tunnel(3), "outside-document", True, "page 3 of 'tunnel.pdf', which has 2"),
        (asked(answers=["1933"]), "answer-not-in-evidence", True, "'1933' is not in the evidence"),
        (asked(answers=["by the king"]), "answer-not-in-evidence", True, "'by the king'"),
        (asked(answers=["The …"], evidence=[{"document": "bridge.txt"}]), "answer-of-articles", False, "to the letter"),
        (asked(answers=["opening in 1932"]), "answer-in-other-words", False, "word for word"),
        (asked(answers=["87 years"], evidence=[HERE, in_tunnel(2)["evidence"][0]]), "answer-worked-out", False, "87"),
    ],
)  # fmt: skip
def test_each_kind_of_fault_is_found(
    library: Library, tmp_path: Path, line: object, kind: str, is_error: bool, says: str
) -> None:
    found = one(check(library, tmp_path, "", line))
    assert (found.line, found.kind, found.is_error) == (2, kind, is_error)
    assert says in str(found)
    assert found.next.endswith(".")
    assert found.id == (None if kind == "bad-line" else "q")


@pytest.mark.parametrize(
    "line",
    [
        asked(),
        in_bridge(quote="THE BRIDGE was - opened in 1932"),
        in_bridge(quote="It cost 12 thousand pounds. The bridge is painted every seven years.")
        | {"answers": ["12,000 pounds"]},
        in_bridge(quote="is painted every seven years", start=SEVEN, end=SEVEN + 28) | {"answers": ["7 years"]},
        in_bridge(quote="It cost 12 thousand pounds.") | {"answers": ["£12,000"]},
        in_bridge(start=15, end=29),
        in_bridge(quote="in 1932") | {"answers": ["in the year 1930", "1932"]},
        in_tunnel(2),
        in_tunnel(2, quote=None) | {"answers": ["anything"]},
        asked(answers=["Yes"]),
        {"id": "q", "question": "What does it cost?", "answerable": False},
        asked(evidence=[{"document": "bridge.txt"}], answers=["not known where"]),
    ],
)
def test_what_is_right_is_not_complained_of(library: Library, tmp_path: Path, line: object) -> None:
    assert check(library, tmp_path, line).findings == ()


def test_repeats_are_found(library: Library, tmp_path: Path) -> None:
    wing = "When did the Museum of Glass in Tacoma open its new northern wing to visitors?"
    checked = check(
        library,
        tmp_path,
        asked(id="a"),
        asked(id="a", question="Another one?"),
        asked(id="b", question="when was it  OPENED"),
        asked(id="c", answerable=False, answers=[]),
        asked(id="d", question=wing),
        asked(id="e", question=wing.replace("new northern", "northern")),
        asked(id="f", history=[{"role": "user", "text": "Tell me of the bridge."}]),
        asked(id="g", answers=["1933"], evidence=[{"document": "bridge.txt"}]),
        asked(id="h", answers=["In 1932.", "the 1932"], evidence=[{"document": "bridge.txt"}]),
    )
    assert [(each.line, each.kind, each.is_error) for each in checked.findings] == [
        (2, "repeated-id", True),
        (3, "repeated-question", True),
        (4, "same-question", False),
        (6, "similar-question", False),
        (8, "conflicting-answers", True),
        (9, "repeated-question", True),
    ]
    assert (checked.questions, checked.errors, checked.hints) == (8, 4, 2)
    assert "line 1 asks the same and accepts none of its answers" in str(checked.findings[-2])


def test_without_a_library_the_file_alone_is_checked(tmp_path: Path) -> None:
    assert check(None, tmp_path, asked(evidence=[{"document": "ship.txt", "quote": "in 1932"}])).findings == ()
    assert one(check(None, tmp_path, asked(answers=["1933"]))).kind == "answer-not-in-evidence"
    with pytest.raises(BadQuestionSet, match="empty"):
        check(None, tmp_path)


def test_the_shipped_set_is_clean(seed_library: Library, root: Path) -> None:
    checked = check_questions(root / "tests" / "questions" / "seeds.jsonl", seed_library)
    assert checked.questions > 100
    assert checked.errors == 0


def test_numbers_of_an_answer_are_values() -> None:
    assert said_in("12,000", "about 12 thousand men") == 1
    assert said_in("5 km", "5 kilometres away") == 1
    assert said_in("1,600", "about 1,500 men") == 0
    assert said_in("the old stone bridge", "a bridge of stone") == pytest.approx(2 / 3)
    assert 0.5 < said_in("12 soldiers", "twelve officers and 30 soldiers") < 1
    assert said_in("\u6771\u4eac", "\u79c1\u306f\u6771\u4eac\u306b\u4f4f\u3080") == 1


def test_a_large_set_takes_little_memory_and_time(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    filler = "x" * 4_000
    with path.open("w", encoding="utf-8") as file:
        for at in range(2_500):
            file.write(json.dumps(asked(f"When was bridge {at} opened?", id=f"q{at}", filler=filler)) + "\n")
    assert path.stat().st_size > 10_000_000
    tracemalloc.start()
    begin = time.process_time()
    checked = check_questions(path)
    seconds, (_, peak) = time.process_time() - begin, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (checked.questions, checked.findings) == (2_500, ())
    # One chunk of the file and what was split from it, the slots of ``Alike``, and a few bytes of each question.
    assert peak < 45_000_000
    assert seconds < 30


# From the shell


def test_the_command_names_lines_and_says_by_its_status_whether_there_are_errors(
    documents: Path, tmp_path: Path
) -> None:
    write(tmp_path / "set.jsonl", asked(), "[]", asked(id="r", question="How?", answers=["opening in 1932"]))
    command = ("questions", "check", "set.jsonl", "--documents", str(documents))
    done = footnote_here(*command, folder=tmp_path, expect=1)
    first, second, last = done.stdout.splitlines()
    assert first.startswith("line 2: the line is no JSON object")
    assert second.startswith("line 3 'r': hint: its answer")
    assert last == "2 questions: 1 error, 1 hint"

    found = json.loads(footnote_here(*command, "--json", folder=tmp_path, expect=1).stdout)
    assert (found["questions"], found["errors"], found["hints"]) == (2, 1, 1)
    assert found["findings"][0].keys() == {"line", "id", "kind", "is_error", "what", "next"}

    write(tmp_path / "set.jsonl", asked(answers=["opening in 1932"]))
    assert "1 hint" in footnote_here(*command, folder=tmp_path).stdout


def test_the_command_without_a_library_says_what_it_leaves_out(tmp_path: Path) -> None:
    write(tmp_path / "set.jsonl", asked())
    done = footnote_here("questions", "check", "set.jsonl", folder=tmp_path)
    assert "no evidence is looked up" in done.stderr and done.stdout == "1 question, nothing found\n"
    command = ("questions", "check", "set.jsonl", "--documents", "nowhere")
    assert "no documents at 'nowhere'" in error_line(footnote_here(*command, folder=tmp_path, expect=1))
