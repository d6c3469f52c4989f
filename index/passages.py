"""A document to passages that tile its text: the only place where offsets are computed.

A passage ends at a page's end, at a heading, or where LlamaIndex's ``SentenceSplitter`` sees a boundary. The
splitter's own offsets go wrong on repeated text, so each piece is placed here, after the end of the one before it.
Neighbours do not overlap: what stands beside a passage is fetched when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

from index.values import Document, Heading, Passage

if TYPE_CHECKING:
    from llama_index.core.node_parser import SentenceSplitter

SPLITTER_VERSION = 1
"""Grows whenever the same document would be split otherwise: documents split by an older one are split anew."""

BELOW = " > "
"""Between a heading and the one below it in ``Passage.heading``."""

_BLOCK = 40_000
"""Longest stretch given to the splitter at once, in characters: its cost grows faster than the text."""

_SMALL = 8
"""A section shorter than ``size / _SMALL`` tokens joins the one after it."""


def document_key(name: str) -> str:
    """Twelve hexadecimal digits that stand for a document's name, in passage ids and row ids."""
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def passage_id(name: str, start: int, text: str) -> str:
    """The id of the passage with this text at this place of the document."""
    place = sha256(f"{start}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{document_key(name)}-{place}"


def searchable(passage: Passage) -> str:
    """What is embedded and indexed for a passage: its title and headings in front of its text."""
    head = [part for part in (passage.title, passage.heading) if part]
    return "\n".join([*head, passage.text.strip()])


def text_offset(passage: Passage) -> int:
    """How much further along a character of the passage's text stands in ``searchable``."""
    head = len(searchable(passage)) - len(passage.text.strip())
    return head - (len(passage.text) - len(passage.text.lstrip()))


def split(document: Document, *, count_tokens: Callable[[str], int], size: int) -> list[Passage]:
    """Passages of at most about ``size`` tokens, as ``count_tokens`` counts them, that join to the document's text.

    White space between two pieces belongs to the first. A text without a single visible character gives none.
    """
    text = document.text
    if not text.strip():
        return []
    bounds: list[int] = [0]
    for start, end in _sections(document, count_tokens, size):
        for cut in _cuts(text, start, end, count_tokens, size):
            if bounds[-1] < cut < len(text):
                bounds.append(cut)
    bounds.append(len(text))
    bounds = _without_blank(text, bounds)
    paths = _HeadingPaths(document)
    return [
        Passage(
            id=passage_id(document.name, start, text[start:end]),
            document=document.name,
            title=document.title,
            heading=paths.at(_first_visible(text, start, end)),
            text=text[start:end],
            start=start,
            end=end,
            page=document.page_at(_first_visible(text, start, end)),
        )
        for start, end in pairwise(bounds)
    ]


def joined(name: str, title: str, passages: Sequence[Passage]) -> Document:
    """The document that these passages, in order and all there are, were split from."""
    pages: list[int] = []
    headings: list[Heading] = []
    for passage in passages:
        while passage.page is not None and len(pages) < passage.page:
            pages.append(passage.start)
        trail = passage.heading.split(BELOW) if passage.heading else []
        if trail and (not headings or headings[-1].text != trail[-1]):
            headings.append(Heading(start=passage.start, level=len(trail), text=trail[-1]))
    return Document(
        name=name,
        text="".join(passage.text for passage in passages),
        title=title,
        pages=tuple(pages),
        headings=tuple(headings),
    )


def _first_visible(text: str, start: int, end: int) -> int:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip())


def _without_blank(text: str, bounds: list[int]) -> list[int]:
    """Drop the bounds that would leave a passage with white space only; it joins the one before it."""
    kept = [bounds[0]]
    for here, after in pairwise(bounds[1:]):
        if text[kept[-1] : here].strip() and text[here:after].strip():
            kept.append(here)
    return [*kept, bounds[-1]]


class _HeadingPaths:
    """The headings above an offset. Asked with ascending offsets, it walks the headings once."""

    def __init__(self, document: Document) -> None:
        self._headings = document.headings
        self._title = document.title
        self._next = 0
        self._open: list[tuple[int, str]] = []

    def at(self, offset: int) -> str:
        while self._next < len(self._headings) and self._headings[self._next].start <= offset:
            heading = self._headings[self._next]
            self._open = [pair for pair in self._open if pair[0] < heading.level]
            self._open.append((heading.level, heading.text))
            self._next += 1
        return BELOW.join(text for _, text in self._open if text != self._title)


def _sections(document: Document, count_tokens: Callable[[str], int], size: int) -> Iterator[tuple[int, int]]:
    """Stretches that no passage crosses: pages, and sections large enough to stand alone."""
    text = document.text
    pages = set(document.pages)
    edges = sorted({0, len(text), *pages, *(heading.start for heading in document.headings)})
    start = 0
    for here, after in pairwise(edges[1:]):
        small = size // _SMALL
        # A short section joins what follows it, but never across a page.
        if here not in pages and (_fewer(text[start:here], count_tokens, small) or not text[here:after].strip()):
            continue
        yield start, here
        start = here
    yield start, len(text)


def _fewer(text: str, count_tokens: Callable[[str], int], limit: int) -> bool:
    # No tokenizer makes more tokens than a text has characters, or fewer than one a hundred.
    return len(text) < limit or (len(text) < limit * 100 and count_tokens(text) < limit)


def _cuts(text: str, start: int, end: int, count_tokens: Callable[[str], int], size: int) -> Iterator[int]:
    """Ends of the pieces of ``text[start:end]``, ascending; the last one is ``end``."""
    for low, high in _blocks(text, start, end):
        piece = text[low:high]
        if len(piece) <= size or count_tokens(piece) <= size:
            yield high
            continue
        here = low
        for chunk in _splitter(count_tokens, size).split_text(piece):
            place = text.find(chunk, here, high)
            if place < 0:
                continue  # The splitter changed the text; the passage before simply goes on.
            here = place + len(chunk)
            cut = here
            while cut < high and text[cut].isspace():
                cut += 1
            yield cut
        yield high


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _BLOCK:
        window = text[start : start + _BLOCK]
        for mark in ("\n\n", "\n", ". ", " "):
            cut = window.rfind(mark, _BLOCK // 2)
            if cut >= 0:
                cut += len(mark)
                break
        else:
            cut = _BLOCK
        yield start, start + cut
        start += cut
    yield start, end


def _splitter(count_tokens: Callable[[str], int], size: int) -> SentenceSplitter:
    from llama_index.core.node_parser import SentenceSplitter

    return SentenceSplitter(
        chunk_size=size,
        chunk_overlap=0,
        paragraph_separator="\n\n",
        tokenizer=lambda text: range(count_tokens(text)),  # only its length is read
        include_metadata=False,
    )
