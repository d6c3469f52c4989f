"""Long lists in parts."""

from __future__ import annotations

from index.blocks import blocks


def test_every_item_is_in_one_block() -> None:
    assert list(blocks("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(blocks(range(4), 2)) == [[0, 1], [2, 3]]
    assert list(blocks([], 2)) == []
