"""Fusion of two lists of scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fuse import weighted_sum

scores = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(-1, 1, allow_nan=False), max_size=20)
positive = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 50, allow_nan=False), max_size=20)


@given(scores, positive, st.floats(0, 1))
def test_every_id_comes_once_in_order_with_a_score_from_0_to_1(
    dense: dict[str, float], keyword: dict[str, float], weight: float
) -> None:
    fused = weighted_sum(dense, keyword, weight=weight)
    assert sorted(key for key, _ in fused) == sorted({*dense, *keyword})
    values = [score for _, score in fused]
    assert values == sorted(values, reverse=True)
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in values)


def test_one_side_alone_keeps_its_order() -> None:
    assert [key for key, _ in weighted_sum({"a": 0.2, "b": 0.9, "c": 0.5}, {}, weight=0.5)] == ["b", "c", "a"]
    assert [key for key, _ in weighted_sum({}, {"a": 3.0, "b": 9.0}, weight=0.5)] == ["b", "a"]


def test_how_sure_a_side_is_counts() -> None:
    # By ranks "a" and "b" would tie; by scores the words are far surer of "b" than the vectors are of "a".
    fused = weighted_sum({"a": 0.50, "b": 0.49, "c": 0.1}, {"b": 20.0, "a": 4.0}, weight=0.5)
    assert [key for key, _ in fused] == ["b", "a", "c"]


@pytest.mark.parametrize(("weight", "first"), [(1.0, "near"), (0.0, "words")])
def test_the_weight_says_which_side_decides(weight: float, first: str) -> None:
    fused = weighted_sum({"near": 0.9, "words": 0.1}, {"words": 5.0, "near": 1.0}, weight=weight)
    assert fused[0][0] == first
    assert fused[0][1] == pytest.approx(1.0)
