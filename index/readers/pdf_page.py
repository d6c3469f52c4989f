"""One page of a PDF as a picture, and where on it certain words stand."""

from __future__ import annotations

import ctypes
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from index.errors import UnreadableDocument
from index.readers.pdf import PDFIUM_LOCK, opened
from index.text import whole_characters

_LEAST = 12
"""Letters of a quote that must stand together on the page, where it goes on after the page's end."""

_GAP = 0.06
"""Of the page: letters of one line that are further apart stand in different columns."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the page's width and height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """A page as it is printed."""

    width: int
    height: int
    pixels: bytes
    """Rows from the top, three bytes (red, green, blue) a dot."""

    boxes: tuple[Box, ...]
    """Where the words stand, a box a line; empty where they were not found."""


def page_picture(
    data: bytes, page: int, quote: str, *, before: str = "", password: str | None = None, width: int = 1000
) -> PagePicture:
    """A page of a PDF with the places of a quote on it.

    Args:
        data: the file.
        page: 1-based.
        quote: as the reader of PDFs gave it: spaces, hyphens at line ends and typed forms may differ from the page.
        before: the page's text before the quote; tells which of several places is meant.
        password: of the file, where it has one.
        width: dots across, of pages that are not very tall.

    Raises:
        UnreadableDocument: it cannot be opened, or has no such page.
    """
    with opened(data, password) as document, PDFIUM_LOCK:
        try:
            shown = document[page - 1]
        except (pdfium.PdfiumError, IndexError) as exc:
            raise UnreadableDocument(f"has no page {page}") from exc
        try:
            across, down = shown.get_size()
            scale = min(width / max(1.0, across), 3 * width / max(1.0, down))
            bitmap = shown.render(scale=scale, rev_byteorder=True)
            try:
                size = (bitmap.width, bitmap.height)
                pixels = _rgb(bytes(bitmap.buffer), size, bitmap.stride, bitmap.n_channels)
            finally:
                bitmap.close()
            boxes = _boxes(shown, quote, before)
        except (pdfium.PdfiumError, AssertionError) as exc:
            raise UnreadableDocument(f"has a page {page} that cannot be drawn") from exc
        finally:
            shown.close()
    return PagePicture(width=size[0], height=size[1], pixels=pixels, boxes=boxes)


def _rgb(buffer: bytes, size: tuple[int, int], stride: int, channels: int) -> bytes:
    rows = [buffer[y * stride : y * stride + size[0] * channels] for y in range(size[1])]
    if channels == 3:
        return b"".join(rows)
    out = bytearray(3 * size[0] * size[1])
    whole = b"".join(rows)
    for channel in range(3):
        out[channel::3] = whole[channel if channels == 4 else 0 :: channels]
    return bytes(out)


def _boxes(page: pdfium.PdfPage, quote: str, before: str) -> tuple[Box, ...]:
    text_page = page.get_textpage()
    try:
        letters: list[str] = []
        places: list[int] = []
        for place in range(text_page.count_chars()):
            for letter in _letters(chr(pdfium_c.FPDFText_GetUnicode(text_page, place))):
                letters.append(letter)
                places.append(place)
        start, end = find_letters("".join(letters), _letters(quote), len(_letters(before)))
        chars = sorted(set(places[start:end]))
        boxes = [_on_screen(page, text_page.get_charbox(place)) for place in chars]
        return _lines(boxes, upright=page.get_rotation() % 180 == 0)
    finally:
        text_page.close()


def find_letters(page: str, quote: str, near: int) -> tuple[int, int]:
    """Where the letters of a quote stand among those of a page, nearest to ``near``; twice 0 where they do not.

    Of a quote that goes on after the page's end its beginning is taken.
    """
    if not quote:
        return 0, 0
    lengths = range(1, len(quote) + 1)
    # A beginning that is there has all shorter ones there, too: the longest by halving.
    longest = bisect_left(lengths, True, key=lambda length: quote[:length] not in page)
    if longest < min(_LEAST, len(quote)):
        return 0, 0
    wanted = quote[:longest]
    found, at = [], page.find(wanted)
    while at >= 0:
        found.append(at)
        at = page.find(wanted, at + 1)
    start = min(found, key=lambda each: abs(each - near))
    return start, start + longest


def _letters(text: str) -> str:
    """Letters and figures only, in their plain forms: what stays the same however a page is typed."""
    plain = unicodedata.normalize("NFKC", whole_characters(text))
    return "".join(sign for sign in plain.casefold() if sign.isalnum())


def _on_screen(page: pdfium.PdfPage, box: Sequence[float]) -> Box:
    """A box of the page's own coordinates on the page as it is shown, turned and cut as it may be."""
    fine = 10_000
    corners = []
    for x, y in ((box[0], box[1]), (box[2], box[3])):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDF_PageToDevice(page, 0, 0, fine, fine, 0, x, y, ctypes.byref(across), ctypes.byref(down))
        corners.append((across.value / fine, down.value / fine))
    (x1, y1), (x2, y2) = corners
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _lines(chars: Sequence[Box], *, upright: bool) -> tuple[Box, ...]:
    """Boxes of characters in reading order, joined where they stand in one line, which runs down if not ``upright``."""
    along, across = (0, 1) if upright else (1, 0)
    joined: list[Box] = []
    for char in chars:
        if char[2] <= char[0] or char[3] <= char[1]:
            continue
        if joined:
            last = joined[-1]
            beside = min(last[across + 2], char[across + 2]) - max(last[across], char[across])
            height = min(last[across + 2] - last[across], char[across + 2] - char[across])
            gap = max(last[along], char[along]) - min(last[along + 2], char[along + 2])
            if beside > 0.4 * height and gap < _GAP:
                joined[-1] = (
                    min(last[0], char[0]),
                    min(last[1], char[1]),
                    max(last[2], char[2]),
                    max(last[3], char[3]),
                )
                continue
        joined.append(char)
    return tuple(joined)
