"""An answer without a model: the sentences of the passages that answer the question, word for word.

Each sentence of the passages found is scored by what it means, by which of the question's words it and its
surroundings hold, and by whether it has the kind of thing asked for (``qa.signals``). The same figures say how likely
the documents answer the question at all (``qa.confidence``). A sentence that cannot stand alone is quoted with the one
before it, a list with the line that leads in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index import Hit, Library, Passage
from index.languages import terms
from index.sentences import sentence_spans
from qa.confidence import confidence, rank, trust
from qa.question import asks_for_list, asks_for_steps
from qa.signals import Candidate, candidates, is_heading, is_question
from qa.view import asked_words

MOST = 3
"""Sentences in an answer at most."""

_CLOSE = 4.0
"""A further sentence is quoted when its score is within so much of the best one's."""

_ALIKE = 0.7
"""Share of the words of two sentences together that both have, from which on they say the same, if their numbers do."""

_LONGEST = 700
"""Characters of a quote of several sentences."""

_LONGEST_LIST = 1_500
"""Characters of a list that is quoted whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A sentence of a document, or several in a row that belong together."""

    passage: Passage
    text: str
    """``document_text[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What the passages say to a question."""

    quotes: tuple[Quote, ...]
    """Best first, at most ``MOST``."""

    confidence: float
    """0 to 1: how likely the passages answer the question."""


def extract(question: str, hits: Sequence[Hit], library: Library) -> Extract:
    """The sentences of ``hits`` that answer ``question`` best, and how likely they answer it at all.

    Raises:
        EmbeddingFailed: the question, or a passage whose word vectors are not kept, could not be embedded.
    """
    if not hits:
        return Extract(quotes=(), confidence=0.0)
    return chosen(question, candidates(asked_words(question, library), hits, library))


def chosen(question: str, sentences: Sequence[Candidate]) -> Extract:
    """The same of sentences whose signals are known."""
    if not sentences:
        return Extract(quotes=(), confidence=0.0)
    found = [(rank(each.signals), each) for each in sentences]
    found.sort(key=lambda pair: -pair[0])
    # A heading tells whether the documents speak of the matter, but it is nothing to quote.
    telling = [pair for pair in found if _tells(pair[1])] or found
    return Extract(
        quotes=tuple(_quotes(question, telling)), confidence=confidence(trust(question, [each for _, each in found]))
    )


def _tells(each: Candidate) -> bool:
    return not (is_heading(each.hit.passage, each.start, each.end) or is_question(each.text))


def _quotes(question: str, ordered: Sequence[tuple[float, Candidate]]) -> list[Quote]:
    """``ordered`` are sentences with their scores, best first."""
    wants_list, wants_steps = asks_for_list(question), asks_for_steps(question)
    asked = frozenset(terms(question))
    picked: list[Quote] = []
    said: list[frozenset[str]] = []
    for score, each in ordered:
        if len(picked) == MOST or score < ordered[0][0] - _CLOSE:
            break
        passage = each.hit.passage
        if any(_overlap(quote, passage, each.start, each.end) for quote in picked):
            continue  # quoted already, as a neighbour of a better one
        words = _words(each.text)
        if any(_alike(words, other) for other in said):
            continue
        if _is_row(each.text) and any(
            quote.passage.document == passage.document
            and _is_row(quote.text)
            and asked & words < asked & _words(quote.text)
            for quote in picked
        ):
            continue  # a row of another thing: what is asked about stands in the one that is quoted
        in_steps = wants_steps and _NUMBERED.match(each.text) is not None
        start, end = complete(passage, each.start, each.end, wants_list=wants_list or in_steps)
        beside = next((at for at, quote in enumerate(picked) if _overlap(quote, passage, start, end)), None)
        if beside is None:
            said.append(words)
            picked.append(_quote(passage, start, end))
            continue
        # It needs what is quoted already: that quote is widened.
        low = min(start, picked[beside].start - passage.start)
        high = max(end, picked[beside].end - passage.start)
        if high - low <= max(_LONGEST, end - start) and picked[beside].passage.id == passage.id:
            said.append(words)
            picked[beside] = _quote(passage, low, high)
    return picked


def _is_row(text: str) -> bool:
    """Whether this is a row of a table, as readers write it: its cells with bars between them."""
    return " | " in text and "\n" not in text


def _quote(passage: Passage, start: int, end: int) -> Quote:
    return Quote(passage=passage, text=passage.text[start:end], start=passage.start + start, end=passage.start + end)


def _overlap(quote: Quote, passage: Passage, start: int, end: int) -> bool:
    return (
        quote.passage.document == passage.document
        and quote.start < passage.start + end
        and passage.start + start < quote.end
    )


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    if any(any(sign.isdigit() for sign in word) for word in one ^ other):
        return False
    return len(one & other) >= _ALIKE * len(one | other)


def _words(text: str) -> frozenset[str]:
    # A sentence of stop words alone is like nothing but itself.
    return frozenset(terms(text)) or frozenset([" ".join(text.casefold().split())])


# Nothing but these words at its beginning, and the reader does not know who or what is meant.
_LEANS = re.compile(
    r"[\"'“‘(]*(?:he|she|it|they|his|her|hers|its|their|theirs|this|these|those|such|"
    r"however|therefore|thus|hence|consequently|moreover|furthermore|additionally|nevertheless|nonetheless|instead|"
    r"otherwise|similarly|likewise|accordingly|also|then|but|and|yet|so|"
    r"as a result|in addition|in contrast|by contrast|on the other hand|for this reason|for example|for instance|"
    r"the (?:former|latter|same)|both (?:of (?:these|them))?|one of (?:these|them)|neither)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*(?:[-*+\u2022\u2023\u25e6\u25aa\u25cf\u25cb\u00b7\u2013\u2014]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")


_NUMBERED = re.compile(r"\s*\(?\d{1,3}[.)]\s")
_LABEL = 5
"""Words of an item's first sentence, its bullet among them, up to which it says little without what follows it on its
line."""

_LONGEST_ITEM = 300
"""Characters of an item that is quoted whole for that."""


def complete(passage: Passage, start: int, end: int, *, wants_list: bool) -> tuple[int, int]:
    """The span to quote for the sentence ``passage.text[start:end]``: itself, and neighbours that it needs.

    Args:
        wants_list: whether an item of a list is to bring the whole list.
    """
    spans = sentence_spans(passage.text)
    place = next((at for at, (low, high) in enumerate(spans) if low <= start < high), None)
    if place is None:
        return start, end

    def text(at: int) -> str:
        return passage.text[slice(*spans[at])]

    def is_item(at: int) -> bool:
        return _ITEM.match(text(at)) is not None

    def goes_on(at: int) -> bool:
        """Whether a sentence stands on the same line as the one before it."""
        return at > 0 and "\n" not in passage.text[spans[at - 1][1] : spans[at][0]]

    def line_start(at: int) -> int:
        while goes_on(at):
            at -= 1
        return at

    def beside(item: int, last: int) -> bool:
        """Whether an item follows the one that ends with sentence ``last`` in the same list."""
        return is_item(last) or "\n\n" not in passage.text[spans[last][1] : spans[item][0]]

    opens = line_start(place)
    in_item = is_item(opens)
    if text(place).endswith(":") or (in_item and wants_list):
        first, last = (opens if in_item else place), place
        while in_item and first > 0:
            above = line_start(first - 1)
            if is_item(above) and beside(first, first - 1):
                first = above
                continue
            if text(first - 1).endswith(":"):
                first -= 1  # it leads into the list
            break
        while last + 1 < len(spans) and (
            beside(last + 1, last) if is_item(last + 1) else goes_on(last + 1) and is_item(line_start(last))
        ):
            last += 1
        while last > place and spans[last][1] - spans[first][0] > _LONGEST_LIST:
            last -= 1
        if spans[last][1] - spans[first][0] <= _LONGEST_LIST:
            return spans[first][0], spans[last][1]
    if in_item and len(text(opens).split()) <= _LABEL and not is_heading(passage, *spans[opens]):
        last = place
        while last + 1 < len(spans) and goes_on(last + 1):
            last += 1
        if spans[last][1] - spans[opens][0] <= _LONGEST_ITEM:
            return spans[opens][0], spans[last][1]
    if (
        place > 0
        and not is_item(place)
        and _LEANS.match(text(place))
        and not is_heading(passage, *spans[place - 1])
        and "\n\n" not in passage.text[spans[place - 1][1] : start]
        and end - spans[place - 1][0] <= _LONGEST
    ):
        return spans[place - 1][0], end
    return start, end
