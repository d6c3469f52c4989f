"""What is shown around a citation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.asking import around


@given(st.lists(st.text("ab", min_size=1, max_size=9), min_size=1, max_size=120).map(" ".join), st.data())
def test_it_is_cut_between_words(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before, after = around(text, start, end)
    assert text[:start].endswith(before) and text[end:].startswith(after)
    low, high = start - len(before), end + len(after)
    assert low == 0 or (text[low - 1] == " " and len(before) > 130) or low == start
    assert high == len(text) or (text[high] == " " and len(after) > 130)


def test_one_long_word_is_cut_where_it_must() -> None:
    before, after = around("x" * 400, 200, 210)
    assert (len(before), len(after)) == (150, 150)
