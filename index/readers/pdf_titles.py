"""What a PDF calls itself and its sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ctypes import addressof
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from index.readers.clean import one_line
from index.readers.content import Content, stated_title
from index.values import Heading

_MOST_BOOKMARKS = 5000
_FIRST_LINES = 60
_STANDS_OUT = 1.15
"""How many times the size of ordinary type a title's is at least."""


def title_of(document: pdfium.PdfDocument) -> str:
    """The title in the file's metadata if it is one, else the largest line of the first page, else empty."""
    try:
        stated = stated_title(document.get_metadata_value("Title"))
    except UnicodeDecodeError:  # half of a surrogate pair
        stated = ""
    return stated or _largest_line(document)


def _largest_line(document: pdfium.PdfDocument) -> str:
    """The lines of the first page in the largest type, where that stands out; otherwise empty."""
    try:
        page = document[0]
    except pdfium.PdfiumError:
        return ""
    try:
        text_page = page.get_textpage()
        try:
            lines = _sized_lines(text_page)
        finally:
            text_page.close()
    finally:
        page.close()
    titles = [(words, size) for words, size in lines[:_FIRST_LINES] if stated_title(words)]
    if not titles:
        return ""
    body = median(size for words, size in lines for _ in words)
    largest = max(size for _, size in titles)
    if largest < _STANDS_OUT * body:
        return ""
    start = next(place for place, line in enumerate(lines) if line[1] == largest and stated_title(line[0]))
    parts = [words for words, size in lines[start : start + 3] if abs(size - largest) < 0.03 * largest]
    return one_line(" ".join(parts))[:200]


def _sized_lines(text_page: pdfium.PdfTextPage) -> list[tuple[str, float]]:
    """Upright lines at the head of a page with their type size in points."""
    lines: list[tuple[str, float]] = []
    chars: list[str] = []
    sizes: list[float] = []
    matrix = pdfium_c.FS_MATRIX()
    for index in range(min(text_page.count_chars(), 4000)):
        char = chr(pdfium_c.FPDFText_GetUnicode(text_page, index))
        if char in "\r\n":
            if sizes:
                lines.append((one_line("".join(chars)), median(sizes)))
            chars, sizes = [], []
            continue
        if pdfium_c.FPDFText_IsGenerated(text_page, index) != 1 and not char.isspace():
            pdfium_c.FPDFText_GetMatrix(text_page, index, matrix)
            if abs(matrix.b) > abs(matrix.a):
                continue  # runs up or down the margin
            sizes.append(round(abs(pdfium_c.FPDFText_GetFontSize(text_page, index) * matrix.d), 1))
        chars.append(char)
    if sizes:
        lines.append((one_line("".join(chars)), median(sizes)))
    return lines


def outline_of(document: pdfium.PdfDocument) -> list[tuple[int, int, str]]:
    """The bookmarks as page (from 0), level (from 1) and title, in their order.

    PDFium's own handles are walked here, because pypdfium2's walk is recursive and logs about broken outlines.
    """
    entries: list[tuple[int, int, str]] = []
    seen: set[int] = set()
    ahead = [(pdfium_c.FPDFBookmark_GetFirstChild(document, None), 1)]
    while ahead and len(entries) < _MOST_BOOKMARKS:
        bookmark, level = ahead.pop()
        if not bookmark or (address := addressof(bookmark.contents)) in seen:
            continue
        seen.add(address)
        entry = pdfium.PdfBookmark(bookmark, document, level)
        target = entry.get_dest()
        page = target.get_index() if target else None
        if page is not None and page >= 0 and (words := _bookmark_title(entry)):
            entries.append((page, level, words))
        ahead.append((pdfium_c.FPDFBookmark_GetNextSibling(document, bookmark), level))
        ahead.append((pdfium_c.FPDFBookmark_GetFirstChild(document, bookmark), level + 1))
    return entries


def headings_of(outline: list[tuple[int, int, str]], content: Content) -> Iterator[Heading]:
    """Those entries of the outline that are lines of their page, in the order of the text."""
    ends = [*content.pages[1:], len(content.text)]
    found: dict[int, Heading] = {}
    for page, level, words in outline:
        if page >= len(content.pages) or len(words) > 200:
            continue
        line = r"\s+".join(map(re.escape, words.split()))
        pattern = re.compile(rf"^[^\S\n]*({line})[^\S\n]*$", re.MULTILINE | re.IGNORECASE)
        for match in pattern.finditer(content.text, content.pages[page], ends[page]):
            if match.start(1) not in found:
                found[match.start(1)] = Heading(start=match.start(1), level=level, text=words)
                break
    yield from (found[start] for start in sorted(found))


def _bookmark_title(entry: pdfium.PdfBookmark) -> str:
    try:
        return one_line(entry.get_title())
    except UnicodeDecodeError:
        return ""
