"""A question to a cited answer: search, then written by the model and checked, or quoted where there is none."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import cache

from index import Hit, Library, Passage
from index.embed import Embedder
from qa import prompts
from qa.cite import MarkerReader, answer_sentences, place
from qa.errors import BadModelReply, EmptyQuestion, ModelUnavailable, QuestionTooLong
from qa.extract import Extract, extract
from qa.hostile import reads_like_instructions, without_unseen
from qa.model import Message, Model
from qa.refusal import may_become_refusal, refusal_for, refuses
from qa.settings import QASettings
from qa.support import Checker
from qa.support_needs import needs_support, table_heads
from qa.threshold import threshold_for
from qa.values import Answer, Citation, Flagged, Sentence, Support, Tokens, Update

_ROOM_TO_REPLY = 1024
"""Tokens of a small window that are left for the answer, a quarter of it at most."""

_CHECKING = threading.Lock()
"""One answer is checked at a time: Python would give every other turn to each of several, and not to those who wait
for their first words."""

_MARGIN = 1.15
"""Models count in pieces of their own, which may be more than the embedder's."""


def checked(question: str, settings: QASettings) -> str:
    """The question without white space around it.

    Raises:
        EmptyQuestion, QuestionTooLong
    """
    question = question.strip()
    if not question:
        raise EmptyQuestion("The question is empty. Ask something, for example: What is this document about?")
    if len(question) > settings.max_question:
        raise QuestionTooLong(
            f"The question has {len(question):,} characters, and at most {settings.max_question:,} are taken. "
            "Shorten it, or raise QA_MAX_QUESTION."
        )
    return question


def answering(
    question: str,
    standalone: str,
    library: Library,
    *,
    model: Model | None,
    settings: QASettings,
    documents: str | Sequence[str] | None = None,
    down: str = "",
) -> Iterator[Update]:
    """The answer to one standalone question on its way. The last update has ``stage="done"`` and the answer.

    Where the model is down, slow past its limit or says nothing, the answer is quoted and says why. ``down`` is the
    reason where that is known already: then the model is not asked.

    Raises:
        QAError: the model's server refuses the key, or the question is too long for it.
        LibraryError: the library cannot be searched.
    """
    began = time.monotonic()
    yield Update(stage="searching")
    hits = tuple(library.search(standalone, settings.passages, documents=documents))
    found = cache(lambda: extract(standalone, hits, library))  # after what a model writes, which nobody should wait for
    threshold = threshold_for(library, settings)
    draft = Answer(
        question=question,
        standalone_question=standalone,
        text=refusal_for(question),
        found=False,
        mode="extractive" if model is None else "llm",
        confidence=0.0,
        sentences=(),
        citations=(),
        hits=hits,
        model=None if model is None else model.name,
        tokens=Tokens(),
        seconds=0.0,
        prompt_version=prompts.version(),
    )
    yield Update(stage="reading", hits=hits)
    if model is None:
        answer = _quoted(draft, found(), threshold)
    elif not hits:
        answer = draft
    else:
        try:
            if down:
                raise ModelUnavailable(down)
            answer = yield from _written(draft, standalone, model, library, settings, found)
        except (ModelUnavailable, BadModelReply) as exc:
            answer = _quoted(replace(draft, mode="extractive", model=None, fallback=str(exc)), found(), threshold)
    answer = replace(answer, flagged=tuple(_flagged(hits)), seconds=time.monotonic() - began)
    yield Update(stage="done", text=answer.text, hits=hits, answer=answer)


def _flagged(hits: Sequence[Hit]) -> Iterator[Flagged]:
    for hit in hits:
        passage = hit.passage
        reason = reads_like_instructions("\n".join((passage.title, passage.heading, passage.text)))
        if reason:
            yield Flagged(passage=passage, reason=reason)


def _quoted(draft: Answer, found: Extract, threshold: float) -> Answer:
    """Sentences of the documents, word for word, each with its citation; or a refusal."""
    draft = replace(draft, confidence=found.confidence)
    if not found.quotes or found.confidence < threshold:
        return draft
    text = ""
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    for number, quote in enumerate(found.quotes, 1):
        citation = Citation(number=number, passage=quote.passage, quote=quote.text, start=quote.start, end=quote.end)
        start = len(text) + 2 if text else 0
        # A quote may hold line breaks and quotation marks of its own; it is shown on one line as it is.
        shown = f"“{' '.join(quote.text.split())}” [{number}]"
        text = f"{text}\n\n{shown}" if text else shown
        support = Support(label="supported", score=1.0, reason="Quoted word for word.")
        sentences.append(Sentence(text=shown, start=start, end=len(text), citations=(citation,), support=support))
        citations.append(citation)
    return replace(draft, text=text, found=True, sentences=tuple(sentences), citations=tuple(citations))


def _written(
    draft: Answer, question: str, model: Model, library: Library, settings: QASettings, found: Callable[[], Extract]
) -> Generator[Update, None, Answer]:
    """By the model, from as many of the best passages as it takes in."""
    shown = _fitting(question, [hit.passage for hit in draft.hits], library, settings.context_tokens)
    while True:
        try:
            return (yield from _streamed(draft, question, shown, model, library.words.embedder, found))
        except QuestionTooLong:
            if len(shown) == 1:
                raise
            shown = shown[: len(shown) // 2]


def _fitting(question: str, passages: list[Passage], library: Library, window: int | None) -> list[Passage]:
    """The first passages that fit into a model's window with the rules, the question and room for the reply."""
    for count in range(len(passages), 1, -1):
        if fits(prompts.answer_messages(question, passages[:count]), library, window):
            return passages[:count]
    return passages[:1]


def fits(messages: Sequence[Message], library: Library, window: int | None) -> bool:
    """Whether a model's window takes these messages and leaves room for the reply; one that nobody knows may."""
    if window is None:
        return True
    room = window - min(_ROOM_TO_REPLY, window // 4)
    return sum(library.embedder.count_tokens(message.text) for message in messages) * _MARGIN <= room


def _streamed(
    draft: Answer,
    question: str,
    passages: list[Passage],
    model: Model,
    embedder: Embedder,
    found: Callable[[], Extract],
) -> Generator[Update, None, Answer]:
    first = prompts.first_number(passages)
    reader = MarkerReader(len(passages), first=first)
    text = reasoning = ""
    tokens = Tokens()
    unfinished = ""
    pieces = model.stream(prompts.answer_messages(question, passages, first=first))
    try:
        for piece in pieces:
            tokens = piece.tokens or tokens
            reasoning += piece.reasoning
            if piece.anew:
                reader, text = MarkerReader(len(passages), first=first), ""
            if piece.finish not in (None, "stop"):
                unfinished = _CUT.get(piece.finish, f"The model stopped early ({piece.finish}).")
            text += reader.feed(without_unseen(piece.text))
            # A refusal on its way is not shown half: it may still turn out to be one.
            shown = "" if may_become_refusal(text) else text.strip()
            if shown or piece.anew:
                yield Update(stage="writing", text=shown, hits=draft.hits)
    except (ModelUnavailable, QuestionTooLong) as exc:
        if not text.strip():
            raise
        unfinished = str(exc)
    finally:
        pieces.close()
    text += reader.finish()
    if not text.strip():
        raise BadModelReply(f"The reply of the model {model.name!r} has no text. Ask again, or in other words.", raw="")
    with _CHECKING:
        draft = replace(draft, confidence=found().confidence)
        answer = _cited(draft, text, reader, _checker(passages, embedder), whole=not unfinished)
    return replace(answer, tokens=tokens, reasoning=reasoning.strip(), unfinished=unfinished)


Check = Callable[[str, Sequence[Passage]], Support | None]
"""A sentence and the passages that it cites to what the support check says; None where there is nothing to check."""


def _checker(shown: Sequence[Passage], embedder: Embedder) -> Check:
    """Each sentence against what it cites; one that cites nothing against all that was shown."""
    checker = Checker(embedder)

    def check(sentence: str, cited: Sequence[Passage]) -> Support | None:
        if not needs_support(sentence):
            return None
        return checker.check(sentence, cited or shown)

    return check


def _written_confidence(found: float, sentences: Sequence[Sentence]) -> float:
    """How likely a written answer is right: the geometric mean of how likely the passages answer the question and of
    how well they carry what was written. Neither makes up for the other."""
    scores = [sentence.support.score for sentence in sentences if sentence.support is not None]
    return math.sqrt(found * sum(scores) / len(scores)) if scores else found


_CUT = {
    "length": "The model reached its longest reply.",
    "content_filter": "The model's provider cut the reply.",
}
"""What a reader is told where a reply ended for another reason than being complete."""


def _cited(draft: Answer, raw: str, reader: MarkerReader, check: Check, *, whole: bool) -> Answer:
    """The model's text with each sentence's citations placed on exact spans of the passages it names.

    The last sentence of a text that is not ``whole`` may be half of one, which is not checked.
    """
    text = raw.strip()
    if refuses(text):
        return replace(draft, removed_markers=reader.removed)
    lead = len(raw) - len(raw.lstrip())
    markers = [(at - lead, number) for at, number in reader.markers]
    sentences: list[Sentence] = []
    by_number: dict[int, Citation] = {}
    spans = answer_sentences(text, markers)
    heads = table_heads(text)
    for start, end, numbers in spans:
        cited: list[Citation] = []
        for number in dict.fromkeys(numbers):
            passage = draft.hits[reader.order[number - 1] - 1].passage
            low, high = place(text[start:end], passage)
            quote = passage.text[low - passage.start : high - passage.start]
            cited.append(Citation(number=number, passage=passage, quote=quote, start=low, end=high))
            by_number.setdefault(number, cited[-1])
        is_half = not whole and end == spans[-1][1]
        is_head = any(low <= start < high for low, high in heads)
        support = None if is_half or is_head else check(text[start:end], [each.passage for each in cited])
        sentences.append(Sentence(text=text[start:end], start=start, end=end, citations=tuple(cited), support=support))
    return replace(
        draft,
        text=text,
        found=True,
        confidence=_written_confidence(draft.confidence, sentences),
        sentences=tuple(sentences),
        citations=tuple(by_number[number] for number in sorted(by_number)),
        removed_markers=reader.removed,
    )
