"""What an evaluation found, as a value; and how a report is put into a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.errors import QAError
from qa.questions import BadLine
from qa.results import QuestionResult


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

    documents_hash: str = ""
    """Sixteen hexadecimal digits that change with the name or the content of any document; empty in reports that were
    written before it was known."""

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
    """Of Python and of the packages that searching and answering run through."""

    qa: Mapping[str, Any] = field(default_factory=dict)
    """How questions are answered, as the settings class names it; no key."""

    model: str | None = None
    """What wrote the answers; None where they were quoted, or nothing was answered."""

    model_host: str | None = None
    """The server of the model that the settings name."""

    temperature: float | None = None
    """As it was sent; a server may take none but its own. None for a model that the caller brought."""

    seed: int | None = None
    prompt_version: str = ""
    threshold: float | None = None
    """The confidence from which on a quoted answer is given."""

    support_model: str = ""
    """A fingerprint of the model behind the support check."""

    judge_model: str | None = None
    judge_prompt_version: str = ""
    at_once: int = 1
    """Questions that were asked at the same time."""

    fallbacks: int = 0
    """Questions that the model failed to answer, so that quotes did."""

    judge_failed: int = 0
    changed_while_asked: bool = False
    """Whether a sync changed the library before all was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A question set's scores."""

    metrics: Mapping[str, float]
    """See ``qa.set_scores.summary``."""

    questions: tuple[QuestionResult, ...]
    """In the order of the set."""

    settings: RunSettings
    seconds: float
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By metric: where 95 of 100 samples of such questions would have it."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """By metric: how many questions are behind it."""

    def __str__(self) -> str:
        from qa.report_text import report_text

        return report_text(self)


def write_report(path: str | Path, values: Mapping[str, Any] | str | Iterable[str] | None) -> None:
    """Write a report, values as JSON and text as it is, whole or not at all; None only tries whether it could be
    written. A link goes on leading where it leads, and a pipe or a device, such as /dev/stdout, is written to.

    Raises:
        QAError: it cannot.
    """
    path = Path(path).expanduser()
    temporary: Path | None = None
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "is a folder")
        if isinstance(values, Mapping):
            values = json.dumps(values, ensure_ascii=False) + "\n"
        pieces = (values,) if isinstance(values, str) else values
        if path.exists() and not path.is_file():
            if pieces is not None:
                with path.open("w", encoding="utf-8") as file:
                    file.writelines(pieces)
            return
        target = Path(os.path.realpath(path))
        temporary = target.with_name(f".{target.name}.new")
        with temporary.open("w", encoding="utf-8") as file:
            file.writelines(pieces or ())
        if pieces is None:
            temporary.unlink()
        else:
            temporary.replace(target)
    except (OSError, ValueError) as exc:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise QAError(
            f"The report cannot be written to {str(path)!r} ({reason}). Name a file that can be written."
        ) from exc
