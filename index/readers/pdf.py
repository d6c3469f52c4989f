"""PDF, read by PDFium: its text layer, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from index.errors import UnreadableDocument
from index.readers.clean import has_text
from index.readers.content import Blocks, Content, first_line_title
from index.readers.pdf_text import as_typed, join_broken_words, tighten
from index.readers.pdf_titles import headings_of, outline_of, title_of

PDFIUM_LOCK = Lock()
"""PDFium may be called by one thread at a time, whatever the document: hold this around every call to it."""


def read(data: bytes) -> Content:
    """The text of all pages, one blank line between them, with the outline's entries as headings."""
    with _open(data) as document:
        with PDFIUM_LOCK:
            if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
                with suppress(pdfium.PdfiumError):
                    document.init_forms()
        texts, failed = _page_texts(document)
        if not any(map(has_text, texts)):
            raise UnreadableDocument(_why_no_text(document, failed=failed))
        with PDFIUM_LOCK:
            title = title_of(document)
            outline = outline_of(document)
    blocks = Blocks()
    for text in join_broken_words(texts):
        blocks.page()
        blocks.add(as_typed(text))
    content = blocks.content()
    return Content(
        text=content.text,
        title=title or first_line_title(content.text),
        pages=content.pages,
        headings=tuple(headings_of(outline, content)),
    )


@contextmanager
def _open(data: bytes) -> Iterator[pdfium.PdfDocument]:
    try:
        with PDFIUM_LOCK:
            document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as exc:
        if exc.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise UnreadableDocument("is protected by a password: save a copy without one") from exc
        if exc.err_code == pdfium_c.FPDF_ERR_SECURITY:
            raise UnreadableDocument("is protected in a way that cannot be read: save a copy without it") from exc
        raise UnreadableDocument("cannot be read as PDF: it looks damaged or is another format") from exc
    try:
        yield document
    finally:
        with PDFIUM_LOCK:
            document.close()


def _page_texts(document: pdfium.PdfDocument) -> tuple[list[str], int]:
    """Each page's text, empty for a damaged page, and how many were damaged."""
    with PDFIUM_LOCK:
        count = len(document)
    texts = []
    failed = 0
    for number in range(count):
        with PDFIUM_LOCK:  # once a page, so that nobody waits for a whole book
            try:
                texts.append(_page_text(document, number))
            except (pdfium.PdfiumError, AssertionError):  # pypdfium2 asserts what PDFium returns
                failed += 1
                texts.append("")
    return texts, failed


def _page_text(document: pdfium.PdfDocument, number: int) -> str:
    page = document[number]
    if page.formenv and pdfium_c.FPDFPage_GetAnnotCount(page) > 0:
        try:
            page.flatten()  # what was typed into a form becomes part of the page; it counts when opened anew
        finally:
            page.close()
        page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            if text_page.count_chars() <= 0:
                return ""
            return tighten(text_page, text_page.get_text_range()).replace("\r\n", "\n").replace("\r", "\n")
        finally:
            text_page.close()
    finally:
        page.close()


def _why_no_text(document: pdfium.PdfDocument, *, failed: int) -> str:
    with PDFIUM_LOCK:
        count = len(document)
        if failed == count:
            return "cannot be read as PDF: it looks damaged"
        for number in range(min(count, 20)):
            try:
                page = document[number]
            except pdfium.PdfiumError:
                continue
            try:
                if next(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3), None):
                    return (
                        "has no text: it looks scanned, and its pages are pictures. Run text recognition (OCR) over "
                        "it, for example with ocrmypdf"
                    )
            finally:
                page.close()
    return "has no text: its pages are blank or hold drawings only"
