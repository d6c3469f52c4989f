"""The second look: each word of the question against each word of a passage."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.embed import unit
from index.rerank import LOOK, STOP_SHARE, STRETCH, interaction, looked_at, weights

RED, ROUND, LARGE = np.eye(3, dtype=np.float32)


def words(*rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32).reshape(-1, 3)


def test_a_passage_that_answers_to_every_word_beats_one_that_repeats_one() -> None:
    asked = words(RED, ROUND)
    seen = interaction(asked, weights([1.0, 1.0]), [words(LARGE, ROUND, RED), words(RED, RED), words(LARGE)])
    assert seen == pytest.approx([1.0, 0.5, 0.0])


def test_a_telling_word_counts_more() -> None:
    rare, usual = interaction(words(RED, ROUND), weights([4.0, 1.0]), [words(RED), words(ROUND)])
    assert rare == pytest.approx(4 * usual)


def test_stop_words_count_little_and_alone_all_alike() -> None:
    share = weights([2.0, 0.0])
    assert share.sum() == pytest.approx(1.0)
    assert share[1] == pytest.approx(STOP_SHARE * share[0])
    assert weights([0.0, 0.0]).tolist() == [0.5, 0.5]
    assert weights([]).size == 0


def test_what_stands_together_beats_what_is_far_apart() -> None:
    asked, share = words(RED, ROUND), weights([1.0, 1.0])
    gap = [LARGE] * STRETCH
    together, apart = interaction(asked, share, [words(*gap, RED, ROUND, *gap), words(RED, *gap, ROUND)])
    assert together == pytest.approx(1.0)
    assert apart == pytest.approx(0.5)


def test_nothing_to_compare_gives_nothing() -> None:
    assert interaction(words(), weights([]), [words(RED)]) == [0.0]
    assert interaction(words(RED), weights([1.0]), [words()]) == [0.0]


scores = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(-2, 2), min_size=1, max_size=12)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 15, 16, 17, 31, 32, 33, 100])
def test_it_is_the_best_stretch_of_all(count: int) -> None:
    made = np.random.default_rng(count)
    asked, passage = (unit(made.standard_normal((rows, 24))) for rows in (5, count))
    share = weights([1.0, 2.0, 0.0, 1.0, 3.0])
    near = asked @ passage.T
    stretches = [near[:, at : at + STRETCH].max(axis=1) for at in range(max(1, count - STRETCH + 1))]
    [found] = interaction(asked, share, [passage])
    assert found == pytest.approx(max(float(share @ best) for best in stretches), abs=1e-6)


@given(scores, st.integers(0, 12), st.lists(st.floats(-1, 1), min_size=12, max_size=12))
def test_what_was_not_looked_at_comes_after_in_its_old_order(
    given_scores: dict[str, float], count: int, seen: list[float]
) -> None:
    ranked = sorted(given_scores, key=lambda key: (-given_scores[key], key))
    first = {key: given_scores[key] for key in ranked}
    second = dict(zip(ranked[:count], seen, strict=False))
    found = looked_at(first, second)
    assert found.keys() == first.keys()
    assert set(list(found)[: len(second)]) == second.keys()
    assert list(found)[len(second) :] == ranked[len(second) :]
    values = list(found.values())
    assert all(left >= right - 1e-9 for left, right in pairwise(values))
    for key, value in second.items():
        assert found[key] == pytest.approx(first[key] + LOOK * value)
