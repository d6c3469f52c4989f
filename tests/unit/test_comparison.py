"""Two runs of a set side by side: no alarm without a change, the right alarm for one, and limits that read well."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from qa.comparison import Comparison, compare, comparison_text, fail_under, fail_worse_than, limit
from qa.errors import QAError
from qa.questions import Evidence
from qa.report import Report
from qa.results import AnswerRecord, QuestionResult
from qa.set_scores import summary
from tests.evaluation.question_sets import run_settings

SETTINGS = run_settings(
    question_set="shelf/set.jsonl",
    asked=60,
    library="shelf/.footnote",
    document_count=3,
    passage_count=40,
    generation=7,
    index={"path": "shelf/.footnote", "passage_tokens": 200},
    versions={"python": "3.12.1"},
)

Metrics = dict[str, float]


def report(results: list[QuestionResult], **settings: Any) -> Report:
    return Report(
        metrics=summary(results), questions=tuple(results), settings=replace(SETTINGS, **settings), seconds=1.0
    )


def run(seed: int, *, injure: Callable[[Metrics, np.random.Generator], None] = lambda metrics, random: None) -> Report:
    """A system asked the same 90 questions, whose ranks and answers change a little from one run to the next."""
    questions, random = np.random.default_rng(1), np.random.default_rng(seed)
    results = []
    for at in range(90):
        answerable = bool(questions.random() < 0.7)
        ease = questions.normal(1, 1)
        rank = 1 + int(np.exp(np.clip(1 - ease + random.normal(0, 0.3), -5, 4)))
        confidence = float(1 / (1 + np.exp(-(ease if answerable else ease - 3) - random.normal(0, 0.3))))
        metrics: Metrics = {"confidence": confidence, "answered": float(confidence > 0.45)}
        metrics |= {"retrieve_ms": random.gamma(5, 10), "rank": rank} if answerable else {}
        right = ease + random.normal(0, 0.3) > 0.2
        if answerable:
            metrics["contained"] = float(right and confidence > 0.45)
        if confidence > 0.45:
            metrics |= {"right": float(right and answerable), "citation_precision": 1.0}
            metrics |= {"citation_recall": float(random.random() < 0.9)} if answerable else {}
        injure(metrics, random)
        if answerable:
            rank = int(metrics.pop("rank"))
            metrics |= {f"hit@{k}": float(rank <= k) for k in (1, 3, 5, 10)} | {"mrr@10": 1 / rank if rank <= 10 else 0}
        results.append(QuestionResult(id=f"q{at}", question=f"{at}?", metrics=metrics, answerable=answerable))
    return report(results)


def verdicts(before: Report, after: Report) -> dict[str, str]:
    return {each.metric: each.verdict for each in compare(before, after, resamples=400).changes}


def test_an_unchanged_system_raises_no_alarm_over_20_runs() -> None:
    before = run(100)
    for seed in range(20):
        found = verdicts(before, run(seed))
        assert "unclear" in found.values()
        assert {"better", "worse"}.isdisjoint(found.values()), (seed, found)


def shuffle_passages(metrics: Metrics, random: np.random.Generator) -> None:
    if "rank" in metrics:
        metrics["rank"] = float(random.integers(1, 30))


def raise_threshold(metrics: Metrics, random: np.random.Generator) -> None:
    if metrics["confidence"] < 0.75:
        for name in ("right", "citation_precision", "citation_recall"):
            metrics.pop(name, None)
        metrics |= {"answered": 0.0} | ({"contained": 0.0} if "contained" in metrics else {})


def drop_citations(metrics: Metrics, random: np.random.Generator) -> None:
    metrics.pop("citation_precision", None)
    if "citation_recall" in metrics:
        metrics["citation_recall"] = 0.0


SEARCH = {"hit@1", "hit@3", "hit@5", "hit@10", "mrr@10"}


@pytest.mark.parametrize(
    "injure, named, untouched",
    [
        (shuffle_passages, {"hit@1", "mrr@10"}, {"contained", "risk", "citation_recall", "refusal_f1"}),
        (raise_threshold, {"contained"}, SEARCH | {"citation_precision"}),
        (drop_citations, {"citation_recall"}, SEARCH | {"contained", "risk"}),
    ],
)
def test_an_injected_drop_is_named_in_the_right_metric(
    injure: Callable[[Metrics, np.random.Generator], None], named: set[str], untouched: set[str]
) -> None:
    before, after = run(100), run(101, injure=injure)
    found = verdicts(before, after)
    worse = {metric for metric, verdict in found.items() if verdict == "worse"}
    assert named <= worse
    assert worse.isdisjoint(untouched)
    back = verdicts(after, before)
    assert {metric for metric, verdict in back.items() if verdict == "better"} == worse
    assert compare(before, after, resamples=50).worse


def test_the_same_run_is_the_same_in_everything_also_from_a_file() -> None:
    before = run(100)
    results = [
        replace(each, metrics=json.loads(json.dumps({name: round(value, 6) for name, value in each.metrics.items()})))
        for each in before.questions
    ]
    found = compare(before, report(results), resamples=50)
    assert {each.verdict for each in found.changes} == {"same"}
    other = compare(before, run(101), resamples=50)
    assert {each.metric for each in other.changes if each.verdict == "untested"} == UNTESTED
    assert "The same in every question: hit@1, hit@3, " in comparison_text(found)
    assert not (found.worse or found.only_before or found.only_after or found.explained_by)


UNTESTED = {"retrieve_ms_p50", "retrieve_ms_p95", "coverage"}
"""Coverage is neither good nor bad where some questions are better refused."""


def asked(id: str, metrics: Metrics, *, question: str = "How many?", **more: Any) -> QuestionResult:
    return QuestionResult(id=id, question=question, metrics=metrics, **more)


def said(text: str) -> AnswerRecord:
    return AnswerRecord(
        text=text,
        found=True,
        mode="llm",
        confidence=0.5,
        model="m",
        sentences=(),
        citations=(),
        removed_markers=0,
        prompt_tokens=0,
        reply_tokens=0,
        search_seconds=0,
        first_token_seconds=None,
        seconds=0,
        prompt_version="",
    )


def test_questions_are_those_of_both_runs_in_the_same_words() -> None:
    one = [asked("a", {"hit@1": 1}), asked("b", {"hit@1": 1}), asked("c", {"hit@1": 0}), asked("d", {"hit@3": 1})]
    other = [asked("c", {"hit@1": 1}), asked("b", {"hit@1": 0}, question="How few?"), asked("e", {"hit@1": 0})]
    found = compare(report(one), report([*other, asked("d", {"hit@1": 1})]), resamples=20)
    assert found.only_before == ("a", "b") and found.only_after == ("b", "e")
    (change,) = found.changes
    assert (change.metric, change.before, change.after, change.questions) == ("hit@1", 0, 1, 1)
    assert change.verdict == "unclear"
    assert compare(report(one), report([]), resamples=20).changes == ()


def test_few_questions_raise_no_alarm_and_more_do() -> None:
    def falls(count: int) -> str:
        before = report([asked(str(at), {"hit@1": 1}) for at in range(count)])
        after = report([asked(str(at), {"hit@1": 0}) for at in range(count)])
        return verdicts(before, after)["hit@1"]

    # A sign test at 0.05 needs six.
    assert [falls(count) for count in (1, 3, 5, 6, 20)] == ["unclear"] * 3 + ["worse"] * 2


def test_the_worst_questions_come_first_with_both_answers() -> None:
    one = [
        asked("better", {"right": 0, "token_f1": 0.2}, answer=said("12.")),
        asked("found-less", {"recall@10": 1}),
        asked("wrong-now", {"right": 1, "token_f1": 0.9}, answer=said("12,000 [1]\nsoldiers"), outcome="right"),
        asked("worded-worse", {"right": 1, "token_f1": 0.9}),
        asked("answers-now", {"answered": 0}, answerable=False),
        asked("refuses-rightly-now", {"answered": 1}, answerable=False),
        asked("fails-now", {"right": 1}),
        asked("rounded", {"token_f1": 0.3333333333}),
    ]
    other = [
        asked("better", {"right": 1, "token_f1": 1.0}, answer=said("12.")),
        asked("found-less", {"recall@10": 0}),
        asked("wrong-now", {"right": 0, "token_f1": 0.1}, answer=said("9 [1]"), outcome="wrong"),
        asked("worded-worse", {"right": 1, "token_f1": 0.5}),
        asked("answers-now", {"answered": 1, "right": 0}, answerable=False),
        asked("refuses-rightly-now", {"answered": 0}, answerable=False),
        asked("fails-now", {}, error="LibraryBusy: someone else writes", outcome="failed"),
        asked("rounded", {"token_f1": 0.333333}),
    ]
    found = compare(report(one), report(other), resamples=20)
    names = [worse.id for worse in found.worse]
    assert names == ["fails-now", "wrong-now", "answers-now", "worded-worse", "found-less"]
    assert found.worse[1].metrics == {"right": (1, 0), "token_f1": (0.9, 0.1)}
    assert found.worse[1].before.answer == said("12,000 [1]\nsoldiers")
    text = comparison_text(found)
    assert "  wrong-now: How many?\n    right 1.00 → 0.00, token_f1 0.90 → 0.10\n" in text
    assert "    before: 12,000 [1] soldiers\n    after:  9 [1]\n" in text
    assert "failed: LibraryBusy: someone else writes" in text
    heading = ["metric", "before", "after", "difference", "98.8", "%", "interval", "verdict"]
    assert text.splitlines()[0].split() == heading


def test_at_most_ten_questions_are_shown_and_long_ones_are_cut() -> None:
    before = [asked(f"q{at}", {"right": 1}, question="Why? " * 100) for at in range(25)]
    after = [replace(each, metrics={"right": 0}) for each in before]
    text = comparison_text(compare(report(before), report(after), resamples=20))
    assert "25 questions got worse; the 10 worst:" in text
    assert sum(line.startswith("  q") for line in text.splitlines()) == 10
    assert max(map(len, text.splitlines())) < 130


def test_what_could_explain_a_difference_is_named_and_places_are_not() -> None:
    mine = [asked("a", {"hit@1": 1}, expected=("12",), evidence=(Evidence(document="a.txt"),))]
    theirs = [asked("a", {"hit@1": 1}, expected=("12", "twelve"), evidence=(Evidence(document="a.txt"),))]
    found = compare(
        report(mine),
        report(
            theirs,
            library="/elsewhere",
            question_set="other.jsonl",
            generation=8,
            index={"path": "/elsewhere", "passage_tokens": 300},
            versions={"python": "3.12.1", "numpy": "2.4"},
        ),
        resamples=20,
    )
    assert found.explained_by == {
        "generation": (7, 8),
        "index.passage_tokens": (200, 300),
        "versions.numpy": (None, "2.4"),
        "expectations": ("as they were", "changed for 1 question"),
    }
    assert "index.passage_tokens: 200 → 300" in comparison_text(found)
    assert asdict(SETTINGS)["library"] not in comparison_text(found)


# Limits


@pytest.mark.parametrize("text", ["recall@10", "=0.5", "recall@10=", "recall@10=much", "recall@10=nan", "a=inf", ""])
def test_what_is_no_limit_says_so(text: str) -> None:
    with pytest.raises(QAError, match="is no limit: write a metric"):
        limit(text)


def test_limits_know_which_way_is_better() -> None:
    results = [asked(str(at), {"hit@1": float(at < 8), "right": float(at > 0), "whole_ms": 100.0}) for at in range(10)]
    found = report(results)
    assert limit(" hit@1 = 0.8 ") == ("hit@1", 0.8)
    assert fail_under(found, "hit@1=0.8") is None
    assert fail_under(found, "hit@1=0.81") == "hit@1 is 0.800, under 0.81"
    assert fail_under(found, "risk=0.1") is None
    assert fail_under(found, "risk=0.05") == "risk is 0.100, over 0.05"
    assert fail_under(found, "whole_ms_p95=99") == "whole_ms_p95 is 100.0, over 99"
    with pytest.raises(QAError, match=r"no metric 'recall'.*It has: hit@1, risk, whole_ms_p50"):
        fail_under(found, "recall=0.5")


def test_a_fall_is_measured_against_the_older_run() -> None:
    before = report([asked(str(at), {"hit@1": float(at < 8), "right": 1.0}) for at in range(10)])
    after = report([asked(str(at), {"hit@1": float(at < 7), "right": float(at > 0)}) for at in range(10)])
    found: Comparison = compare(before, after, resamples=20)
    assert fail_worse_than(found, "hit@1=0.1") is None
    assert fail_worse_than(found, "hit@1=0.05") == (
        "hit@1 went from 0.800 to 0.700, which is worse by 0.100, more than 0.05"
    )
    assert fail_worse_than(found, "risk=0") == "risk went from 0.000 to 0.100, which is worse by 0.100, more than 0"
    assert fail_worse_than(compare(after, before, resamples=20), "risk=0") is None
    with pytest.raises(QAError, match="0 or more"):
        fail_worse_than(found, "hit@1=-0.1")
    with pytest.raises(QAError, match=r"no metric 'coverage'\. It has: hit@1, risk\."):
        fail_worse_than(found, "coverage=0.1")
