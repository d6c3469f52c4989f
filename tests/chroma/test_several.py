"""A few seconds of several processes in every test run; ``python -m tests.chroma.several`` takes its minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chroma.several import run


@pytest.mark.parametrize("server", [False, True], ids=["files", "server"])
def test_processes_that_sync_and_search_at_once_lose_nothing(tmp_path: Path, server: bool) -> None:
    counts = run(tmp_path, seconds=8, server=server, syncing=2, searching=1, files=24)
    assert counts["synced"] > 1
    assert counts["searched"] > 1
