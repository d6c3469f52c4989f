"""Where the evidence of a question stands in the documents of a library, and how well a ranking finds it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qa.metrics import hit, ndcg, recall, reciprocal_rank
from qa.questions import DocumentNames, Question

_OCCURRENCES = 50
"""A quote that stands in more places than that tells nothing apart; the others are not looked for."""

_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A passage that a search found, without its text."""

    document: str
    page: int | None
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of the evidence, as far as it could be placed."""

    label: str
    page: int | None
    spans: Mapping[str, tuple[tuple[int, int], ...]]
    """By document: every place of its quote, or the one that it names; empty where it names none or it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a search for a question should find."""

    labels: Mapping[str, str]
    """Names of the documents that the evidence means, each with the name that stands for it in rankings: where one
    name of the evidence means several documents, any of them will do, and they count as one."""

    documents: frozenset[str]
    """Labels. Evidence in a document that the library does not hold is among them, under its own name: it cannot be
    found, and that is the library's failure, not the metric's."""

    pages: frozenset[tuple[str, int]]
    """Label and page."""

    spans: Mapping[str, tuple[tuple[int, int], ...]]
    """By document, not by label: start and end of each place of the evidence."""

    unplaced: int
    """Quotes that are not in the document that they are said to be from."""

    absent: tuple[str, ...]
    """Documents, as the evidence names them, that the library does not hold."""

    items: tuple[Item, ...] = ()
    """The evidence entry by entry, with those in absent documents under their own names."""

    def label(self, document: str) -> str:
        """What stands for a document in rankings."""
        return self.labels.get(document, document)


def expected(question: Question, names: DocumentNames, text_of: Callable[[str], str]) -> Expected:
    """Look up a question's evidence. ``text_of`` gives a document's whole text by its full name."""
    labels: dict[str, str] = {}
    documents: set[str] = set()
    absent: list[str] = []
    pages: set[tuple[str, int]] = set()
    spans: dict[str, list[tuple[int, int]]] = {}
    items: list[Item] = []
    unplaced = 0
    for evidence in question.evidence:
        meant = names.matching(evidence.document)
        if not meant:
            if evidence.document not in absent:
                absent.append(evidence.document)
            documents.add(evidence.document)
            if evidence.page is not None:
                pages.add((evidence.document, evidence.page))
            items.append(Item(label=evidence.document, page=evidence.page, spans={}))
            continue
        label = next((labels[name] for name in sorted(meant) if name in labels), min(meant))
        labels |= {name: label for name in meant if name not in labels}
        documents.add(label)
        if evidence.page is not None:
            pages.add((label, evidence.page))
        own: dict[str, tuple[tuple[int, int], ...]] = {}
        if evidence.start is not None and evidence.end is not None:
            own = {name: ((evidence.start, evidence.end),) for name in sorted(meant)}
        elif evidence.quote is not None:
            own = {name: tuple(places) for name in sorted(meant) if (places := locate(evidence.quote, text_of(name)))}
            unplaced += not own
        for name, found in own.items():
            spans.setdefault(name, []).extend(found)
        items.append(Item(label=label, page=evidence.page, spans=own))
    return Expected(
        labels=labels,
        documents=frozenset(documents),
        pages=frozenset(pages),
        spans={name: tuple(places) for name, places in spans.items()},
        unplaced=unplaced,
        absent=tuple(absent),
        items=tuple(items),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Part of a document that an answer rests on."""

    document: str
    start: int
    end: int


def in_item(stretch: Stretch, item: Item, wanted: Expected, page_of: Callable[[str, int], int | None]) -> bool:
    """Whether a stretch overlaps a place of this entry of the evidence, or, where it names none that is there, begins
    on its page, or is in its document if no more is said. ``page_of`` gives the page of an offset of a document."""
    if item.spans:
        return any(stretch.start < end and start < stretch.end for start, end in item.spans.get(stretch.document, ()))
    if wanted.label(stretch.document) != item.label:
        return False
    return item.page is None or page_of(stretch.document, stretch.start) == item.page


def score(places: Sequence[Place], wanted: Expected) -> dict[str, float]:
    """Metrics of one search by name, as far as the evidence allows them.

    ``places`` are the passages found, best first, deep enough for ten documents. Documents are ranked in the order of
    their best passages: ``hit``, ``recall``, ``mrr`` and ``ndcg`` are about them. ``page_`` and ``passage_`` metrics
    are about the passages as they were found: whether one lies on a page of the evidence, or holds a place of it.
    """
    documents = list(dict.fromkeys(wanted.label(place.document) for place in places))
    pages = [
        place.page is not None and (wanted.label(place.document), place.page) in wanted.pages for place in places[:10]
    ]
    passages = [holds(place, wanted.spans) for place in places[:10]]
    # A ranking of yes and no, in which yes is what is wanted.
    on_page = {True} if wanted.pages else set[bool]()
    in_span = {True} if wanted.spans else set[bool]()
    values: dict[str, float | None] = {}
    for k in (1, 3, 5, 10):
        values[f"hit@{k}"] = hit(documents, wanted.documents, k)
    for k in (5, 10):
        values[f"recall@{k}"] = recall(documents, wanted.documents, k)
    values["mrr@10"] = reciprocal_rank(documents, wanted.documents, 10)
    values["ndcg@10"] = ndcg(documents, wanted.documents, 10)
    for level, ranked, relevant in (("page", pages, on_page), ("passage", passages, in_span)):
        for k in (1, 3, 5, 10):
            values[f"{level}_hit@{k}"] = hit(ranked, relevant, k)
        values[f"{level}_mrr@10"] = reciprocal_rank(ranked, relevant, 10)
    return {name: value for name, value in values.items() if value is not None}


def holds(place: Place, spans: Mapping[str, Sequence[tuple[int, int]]]) -> bool:
    """Whether a passage holds a place of the evidence: all of it, at least half of it, or, where the place is larger
    than the passage, whether at least half of the passage lies within it."""
    for start, end in spans.get(place.document, ()):
        common = min(end, place.end) - max(start, place.start)
        if common > 0 and 2 * common >= min(end - start, place.end - place.start):
            return True
    return False


def locate(quote: str, text: str) -> list[tuple[int, int]]:
    """Where a quote stands in a text: every place, as start and end, in order; empty where it does not.

    White space may differ. Where that does not help, only letters and digits are compared, without case, from the
    beginning of a word to the end of one: two readers of the same PDF rarely agree on hyphens and quotation marks.
    """
    words = quote.split()
    if not words:
        return []
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    found: list[tuple[int, int]] = []
    for match in pattern.finditer(text):
        found.append(match.span())
        if len(found) == _OCCURRENCES:
            break
    return found or _locate_letters(quote, text)


def _locate_letters(quote: str, text: str) -> list[tuple[int, int]]:
    wanted = "".join(_LETTERS.findall(quote)).lower()
    if not wanted:
        return []
    starts: list[int] = []
    places: list[int] = []
    pieces: list[str] = []
    edges = {0}
    length = 0
    for match in _LETTERS.finditer(text):
        piece = match[0].lower()
        starts.append(length)
        places.append(match.start())
        pieces.append(piece)
        length += len(piece)
        edges.add(length)
    joined = "".join(pieces)

    def back(offset: int) -> int:
        # A few letters grow when they become small, so an offset inside a word may be off by one or two.
        word = bisect_right(starts, offset) - 1
        return places[word] + offset - starts[word]

    found: list[tuple[int, int]] = []
    begin = joined.find(wanted)
    while begin >= 0 and len(found) < _OCCURRENCES:
        if begin in edges and begin + len(wanted) in edges:
            start = min(back(begin), len(text) - 1)
            found.append((start, max(start + 1, min(back(begin + len(wanted) - 1) + 1, len(text)))))
        begin = joined.find(wanted, begin + 1)
    return found
