"""A report as a file, and back: JSON of a form that does not change without its version.

The object has these fields, and each question is on a line of its own:

- ``version``: 2.
- ``metrics``: by name, the score of the set. Shares are from 0 to 1; a name with ``_ms`` is in milliseconds, one with
  ``_tokens`` in tokens. Absent where no question has anything to go on.
- ``intervals``: by the same names, ``[low, high]``: where 95 of 100 sets of such questions would have it.
- ``counts``: by the same names, how many questions are behind it.
- ``seconds``: how long the run took.
- ``settings``: what could explain a difference; the fields of ``qa.report.RunSettings``, by their names.
- ``questions``: a list in the order of the set; of each the fields of ``qa.results.QuestionResult``, by their names,
  and in it those of ``Place``, ``Evidence``, ``AnswerRecord``, ``SentenceRecord``, ``CitationRecord``, ``Judgement``.

Every field is always there; ``null`` is what is not known. Offsets count code points, half-open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from qa.columns import ROUNDING
from qa.errors import QAError
from qa.report import Report
from qa.set_scores import is_score, unit

VERSION = 2


def report_json(report: Report) -> Iterator[str]:
    """The file's text in pieces: a question at a time, however many there are."""
    head = {
        "version": VERSION,
        "metrics": dict(report.metrics),
        "intervals": dict(report.intervals),
        "counts": dict(report.counts),
        "seconds": report.seconds,
        "settings": asdict(report.settings),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "questions": ['
    for number, result in enumerate(report.questions):
        yield (",\n" if number else "\n") + json.dumps(asdict(result), ensure_ascii=False)
    yield "\n]}\n"


def read_report(path: str | Path) -> Report:
    """The report that was written to a file.

    Raises:
        QAError: the file cannot be read, or is no report of this version; it says what it is, or which of its values
            cannot be.
    """
    from pydantic import TypeAdapter, ValidationError

    path = Path(path).expanduser()
    try:
        values = json.loads(path.read_bytes(), parse_float=_float, parse_int=_int, parse_constant=_float)
    except OSError as exc:
        raise QAError(
            f"The report {str(path)!r} cannot be read ({exc.strerror or exc}). Name one that --json wrote."
        ) from exc
    except _NoFigureError as exc:
        raise _no_report(path, f"it holds the number {exc}, which no run has") from exc
    except (ValueError, RecursionError) as exc:
        raise _no_report(path, "it is not JSON, or only the beginning of it") from exc
    if not isinstance(values, dict):
        raise _no_report(path, "it is no JSON object")
    version = values.pop("version", None)
    if "questions" not in values or "settings" not in values:
        what = "it is what --calibrate found" if "threshold" in values else "it has no questions and settings"
        raise _no_report(path, what)
    if version != VERSION:
        raise QAError(
            f"The report {str(path)!r} has version {1 if version is None else version!r}, and this is version "
            f"{VERSION}. Ask its questions again with --json."
        )
    try:
        report = TypeAdapter(Report).validate_python(values)
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _no_report(path, f"{place!r} is wrong: {first['msg'][:1].lower()}{first['msg'][1:]}") from exc
    wrong = next(_wrong(report), None)
    if wrong is not None:
        raise _no_report(path, wrong)
    return report


_MOST = 1e15
"""More than any time or count that a run has; sums of less stay finite."""


class _NoFigureError(ValueError):
    """A number that no report holds."""


def _float(written: str) -> float:
    value = float(written)
    if not abs(value) <= _MOST:
        raise _NoFigureError(written[:30])
    return value


def _int(written: str) -> int:
    _float(written)
    return int(written)


def _wrong(report: Report) -> Iterator[str]:
    """What cannot be: ids that come twice, and values that their metric cannot have."""
    seen: set[str] = set()
    for result in report.questions:
        if result.id in seen:
            yield f"the id {result.id!r} is there twice, so that its questions cannot be told apart"
        seen.add(result.id)
        where = f"question {result.id!r}"
        yield from (f"{name} of {where} is {value:g}, {why}" for name, value, why in _beyond(result.metrics))
        if result.answer is not None and not 0 <= result.answer.confidence <= 1:
            yield f"the confidence of {where} is {result.answer.confidence:g}, and not within 0 and 1"
    yield from (f"{name} is {value:g}, {why}" for name, value, why in _beyond(report.metrics))
    for at in (0, 1):
        ends = {name: interval[at] for name, interval in report.intervals.items()}
        yield from (f"the interval of {name} ends at {value:g}, {why}" for name, value, why in _beyond(ends))


def _beyond(metrics: Mapping[str, float]) -> Iterator[tuple[str, float, str]]:
    for name, value in metrics.items():
        is_share = unit(name) == "share" and (is_score(name) or name in ("answered", "right", "confidence"))
        if is_share and not -ROUNDING <= value <= 1 + ROUNDING:
            yield name, value, "and not within 0 and 1"
        elif unit(name) != "share" and value < 0:
            yield name, value, "and not 0 or more"


def _no_report(path: Path, why: str) -> QAError:
    return QAError(f"{str(path)!r} is no report of a question set: {why}. Name a file that --json wrote.")
