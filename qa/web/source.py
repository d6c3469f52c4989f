"""The part of a document that is shown beside the chat: a window of its text around one span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from index.errors import LibraryError
from index.values import Document
from qa.web.conversation import Span

REACH = 20_000
"""Characters shown on either side of the span."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What the page shows of a document. ``before + quote + after`` is a stretch of its text."""

    span: Span
    """As it lies in the document now."""

    before: str
    after: str
    pages: tuple[tuple[int, int], ...] = ()
    """Where in ``before + quote + after`` a page begins, and which."""

    length: int = 0
    """Characters of the whole document."""

    note: str = ""
    """What the reader should know about what is shown."""


class Shelf(Protocol):
    """What holds the documents: a library."""

    def document(self, name: str) -> Document:
        """The document of that name; raises LibraryError where there is none."""


def open_window(shelf: Shelf, span: Span) -> Window:
    """The span in its document as the library holds it now, or alone where the document no longer has it."""
    try:
        document = shelf.document(span.document)
    except LibraryError:
        return _alone(span, "This document is no longer in the library. The quote is shown as it was.")
    start = find(document.text, span)
    if start is None:
        return _alone(span, "This document has changed since the answer. The quote is shown as it was.")
    return _window(document, span, start)


def find(text: str, span: Span) -> int | None:
    """Where the quote begins in ``text``: at its own place, else at the nearest one, else None."""
    if text[span.start : span.end] == span.quote:
        return span.start
    after = text.find(span.quote, span.start)
    before = text.rfind(span.quote, 0, span.start + len(span.quote))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - span.start)) if places else None


def _window(document: Document, span: Span, start: int) -> Window:
    end = start + len(span.quote)
    low, high = max(0, start - REACH), min(len(document.text), end + REACH)
    # Begin and end with a whole line where there is one not too far away.
    if low:
        line = document.text.find("\n", low, min(start, low + 500))
        low = low if line < 0 else line + 1
    if high < len(document.text):
        line = document.text.rfind("\n", max(end, high - 500), high)
        high = high if line < 0 else line
    whole = low == 0 and high == len(document.text)
    size = len(document.text)
    return Window(
        span=Span(
            document=span.document,
            title=document.title,
            page=document.page_at(start),
            quote=span.quote,
            start=start,
            end=end,
            number=span.number,
        ),
        before=document.text[low:start],
        after=document.text[end:high],
        pages=tuple((at - low, page) for page, at in enumerate(document.pages, 1) if low <= at < high),
        length=size,
        note="" if whole else f"A part of a long document: characters {low:,} to {high:,} of {size:,}.",
    )


def _alone(span: Span, note: str) -> Window:
    return Window(span=span, before="", after="", note=note)
