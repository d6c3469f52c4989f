"""Run a question set over a library and score what its search finds."""

from __future__ import annotations

import platform
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index.errors import LibraryMismatch, LibraryMissing
from index.settings import load_settings as load_index_settings
from qa.answer import checked
from qa.errors import BadQuestionSet, why
from qa.evidence import Expected, Place, expected, score
from qa.followup import standalone_by_rules
from qa.progress import EvaluateProgress
from qa.questions import BadLine, DocumentNames, Question, read_questions
from qa.report import Report, RunSettings
from qa.results import QuestionResult
from qa.set_scores import summary
from qa.settings import QASettings, load_settings

if TYPE_CHECKING:
    from index import Hit, Library, SyncProgress, SyncReport

DOCUMENTS = 10
"""How many documents a ranking should hold: the deepest metric looks at so many."""

_DEPTH = 20
_DEEPEST = 2000
"""Passages asked for at most to fill a ranking: where one document crowds out all others, they are too far away."""

_PACKAGES = ("footnote-qa", "chromadb", "tantivy", "onnxruntime", "tokenizers", "numpy")
_TEXTS = 20_000_000
"""Characters of documents kept for the next question's evidence."""


def evaluate(
    questions: str | Path | Sequence[Question],
    library: Library,
    *,
    retrieval_only: Literal[True] = True,
    depth: int = _DEPTH,
    settings: QASettings | None = None,
    progress: Callable[[EvaluateProgress], None] | None = None,
) -> Report:
    """Ask every question of a set and score what is found against its evidence.

    A question with a history is searched for as a chat without a model would: as one standalone question. One that
    fails is an entry with its error, in no metric. What is not answerable is searched for too, and in no metric but
    the times.

    Args:
        questions: a file with one JSON object a line (see ``qa.questions``), or the questions themselves.
        library: an open library, already synced.
        retrieval_only: score the search alone; so far the only way.
        depth: how many passages to ask for in the search that is timed.
        settings: from the environment where left out.
        progress: called after each question.

    Raises:
        BadQuestionSet: the file cannot be read, or none of its lines is a question.
        LibraryError: the library cannot be opened.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1, not {depth}")
    settings = settings or load_settings()
    bad: list[BadLine] = []
    source: str | None = None
    if isinstance(questions, (str, Path)):
        source = str(questions)
        questions, bad = read_questions(questions)
    if not questions:
        raise no_questions(source, bad)
    run = _Run(library, settings, depth)
    began = time.monotonic()
    results: list[QuestionResult] = []
    for question in questions:
        results.append(run.ask(question))
        if progress is not None:
            progress(EvaluateProgress(done=len(results), questions=len(questions), seconds=time.monotonic() - began))
    return Report(
        metrics=summary(results),
        questions=tuple(results),
        settings=run.described(source, questions, results, bad),
        seconds=time.monotonic() - began,
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


class _Run:
    """What stays the same from one question to the next."""

    def __init__(self, library: Library, settings: QASettings, depth: int) -> None:
        self._library = library
        self._settings = settings
        self._depth = depth
        held = library.documents()
        self._holding = sum(1 for info in held if info.duplicate_of is None)
        self._names = DocumentNames(
            (info.name for info in held),
            twins={info.name: info.duplicate_of for info in held if info.duplicate_of is not None},
        )
        self._texts = _Texts(library)
        self._absent: dict[str, None] = {}
        self._unplaced = 0
        library.search("the first search loads the model", 1)  # so that no question's time holds that

    def ask(self, question: Question) -> QuestionResult:
        try:
            wanted = expected(question, self._names, self._texts.text)
            alone = checked(standalone_by_rules(question.question, question.history), self._settings)
            scored = question.answerable and bool(question.evidence)
            places, seconds = ranking(self._library, alone, depth=self._depth, holding=self._holding if scored else 0)
        except Exception as exc:  # whatever it is, it is this question's and not the end of the run
            return _result(question, metrics={}, outcome="failed", error=why(exc))
        metrics: dict[str, float] = {}
        if scored:
            self._absent |= dict.fromkeys(wanted.absent)
            self._unplaced += wanted.unplaced
            metrics = score(places, wanted)
        metrics["retrieve_ms"] = 1000 * seconds
        return _result(question, metrics=metrics, hits=tuple(_enough(places, wanted)))

    def described(
        self,
        source: str | None,
        questions: Sequence[Question],
        results: Sequence[QuestionResult],
        bad: Sequence[BadLine],
    ) -> RunSettings:
        """What the run was, once its questions are asked."""
        status = self._library.status()
        return RunSettings(
            retrieval_only=True,
            question_set=source,
            asked=len(questions),
            unanswerable=sum(not question.answerable for question in questions),
            without_evidence=sum(question.answerable and not question.evidence for question in questions),
            failed=sum(result.error is not None for result in results),
            bad_lines=tuple(bad),
            absent_documents=tuple(sorted(self._absent)),
            unplaced_quotes=self._unplaced,
            library=status.path,
            documents=status.folder,
            document_count=status.documents,
            passage_count=status.passages,
            generation=status.generation,
            embedder=status.embedder,
            depth=self._depth,
            index=self._library.settings.shown(),
            versions=_versions(),
        )


def _result(question: Question, **became: Any) -> QuestionResult:
    """What became of ``question``, with what its set says of it."""
    return QuestionResult(
        id=question.id,
        question=question.question,
        type=question.type,
        answerable=question.answerable,
        expected=question.answers,
        evidence=question.evidence,
        **became,
    )


def ranking(library: Library, question: str, *, depth: int, holding: int) -> tuple[list[Place], float]:
    """The passages that a search finds, and the seconds that the search of ``depth`` hits took.

    A hit that joins several passages counts as these, its best first: no passage is larger for the metrics than it was
    stored. Copies that are named under a hit are not counted.

    Deeper searches follow, out of the clock, until the passages are of ten documents, or of as many as the library is
    ``holding``. What they bring comes after what is there: the first search is the product's own, and says what a
    user sees first.
    """
    begin = time.perf_counter()
    hits = library.search(question, depth)
    seconds = time.perf_counter() - begin
    found = _places(hits)
    documents = {place.document for place in found.values()}
    k, got = depth, len(hits)
    while len(documents) < min(DOCUMENTS, holding) and got >= k and k < _DEEPEST:
        k = min(16 * k, _DEEPEST)
        deeper = library.search(question, k)
        got = len(deeper)
        for key, place in _places(deeper).items():
            found.setdefault(key, place)
            documents.add(place.document)
    return list(found.values()), seconds


def _enough(places: Sequence[Place], wanted: Expected) -> list[Place]:
    """What a report keeps: the ten best passages, and the best of each further document until there are ten."""
    kept = list(places[:10])
    documents = {wanted.label(place.document) for place in kept}
    for place in places[10:]:
        if len(documents) == DOCUMENTS:
            break
        label = wanted.label(place.document)
        if label not in documents:
            documents.add(label)
            kept.append(place)
    return kept


def _places(hits: Sequence[Hit]) -> dict[tuple[str, int], Place]:
    """By document and start, in the order of the ranking."""
    return {
        (passage.document, passage.start): Place(
            document=passage.document, page=passage.page, start=passage.start, end=passage.end, score=float(hit.score)
        )
        for hit in hits
        for passage in hit.parts or (hit.passage,)
    }


class _Texts:
    """Whole texts of documents; those used last are kept."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._size = 0

    def text(self, document: str) -> str:
        text = self._kept.get(document)
        if text is not None:
            self._kept.move_to_end(document)
            return text
        text = self._library.document(document).text
        self._kept[document] = text
        self._size += len(text)
        while self._size > _TEXTS and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])
        return text


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


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
