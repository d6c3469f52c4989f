"""The confidence below which questions are refused, fitted to a question set of one's own.

Confidence is found without a model, and a threshold says from which one on a quoted answer is given. The one that ships
was fitted on public sets; a library of other documents is served better by its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.abstention import auroc, best_threshold, risk_coverage
from qa.answer import checked
from qa.answer_scores import is_right
from qa.errors import BadQuestionSet, why
from qa.evidence import Stretch, expected
from qa.extract import Extract, extract
from qa.followup import standalone_by_rules
from qa.progress import EvaluateProgress
from qa.questions import BadLine, DocumentNames, Question, read_questions
from qa.settings import QASettings, load_settings
from qa.threshold import threshold_for

if TYPE_CHECKING:
    from index import Library

_LEAST = 10
"""Questions of each kind below which a threshold would be chance."""

_STEPS = 100
"""Points of the curve of risk against coverage, at most."""

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
    curve: tuple[Point, ...]
    """From all questions answered to the surest few."""

    failed: int = 0
    """Questions that could not be asked; they count nowhere."""

    bad_lines: tuple[BadLine, ...] = ()


def calibrate(
    questions: str | Path | Sequence[Question],
    library: Library,
    *,
    settings: QASettings | None = None,
    progress: Callable[[EvaluateProgress], None] | None = None,
) -> Calibration:
    """Fit the threshold on questions of which some are answerable from the library and some are not.

    An answer is right where the question is answerable and, if the set names accepted answers, one of them is in the
    quotes (compared without case, punctuation and articles, as SQuAD's script does). Without accepted answers, a quote
    must be of the set's evidence, where there is any. The threshold gains the most right answers less wrong ones.
    Nothing is stored; see ``qa.threshold.store_threshold``.

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
        raise BadQuestionSet(
            f"A threshold needs at least {_LEAST} questions that are answered right and {_LEAST} that are not; this "
            f'gives {len(right) - wrong} and {wrong}. Add questions, some of them with "answerable": false.{first}'
        )
    threshold = round(best_threshold(confidences, right), 4)
    told = auroc(
        [confidence for confidence, is_right in zip(confidences, right, strict=True) if is_right],
        [confidence for confidence, is_right in zip(confidences, right, strict=True) if not is_right],
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
        curve=_curve(confidences, right),
        failed=len(asked.failures),
        bad_lines=tuple(bad),
    )


@dataclass(slots=True)
class _Asked:
    """What became of the questions: a row for each that could be asked."""

    confidences: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    unanswerable: int = 0
    failures: list[str] = field(default_factory=list)
    """Why the others could not."""


def _ask(
    questions: Sequence[Question],
    library: Library,
    settings: QASettings,
    progress: Callable[[EvaluateProgress], None] | None,
) -> _Asked:
    asked = _Asked()
    held = library.documents()
    names = DocumentNames(
        (info.name for info in held),
        twins={info.name: info.duplicate_of for info in held if info.duplicate_of is not None},
    )
    began = time.monotonic()
    for done, question in enumerate(questions, 1):
        try:
            alone = checked(standalone_by_rules(question.question, question.history), settings)
            found = extract(alone, library.search(alone, settings.passages), library)
            is_right = _is_right(question, found, names, library)
        except Exception as exc:  # whatever it is, it is this question's and not the end of the run
            asked.failures.append(why(exc))
        else:
            asked.confidences.append(found.confidence)
            asked.right.append(is_right)
            asked.unanswerable += not question.answerable
        if progress is not None:
            progress(EvaluateProgress(done=done, questions=len(questions), seconds=time.monotonic() - began))
    return asked


def calibration_text(calibration: Calibration) -> str:
    """A table for people."""
    lines = [
        f"{calibration.questions:,} questions, {calibration.unanswerable:,} of them unanswerable"
        + (f", {calibration.failed:,} failed" if calibration.failed else ""),
        f"AUROC of the confidence: {calibration.auroc:.3f} (right answers against all others)",
        "",
        "           threshold  answered  wrong answers",
    ]
    for label, point in (("before", calibration.before), ("after", calibration.after)):
        lines.append(f"{label:<10} {point.threshold:>9.3f}  {point.coverage:>8.1%}  {point.risk:>13.1%}")
    lines += ["", "Risk against coverage:"]
    for point in _spread(calibration.curve, _ROWS):
        bar = "#" * round(40 * point.risk)
        lines.append(f"{point.coverage:>6.0%} answered, from {point.threshold:.3f} on: {point.risk:>6.1%} wrong {bar}")
    return "\n".join(lines)


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
        "auroc": round(calibration.auroc, 6),
        "before": point(calibration.before),
        "after": point(calibration.after),
        "curve": [point(each) for each in calibration.curve],
        "bad_lines": [{"line": line.line, "reason": line.reason} for line in calibration.bad_lines],
    }


def _is_right(question: Question, found: Extract, names: DocumentNames, library: Library) -> bool:
    """Where the set says nothing of what would be right, whatever was found counts."""
    if not found.quotes:
        return False
    wanted = expected(question, names, lambda name: library.document(name).text)
    return (
        is_right(
            question,
            " ".join(quote.text for quote in found.quotes),
            [Stretch(document=quote.passage.document, start=quote.start, end=quote.end) for quote in found.quotes],
            wanted,
            lambda document, offset: library.document(document).page_at(offset),
        )
        is not False
    )


def _point(threshold: float, confidences: Sequence[float], right: Sequence[bool]) -> Point:
    answered = [is_right for confidence, is_right in zip(confidences, right, strict=True) if confidence >= threshold]
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
