"""``footnote`` as a user runs it: real processes, real exit codes, what stands on which stream."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from index import Library
from tests.command import error_line, footnote, footnote_here

QUESTION = "How many soldiers could the deployment grow to in total?"


@pytest.fixture(scope="module")
def place(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder whose library holds the shipped documents."""
    place = tmp_path_factory.mktemp("place")
    done = footnote("sync", str(root / "seeds"), folder=place)
    assert done.stdout.startswith("1 added")
    return place


def test_help_names_every_command_and_loads_nothing_heavy(tmp_path: Path) -> None:
    done = footnote("--help", folder=tmp_path)
    for verb in ("serve", "ask", "search", "sync", "status", "rebuild"):
        assert f"\n    {verb} " in done.stdout
    code = "import sys; sys.argv = ['footnote', '--help']\ntry:\n  from qa.cli import main; main()\nfinally:\n  " + (
        "print(sorted({'chromadb','openai','gradio','numpy','pydantic','onnxruntime'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert shown.stdout.rstrip().endswith("[]")
    assert list(tmp_path.iterdir()) == []


def test_ask_prints_the_answer_with_its_sources(place: Path) -> None:
    done = footnote("ask", QUESTION, folder=place)
    assert "12,000" in done.stdout
    assert "[1]" in done.stdout
    assert done.stderr == ""


def test_ask_json_holds_spans_that_are_the_text(place: Path) -> None:
    answer: dict[str, Any] = json.loads(footnote_here("ask", QUESTION, "--json", folder=place).stdout)
    assert answer["found"] is True
    assert "12,000" in answer["text"]
    assert answer["citations"]
    with Library.open(place / ".footnote") as library:
        for citation in [*answer["citations"], *(c for s in answer["sentences"] for c in s["citations"])]:
            text = library.document(citation["document"]).text
            assert text[citation["start"] : citation["end"]] == citation["quote"]
        for hit in answer["hits"]:
            assert library.document(hit["document"]).text[hit["start"] : hit["end"]] == hit["text"]
    for sentence in answer["sentences"]:
        assert answer["text"][sentence["start"] : sentence["end"]] == sentence["text"]


def test_a_refusal_is_an_answer_and_lists_what_came_closest(place: Path) -> None:
    done = footnote("ask", "What is the capital of Australia?", folder=place)
    assert done.stdout.startswith("The documents do not answer this question.")
    assert "Closest passages:\n1. " in done.stdout
    answer = json.loads(footnote("ask", "What is the capital of Australia?", "--json", folder=place).stdout)
    assert (answer["found"], answer["citations"]) == (False, [])
    assert answer["hits"]


def test_search_status_and_a_second_sync(place: Path, root: Path) -> None:
    found = json.loads(footnote_here("search", "Vladivostok", "-k", "2", "--json", folder=place).stdout)
    assert len(found) == 2
    assert "Vladivostok" in found[0]["text"]
    status = json.loads(footnote_here("status", "--json", folder=place).stdout)
    assert (status["documents"], status["folder"]) == (1, str(root / "seeds"))
    again = json.loads(footnote_here("sync", "--json", folder=place).stdout)
    assert (len(again["unchanged"]), again["passages_embedded"]) == (1, 0)
    assert footnote_here("sync", folder=place).stdout.startswith("1 unchanged")


def test_rebuild_from_the_shell(place: Path) -> None:
    assert footnote_here("rebuild", folder=place).stdout.startswith("1 added")
    assert "12,000" in footnote_here("ask", QUESTION, folder=place).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ask", ""), "question is empty"),
        (("ask", "   \n"), "question is empty"),
        (("ask", "x" * 100_000), "100,000 characters"),
        (("search", ""), "question is empty"),
        (("sync", "no such folder"), "cannot be read"),
    ],
)
def test_bad_input_is_one_line(place: Path, arguments: tuple[str, ...], says: str) -> None:
    assert says in error_line(footnote_here(*arguments, folder=place, expect=1))


def test_without_a_library_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    for arguments in (("ask", "anything"), ("search", "anything"), ("status",), ("sync",), ("rebuild",)):
        assert "footnote sync DIR" in error_line(footnote(*arguments, folder=tmp_path, expect=1))


def test_a_folder_without_documents(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no documents" in error_line(footnote_here("sync", "empty", folder=tmp_path, expect=1))


def test_an_unreadable_file_is_named_and_the_others_are_taken(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "good.txt").write_text("The kettle boils at one hundred degrees.", encoding="utf-8")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 nothing of the kind")
    done = footnote_here("sync", "documents", folder=tmp_path)
    assert done.stdout.startswith("1 added, 1 failed")
    assert "failed: bad.pdf: " in done.stdout


def test_wrong_settings_are_named(place: Path) -> None:
    done = footnote_here("ask", QUESTION, folder=place, expect=1, QA_PASSAGES="many")
    assert "QA_PASSAGES" in error_line(done)
    done = footnote_here("status", folder=place, expect=1, INDEX_PASSAGE_TOKENS="1")
    assert "INDEX_PASSAGE_TOKENS" in error_line(done)


def test_wrong_usage_is_exit_2(tmp_path: Path) -> None:
    for arguments in ((), ("ask",), ("search", "x", "-k", "0"), ("nonsense",), ("serve", "--port", "99999")):
        assert "usage: footnote" in footnote_here(*arguments, folder=tmp_path, expect=2).stderr
    for value in ("many", "0", "1.5"):
        done = footnote_here("search", "x", "-k", value, folder=tmp_path, expect=2)
        assert f"argument -k: must be a whole number from 1 to 1000, not '{value}'" in done.stderr


def test_where_no_model_answers_at_the_address_the_answer_is_quoted(place: Path) -> None:
    done = footnote_here("ask", QUESTION, folder=place, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert "12,000 soldiers" in done.stdout
    assert "quoted, because no answer could be written: Could not reach a model at http://127.0.0.1:9/v1" in done.stdout
    assert "OPENAI_BASE_URL" in done.stdout


def test_orders_to_a_terminal_are_shown_not_obeyed(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    text = "The kettle of the café weighs \x1b[31m400 kilograms\x1b[0m and \x1b]0;title\x07 boils quickly."
    (folder / "esc.txt").write_text(text, encoding="utf-8")
    (folder / "bad\x1b[31m.pdf").write_bytes(b"%PDF-1.7 nothing of the kind")
    shown = footnote("sync", "documents", folder=tmp_path).stdout
    shown += footnote("ask", "How much does the kettle of the café weigh?", folder=tmp_path).stdout
    (tmp_path / "set.jsonl").write_text('{"id": "a", "question": "What boils?"}', encoding="utf-8")
    done = footnote("eval", "set.jsonl", "--retrieval-only", "--documents", "documents", folder=tmp_path)
    assert "failed: bad" in done.stderr
    shown += done.stdout + done.stderr
    assert "400 kilograms" in shown
    assert "\x1b" not in shown and "\x07" not in shown


def test_a_folder_in_which_nothing_can_be_read_is_a_failure(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 nothing of the kind")
    assert "failed: bad.pdf" in footnote_here("sync", "documents", folder=tmp_path, expect=1).stdout
    assert "holds no documents" in error_line(footnote_here("ask", "anything at all", folder=tmp_path, expect=1))


def test_what_the_library_holds_is_listed(place: Path) -> None:
    (listed,) = json.loads(footnote_here("status", "--documents", "--json", folder=place).stdout)["listed"]
    assert f"  {listed['name']}: {listed['title']}" in footnote_here("status", "--documents", folder=place).stdout


def test_copies_are_named_under_a_hit(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.txt").write_text(
            "Star\n\nSirius is bright." + " " * (name == "b"), encoding="utf-8"
        )
    footnote_here("sync", "in", folder=tmp_path)
    assert "   the same in b.txt" in footnote_here("search", "Sirius", folder=tmp_path).stdout
    (hit,) = json.loads(footnote_here("search", "Sirius", "--json", folder=tmp_path).stdout)
    assert [each["document"] for each in hit["also"]] == ["b.txt"]


def test_no_password_of_an_address_is_kept_in_a_report(place: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "1", "question": "How many soldiers?"}\n', encoding="utf-8")
    out = tmp_path / "out.json"
    address = "http://user:hunter2@127.0.0.1:9/v1"
    footnote_here("eval", str(questions), "--retrieval-only", "--json", str(out), folder=place, OPENAI_BASE_URL=address)
    assert "hunter2" not in out.read_text(encoding="utf-8")
    assert '"127.0.0.1:9"' in out.read_text(encoding="utf-8")
