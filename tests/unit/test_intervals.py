"""Intervals of scores: wide where little is known, within what a score can be, and as often right as they say."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa.intervals import of_amount, of_share, student
from qa.results import QuestionResult
from qa.set_scores import intervals

Floats = NDArray[np.float64]


def drawn(values: Floats, random: np.random.Generator, count: int = 300) -> Floats:
    return np.asarray(values[random.integers(0, len(values), (count, len(values)))].mean(axis=1))


@pytest.mark.parametrize("questions", [10, 20, 50, 200])
@pytest.mark.parametrize(
    ("draw", "truth", "least"),
    [
        (lambda random, n: (random.random(n) < 0.5) * 1.0, 0.5, 0.93),
        (lambda random, n: (random.random(n) < 0.9) * 1.0, 0.9, 0.93),
        (lambda random, n: (random.random(n) < 0.95) * 1.0, 0.95, 0.93),
        (lambda random, n: (random.random(n) < 0.99) * 1.0, 0.99, 0.89),
        (lambda random, n: random.beta(4, 0.4, n), 4 / 4.4, 0.86),
    ],
)
def test_a_share_is_held_as_often_as_its_interval_says(
    draw: Callable[[np.random.Generator, int], Floats], truth: float, least: float, questions: int
) -> None:
    random = np.random.default_rng(questions)
    held = 0
    for _ in range(300):
        values = draw(random, questions)
        low, high = of_share(float(values.mean()), drawn(values, random), questions)
        held += low <= truth <= high
    assert held / 300 >= least - 0.03  # twice the standard deviation of such a share


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 1) | st.sampled_from((0.0, 1.0)), min_size=1, max_size=30), st.integers(0, 99))
def test_an_interval_of_a_share_holds_it_and_stays_within_0_and_1(values: list[float], seed: int) -> None:
    found = np.array(values)
    low, high = of_share(float(found.mean()), drawn(found, np.random.default_rng(seed)), len(found))
    assert 0 <= low <= found.mean() <= high <= 1
    assert high - low > 0.01


def test_equal_values_leave_room_and_the_more_there_are_the_less() -> None:
    def low(questions: int) -> float:
        results = [QuestionResult(id=str(at), metrics={"hit@1": 1.0}) for at in range(questions)]
        found = intervals(results, resamples=50)["hit@1"]
        assert found[1] == 1
        return found[0]

    assert [round(low(questions), 2) for questions in (1, 3, 13, 100)] == [0.01, 0.15, 0.73, 0.96]


def test_of_two_kinds_the_smaller_says_how_much_is_known() -> None:
    def low(of_one: int, of_other: int) -> float:
        results = [
            QuestionResult(
                id=str(at), answerable=at < of_one, metrics={"answered": 1.0, "confidence": float(at < of_one)}
            )
            for at in range(of_one + of_other)
        ]
        return intervals(results, resamples=50)["confidence_auroc"][0]

    assert low(100, 5) == pytest.approx(low(5, 5)) == pytest.approx(low(5, 100))
    assert low(100, 100) > 0.95


def test_amounts_are_never_below_nothing() -> None:
    low, high = of_amount(1.0, np.array([0.0, 1.0, 2.0, 9.0]), 3)
    assert low == 0 and high > 9
    assert of_amount(7.0, np.array([7.0]), 1) == (7, 7)


def test_students_distribution_is_that_of_the_tables() -> None:
    for share, freedom, value in ((0.975, 10, 2.228), (0.995, 10, 3.169), (0.9995, 20, 3.850), (0.975, 5, 2.571)):
        assert student(share, freedom) == pytest.approx(value, abs=0.011)
    assert student(0.975, 10**6) == pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-4)
