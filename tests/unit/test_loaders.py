"""Odd, broken, encrypted and foreign files of other projects: each with the outcome it should have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.loaders import CONTESTED, entries, fidelity, outcome, words


@pytest.mark.shared
def test_odd_files_have_the_outcome_they_should(shared_data: Path) -> None:
    folder = shared_data / "loaders"
    results = [outcome(folder, entry) for entry in entries(folder)]
    assert len(results) == 123
    assert [(result.file, result.wrong) for result in results if result.wrong] == []
    assert {(result.file, word) for result in results for word in result.contested} == set(CONTESTED)


@pytest.mark.shared
def test_hardly_a_word_is_lost(shared_data: Path) -> None:
    recall = {each.format: each.recall for each in fidelity(shared_data / "loaders") if each.reader == "ours"}
    assert [name for name, share in recall.items() if share < 0.85] == []
    assert {".docx", ".pdf", ".html", ".txt"} <= set(recall)


def test_words_are_counted_whatever_their_script() -> None:
    assert words("Größe, größe; 透明な (x_1)") == {"größe": 2, "透": 1, "明": 1, "な": 1, "x": 1, "1": 1}
