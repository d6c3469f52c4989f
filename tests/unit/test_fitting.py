"""The small fits that the benches make."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.fitting import auroc, fit_choice, fit_logistic, risk_coverage


def test_auroc_counts_pairs_in_order_and_ties_half() -> None:
    assert auroc([True, True, False, False], [4, 3, 2, 1]) == 1.0
    assert auroc([True, False, True, False], [4, 3, 2, 1]) == 0.75
    assert auroc([True, False], [1, 1]) == 0.5


def test_risk_is_that_of_the_most_trusted_answers() -> None:
    right = [True] * 8 + [False] * 2
    points = dict(risk_coverage(right, [10.0 - place for place in range(10)]))
    assert points[0.8] == 0.0
    assert points[1.0] == pytest.approx(0.2)
    assert [risk for _, risk in risk_coverage(right, [1.0] * 10)] == pytest.approx([0.2] * 10)


def test_a_logistic_regression_finds_what_made_the_labels() -> None:
    random = np.random.default_rng(0)
    table = random.normal(size=(4000, 2))
    truth = random.random(4000) < 1 / (1 + np.exp(-(2 * table[:, 0] - 1)))
    weights, offset = fit_logistic(table, truth, np.ones(4000), ridge=0.1)
    assert weights == pytest.approx([2, 0], abs=0.2)
    assert offset == pytest.approx(-1, abs=0.2)


def test_a_choice_is_fitted_to_the_column_that_decides_it() -> None:
    random = np.random.default_rng(0)
    groups = []
    for _ in range(200):
        rows = random.normal(size=(5, 2))
        marks = np.arange(5) == int(rows[:, 1].argmax())
        groups.append((rows, marks))
    found = fit_choice(groups)
    assert found[1] > 10 * abs(found[0])
