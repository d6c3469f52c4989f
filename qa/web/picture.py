"""The page of a PDF that a source stands on, drawn, with the quote's lines marked."""

from __future__ import annotations

import base64
import io
import logging

from index.errors import LibraryError
from index.library import Library
from qa.web.markup import escaped
from qa.web.source import Window

_log = logging.getLogger(__name__)

_WIDTH = 1100
"""Dots across: sharp in half a wide window."""


def page_shown(library: Library, window: Window) -> str:
    """The page as HTML; empty where the source is no PDF, or no longer the one that was read, or cannot be drawn."""
    span = window.span
    if span.page is None or not span.document.lower().endswith(".pdf"):
        return ""
    from PIL import Image

    from index.readers.pdf_page import page_picture

    try:
        data = library.original(span.document)
        if data is None:
            return ""
        begin = next((at for at, page in window.pages if page == span.page), 0)
        password = library.settings.password
        picture = page_picture(
            data,
            span.page,
            span.quote,
            before=window.before[begin:],
            password=password.get_secret_value() if password else None,
            width=_WIDTH,
        )
    except LibraryError:
        return ""
    except Exception:
        _log.exception("While drawing a page")
        return ""
    out = io.BytesIO()
    Image.frombytes("RGB", (picture.width, picture.height), picture.pixels).save(out, "JPEG", quality=82)
    code = base64.b64encode(out.getvalue()).decode("ascii")
    boxes = "".join(
        f"<rect x='{left:.4f}' y='{top:.4f}' width='{right - left:.4f}' height='{bottom - top:.4f}'/>"
        for left, top, right, bottom in picture.boxes
    )
    unmarked = "; the quote was not found on it" if span.quote and not boxes else ""
    said = escaped(f"Page {span.page} of {span.title}{unmarked}")
    return (
        f"<figure class='fn-sheet'><img alt='{said}' width='{picture.width}' height='{picture.height}' "
        f"src='data:image/jpeg;base64,{code}'><svg class='fn-boxes' viewbox='0 0 1 1' preserveaspectratio='none' "
        f"aria-hidden='true'>{boxes}</svg></figure>"
    )
