"""The text of a PDF page as its reader sees it: words whole, letters as they are typed."""

from __future__ import annotations

import re
from collections import Counter
from ctypes import c_double
from itertools import pairwise
from statistics import median
from unicodedata import normalize

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

# At a line end PDFium writes this in place of the hyphen and the break; elsewhere it means nothing.
_BREAK = "\ufffe"
_BROKEN_WORD = re.compile(rf"([^\W\d_]+)(?:{_BREAK}|[-\u2010\xad]\n)([^\W\d_]+)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# Letters in the shape they take inside a word: the letters themselves are what is typed and searched.
_PRESENTATION_FORMS = re.compile("[\ufb13-\ufb17\ufb1d-\ufbff\ufc00-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]+")
_ALEF_LAM = re.compile("[\u0622\u0623\u0625\u0627]\u0644")

_LETTER_SPACED = 2.6
"""A line of words that are shorter on average may be one whose letters are set apart."""


def in_order(text_page: pdfium.PdfTextPage, text: str) -> str:
    """``text`` with the two letters of each Arabic lam-alef in their order.

    Fonts draw the pair as one glyph, and PDFium, which turns what is drawn from right to left around letter by letter,
    turns its two letters around as well. Two letters at one place are such a glyph.
    """

    def turn(match: re.Match[str]) -> str:
        first = pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, match.start())
        letters = [pdfium_c.FPDFText_GetUnicode(text_page, first + each) for each in (0, 1)] if first >= 0 else []
        if letters != [ord(char) for char in match[0]] or _origin(text_page, first) != _origin(text_page, first + 1):
            return match[0]
        return match[0][::-1]

    return _ALEF_LAM.sub(turn, text)


def _origin(text_page: pdfium.PdfTextPage, index: int) -> tuple[float, float]:
    x, y = c_double(), c_double()
    pdfium_c.FPDFText_GetCharOrigin(text_page, index, x, y)
    return x.value, y.value


def tighten(text_page: pdfium.PdfTextPage, text: str) -> str:
    """A page's ``text``, as PDFium gave it, with whole words where letters are set so far apart that it broke them."""
    out = []
    done = 0
    for match in re.finditer(r"[^\r\n]+", text):
        words = match[0].split()
        if len(words) < 4 or not match[0].replace(" ", "").isalpha() or _mean_length(words) >= _LETTER_SPACED:
            continue
        first = pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, match.start())
        if first >= 0 and (line := _by_gaps(text_page, first, match[0])):
            out += [text[done : match.start()], line]
            done = match.end()
    return "".join([*out, text[done:]])


def _mean_length(words: list[str]) -> float:
    return sum(map(len, words)) / len(words)


def _by_gaps(text_page: pdfium.PdfTextPage, first: int, line: str) -> str:
    """``line`` with spaces only where the gap is far wider than between its letters; empty where that is no help."""
    glyphs: list[tuple[str, float, float, float]] = []  # letter, left, right, height
    for index, char in enumerate(line, start=first):
        if pdfium_c.FPDFText_GetUnicode(text_page, index) != ord(char):
            return ""
        if pdfium_c.FPDFText_IsGenerated(text_page, index) == 1:
            continue
        left, bottom, right, top = text_page.get_charbox(index, loose=True)
        glyphs.append((char, left, right, top - bottom))
    if len(glyphs) < 4:
        return ""
    gaps = [after[1] - before[2] for before, after in pairwise(glyphs)]
    widest = median(gaps) + 0.25 * median(glyph[3] for glyph in glyphs)
    joined = glyphs[0][0] + "".join(
        " " * (gap > widest) + glyph[0] for gap, glyph in zip(gaps, glyphs[1:], strict=True)
    )
    return joined if _mean_length(joined.split() or [""]) > _LETTER_SPACED else ""


def join_broken_words(texts: list[str]) -> list[str]:
    """The pages' texts with the words whole again that a line end broke.

    Whether the hyphen belongs to the word is decided by how the document writes that word elsewhere; where it
    does not, two lower-case halves are one word, and anything else (``Cross-Appellants``) keeps its hyphen.
    """
    if not any(map(_BROKEN_WORD.search, texts)):
        return texts
    written = Counter(word.lower() for text in texts for word in _WORD.findall(text))

    def join(match: re.Match[str]) -> str:
        left, right = match[1], match[2]
        whole, hyphened = written[(left + right).lower()], written[f"{left}-{right}".lower()]
        compound = match.start() > 0 and match.string[match.start() - 1] == "-"  # left-to-|right
        lower = left[-1].islower() and right[0].islower()
        one_word = whole > hyphened or (whole == hyphened and lower and not compound)
        return left + right if one_word else f"{left}-{right}"

    return [_BROKEN_WORD.sub(join, text) for text in texts]


def as_typed(text: str) -> str:
    """Letters instead of their shapes, and hyphens where a break was not inside a word."""
    text = text.replace(_BREAK, "-")
    return _PRESENTATION_FORMS.sub(lambda match: normalize("NFKC", match[0]), text)
