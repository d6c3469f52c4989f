"""What a person may decide about reading, and what a reader that needs more than bytes is handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.readers.content import Content

if TYPE_CHECKING:
    from index.settings import IndexSettings

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How files are read. The settings of the same names explain each."""

    password: str | None = field(default=None, repr=False)
    """Tried on encrypted PDF and Office files."""

    ocr: bool = False
    """Whether pages without a text layer go through ocrmypdf or tesseract where one of them is installed."""

    ocr_languages: str = "eng"
    """What these two call the languages of the pages, joined by ``+``."""

    ocr_seconds: float = 30.0
    """Time that recognition may take for each page of a file."""

    ocr_least_seconds: float = 120.0
    """Time that it may take for a file in any case."""

    max_bytes: int = 256 * MEGABYTE
    """Of a file, and of all that it unpacks to."""

    @classmethod
    def of(cls, settings: IndexSettings) -> ReadOptions:
        """The options that the settings say."""
        return cls(
            password=settings.password.get_secret_value() or None if settings.password else None,
            ocr=settings.ocr,
            ocr_languages=settings.ocr_languages,
            max_bytes=settings.max_file_mb * MEGABYTE,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """For readers of files that hold other files, and of those that can be locked."""

    options: ReadOptions
    suffixes: frozenset[str]
    """Endings of the files that can be read."""

    inner: Callable[[bytes, str], Content]
    """Reads a file inside the file, by its bytes and name. Raises UnreadableDocument, beyond some depth always."""
