"""The lexical index where its files are damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import StoreUnavailable
from index.keyword import KeywordIndex

USES: dict[str, Callable[[KeywordIndex], object]] = {
    "search": lambda index: index.search("Danube", 3),
    "rarity": lambda index: index.rarity(["danub"]),
    "telling": lambda index: index.telling(["Danube"]),
}


def filled(path: Path) -> KeywordIndex:
    index = KeywordIndex(path)
    index.add([("a-1@x", "The Danube flows.", "english"), ("b-1@x", "Die Donau fließt.", "german")])
    index.commit("7")
    index.end_writing()
    return index


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_damaged_index_says_so_and_is_built_again(tmp_path: Path, use: Callable[[KeywordIndex], object]) -> None:
    filled(tmp_path).close()
    for file in tmp_path.glob("*.pos"):
        file.unlink()
    index = KeywordIndex(tmp_path)
    assert index.stamp == "7"
    with pytest.raises(StoreUnavailable, match="is damaged"):
        use(index)
    assert index.stamp == ""


def test_what_was_kept_beside_the_index_may_be_damaged(tmp_path: Path) -> None:
    filled(tmp_path).close()
    for name in ("languages", "stamp"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x80")
    index = KeywordIndex(tmp_path)
    assert index.stamp == ""
    assert [key for key, _ in index.search("Danube", 3)] == ["a-1@x"]
