"""PDF, read by PDFium: its text layer, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from threading import Lock

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from index.errors import UnreadableDocument
from index.readers import ocr
from index.readers.clean import has_text
from index.readers.content import Blocks, Content, first_line_title
from index.readers.options import Context, ReadOptions
from index.readers.pdf_text import as_typed, in_order, join_broken_words, tighten
from index.readers.pdf_titles import headings_of, outline_of, title_of
from index.readers.reasons import ENCRYPTED, LOCKED, SCANNED, SCANNED_HINT, WRONG_PASSWORD

_DAMAGED = "cannot be read as PDF: it looks damaged"
_MOST_DOTS = 5000
"""Width and height of a page's picture at most."""

PDFIUM_LOCK = Lock()
"""PDFium may be called by one thread at a time, whatever the document: hold this around every call to it."""


def read(data: bytes, context: Context) -> Content:
    """The text of all pages, one blank line between them, with the outline's entries as headings."""
    options = context.options
    with opened(data, options.password) as document:
        with PDFIUM_LOCK:
            if document.get_formtype() != pdfium_c.FORMTYPE_NONE:
                with suppress(pdfium.PdfiumError):
                    document.init_forms()
        texts, failed = _page_texts(document)
        if not any(map(has_text, texts)):
            if not _is_scanned(document):
                blank = "has no text: its pages are blank or hold drawings only"
                raise UnreadableDocument(_DAMAGED if failed == len(texts) else blank)
            if not options.ocr:
                raise UnreadableDocument(SCANNED_HINT)
            texts = _recognised(document, options)
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
def opened(data: bytes, password: str | None) -> Iterator[pdfium.PdfDocument]:
    """The document while the block lasts. Raises UnreadableDocument."""
    try:
        with PDFIUM_LOCK:
            try:
                document = pdfium.PdfDocument(data)
            except pdfium.PdfiumError as exc:
                # Only now: a password would be tried even on files that open with an empty one, and be wrong there.
                if exc.err_code != pdfium_c.FPDF_ERR_PASSWORD or not password:
                    raise
                document = pdfium.PdfDocument(data, password=password)
    except pdfium.PdfiumError as exc:
        if exc.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise UnreadableDocument(WRONG_PASSWORD if password else LOCKED) from exc
        if exc.err_code == pdfium_c.FPDF_ERR_SECURITY:
            raise UnreadableDocument(f"{ENCRYPTED} in a way that cannot be read: save a copy without it") from exc
        raise UnreadableDocument(f"{_DAMAGED} or is another format") from exc
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
            text = in_order(text_page, text_page.get_text_range())
            return tighten(text_page, text).replace("\r\n", "\n").replace("\r", "\n")
        finally:
            text_page.close()
    finally:
        page.close()


def _is_scanned(document: pdfium.PdfDocument) -> bool:
    """Whether one of the first pages holds a picture."""
    with PDFIUM_LOCK:
        for number in range(min(len(document), 20)):
            try:
                page = document[number]
            except pdfium.PdfiumError:
                continue
            try:
                if next(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3), None):
                    return True
            finally:
                page.close()
    return False


def _recognised(document: pdfium.PdfDocument, options: ReadOptions) -> list[str]:
    """The text of a scanned document's pages, by the programs that are installed for it."""
    ocrmypdf, tesseract = ocr.programs()
    with PDFIUM_LOCK:
        count = len(document)
    if ocrmypdf:
        with PDFIUM_LOCK:
            out = BytesIO()
            document.save(out, flags=pdfium_c.FPDF_REMOVE_SECURITY)
        with opened(ocr.with_text_layer(ocrmypdf, out.getvalue(), count, options), None) as readable:
            texts, _ = _page_texts(readable)
        texts = [*texts[:count], *[""] * (count - len(texts))]
    elif tesseract:
        texts = ocr.page_texts(tesseract, _pictures(document, count), count, options)
    else:
        raise UnreadableDocument(f"{SCANNED}, and neither ocrmypdf nor tesseract is installed")
    if not any(map(has_text, texts)):
        raise UnreadableDocument(f"{SCANNED}, and OCR found no text in them")
    return texts


def _pictures(document: pdfium.PdfDocument, count: int) -> Iterator[bytes]:
    """Each page in shades of grey as PGM, at 300 dots an inch where that is not enormous."""
    for number in range(count):
        picture = b"P5 1 1 255\n\xff"  # of a damaged page
        with PDFIUM_LOCK, suppress(pdfium.PdfiumError):
            page = document[number]
            try:
                scale = min(300 / 72, _MOST_DOTS / max(1, *page.get_size()))
                bitmap = page.render(scale=scale, grayscale=True)
                rows = bytes(bitmap.buffer)
                lines = [rows[y * bitmap.stride : y * bitmap.stride + bitmap.width] for y in range(bitmap.height)]
                picture = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(lines)
                bitmap.close()
            finally:
                page.close()
        yield picture
