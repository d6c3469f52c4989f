"""Scores of a set: against plain loops, by their properties, and how often their intervals hold the truth."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.abstention import auroc
from qa.columns import behind, columns, draws, scores
from qa.metrics import percentile
from qa.results import QuestionResult
from qa.set_scores import LOWER_IS_BETTER, calibration_bins, intervals, risk_curve, summary, unit


@st.composite
def results(draw: st.DrawFn) -> list[QuestionResult]:
    """Questions that may lack any of the metrics; confidences often tie."""
    share = st.floats(0, 1) | st.sampled_from((0.0, 0.5, 1.0))
    found = []
    for at in range(draw(st.integers(1, 12))):
        metrics = {name: draw(share) for name in ("recall@10", "token_f1") if draw(st.booleans())}
        metrics |= {name: draw(st.floats(0, 1e4)) for name in ("whole_ms", "prompt_tokens") if draw(st.booleans())}
        answerable = draw(st.booleans())
        if draw(st.integers(0, 5)):
            metrics |= {"answered": float(draw(st.booleans())), "confidence": draw(share)}
            if metrics["answered"] and draw(st.integers(0, 3)):
                metrics["right"] = float(answerable and draw(st.booleans()))
        found.append(QuestionResult(id=str(at), metrics=metrics, answerable=answerable))
    return found


def by_loops(questions: Sequence[QuestionResult]) -> dict[str, float]:
    """Every score of a set, question by question."""
    values: dict[str, float | None] = {}
    for name in ("recall@10", "token_f1", "prompt_tokens"):
        there = [each.metrics[name] for each in questions if name in each.metrics]
        values[name] = sum(there) / len(there) if there else None
    times = [each.metrics["whole_ms"] for each in questions if "whole_ms" in each.metrics]
    values["whole_ms_p50"], values["whole_ms_p95"] = percentile(times, 0.5), percentile(times, 0.95)
    asked = [each for each in questions if "answered" in each.metrics]
    refused = [not each.metrics["answered"] for each in asked]
    hopeless = [not each.answerable for each in asked]
    values["coverage"] = refused.count(False) / len(asked) if asked else None
    if any(hopeless) and not all(hopeless):
        both = sum(one and other for one, other in zip(refused, hopeless, strict=True))
        precision = both / sum(refused) if any(refused) else None
        recall = both / sum(hopeless)
        values["refusal_precision"], values["refusal_recall"] = precision, recall
        values["refusal_f1"] = 2 * precision * recall / (precision + recall) if precision and recall else 0.0
        values["confidence_auroc"] = auroc(
            [each.metrics["confidence"] for each in asked if each.answerable],
            [each.metrics["confidence"] for each in asked if not each.answerable],
        )
    judged = [(each.metrics["confidence"], each.metrics["right"]) for each in asked if "right" in each.metrics]
    if judged:
        values["risk"] = sum(not right for _, right in judged) / len(judged)
        risks = []
        for confidence, _ in judged:
            as_sure = [right for other, right in judged if other >= confidence]
            risks.append(sum(not right for right in as_sure) / len(as_sure))
        values["aurc"] = sum(risks) / len(risks)
    return {name: value for name, value in values.items() if value is not None}


@settings(max_examples=60, deadline=None)
@given(results())
def test_a_summary_agrees_with_plain_loops(questions: list[QuestionResult]) -> None:
    assert summary(questions) == pytest.approx(by_loops(questions))


@settings(max_examples=60, deadline=None)
@given(results(), st.randoms(use_true_random=False))
def test_the_order_of_the_questions_does_not_matter(questions: list[QuestionResult], random: random.Random) -> None:
    shuffled = [*questions]
    random.shuffle(shuffled)
    found = summary(questions)
    assert summary(shuffled) == pytest.approx(found)
    assert list(summary(shuffled)) == list(found)
    for name, value in found.items():
        assert unit(name) != "share" or -1e-12 <= value <= 1 + 1e-12


@settings(max_examples=40, deadline=None)
@given(results(), st.integers(0, 100))
def test_weights_are_as_good_as_repeating_the_questions(questions: list[QuestionResult], seed: int) -> None:
    weights = next(draws(len(questions), 1, seed))
    assert weights.sum() == len(questions)
    repeated = [each for each, times in zip(questions, weights[0], strict=True) for _ in range(int(times))]
    found = {name: float(value[0]) for name, value in scores(columns(questions))(weights).items()}
    expected = summary(repeated)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value), name
    # What the drawn questions say nothing of; one kind alone says how many of it were refused.
    assert {name for name, value in found.items() if np.isnan(value)} <= set(found) - set(expected)


@settings(max_examples=60, deadline=None)
@given(results())
def test_curves_are_about_the_answers_that_are_known_to_be_right_or_wrong(questions: list[QuestionResult]) -> None:
    judged = [each.metrics for each in questions if "right" in each.metrics]
    curve, bins = risk_curve(questions), calibration_bins(questions)
    if not judged:
        assert not curve and not bins
        return
    assert curve[0][1] == 1 and curve[0][2] == pytest.approx(summary(questions)["risk"])
    assert sum(each.answers for each in bins) == len(judged)
    assert sum(each.right * each.answers for each in bins) == pytest.approx(sum(each["right"] for each in judged))
    for each in bins:
        assert each.low <= each.confidence <= each.high + 1e-12 and 0 <= each.right <= 1


def test_each_score_counts_the_questions_that_it_is_taken_over() -> None:
    def result(at: int, answered: bool, answerable: bool) -> QuestionResult:
        metrics = {"answered": float(answered), "confidence": 0.5}
        return QuestionResult(id=str(at), answerable=answerable, metrics=metrics | ({"right": 1.0} if answered else {}))

    kinds = [(True, True)] * 6 + [(False, True)] * 3 + [(False, False)] * 4 + [(True, False)] * 2
    table = columns([result(at, *kind) for at, kind in enumerate(kinds)])
    counts = {name: behind(table, table, name)[0] for name in _ABSTENTION}
    assert counts == dict(zip(_ABSTENTION, (15, 8, 7, 6, 9, 15, 8), strict=True))


_ABSTENTION = (*("coverage", "risk", "refusal_precision", "refusal_recall", "refusal_f1", "confidence_auroc", "aurc"),)


def test_without_questions_there_is_nothing() -> None:
    assert not summary([]) and not intervals([])
    assert intervals([QuestionResult(id="a", metrics={})]) == {}


def test_scores_come_as_they_are_best_read() -> None:
    names = ("whole_ms", "judge_correctness", "odd", "supported", "right", "answered", "token_f1", "page_hit@1")
    found = summary(
        [QuestionResult(id="a", metrics=dict.fromkeys((*names, "retrieve_ms", "ndcg@10", "hit@10", "hit@5"), 1.0))]
    )
    assert list(found) == [
        *("hit@5", "hit@10", "ndcg@10", "page_hit@1", "token_f1", "supported", "coverage", "risk"),
        *("judge_correctness", "retrieve_ms_p50", "retrieve_ms_p95", "whole_ms_p50", "whole_ms_p95", "odd"),
    ]
    assert unit("whole_ms_p95") == "ms" and unit("prompt_tokens") == "tokens" and unit("risk") == "share"
    assert {"risk", "whole_ms_p50", "broken_citations"} <= LOWER_IS_BETTER and "coverage" not in LOWER_IS_BETTER


# Intervals


def simulated(count: int, random: np.random.Generator) -> list[QuestionResult]:
    """Of a system that answers four fifths right, with a confidence that tells something."""
    found = []
    for at in range(count):
        answerable = bool(random.random() < 0.7)
        confidence = float(np.clip(random.normal(0.7 if answerable else 0.4, 0.2), 0, 1))
        metrics = {"recall@10": float(random.random() < 0.8), "token_f1": float(random.beta(2, 3))}
        metrics |= {"confidence": confidence, "answered": float(confidence > 0.45), "whole_ms": random.gamma(4, 100)}
        if confidence > 0.45:
            metrics["right"] = float(answerable and random.random() < 0.8)
        found.append(QuestionResult(id=str(at), metrics=metrics, answerable=answerable))
    return found


def test_intervals_hold_the_truth_about_95_times_in_100() -> None:
    random = np.random.default_rng(7)
    truth = summary(simulated(30_000, random))
    held = dict.fromkeys(truth, 0)
    sets = 80
    for seed in range(sets):
        for name, (low, high) in intervals(simulated(100, random), resamples=200, seed=seed).items():
            held[name] += low <= truth[name] <= high
    shares = {name: count / sets for name, count in held.items()}
    # Four standard deviations of a share of 0.93, and all of them together.
    assert min(shares.values()) >= 0.84, shares
    assert 0.92 <= sum(shares.values()) / len(shares) <= 0.975, shares


def test_intervals_follow_from_the_seed_and_hold_the_score() -> None:
    questions = simulated(60, np.random.default_rng(3))
    found = intervals(questions, resamples=200, seed=5)
    assert found == intervals(questions, resamples=200, seed=5) != intervals(questions, resamples=200, seed=6)
    for name, value in summary(questions).items():
        low, high = found[name]
        assert low <= value <= high, name


def test_draws_come_in_blocks_and_are_of_every_question() -> None:
    blocks = list(draws(300_000, 7, 0))
    assert [len(block) for block in blocks] == [3, 3, 1]
    assert all((block.sum(axis=1) == 300_000).all() for block in blocks)
    drawn = np.concatenate(list(draws(4, 5_000, 1)))
    assert drawn.mean(axis=0) == pytest.approx(1, abs=0.05)
    assert drawn.var(axis=0) == pytest.approx(0.75, abs=0.05)
