"""Questions drafted from the documents of a library, each with the span that answers it, for a person to edit."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from index import Document, Library
from index.errors import LibraryError
from index.sentences import sentence_spans
from qa.alike import Alike, words_of
from qa.chat import ask
from qa.draft_model import BadDraft, unanswered_question, written_question
from qa.draft_rules import SHORT_FORM, draft
from qa.errors import ModelRefusedKey, QAError
from qa.hostile import reads_like_instructions
from qa.model import Model, OpenAIModel
from qa.progress import DraftProgress
from qa.questions import Evidence, Question
from qa.settings import QASettings, load_settings
from qa.support_language import language_said

_MOST_SENTENCES = 4_000
"""Of one document that are looked at, so that a very long one does not take all the time."""

_PASSAGE = 1_500
"""Characters of a document that a model is shown, about."""

_LEAST_PASSAGE = 60

_TRIES = 3
"""How many replies a model is asked for, for each question wanted, before drafting ends with fewer."""

_UNANSWERABLE_EVERY = 5
"""With a model, each fifth question is one that the documents leave open."""

_SHORT_FORMS = 4
"""Without a model, one question in so many at most asks what an abbreviation stands for."""

_FAILURES = 3
"""Requests in a row that end drafting when all of them fail: the model is not there."""

_SMALL_WORD = re.compile(r"(?<![\w.])[a-z]{2,}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """Drafted questions, and what became of the rest."""

    questions: tuple[Question, ...]
    documents: int
    """How many they are from."""

    read: int
    """How many documents were looked into."""

    dropped: Mapping[str, int] = field(default_factory=dict)
    """How many were drafted and left out, by the reason."""

    foreign: Mapping[str, int] = field(default_factory=dict)
    """Documents in a language without rules, counted by language."""

    failed: str | None = None
    """Why drafting ended before its time."""


def draft_questions(
    library: Library,
    *,
    count: int = 20,
    seed: int = 0,
    settings: QASettings | None = None,
    model: Model | None = None,
    progress: Callable[[DraftProgress], None] | None = None,
) -> Drafts:
    """Draft at most ``count`` questions, from as many documents as there are.

    With a model, every fifth is one that the documents do not answer, as far as the library can tell. Without one,
    rules make questions of English sentences with numbers, names and dates, and of most sentences none. The same
    library and ``seed`` give the same questions; a model's replies are its own.

    Args:
        library: an open library, already synced.
        settings: from the environment where left out.
        model: what writes the questions; where left out, the configured one, or rules without one.
        progress: called after each document, or each reply.

    Raises:
        QAError: the model refuses the key, or answers nothing at all.
        LibraryError: the library cannot be opened.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    settings = settings or load_settings()
    run = _Run(library, settings, count, seed, progress)
    if model is not None:
        return run.with_model(model)
    if not settings.has_model:
        return run.with_rules()
    own = OpenAIModel.from_settings(settings)
    try:
        return run.with_model(own)
    finally:
        own.close()


def question_line(question: Question) -> str:
    """A draft as a line of a question set."""
    line: dict[str, Any] = {"id": question.id, "question": question.question}
    line["answers"] = list(question.answers)
    line["evidence"] = [
        {
            "document": each.document,
            "quote": each.quote,
            **({} if each.page is None else {"page": each.page}),
            "start": each.start,
            "end": each.end,
        }
        for each in question.evidence
    ]
    line |= {"answerable": question.answerable, "type": question.type, "draft": True}
    return json.dumps(line, ensure_ascii=False)


class _Run:
    """What has been drafted so far."""

    def __init__(
        self,
        library: Library,
        settings: QASettings,
        count: int,
        seed: int,
        progress: Callable[[DraftProgress], None] | None,
    ) -> None:
        self._library = library
        self._settings = settings
        self._count = count
        self._seed = seed
        self._progress = progress
        self._names = [info.name for info in library.documents() if info.duplicate_of is None and info.passages]
        random.Random(seed).shuffle(self._names)
        self._chosen: list[Question] = []
        self._from: set[str] = set()
        self._dropped: Counter[str] = Counter()
        self._foreign: Counter[str] = Counter()
        self._read = 0
        self._alike = Alike()
        self._seen: set[str] = set()

    # By rules

    def with_rules(self) -> Drafts:
        """Take one question of each document in turn, of the kind there are fewest of so far."""
        by_document: list[list[Question]] = []
        telling = 0
        for name in self._names:
            found = self._by_rules(name)
            if found:
                by_document.append(found)
            telling += any(each.type != SHORT_FORM for each in found)
            self._tell(telling)
            if telling == self._count:
                break
        kinds: Counter[str] = Counter()
        by_document.sort(key=lambda found: all(each.type == SHORT_FORM for each in found))
        while by_document and len(self._chosen) < self._count:
            for found in by_document:
                found.sort(key=lambda each: (each.type == SHORT_FORM, kinds[each.type]))
                while found and len(self._chosen) < self._count:
                    question = found.pop(0)
                    if question.type == SHORT_FORM and kinds[SHORT_FORM] >= max(1, self._count // _SHORT_FORMS):
                        continue
                    if self._take(question):
                        kinds[question.type] += 1
                        break
            by_document = [found for found in by_document if found]
        return self._drafts()

    def _by_rules(self, name: str) -> list[Question]:
        """At most as many as are wanted in all, in an order that depends on the seed."""
        document = self._document(name)
        if document is None:
            return []
        language = language_said(document.text)
        if language not in (None, "english"):
            self._foreign[str(language)] += 1
            return []
        common = frozenset(_SMALL_WORD.findall(document.text))
        spans = sentence_spans(document.text)
        rng = random.Random(f"{self._seed} {name}")
        found: list[Question] = []
        for start, end in rng.sample(spans, min(len(spans), _MOST_SENTENCES)):
            drafted = draft(document.text[start:end], common)
            if drafted is None:
                continue
            if reads_like_instructions(document.text[start:end]):
                self._dropped["the sentence reads like orders to a model"] += 1
                continue
            found.append(_question(drafted.question, drafted.type, answer=drafted.answer, place=(document, start, end)))
            if len(found) == self._count:
                break
        return found

    # By a model

    def with_model(self, model: Model) -> Drafts:
        """Show the model a stretch of each document in turn, until there are enough questions."""
        failures, failed = 0, None
        for at, (document, start, end) in enumerate(self._stretches(), 1):
            is_open = at % _UNANSWERABLE_EVERY == 0
            try:
                if is_open:
                    self._take_open(unanswered_question(model, document, start, end))
                else:
                    written = written_question(model, document, start, end)
                    place = (document, written.start, written.end)
                    self._take(_question(written.question, _kind(written.question), answer=written.answer, place=place))
                failures = 0
            except BadDraft as exc:
                self._dropped[str(exc)] += 1
                failures = 0
            except ModelRefusedKey:
                raise
            except QAError as exc:
                self._dropped["the model did not answer"] += 1
                failures += 1
                if failures == _FAILURES:
                    if not self._chosen:
                        raise
                    failed = str(exc)
                    break
            self._tell(len(self._chosen))
            if len(self._chosen) == self._count or at == _TRIES * self._count:
                break
        return self._drafts(failed)

    def _take_open(self, question: str) -> None:
        """Keep a question that is said to be open where the library finds no answer to it either."""
        quoting = self._settings.model_copy(update={"openai_api_key": None, "openai_base_url": None})
        if ask(question, self._library, settings=quoting).found:
            raise BadDraft("the documents may answer what was to be left open")
        self._take(_question(question, _kind(question), answer=None, place=None))

    def _stretches(self) -> Iterator[tuple[Document, int, int]]:
        """One stretch of each document after another, then a second one of each, in an order of the seed's."""
        names = self._names
        turn = 0
        while names:
            left: list[str] = []
            for name in names:
                document = self._document(name, again=turn > 0)
                stretches = [] if document is None else _stretches(document.text)
                random.Random(f"{self._seed} {name}").shuffle(stretches)
                if document is not None and turn < len(stretches):
                    left.append(name)
                    yield document, *stretches[turn]
            names, turn = left, turn + 1

    # Both

    def _document(self, name: str, *, again: bool = False) -> Document | None:
        try:
            document = self._library.document(name)
        except LibraryError:
            self._dropped["the document could not be read"] += 1
            return None
        self._read += not again
        return document

    def _take(self, question: Question) -> bool:
        """Keep a question unless it is there already, or nearly so."""
        same = " ".join(words_of(question.question))
        if same in self._seen or self._alike.earlier(question.question, len(self._seen)) is not None:
            self._dropped["the question is there already, or nearly so"] += 1
            return False
        self._seen.add(same)
        self._chosen.append(question)
        self._from |= {each.document for each in question.evidence}
        return True

    def _tell(self, drafted: int) -> None:
        if self._progress is not None:
            self._progress(DraftProgress(drafted=drafted, wanted=self._count, documents=self._read))

    def _drafts(self, failed: str | None = None) -> Drafts:
        return Drafts(
            questions=tuple(self._chosen),
            documents=len(self._from),
            read=self._read,
            dropped=dict(self._dropped),
            foreign=dict(self._foreign),
            failed=failed,
        )


def _question(question: str, kind: str, *, answer: str | None, place: tuple[Document, int, int] | None) -> Question:
    evidence: tuple[Evidence, ...] = ()
    if place is not None:
        document, start, end = place
        evidence = (
            Evidence(
                document=document.name,
                quote=document.text[start:end],
                page=document.page_at(start),
                start=start,
                end=end,
            ),
        )
    return Question(
        id=f"draft-{sha256(question.encode()).hexdigest()[:10]}",
        question=question,
        answers=() if answer is None else (answer,),
        evidence=evidence,
        answerable=answer is not None,
        type=kind,
    )


def _kind(question: str) -> str:
    """How an English question begins; empty for others."""
    found = re.match(
        r"(?:how (?:many|much|long|often|far|old)|who|whom|when|where|why|which|what|how)\b", question.lower()
    )
    return found[0] if found else ""


def _stretches(text: str) -> list[tuple[int, int]]:
    """``text`` in stretches of whole sentences, without those that say too little to ask about."""
    found: list[tuple[int, int]] = []
    begin: int | None = None
    last = 0
    for start, end in sentence_spans(text):
        if begin is not None and end - begin > _PASSAGE:
            found.append((begin, last))
            begin = None
        begin = start if begin is None else begin
        last = end
    if begin is not None:
        found.append((begin, last))
    return [(start, end) for start, end in found if end - start >= _LEAST_PASSAGE]
