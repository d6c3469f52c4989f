"""A page of a PDF is drawn, and the lines of a quote are marked where they stand on it."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from index.documents import read_bytes
from index.errors import UnreadableDocument
from index.readers.pdf_page import find_letters, page_picture

LINES = ("The bridge is 412 metres long,", "and was opened in 1931. It has", "three lanes on either side.")


def pdf(*pages: tuple[str, ...], turned: int = 0) -> bytes:
    """Pages of 600 by 800 points, or of 800 by 600 turned; the lines are 30 points apart, the first is at 500."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(600, 800))
    for lines in pages:
        canvas.setPageRotation(turned)
        for row, line in enumerate(lines):
            canvas.drawString(60, 500 - 30 * row, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_the_lines_of_a_quote_are_marked_where_they_stand() -> None:
    data = pdf(("Something else.",), LINES)
    text = read_bytes(data, "a.pdf").text
    quote = text[text.index("412") : text.index("1931") + 5]
    picture = page_picture(data, 2, quote, width=600)
    assert (picture.width, picture.height) == (600, 800)
    assert len(picture.pixels) == 3 * 600 * 800
    first, second = picture.boxes
    assert first[1] == pytest.approx(290 / 800, abs=0.01) and first[3] == pytest.approx(303 / 800, abs=0.01)
    assert second[1] - first[1] == pytest.approx(30 / 800, abs=0.005)
    assert first[0] > 0.1 > second[0] - 0.01, "the first line is marked from the number on"
    dark = sum(1 for at in range(0, len(picture.pixels), 3) if picture.pixels[at] < 128)
    left, top, right, bottom = (round(side * size) for side, size in zip(first, (600, 800, 600, 800), strict=True))
    inside = sum(picture.pixels[3 * (600 * y + x)] < 128 for y in range(top, bottom) for x in range(left, right))
    assert 0 < inside < dark, "there is ink in the box, and elsewhere too"


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_turned_pages_are_marked_as_they_are_shown(turned: int) -> None:
    picture = page_picture(pdf(LINES, turned=turned), 1, "three lanes on either side.", width=400)
    (box,) = picture.boxes
    sides = zip(box, (picture.width, picture.height) * 2, strict=True)
    left, top, right, bottom = (round(side * size) for side, size in sides)
    assert (right - left > bottom - top) == (turned == 180)
    ink = [picture.pixels[3 * (picture.width * y + x)] < 160 for y in range(top, bottom) for x in range(left, right)]
    assert sum(ink) > 0.1 * len(ink)


def test_of_equal_places_the_one_that_is_meant_is_marked() -> None:
    data = pdf(("Twelve lanes.", "Nothing here.", "Twelve lanes."))
    (first,) = page_picture(data, 1, "Twelve lanes.").boxes
    (second,) = page_picture(data, 1, "Twelve lanes.", before="Twelve lanes. Nothing here.").boxes
    assert second[1] > first[1]


def test_what_cannot_be_shown_is_said() -> None:
    data = pdf(LINES)
    assert page_picture(data, 1, "Nobody wrote this.").boxes == ()
    assert page_picture(data, 1, "").boxes == ()
    for page, given_data in ((0, data), (2, data), (1, b"no pdf")):
        with pytest.raises(UnreadableDocument):
            page_picture(given_data, page, "x")


@given(st.text("abc", max_size=40), st.text("abc", max_size=20), st.integers(0, 40))
def test_letters_are_found_where_they_are(page: str, quote: str, near: int) -> None:
    start, end = find_letters(page, quote, near)
    assert page[start:end] == quote[: end - start]
    if quote and quote in page:
        assert end - start == len(quote)
        others = [at for at in range(len(page)) if page.startswith(quote, at)]
        assert abs(start - near) == min(abs(at - near) for at in others)
