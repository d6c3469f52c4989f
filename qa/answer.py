"""A question to a cited answer: search, then written by the model and checked, or quoted where there is none."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from index import Library
from qa import prompts
from qa.cite import MarkerReader, answer_sentences, place
from qa.errors import EmptyQuestion, ModelUnavailable, QuestionTooLong
from qa.extract import Extract, extract
from qa.model import Model
from qa.prompts import REFUSAL
from qa.settings import QASettings
from qa.values import Answer, Citation, Sentence, Support, Tokens, Update

CLOSEST = 3
"""How many of the closest passages are shown with a refusal."""


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
) -> Iterator[Update]:
    """The answer to one standalone question on its way. The last update has ``stage="done"`` and the answer.

    Raises:
        QAError: the model failed; what it had said by then is in the last update before.
        LibraryError: the library cannot be searched.
    """
    began = time.monotonic()
    yield Update(stage="searching")
    hits = tuple(library.search(standalone, settings.passages, documents=documents))
    found = extract(standalone, hits, library)
    draft = Answer(
        question=question,
        standalone_question=standalone,
        text=REFUSAL,
        found=False,
        mode="extractive" if model is None else "llm",
        confidence=found.confidence,
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
        answer = _quoted(draft, found)
    elif not hits:
        answer = draft
    else:
        answer = yield from _written(draft, standalone, model)
    answer = replace(answer, seconds=time.monotonic() - began)
    yield Update(stage="done", text=answer.text, hits=hits, answer=answer)


def _quoted(draft: Answer, found: Extract) -> Answer:
    """Sentences of the documents, word for word, each with its citation; or a refusal."""
    if not found.answers:
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


def _written(draft: Answer, question: str, model: Model) -> Generator[Update, None, Answer]:
    passages = [hit.passage for hit in draft.hits]
    reader = MarkerReader(len(passages))
    text = reasoning = ""
    tokens = Tokens()
    unfinished = ""
    pieces = model.stream(prompts.answer_messages(question, passages))
    try:
        for piece in pieces:
            tokens = piece.tokens or tokens
            reasoning += piece.reasoning
            if piece.finish not in (None, "stop"):
                unfinished = _CUT.get(piece.finish, f"The model stopped early ({piece.finish}).")
            text += reader.feed(piece.text)
            # A refusal on its way is not shown half: it may still turn out to be one.
            if text.strip() and not REFUSAL.startswith(text.strip()):
                yield Update(stage="writing", text=text.strip(), hits=draft.hits)
    except ModelUnavailable as exc:
        if not text.strip():
            raise
        unfinished = str(exc)
    finally:
        pieces.close()
    text += reader.finish()
    return replace(_cited(draft, text, reader), tokens=tokens, reasoning=reasoning.strip(), unfinished=unfinished)


_CUT = {
    "length": "The model reached its longest reply.",
    "content_filter": "The model's provider cut the reply.",
}
"""What a reader is told where a reply ended for another reason than being complete."""


def _refuses(text: str, *, cites: bool) -> bool:
    """Whether the text says no more than that the documents do not answer, in whatever dress."""
    return not cites and REFUSAL.rstrip(".") in " ".join(text.split()) and len(text) < 2 * len(REFUSAL) + 40


def _cited(draft: Answer, raw: str, reader: MarkerReader) -> Answer:
    """The model's text with each sentence's citations placed on exact spans of the passages it names."""
    text = raw.strip()
    if not text or _refuses(text, cites=bool(reader.order)):
        return replace(draft, removed_markers=reader.removed)
    lead = len(raw) - len(raw.lstrip())
    markers = [(at - lead, number) for at, number in reader.markers]
    sentences: list[Sentence] = []
    by_number: dict[int, Citation] = {}
    for start, end, numbers in answer_sentences(text, markers):
        cited: list[Citation] = []
        for number in dict.fromkeys(numbers):
            passage = draft.hits[reader.order[number - 1] - 1].passage
            low, high = place(text[start:end], passage)
            quote = passage.text[low - passage.start : high - passage.start]
            cited.append(Citation(number=number, passage=passage, quote=quote, start=low, end=high))
            by_number.setdefault(number, cited[-1])
        sentences.append(Sentence(text=text[start:end], start=start, end=end, citations=tuple(cited), support=None))
    return replace(
        draft,
        text=text,
        found=True,
        sentences=tuple(sentences),
        citations=tuple(by_number[number] for number in sorted(by_number)),
        removed_markers=reader.removed,
    )
