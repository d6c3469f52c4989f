"""Answers made by hand, for tests that need one of a certain kind."""

from __future__ import annotations

from dataclasses import replace

from index.values import Hit, Passage
from qa.values import Answer, Citation, Sentence, Tokens

TEXT = "First line of it.\nThe deployment could grow to 12,000 soldiers. More follows here."
QUOTE = "The deployment could grow to 12,000 soldiers."


def passage(
    text: str = TEXT, *, document: str = "report.txt", title: str = "A report", page: int | None = 3
) -> Passage:
    return Passage(
        id="p1", document=document, title=title, heading="", text=text, start=100, end=100 + len(text), page=page
    )


def citation(number: int, quote: str = QUOTE, *, of: Passage | None = None) -> Citation:
    of = of or passage()
    start = of.start + of.text.index(quote)
    return Citation(number=number, passage=of, quote=quote, start=start, end=start + len(quote))


def hit(of: Passage | None = None) -> Hit:
    return Hit(passage=of or passage(), score=0.5, similarity=0.4, dense_rank=1, keyword_rank=None)


def refused(*hits: Hit) -> Answer:
    return Answer(
        question="What is the capital?",
        standalone_question="What is the capital?",
        text="The documents do not answer this question.",
        found=False,
        mode="extractive",
        confidence=0.1,
        sentences=(),
        citations=(),
        hits=hits,
        model=None,
        tokens=Tokens(),
        seconds=0.01,
        prompt_version="",
    )


def written(*sentences: tuple[str, tuple[Citation, ...]], model: str = "some-model") -> Answer:
    """An answer of a model: each sentence with what it cites, joined by spaces."""
    text = ""
    made: list[Sentence] = []
    cited: dict[int, Citation] = {}
    for words, citations in sentences:
        start = len(text) + 1 if text else 0
        text = f"{text} {words}" if text else words
        made.append(Sentence(text=words, start=start, end=len(text), citations=citations, support=None))
        for each in citations:
            cited.setdefault(each.number, each)
    return replace(
        refused(hit()),
        text=text,
        found=True,
        mode="llm",
        model=model,
        sentences=tuple(made),
        citations=tuple(cited[number] for number in sorted(cited)),
    )


def quoted(*citations: Citation) -> Answer:
    """An answer without a model, in the form that ``qa.answer`` gives it."""
    answer = written(*((f"“{' '.join(c.quote.split())}” [{c.number}]", (c,)) for c in citations))
    return replace(answer, mode="extractive", model=None)
