"""A few kills in every test run; ``python -m tests.chroma.crash`` does a hundred."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chroma.crash import run


@pytest.mark.skipif(os.name == "nt", reason="nothing is killed like that there")
def test_a_killed_sync_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    counts = run(tmp_path, kills=3, files=60, seed=1)
    assert counts["killed"] + counts["finished first"] == 3
    assert counts["searches"] > 3
