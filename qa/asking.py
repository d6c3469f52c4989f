"""One question of a set, asked and scored: what the search finds, and what the answer is worth."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from qa.answer import checked
from qa.answer_scores import answer_metrics, outcome
from qa.documents import Documents
from qa.errors import why
from qa.evidence import Expected, expected, score
from qa.extract import extract
from qa.followup import standalone_by_rules
from qa.questions import Question
from qa.ranking import enough, ranking
from qa.results import AnswerRecord, CitationRecord, QuestionResult, SentenceRecord
from qa.settings import QASettings
from qa.support import check_support

if TYPE_CHECKING:
    from index import Library
    from qa.model import Model
    from qa.values import Answer, Citation

_AROUND = 150
"""Characters of the document's text kept before and after a quote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question's result, with what of its evidence could not be looked for."""

    result: QuestionResult
    absent: tuple[str, ...] = ()
    """Documents, as the evidence names them, that the library does not hold."""

    unplaced: int = 0
    """Quotes that are not in their document."""

    @property
    def is_whole(self) -> bool:
        """Whether asking again would bring nothing that failed this time."""
        result = self.result
        return not (result.error or result.judge_error or (result.answer is not None and result.answer.fallback))


@dataclass(slots=True, kw_only=True)
class Asker:
    """What stays the same from one question to the next. Threads may share it."""

    library: Library
    settings: QASettings
    depth: int
    answers: bool
    """Whether questions are answered, and not only searched for."""

    model: Model | None = None
    """What writes the answers; without one they are quoted."""

    judge: Model | None = None
    _documents: Documents = field(init=False)

    def __post_init__(self) -> None:
        self._documents = Documents(self.library)
        # What is loaded at first use is loaded now, so that no question's time holds that.
        hits = self.library.search("the first search loads the model", 1)
        if self.answers:
            extract("the first answer loads more", hits, self.library)
            check_support("So does the first check.", ["It reads a model."], embedder=self.library.words.embedder)

    def ask(self, question: Question) -> Asked:
        """Never fails: what goes wrong is the question's error."""
        try:
            wanted = expected(question, self._documents.names, lambda name: self._documents.document(name).text)
            return self._ask(question, wanted)
        except Exception as exc:  # whatever it is, it is this question's and not the end of the run
            return Asked(result=_result(question, metrics={}, outcome="failed", error=why(exc)))

    def _ask(self, question: Question, wanted: Expected) -> Asked:
        given = self._answer(question) if self.answers else None
        # A follow-up is searched for as it was understood; without an answer, as a chat without a model would.
        alone = given.answer.standalone_question if given else standalone_by_rules(question.question, question.history)
        scored = question.answerable and bool(question.evidence)
        places, seconds = ranking(
            self.library,
            checked(alone, self.settings),
            depth=self.depth,
            holding=self._documents.count if scored else 0,
        )
        metrics = score(places, wanted) if scored else {}
        metrics["retrieve_ms"] = 1000 * seconds
        became: dict[str, Any] = {"hits": enough(places, wanted)}
        if given:
            metrics |= answer_metrics(
                question,
                given.answer,
                wanted,
                lambda document, offset: self._documents.document(document).page_at(offset),
                first_token_seconds=given.first_token_seconds,
            )
            became |= {"answer": self._record(given), "outcome": outcome(question, metrics)}
            became |= self._judged(question, given.answer, metrics)
        named = {sys.intern(name): value for name, value in metrics.items()}
        return Asked(
            result=_result(question, metrics=named, **became),
            absent=wanted.absent if scored else (),
            unplaced=wanted.unplaced if scored else 0,
        )

    def _answer(self, question: Question) -> _Given:
        """The answer as a chat gives it, streamed, with the times at which things came."""
        from qa.chat import Chat

        began = time.monotonic()
        searching = reading = began
        first: float | None = None
        chat = Chat(self.library, settings=self.settings, model=self.model, history=question.history)
        for update in chat.updates(question.question):
            now = time.monotonic()
            if update.stage == "searching":
                searching = now
            elif update.stage == "reading":
                reading = now
            elif update.stage == "writing" and update.text and first is None:
                first = now - began
        # With the time that a follow-up took to be understood, which the answer's own does not hold.
        answer = replace(chat.answers[-1], seconds=time.monotonic() - began)
        return _Given(answer=answer, search_seconds=reading - searching, first_token_seconds=first)

    def _judged(self, question: Question, answer: Answer, metrics: dict[str, float]) -> Mapping[str, Any]:
        """What the judge thinks; a judge that fails costs its own scores alone. They are put among the metrics too."""
        if self.judge is None:
            return {}
        from qa.judge import judge

        try:
            found = judge(question, answer, self.judge)
        except Exception as exc:  # as in ``ask``
            return {"judge_error": why(exc)}
        metrics |= {f"judge_{name}": judgement.score for name, judgement in found.items()}
        return {"judgements": found}

    def _record(self, given: _Given) -> AnswerRecord:
        answer = given.answer
        return AnswerRecord(
            text=answer.text,
            found=answer.found,
            mode=answer.mode,
            confidence=answer.confidence,
            model=answer.model,
            sentences=tuple(
                SentenceRecord(
                    start=sentence.start,
                    end=sentence.end,
                    citations=tuple(citation.number for citation in sentence.citations),
                    support=sentence.support.label if sentence.support else None,
                    score=sentence.support.score if sentence.support else None,
                    reason=sentence.support.reason if sentence.support else "",
                )
                for sentence in answer.sentences
            ),
            citations=tuple(map(self._citation, answer.citations)),
            removed_markers=answer.removed_markers,
            prompt_tokens=answer.tokens.prompt,
            reply_tokens=answer.tokens.reply,
            search_seconds=given.search_seconds,
            first_token_seconds=given.first_token_seconds,
            seconds=answer.seconds,
            prompt_version=answer.prompt_version,
            fallback=answer.fallback,
            unfinished=answer.unfinished,
        )

    def _citation(self, citation: Citation) -> CitationRecord:
        before, after = around(self._documents.document(citation.passage.document).text, citation.start, citation.end)
        return CitationRecord(
            number=citation.number,
            document=citation.passage.document,
            title=citation.passage.title,
            page=citation.passage.page,
            start=citation.start,
            end=citation.end,
            quote=citation.quote,
            before=before,
            after=after,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """An answer and when its parts came."""

    answer: Answer
    search_seconds: float
    first_token_seconds: float | None


def around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and behind a stretch, as far as it is shown: not cut inside a word, unless it is all one."""
    low, high = max(0, start - _AROUND), min(len(text), end + _AROUND)
    if low:
        space = _SPACE.search(text, low - 1, start)
        low = space.end() if space and space.end() < start else low
    if high < len(text) and not text[high].isspace():
        high = max((space.start() for space in _SPACE.finditer(text, end + 1, high)), default=high)
    return text[low:start], text[end:high]


_SPACE = re.compile(r"\s+")


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
