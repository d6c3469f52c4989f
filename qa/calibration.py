"""The confidence below which questions are refused, fitted to a question set of one's own.

Confidence is found without a model, and a threshold says from which one on a quoted answer is given. The one that ships
was fitted on public sets; a library of other documents is served better by its own.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.abstention import auroc, best_threshold, risk_coverage
from qa.asking import Asker
from qa.errors import BadQuestionSet
from qa.progress import EvaluateProgress
from qa.questions import BadLine, Question, read_questions
from qa.ranking import DEPTH
from qa.report_words import counted
from qa.settings import QASettings, load_settings
from qa.threshold import threshold_for

if TYPE_CHECKING:
    from index import Library

_LEAST = 10
"""Questions of each kind below which a threshold would be chance."""

_STEPS = 100
"""Points of the curve of risk against coverage, at most."""

_FOLDS = 10

_ROWS = 10
"""Of these as many are in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What a threshold leads to."""

    threshold: float
    coverage: float
    """Share of the questions that are answered."""

    risk: float
    """Share of these answers that are wrong; 0 where none is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A fitted threshold and what it was fitted on."""

    threshold: float
    embedder: str
    questions: int
    """Those that could be asked."""

    unanswerable: int
    """Of these."""

    auroc: float
    """How well the confidence tells questions that are answered right from the others: 0.5 is chance, 1 is always."""

    before: Point
    after: Point
    """On the questions that the threshold was fitted to."""

    held_out: Point
    """On questions that it was not fitted to, as far as these can tell: by cross-validation in tenths. Its threshold is
    the mean of those that were fitted."""

    curve: tuple[Point, ...]
    """From all questions answered to the surest few."""

    failed: int = 0
    """Questions that could not be asked; they count nowhere."""

    unknown: int = 0
    """Questions of which the set does not say what would be right; they count nowhere either."""

    bad_lines: tuple[BadLine, ...] = ()


def calibrate(
    questions: str | Path | Sequence[Question],
    library: Library,
    *,
    settings: QASettings | None = None,
    progress: Callable[[EvaluateProgress], None] | None = None,
) -> Calibration:
    """Fit the threshold on questions of which some are answerable from the library and some are not.

    An answer is right as in a run of the set (see ``qa.answer_scores.is_right``); an answerable question with neither
    answers nor evidence is left out. The threshold gains the most right answers less wrong ones. Nothing is stored; see
    ``qa.threshold.store_threshold``.

    Raises:
        BadQuestionSet: the set cannot be read, or too few of its questions are answered right, or too few are not;
            where some could not be asked at all, as where the library cannot be searched, it says why.
        LibraryError: the library cannot be opened.
    """
    settings = settings or load_settings()
    bad: list[BadLine] = []
    if isinstance(questions, (str, Path)):
        questions, bad = read_questions(questions)
    embedder = library.status().embedder
    before = threshold_for(library, settings)
    asked = _ask(questions, library, settings, progress)
    confidences, right = asked.confidences, asked.right
    wrong = right.count(False)
    if min(wrong, len(right) - wrong) < _LEAST:
        first = f" The first that failed: {asked.failures[0]}" if asked.failures else ""
        if asked.unknown:
            first = f" {counted(asked.unknown, 'question')} had neither answers nor evidence.{first}"
        raise BadQuestionSet(
            f"A threshold needs at least {_LEAST} questions that are answered right and {_LEAST} that are not; this "
            f'gives {len(right) - wrong} and {wrong}. Add questions, some of them with "answerable": false.{first}'
        )
    threshold = round(best_threshold(confidences, right), 4)
    told = auroc(
        [confidence for confidence, was_right in zip(confidences, right, strict=True) if was_right],
        [confidence for confidence, was_right in zip(confidences, right, strict=True) if not was_right],
    )
    assert told is not None, "there are enough of both"
    return Calibration(
        threshold=threshold,
        embedder=embedder,
        questions=len(right),
        unanswerable=asked.unanswerable,
        auroc=told,
        before=_point(before, confidences, right),
        after=_point(threshold, confidences, right),
        held_out=held_out(confidences, right),
        curve=_curve(confidences, right),
        failed=len(asked.failures),
        unknown=asked.unknown,
        bad_lines=tuple(bad),
    )


@dataclass(slots=True)
class _Asked:
    """What became of the questions: a row for each that could be asked and of whose answer the set says enough."""

    confidences: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    unanswerable: int = 0
    unknown: int = 0
    failures: list[str] = field(default_factory=list)
    """Why the others could not."""


def _ask(
    questions: Sequence[Question],
    library: Library,
    settings: QASettings,
    progress: Callable[[EvaluateProgress], None] | None,
) -> _Asked:
    """Each question answered by quotes, however unsure."""
    asked = _Asked()
    asker = Asker(library=library, settings=settings.model_copy(update={"threshold": 0.0}), depth=DEPTH, answers=True)
    began = time.monotonic()
    for done, question in enumerate(questions, 1):
        result = asker.ask(question).result
        if result.error is not None:
            asked.failures.append(result.error)
        elif question.answerable and not question.answers and not question.evidence:
            asked.unknown += 1
        else:
            asked.confidences.append(result.metrics["confidence"])
            asked.right.append(result.outcome == "right")
            asked.unanswerable += not question.answerable
        if progress is not None:
            progress(EvaluateProgress(done=done, questions=len(questions), seconds=time.monotonic() - began))
    return asked


def calibration_text(calibration: Calibration) -> str:
    """A table for people."""
    lines = [
        asked_text(calibration),
        f"AUROC of the confidence: {calibration.auroc:.3f} (right answers against all others)",
        "",
        "           threshold  answered  wrong answers",
    ]
    for label, point in steps(calibration):
        lines.append(f"{label:<10} {point.threshold:>9.3f}  {point.coverage:>8.1%}  {point.risk:>13.1%}")
    lines += ["", FITTED]
    lines += ["", "Risk against coverage:"]
    for point in _spread(calibration.curve, _ROWS):
        bar = "#" * round(40 * point.risk)
        lines.append(f"{point.coverage:>6.0%} answered, from {point.threshold:.3f} on: {point.risk:>6.1%} wrong {bar}")
    return "\n".join(lines)


FITTED = (
    "Before and after are measured on the questions that the threshold is fitted to. Held out, each tenth of them is "
    "answered by a threshold fitted to the others: that is what to expect of new questions."
)


def steps(calibration: Calibration) -> tuple[tuple[str, Point], ...]:
    """The rows of a table of what the threshold does."""
    return (("before", calibration.before), ("after", calibration.after), ("held out", calibration.held_out))


def asked_text(calibration: Calibration) -> str:
    """How many questions it rests on, and how many were left out."""
    parts = [counted(calibration.questions, "question"), f"{calibration.unanswerable:,} of them unanswerable"]
    if calibration.failed:
        parts.append(f"{calibration.failed:,} failed")
    if calibration.unknown:
        parts.append(f"{calibration.unknown:,} left out, with neither answers nor evidence")
    return ", ".join(parts)


def calibration_json(calibration: Calibration) -> dict[str, Any]:
    """Every figure, for ``json.dumps``."""

    def point(each: Point) -> dict[str, float]:
        return {"threshold": each.threshold, "coverage": round(each.coverage, 6), "risk": round(each.risk, 6)}

    return {
        "version": 1,
        "threshold": calibration.threshold,
        "embedder": calibration.embedder,
        "questions": calibration.questions,
        "unanswerable": calibration.unanswerable,
        "failed": calibration.failed,
        "unknown": calibration.unknown,
        "auroc": round(calibration.auroc, 6),
        "before": point(calibration.before),
        "after": point(calibration.after),
        "held_out": point(calibration.held_out),
        "curve": [point(each) for each in calibration.curve],
        "bad_lines": [{"line": line.line, "reason": line.reason} for line in calibration.bad_lines],
    }


def held_out(confidences: Sequence[float], right: Sequence[bool]) -> Point:
    """What to expect of other questions: each tenth of these is answered by a threshold that was fitted to the rest
    (cross-validation; Stone 1974)."""
    order = list(range(len(confidences)))
    random.Random(0).shuffle(order)
    answered, thresholds = [], []
    for fold in range(_FOLDS):
        rest = [at for place, at in enumerate(order) if place % _FOLDS != fold]
        threshold = best_threshold([confidences[at] for at in rest], [right[at] for at in rest])
        thresholds.append(threshold)
        answered += [right[at] for at in order[fold::_FOLDS] if confidences[at] >= threshold]
    return Point(
        threshold=round(sum(thresholds) / _FOLDS, 4),
        coverage=len(answered) / len(confidences),
        risk=answered.count(False) / len(answered) if answered else 0.0,
    )


def _point(threshold: float, confidences: Sequence[float], right: Sequence[bool]) -> Point:
    answered = [was_right for confidence, was_right in zip(confidences, right, strict=True) if confidence >= threshold]
    return Point(
        threshold=threshold,
        coverage=len(answered) / len(confidences),
        risk=answered.count(False) / len(answered) if answered else 0.0,
    )


def _curve(confidences: Sequence[float], right: Sequence[bool]) -> tuple[Point, ...]:
    points = [
        Point(threshold=round(each, 4), coverage=share, risk=risk)
        for each, share, risk in risk_coverage(confidences, right)
    ]
    return _spread(points, _STEPS)


def _spread(points: Sequence[Point], steps: int) -> tuple[Point, ...]:
    """Those at equal steps of coverage, from all questions answered on; each once."""
    chosen = [min(points, key=lambda point: abs(point.coverage - step / steps)) for step in range(steps, 0, -1)]
    return tuple(dict.fromkeys(chosen))
