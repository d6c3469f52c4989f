"""Run a question set over a library and score what its search finds and what its answers are worth."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import LibraryMismatch, LibraryMissing
from index.settings import load_settings as load_index_settings
from qa.asking import Asked, Asker
from qa.at_once import each
from qa.columns import behind, columns
from qa.errors import BadQuestionSet, QAError
from qa.progress import EvaluateProgress
from qa.questions import BadLine, Question, read_questions
from qa.ranking import DEPTH
from qa.report import Report, RunSettings
from qa.run_settings import begun, ended, run_key
from qa.set_scores import intervals, summary
from qa.settings import QASettings, load_settings

if TYPE_CHECKING:
    from index import Library, SyncProgress, SyncReport
    from qa.journal import Journal
    from qa.model import Model

_SEED = 1
"""Sent with every request of an evaluation, as is a temperature of 0 where the settings name no other."""

_AT_ONCE = 4
"""Questions that a model is asked at the same time where nothing else is said."""


def evaluate(
    questions: str | Path | Sequence[Question],
    library: Library,
    *,
    retrieval_only: bool = False,
    depth: int = DEPTH,
    at_once: int | None = None,
    settings: QASettings | None = None,
    model: Model | None = None,
    journal: str | Path | None = None,
    anew: bool = False,
    progress: Callable[[EvaluateProgress], None] | None = None,
    deliver: Callable[[Report], None] | None = None,
) -> Report:
    """Ask every question of a set; score what is found against its evidence, and the answer against what is expected.

    A question with a history is asked as the next one of that conversation. One that fails is an entry with its error,
    in no metric, and the others are asked.

    Args:
        questions: a file with one JSON object a line (see ``qa.questions``), or the questions themselves.
        library: an open library, already synced.
        retrieval_only: score the search alone, and answer nothing. What is not answerable is searched for too, and in
            no metric but the times.
        depth: how many passages to ask for in the search that is timed.
        at_once: questions that are asked at the same time; as ``QA_EVAL_AT_ONCE`` says where left out.
        settings: from the environment where left out.
        model: what writes the answers; where left out, the configured one, or quoted sentences without one.
        journal: a folder in which finished questions are kept until all of them are finished and the report is
            delivered, so that the same call, after a crash too, asks only the others and those that failed.
        anew: forget what an earlier run left there.
        progress: called after each question.
        deliver: called with the report, to write it down; where it fails, the finished questions are still kept.

    Raises:
        BadQuestionSet: the file cannot be read, none of its lines is a question, or two questions have the same id.
        LibraryError: the library cannot be opened.
        QAError: another process asks the same questions with the same journal, or it cannot be written.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1, not {depth}")
    if at_once is not None and at_once < 1:
        raise ValueError(f"at_once must be at least 1, not {at_once}")
    settings = settings or load_settings()
    bad: list[BadLine] = []
    source: str | None = None
    if isinstance(questions, (str, Path)):
        source = str(questions)
        questions, bad = read_questions(questions)
    if not questions:
        raise no_questions(source, bad)
    refuse_repeated_ids(questions)
    began = time.monotonic()
    with _models(settings, model, retrieval_only=retrieval_only) as models:
        asker = Asker(
            library=library,
            settings=settings,
            depth=depth,
            answers=not retrieval_only,
            model=models.answers,
            judge=models.judges,
        )
        at_once = at_once or settings.eval_at_once or (_AT_ONCE if models.answers else 1)
        described = begun(
            asker,
            questions,
            source=source,
            bad=bad,
            at_once=at_once,
            temperature=models.temperature,
            seed=models.seed,
        )
        with ExitStack() as stack:
            kept: Journal | None = None
            if journal is not None:
                from qa.journal import Journal

                key = run_key(described, questions, settings.openai_base_url)
                kept = stack.enter_context(Journal(Path(journal), key, questions, anew=anew))
            asked = _ask_all(asker, questions, at_once, kept, progress)
            report = _report(asked, ended(described, asked, library), began)
            if deliver is not None:
                deliver(report)
            if kept is not None and all(one.is_whole for one in asked):
                kept.complete()
    return report


def _report(asked: Sequence[Asked], settings: RunSettings, began: float) -> Report:
    results = tuple(one.result for one in asked)
    metrics = summary(results)
    table = columns(results)
    return Report(
        metrics=metrics,
        intervals=intervals(results),
        counts={name: behind(table, table, name)[0] for name in metrics},
        questions=results,
        settings=settings,
        seconds=time.monotonic() - began,
    )


def _ask_all(
    asker: Asker,
    questions: Sequence[Question],
    at_once: int,
    journal: Journal | None,
    progress: Callable[[EvaluateProgress], None] | None,
) -> list[Asked]:
    """What became of each question, in their order."""
    began = time.monotonic()
    asked: dict[int, Asked] = dict(journal.kept) if journal else {}
    kept, failed = len(asked), 0
    missing = [place for place in range(len(questions)) if place not in asked]

    def tell() -> None:
        if progress is not None:
            progress(
                EvaluateProgress(
                    done=len(asked),
                    questions=len(questions),
                    seconds=time.monotonic() - began,
                    kept=kept,
                    kept_until=journal.kept_until if journal and kept else None,
                    failed=failed,
                )
            )

    if kept:
        tell()
    with closing(each(lambda place: asker.ask(questions[place]), missing, at_once)) as finished:
        for number, one in finished:
            place = missing[number]
            asked[place] = one
            failed += not one.is_whole
            if journal is not None:
                journal.add(place, one)
            tell()
    return [asked[place] for place in range(len(questions))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Models:
    """Who answers and who judges, and how they are asked."""

    answers: Model | None = None
    judges: Model | None = None
    temperature: float | None = None
    seed: int | None = None


@contextmanager
def _models(settings: QASettings, model: Model | None, *, retrieval_only: bool) -> Iterator[_Models]:
    """The models that a run needs; those that the settings name are asked so that they say the same each time."""
    if retrieval_only:
        yield _Models()
        return
    from qa.model import OpenAIModel

    steady = settings.model_copy(update={"temperature": settings.temperature or 0.0})
    with ExitStack() as stack:
        own = model is None and settings.has_model
        if own:
            made = stack.enter_context(closing(OpenAIModel.from_settings(steady, seed=_SEED)))
            with suppress(QAError):  # which each question will say
                made.load()  # so that no question's time holds that
            model = made
        judges = None
        if settings.judge_model:
            strict = settings.model_copy(update={"model": settings.judge_model, "temperature": 0.0})
            judges = stack.enter_context(closing(OpenAIModel.from_settings(strict, seed=_SEED)))
        yield _Models(
            answers=model,
            judges=judges,
            temperature=steady.temperature if own else None,
            seed=_SEED if own else None,
        )


def refuse_repeated_ids(questions: Sequence[Question]) -> None:
    """Raise where two questions have the same id: what became of them could not be told apart.

    Raises:
        BadQuestionSet: two have.
    """
    counts = Counter(question.id for question in questions)
    repeated, times = counts.most_common(1)[0]
    if times > 1:
        raise BadQuestionSet(
            f"The id {repeated!r} is that of {times:,} questions. Give each question an id of its own."
        )


def no_questions(source: str | None, bad: Sequence[BadLine]) -> BadQuestionSet:
    """The error for a set in which nothing can be asked."""
    if not bad:
        return BadQuestionSet("The question set holds no questions. Write one JSON object a line into it.")
    return BadQuestionSet(
        f"None of the {len(bad):,} lines of {source!r} is a question. The first: {bad[0]}. "
        'Each must be a JSON object like {"id": "…", "question": "…"}.',
        line=bad[0].line,
    )


# A library for a folder that is only evaluated


def library_for(documents: str | Path) -> Library:
    """The library that evaluations of this folder, or ``.jsonl`` file, use: made once, kept below the user's own.

    Raises:
        LibraryMissing: there is no such folder or file.
        LibraryError: a setting has a value that it cannot have.
    """
    from index import Library

    path = Path(documents).expanduser()
    if not path.exists():
        raise LibraryMissing(f"There are no documents at {str(path)!r}. Name a folder, or a .jsonl file, that exists.")
    key = sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return Library.open(load_index_settings().path / "eval" / key)


def bring_in_line(
    library: Library, documents: str | Path, *, progress: Callable[[SyncProgress], None] | None = None
) -> SyncReport:
    """Sync a library of ``library_for``; built anew where it was built with another embedder.

    Raises:
        LibraryError: as ``Library.sync`` does.
    """
    try:
        return library.sync(documents, progress=progress)
    except LibraryMismatch:
        return library.rebuild(progress=progress)  # nobody's but the evaluation's, and from the same folder
