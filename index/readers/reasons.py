"""Reasons that more than one reader gives, in the same words: ``index.documents.worth_retrying`` knows them again."""

from __future__ import annotations

import re

ENCRYPTED = "is encrypted"
LOCKED = f"{ENCRYPTED} and opens with a password only: set it as INDEX_PASSWORD"
WRONG_PASSWORD = f"{ENCRYPTED}, and the password in INDEX_PASSWORD does not open it"
TOO_LARGE = "is too large"
UNPACKS_TOO_FAR = "unpacks to far more than a document needs, and was not opened"
SCANNED = "has no text layer: it looks scanned, and its pages are pictures"
SCANNED_HINT = f"{SCANNED}. Set INDEX_OCR=true with ocrmypdf or tesseract installed, or run OCR over it yourself"


def too_large(what: str, size: int, limit: int) -> str:
    """``what`` says what is counted: ``the file``. Sizes in bytes."""
    return f"{TOO_LARGE}: {what} is {size / 2**20:,.1f} MB, and INDEX_MAX_FILE_MB allows {limit / 2**20:,.0f}"


def limit_in(reason: str) -> int | None:
    """The limit in bytes that a file was over by ``reason``, None for another reason."""
    found = re.search(r"INDEX_MAX_FILE_MB allows ([\d,]+)$", reason)
    return int(found[1].replace(",", "")) * 2**20 if found and reason.startswith(TOO_LARGE) else None
