"""What an evaluation found: a value for programs, a table for people, JSON for files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qa.errors import QAError
from qa.questions import BadLine
from qa.results import QuestionResult

_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What could explain a difference between two runs."""

    retrieval_only: bool
    question_set: str | None
    """The file; None where the questions were given as values."""

    asked: int
    unanswerable: int
    """Of those asked: they are in no retrieval metric, since there is nothing to find."""

    without_evidence: int
    """Answerable, but nothing says where the answer is: in no retrieval metric either."""

    failed: int
    bad_lines: tuple[BadLine, ...]
    absent_documents: tuple[str, ...]
    """Named by the evidence and not in the library: what is asked about them counts as not found."""

    unplaced_quotes: int
    """Quotes that are not in their document: they are in no passage metric."""

    library: str
    documents: str | None
    """The folder or file that the library holds."""

    document_count: int
    passage_count: int
    generation: int
    embedder: str
    depth: int
    """Passages asked for in the search that is timed; more are fetched afterwards where these are of fewer than ten
    documents."""

    index: Mapping[str, Any]
    """The settings of the library, as its settings class names them."""

    versions: Mapping[str, str]
    """Of Python and of the packages that a search runs through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A question set's scores."""

    metrics: Mapping[str, float]
    """Means over the questions that have the metric; ``retrieve_ms_p50`` and ``_p95`` over all that were asked."""

    questions: tuple[QuestionResult, ...]
    """In the order of the set."""

    settings: RunSettings
    seconds: float
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By metric: where 95 of 100 samples of such questions would have it."""

    def __str__(self) -> str:
        return report_text(self)


def report_json(report: Report) -> dict[str, Any]:
    """``{"metrics", "questions": [{"id", "metrics", "hits"}], "settings", "seconds"}``; a question that failed has
    its ``error`` as well."""
    return {
        "metrics": _rounded(report.metrics),
        "questions": [
            {
                "id": result.id,
                "metrics": _rounded(result.metrics),
                "hits": [asdict(place) | {"score": round(place.score, 6)} for place in result.hits],
                **({} if result.error is None else {"error": result.error}),
            }
            for result in report.questions
        ],
        "settings": asdict(report.settings),
        "seconds": round(report.seconds, 3),
    }


def write_report(path: str | Path, values: Mapping[str, Any] | str | None) -> None:
    """Write a report, values as JSON, whole or not at all; None only tries whether it could be written.

    Raises:
        QAError: it cannot.
    """
    path = Path(path).expanduser()
    temporary = path.with_name(f".{path.name}.new")
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "is a folder")
        text = values if isinstance(values, str) else json.dumps(values, ensure_ascii=False) + "\n"
        temporary.write_text(text, encoding="utf-8")
        if values is None:
            temporary.unlink()
        else:
            temporary.replace(path)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise QAError(
            f"The report cannot be written to {str(path)!r} ({reason}). Name a file that can be written."
        ) from exc


def report_text(report: Report) -> str:
    """The metrics, one a line with the number of questions behind it, and what to know about the run."""
    counts: dict[str, int] = {}
    for result in report.questions:
        for name in result.metrics:
            counts[name] = counts.get(name, 0) + 1
    width = max(map(len, report.metrics), default=0)
    lines = [f"{'metric':<{width}}  {'value':>7}  questions"]
    for name, value in report.metrics.items():
        timing = name.startswith("retrieve_ms")
        shown = f"{value:>7.1f}" if timing else f"{value:>7.3f}"
        lines.append(f"{name:<{width}}  {shown}  {counts.get('retrieve_ms' if timing else name, 0):>9,}")
    settings = report.settings
    lines += [
        "",
        f"{settings.asked:,} questions over {settings.document_count:,} documents "
        f"({settings.passage_count:,} passages) in {report.seconds:.1f} s",
    ]
    for count, what in (
        (settings.unanswerable, "unanswerable, in no retrieval metric"),
        (settings.without_evidence, "without evidence, in no retrieval metric"),
        (settings.failed, "failed"),
        (len(settings.bad_lines), "bad lines of the question set, passed over"),
        (len(settings.absent_documents), "documents of the evidence that the library does not hold"),
        (settings.unplaced_quotes, "quotes of the evidence that are not in their document"),
    ):
        if count:
            lines.append(f"  {count:,} {what}")
    for result in [result for result in report.questions if result.error is not None][:_SHOWN]:
        lines.append(f"  failed: {result.id}: {result.error}")
    return "\n".join(lines)


def _rounded(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in metrics.items()}
