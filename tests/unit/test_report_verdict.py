"""The sentence with which a comparison opens: what got worse, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from qa.comparison import compare
from qa.report import Report
from qa.report_comparison import direction, verdict
from qa.results import QuestionResult
from qa.set_scores import summary
from tests.evaluation.question_sets import run_settings


def run(contained: Sequence[int]) -> Report:
    results = tuple(
        QuestionResult(id=str(at), question="?", metrics={"contained": float(value)})
        for at, value in enumerate(contained)
    )
    return Report(metrics=summary(results), questions=results, settings=run_settings(), seconds=1.0)


@pytest.mark.parametrize(
    ("before", "after", "way", "says"),
    [
        (
            [1] * 11 + [0, 0],
            [1] * 9 + [0] * 4,
            "worse",
            "2 questions got worse, none better; Contained 0.846 → 0.692 (unclear: 13 questions are too few). "
            "No metric got better or worse beyond chance.",
        ),
        ([1] * 9, [0] * 9, "worse", "9 questions got worse, none better. 1 metric got worse: Contained 1.000 → 0.000."),
        ([0] * 9, [1] * 9, "better", "No question got worse, 9 better. 1 metric got better: Contained 0.000 → 1.000."),
        ([1, 0], [0, 1], "unclear", "1 question got worse, 1 better. No metric got better or worse."),
        ([1, 0], [1, 0], "same", "No question got worse, none better. No metric got better or worse."),
    ],
)  # fmt: skip
def test_a_verdict_says_what_happened(before: list[int], after: list[int], way: str, says: str) -> None:
    found = compare(run(before), run(after), resamples=200)
    assert (direction(found), verdict(found)) == (way, says)
