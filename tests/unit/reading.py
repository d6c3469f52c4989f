"""Reads files that the tests write, and says what holds of all that is read."""

from __future__ import annotations

import re

from index.documents import read_bytes
from index.values import Document


def read(content: str | bytes, name: str) -> Document:
    return read_bytes(content.encode() if isinstance(content, str) else content, name)


def check(document: Document) -> None:
    """What holds of every document that was read."""
    text = document.text
    assert text.strip()
    assert not re.search("[\0\r]", text)
    text.encode()
    assert document.title.strip() == document.title != ""
    starts = [heading.start for heading in document.headings]
    assert starts == sorted(set(starts))
    assert all(heading.text and heading.level >= 1 for heading in document.headings)
    assert list(document.pages) == sorted(document.pages)
    if document.pages:
        assert document.pages[0] == 0
        assert document.pages[-1] < len(text)


def outline(document: Document) -> list[tuple[int, str]]:
    """The headings, each of which must be what stands at its place."""
    for heading in document.headings:
        assert document.text.startswith(heading.text, heading.start)
        assert heading.start == 0 or document.text[heading.start - 1] == "\n"
    return [(heading.level, heading.text) for heading in document.headings]
