"""Scores of rankings: by hand, by their properties, and against implementations written another way."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.metrics import hit, mean, ndcg, overlap, percentile, recall, reciprocal_rank

Metric = Callable[[list[str], set[str], int], float | None]
METRICS: dict[str, Metric] = {"hit": hit, "recall": recall, "mrr": reciprocal_rank, "ndcg": ndcg}

ids = st.sampled_from("abcdefghijklmnop")
rankings = st.lists(ids, unique=True)
relevants = st.sets(ids, min_size=1)
depths = st.integers(1, 20)
stretches = st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 40), st.integers(0, 40)), max_size=8)


@pytest.mark.parametrize(
    ("ranked", "relevant", "k", "expected"),
    [
        ("abc", "a", 3, {"hit": 1, "recall": 1, "mrr": 1, "ndcg": 1}),
        ("abc", "b", 1, {"hit": 0, "recall": 0, "mrr": 0, "ndcg": 0}),
        ("abc", "c", 3, {"hit": 1, "recall": 1, "mrr": 1 / 3, "ndcg": 0.5}),
        ("abcd", "bz", 3, {"hit": 1, "recall": 0.5, "mrr": 0.5, "ndcg": 0.38685}),
        ("abcd", "abcd", 2, {"hit": 1, "recall": 0.5, "mrr": 1, "ndcg": 1}),
        ("", "a", 5, {"hit": 0, "recall": 0, "mrr": 0, "ndcg": 0}),
    ],
)
def test_by_hand(ranked: str, relevant: str, k: int, expected: dict[str, float]) -> None:
    for name, value in expected.items():
        assert METRICS[name](list(ranked), set(relevant), k) == pytest.approx(value, abs=1e-5), name


def test_nothing_relevant_gives_nothing_and_not_zero() -> None:
    for metric in METRICS.values():
        assert metric(["a"], set(), 5) is None
    assert overlap([("x", 0, 5)], []) is None
    assert overlap([("x", 0, 5)], [("x", 3, 3)]) is None
    assert mean([None, None]) is None
    assert percentile([], 0.5) is None


def test_a_mean_is_over_those_that_are_there() -> None:
    assert mean([1.0, None, 0.0]) == 0.5


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_k_must_be_at_least_one(metric: Metric) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        metric(["a"], {"a"}, 0)


def by_matrix(ranked: list[str], relevant: set[str], k: int) -> dict[str, float]:
    """The same four from a vector of gains, as the textbooks of information retrieval write them."""
    gains = np.array([each in relevant for each in ranked], dtype=float)
    gains = np.pad(gains, (0, max(0, k - len(gains))))[:k]
    ideal = np.pad(np.ones(len(relevant)), (0, k))[:k]
    discounts = np.log2(np.arange(2, k + 2))
    first = np.flatnonzero(gains)
    return {
        "hit": float(gains.max()),
        "recall": float(gains.sum() / len(relevant)),
        "mrr": float(1 / (first[0] + 1)) if first.size else 0.0,
        "ndcg": float((gains / discounts).sum() / (ideal / discounts).sum()),
    }


@given(rankings, relevants, depths)
def test_they_agree_with_another_implementation(ranked: list[str], relevant: set[str], k: int) -> None:
    expected = by_matrix(ranked, relevant, k)
    for name, metric in METRICS.items():
        assert metric(ranked, relevant, k) == pytest.approx(expected[name]), name


@given(st.lists(ids), relevants, depths)
def test_they_stay_within_0_and_1_even_where_an_id_comes_twice(ranked: list[str], relevant: set[str], k: int) -> None:
    for metric in METRICS.values():
        value = metric(ranked, relevant, k)
        assert value is not None and 0 <= value <= 1


@given(relevants, st.sets(ids))
def test_the_best_order_scores_best(relevant: set[str], others: set[str]) -> None:
    ranked = sorted(relevant) + sorted(others - relevant)
    for metric in METRICS.values():
        assert metric(ranked, relevant, len(relevant)) == pytest.approx(1)


@given(rankings, relevants, depths)
def test_what_comes_after_k_does_not_count(ranked: list[str], relevant: set[str], k: int) -> None:
    for metric in METRICS.values():
        assert metric(ranked, relevant, k) == metric(ranked[:k], relevant, k)


@given(rankings, relevants, depths)
def test_more_depth_never_takes_away_a_find(ranked: list[str], relevant: set[str], k: int) -> None:
    for metric in (hit, recall, reciprocal_rank):
        shallow, deep = metric(ranked, relevant, k), metric(ranked, relevant, k + 1)
        assert shallow is not None and deep is not None and shallow <= deep


@given(st.permutations("abcdef"), st.sets(st.sampled_from("abcdef"), min_size=1), st.data())
def test_moving_a_relevant_id_forward_never_costs(ranked: list[str], relevant: set[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(ranked) - 1))
    if ranked[place] not in relevant or ranked[place - 1] in relevant:
        return
    better = [*ranked]
    better[place - 1], better[place] = better[place], better[place - 1]
    for metric in METRICS.values():
        for k in (1, 3, 6):
            before, after = metric(ranked, relevant, k), metric(better, relevant, k)
            assert before is not None and after is not None and before <= after + 1e-12


# Overlap


def characters(found: list[tuple[str, int, int]]) -> set[tuple[str, int]]:
    return {(document, place) for document, start, end in found for place in range(start, end)}


@given(stretches, stretches)
def test_overlap_agrees_with_counting_characters(
    retrieved: list[tuple[str, int, int]], relevant: list[tuple[str, int, int]]
) -> None:
    got, wanted = characters(retrieved), characters(relevant)
    found = overlap(retrieved, relevant)
    if not wanted:
        assert found is None
        return
    assert found is not None
    assert found.recall == float(Fraction(len(got & wanted), len(wanted)))
    assert found.precision == (float(Fraction(len(got & wanted), len(got))) if got else 0)
    assert found.iou == float(Fraction(len(got & wanted), len(got | wanted)))


def test_overlap_by_hand() -> None:
    found = overlap([("x", 0, 100), ("x", 200, 300), ("y", 0, 100)], [("x", 50, 150), ("x", 290, 310)])
    assert found is not None
    assert (found.recall, found.precision, found.iou) == (60 / 120, 60 / 300, 60 / 360)


@given(stretches, stretches)
def test_overlap_knows_no_order_and_no_repetition(
    retrieved: list[tuple[str, int, int]], relevant: list[tuple[str, int, int]]
) -> None:
    assert overlap(retrieved, relevant) == overlap([*retrieved[::-1], *retrieved], relevant[::-1])


# Percentiles


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0, 1))
def test_percentiles_agree_with_numpy(values: list[float], share: float) -> None:
    expected = float(np.percentile(np.array(values), 100 * share))
    found = percentile(values, share)
    assert found is not None and math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-6)
    assert min(values) <= found <= max(values)


def test_a_share_is_from_0_to_1() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        percentile([1.0], 95)
