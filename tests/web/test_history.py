"""Conversations outlive the server; each owner has their own; what goes wrong with the file is said."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Library
from qa import ask
from qa.errors import QAError
from qa.settings import QASettings
from qa.web.conversation import Exchange, new_id
from qa.web.history import INTERRUPTED, History
from tests.web.answers import citation, hit, refused, written

ANN, BEN = "user:ann", "user:ben"


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    history = History(tmp_path / "library" / "conversations.sqlite")
    yield history
    history.close()


def exchange(number: int = 1, question: str = "How many?", **fields: Any) -> Exchange:
    return replace(Exchange(id=number, question=question), **fields)


def test_what_was_answered_is_there_after_a_restart(tmp_path: Path, library: Library) -> None:
    path = tmp_path / "conversations.sqlite"
    answer = ask("How many soldiers could the deployment grow to?", library, settings=QASettings())
    assert answer.citations and answer.hits
    cited = written(("Four [1].", (citation(1),)))
    before = [
        exchange(1, stage="done", text=answer.text, standalone="How many?", answer=answer),
        exchange(2, stage="done", text="x", answer=replace(cited, reasoning="Hm.", unfinished="It broke.")),
        exchange(3, stage="done", answer=refused(hit())),
        exchange(4, error="The key is wrong."),
        exchange(5, stopped=True, text="Half"),
    ]
    first = History(path)
    for each in before:
        first.begin(ANN, "c", each)
    first.close()
    assert History(path).exchanges(ANN, "c") == before


def test_what_was_on_its_way_when_the_server_stopped_says_so(history: History) -> None:
    history.begin(ANN, "c", exchange(stage="writing", text="It could grow to"))
    (found,) = history.exchanges(ANN, "c")
    assert (found.text, found.error, found.waiting) == ("It could grow to", INTERRUPTED, False)


def test_what_is_on_its_way_in_another_window_is_not_over(history: History) -> None:
    history.begin(ANN, "c", exchange(stage="writing", text="It could", start=history.start))
    (found,) = history.exchanges(ANN, "c")
    assert found.waiting
    history.put(ANN, "c", replace(found, text="It could grow to", stopped=True))
    (found,) = history.exchanges(ANN, "c")
    assert (found.text, found.stopped) == ("It could grow to", True)


def test_numbers_are_given_once(history: History) -> None:
    assert history.begin(ANN, "c", exchange(1)).id == 1
    assert history.begin(ANN, "c", exchange(1, "From another window?")).id == 2
    assert history.begin(ANN, "c", exchange(7)).id == 7
    assert history.numbers(ANN, "c") == [1, 2, 7] and history.numbers(BEN, "c") == []
    history.drop(ANN, "c", first=2)
    history.put(ANN, "c", exchange(2, text="Late news of what was taken back."))
    assert history.numbers(ANN, "c") == [1]


def test_each_owner_has_their_own(history: History) -> None:
    history.begin(ANN, "c", exchange(text="secret"))
    history.begin(BEN, "c", exchange(2, "Mine now?"))
    history.rename(BEN, "c", "Ben's")
    history.drop(BEN, "c", first=1)
    history.delete(BEN, "c")
    assert history.exchanges(BEN, "c") == [] == history.listed(BEN)
    assert [each.name for each in history.listed(ANN)] == ["How many?"]
    assert [each.text for each in history.exchanges(ANN, "c")] == ["secret"]


def test_the_list_is_named_searched_renamed_and_deleted_from(history: History) -> None:
    history.begin(ANN, "a", exchange(question="How deep\n is " + "very " * 40 + "deep?"))
    history.begin(ANN, "b", exchange(question="Who wrote it?", text="Written by 100% Mary_Ann."))
    history.begin(ANN, "b", exchange(2, "And when?"))
    latest, first = history.listed(ANN)
    assert (latest.id, latest.name) == ("b", "Who wrote it?")
    assert first.name.startswith("How deep is very") and first.name.endswith("…") and len(first.name) <= 80
    for words, ids in (
        ("mary wrote", ["b"]),
        ("100%", ["b"]),
        ("mary_", ["b"]),
        ("m_ry", []),
        ("DEEP", ["a"]),
        ("\\", []),
    ):
        assert [each.id for each in history.listed(ANN, words)] == ids, words
    history.rename(ANN, "b", "  Authors  ")
    history.rename(ANN, "b", " ")
    assert history.listed(ANN)[0].name == "Authors"
    history.begin(ANN, "a", exchange(2, "Still?"))
    assert [each.id for each in history.listed(ANN)] == ["a", "b"], "the one that changed last comes first"
    history.drop(ANN, "a", first=2)
    assert [each.id for each in history.exchanges(ANN, "a")] == [1]
    history.delete(ANN, "a")
    assert history.exchanges(ANN, "a") == [] and [each.id for each in history.listed(ANN)] == ["b"]


def test_many_threads_may_write(history: History) -> None:
    def write(number: int) -> None:
        for step in range(20):
            history.begin(ANN, f"c{number}", exchange(step + 1))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.id: len(history.exchanges(ANN, each.id)) for each in history.listed(ANN)} == {
        f"c{number}": 20 for number in range(8)
    }


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), name=st.text())
def test_any_text_is_kept_to_the_letter(history: History, text: str, name: str) -> None:
    conversation = new_id()
    kept = exchange(question=text, text=name, answer=replace(refused(hit()), text=text))
    history.begin(ANN, conversation, kept)
    history.rename(ANN, conversation, name)
    assert history.exchanges(ANN, conversation) == [kept]
    history.listed(ANN, text)


def test_what_is_wrong_with_the_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "conversations.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(QAError, match=r"cannot be kept.*conversations\.sqlite"):
        History(path).begin(ANN, "c", exchange())
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(QAError, match="another version"):
        History(path).listed(ANN)
