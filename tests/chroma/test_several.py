"""A few seconds of several processes in every test run; ``python -m tests.chroma.several`` takes its minute."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event, Thread

import pytest

from index import Hit
from index.search import moved
from tests.chroma.several import opened, run


@pytest.mark.parametrize("server", [False, True], ids=["files", "server"])
def test_processes_that_sync_and_search_at_once_lose_nothing(tmp_path: Path, server: bool) -> None:
    counts = run(tmp_path, seconds=8, server=server, syncing=2, searching=1, files=24)
    assert counts["synced"]
    assert counts["searched"]


def test_a_reader_that_takes_longer_than_the_syncs_leave_it_is_answered(tmp_path: Path, folder: Path) -> None:
    done = Event()
    with opened(tmp_path / "library", "") as writer, opened(tmp_path / "library", "") as reader:
        writer.sync(folder)

        def slow() -> list[Hit]:
            before = reader.stamp()
            hits = reader._search("danube", 1, None)
            time.sleep(0.1)
            if reader.stamp() != before:
                raise moved()
            return hits

        def sync_all_the_time() -> None:
            while not done.is_set():
                writer.sync()

        syncing = Thread(target=sync_all_the_time)
        syncing.start()
        try:
            found = [reader._held.again(slow) for _ in range(3)]
        finally:
            done.set()
            syncing.join()
    assert [[hit.passage.document for hit in hits] for hits in found] == [["rivers.txt"]] * 3
