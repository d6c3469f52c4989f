"""What could explain a difference between two runs of a question set."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from index.text import whole_characters
from qa import prompts
from qa.asking import Asked, Asker
from qa.questions import BadLine, Question
from qa.report import RunSettings
from qa.settings import host
from qa.threshold import threshold_for

if TYPE_CHECKING:
    from index import Library

_PACKAGES = (
    "footnote-qa",
    "chromadb",
    "llama-index-core",
    "numpy",
    "onnxruntime",
    "openai",
    "tantivy",
    "tokenizers",
)

_NO_RESULT = ("at_once", "question_set", "bad_lines")
_NO_RESULT_OF_QA = ("at_once", "eval_at_once", "max_upload_mb", "questions_per_minute")
"""What changes no result of any question."""

_NO_SOURCES = ("__pycache__", "models", "web")


def begun(
    asker: Asker,
    questions: Sequence[Question],
    *,
    source: str | None,
    bad: Sequence[BadLine],
    at_once: int,
    temperature: float | None,
    seed: int | None,
) -> RunSettings:
    """What is known of a run before its questions are asked."""
    library, settings = asker.library, asker.settings
    status = library.status()
    index = library.settings.shown()
    return RunSettings(
        retrieval_only=not asker.answers,
        question_set=None if source is None else whole_characters(source),
        asked=len(questions),
        unanswerable=sum(not question.answerable for question in questions),
        without_evidence=sum(question.answerable and not question.evidence for question in questions),
        failed=0,
        bad_lines=tuple(bad),
        absent_documents=(),
        unplaced_quotes=0,
        library=whole_characters(status.path),
        documents=None if status.folder is None else whole_characters(status.folder),
        documents_hash=_hash(library),
        document_count=status.documents,
        passage_count=status.passages,
        generation=status.generation,
        embedder=status.embedder,
        depth=asker.depth,
        # As JSON would have it, so that a report is the same when it is read again.
        index=json.loads(json.dumps({**index, "openai_base_url": host(index["openai_base_url"])})),
        qa=json.loads(json.dumps(settings.shown())),
        model=asker.model.name if asker.model else None,
        model_host=host(settings.openai_base_url) if asker.model else None,
        temperature=temperature,
        seed=seed,
        prompt_version=prompts.version() if asker.answers else "",
        threshold=threshold_for(library, settings) if asker.answers else None,
        support_model=_fingerprint() if asker.answers else "",
        judge_model=asker.judge.name if asker.judge else None,
        judge_prompt_version=prompts.judge_version() if asker.judge else "",
        at_once=at_once,
        versions=_versions(),
    )


def run_key(settings: RunSettings, questions: Sequence[Question], address: str | None) -> str:
    """Sixteen hexadecimal digits that change with anything that could change a result; ``address`` is that of the
    model, of which the settings of a run show the server alone."""
    fixed = {name: value for name, value in asdict(settings).items() if name not in _NO_RESULT}
    fixed["qa"] = {name: value for name, value in settings.qa.items() if name not in _NO_RESULT_OF_QA}
    return _digest([fixed, address, *(repr(question) for question in questions)])


def _hash(library: Library) -> str:
    """Sixteen hexadecimal digits of the names and contents of all documents."""
    return _digest([info.name, info.sha256] for info in library.documents())


def _digest(parts: Iterable[Any]) -> str:
    made = sha256()
    for part in parts:
        made.update(json.dumps(part, sort_keys=True).encode() + b"\n")
    return made.hexdigest()[:16]


def ended(settings: RunSettings, asked: Sequence[Asked], library: Library) -> RunSettings:
    """The same with what turned out while the questions were asked."""
    results = [each.result for each in asked]
    return replace(
        settings,
        failed=sum(result.error is not None for result in results),
        fallbacks=sum(result.answer is not None and bool(result.answer.fallback) for result in results),
        judge_failed=sum(result.judge_error is not None for result in results),
        absent_documents=tuple(sorted({name for each in asked for name in each.absent})),
        unplaced_quotes=sum(each.unplaced for each in asked),
        changed_while_asked=library.status().generation != settings.generation,
    )


def _fingerprint() -> str:
    """Eight hexadecimal digits of the model behind the support check."""
    return sha256(files("qa").joinpath("support_model.json").read_bytes()).hexdigest()[:8]


@cache
def _code() -> str:
    """Eight hexadecimal digits of what searches and answers: a version may be worked on."""
    made = sha256()
    for package in (files("index"), files("qa")):
        for path, data in _sources(package):
            made.update(f"{path}\0{sha256(data).hexdigest()}\n".encode())
    return made.hexdigest()[:8]


def _sources(folder: Traversable, below: str = "") -> Iterator[tuple[str, bytes]]:
    """Modules, prompts and tables in order, without the models, which have names of their own, and without the page."""
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        path = f"{below}/{each.name}"
        if each.is_dir() and each.name not in _NO_SOURCES:
            yield from _sources(each, path)
        elif each.name.endswith((".py", ".txt", ".json")):
            yield path, each.read_bytes()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "footnote-qa code": _code()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
