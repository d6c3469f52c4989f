"""Scores of knowing when not to answer, against implementations written another way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.abstention import auroc, best_threshold, risk_coverage

scores = st.lists(st.floats(0, 1), max_size=30)
judged = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


@given(scores, scores)
def test_auroc_is_the_share_of_pairs_in_order(positive: list[float], negative: list[float]) -> None:
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    found = auroc(positive, negative)
    assert found == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)
    if found is not None:
        assert auroc(negative, positive) == pytest.approx(1 - found)


@given(judged)
def test_risk_and_coverage_are_what_answering_from_a_threshold_on_leads_to(pairs: list[tuple[float, bool]]) -> None:
    confidences, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    points = risk_coverage(confidences, right)
    assert [point[0] for point in points] == sorted(set(confidences))
    assert points[0][1] == 1
    for threshold, coverage, risk in points:
        answered = [is_right for confidence, is_right in pairs if confidence >= threshold]
        assert coverage == pytest.approx(len(answered) / len(pairs))
        assert risk == pytest.approx(answered.count(False) / len(answered))


@given(judged)
def test_no_threshold_gains_more(pairs: list[tuple[float, bool]]) -> None:
    confidences, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def gained(threshold: float) -> int:
        return sum(1 if is_right else -1 for confidence, is_right in pairs if confidence >= threshold)

    threshold = best_threshold(confidences, right)
    assert 0 <= threshold <= 1
    assert gained(threshold) >= max(0, *(gained(each) for each in confidences)) or _is_squeezed(confidences, threshold)


def _is_squeezed(confidences: list[float], threshold: float) -> bool:
    """Two confidences so close that no number fits between them."""
    return any(abs(each - threshold) < 1e-12 for each in confidences)


def test_a_threshold_stands_between_right_and_wrong() -> None:
    assert best_threshold([0.9, 0.7, 0.3, 0.1], [True, True, False, False]) == pytest.approx(0.5)
    assert best_threshold([0.9, 0.7], [False, False]) == pytest.approx(0.95)
    assert best_threshold([0.9, 0.7], [True, True]) == pytest.approx(0.35)
    with pytest.raises(ValueError):
        best_threshold([], [])
