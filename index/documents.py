"""A file in, a ``Document`` out: the door to the readers, one small module a format in ``index.readers``."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from index.errors import UnreadableDocument
from index.readers.clean import has_text, one_line
from index.readers.content import Content
from index.readers.options import Context, ReadOptions
from index.readers.reasons import LOCKED, SCANNED_HINT, WRONG_PASSWORD, limit_in, too_large
from index.readers.unlock import is_locked, unlock
from index.values import Document, Failure

__all__ = [
    "READER_VERSION", "SUFFIXES", "ReadOptions", "read_bytes", "read_document", "read_jsonl", "refuse_size",
    "worth_retrying",
]  # fmt: skip

READER_VERSION = 3
"""Stored with each document; grows whenever the text, title, pages or headings of the same bytes would differ."""

_READERS = {
    ".txt": "plain",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".xml": "xml_text",
    ".pdf": "pdf",
    ".docx": "docx",
    ".pptx": "pptx",
    ".xlsx": "xlsx",
    ".csv": "table_text",
    ".tsv": "table_text",
    ".odt": "odt",
    ".rtf": "rtf",
    ".epub": "epub",
    ".eml": "mail",
    ".mbox": "mbox",
}
_LINES = ".jsonl"

_WITH_CONTEXT = frozenset(("pdf", "mail", "mbox"))
"""Readers that want the options or read files inside the file; the others want bytes only."""

_OFFICE = frozenset((".docx", ".pptx", ".xlsx"))
_PACKED = frozenset((*_OFFICE, ".odt", ".epub"))
"""Formats that are zip archives."""

_MOST_INNER = 3
"""How many files deep a file in a file is read: a book attached to a mail attached to a mail."""

_DEFAULTS = ReadOptions()

SUFFIXES: frozenset[str] = frozenset({*_READERS, _LINES})
"""Endings of the files that are read, in lower case, with the dot."""


def read_document(path: Path, name: str, *, options: ReadOptions = _DEFAULTS) -> Document:
    """The document in a file of any format but ``.jsonl``, which holds many (see ``read_jsonl``).

    ``name`` is the path below the synced folder; its ending chooses the reader. Raises UnreadableDocument with
    the reason, which does not repeat the name.
    """
    try:
        refuse_size(path.stat().st_size, options)
        data = path.read_bytes()
    except OSError as exc:
        raise UnreadableDocument(_why_not_opened(exc)) from exc
    return read_bytes(data, name, options=options)


def read_bytes(data: bytes, name: str, *, options: ReadOptions = _DEFAULTS) -> Document:
    """``read_document`` for content that was read already, so that a hash and a text are of the same bytes."""
    content = _content(data, name, options, depth=0)
    if not has_text(content.text):
        raise UnreadableDocument("has no text" if data else "is empty")
    return Document(
        name=name,
        text=content.text,
        title=content.title or one_line(PurePosixPath(name).stem) or "Untitled",
        pages=content.pages,
        headings=content.headings,
    )


def refuse_size(size: int, options: ReadOptions) -> None:
    """Raises UnreadableDocument for a file of ``size`` bytes where that is over the limit: ask before reading it."""
    if size > options.max_bytes:
        raise UnreadableDocument(too_large("the file", size, options.max_bytes))


def worth_retrying(reason: str, options: ReadOptions) -> bool:
    """Whether a file that failed for ``reason`` may be read now, though its bytes are the same, for ``options`` differ.

    A limit that was raised, a password that was set or another, recognition that was turned on. What recognition
    itself could not read is not tried again.
    """
    if reason in (LOCKED, WRONG_PASSWORD):
        return options.password is not None
    limit = limit_in(reason)
    return (limit is not None and limit < options.max_bytes) or (reason == SCANNED_HINT and options.ocr)


def read_jsonl(source: Path | Iterable[bytes], name: str) -> Iterator[Document | Failure]:
    """The documents of a ``.jsonl`` file, ``{"id", "title"?, "text", ...}`` a line, in order.

    Each is named ``name#id``. A line that is no document gives a ``Failure`` named ``name:line``, as does a path
    that cannot be read, named ``name``. Memory is bounded by the longest line, and that by a limit, and by the ids.
    ``source`` is the file by its path or opened for bytes, or its lines. Raises OSError only where it was opened
    by the caller.
    """
    from index.readers.jsonl import read_lines

    try:
        yield from read_lines(source, name)
    except OSError as exc:
        if not isinstance(source, Path):
            raise
        yield Failure(document=name, reason=_why_not_opened(exc))


def _content(data: bytes, name: str, options: ReadOptions, depth: int) -> Content:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == _LINES:
        raise UnreadableDocument("holds one document a line, not one: read it line by line")
    if suffix not in _READERS:
        raise UnreadableDocument(f"is of no format that is read. These are: {', '.join(sorted(SUFFIXES))}")
    if depth > _MOST_INNER:
        raise UnreadableDocument("lies too deep in other files")
    refuse_size(len(data), options)
    if suffix in _OFFICE and is_locked(data):
        data = unlock(data, options.password)
    # Imported on use: each reader brings its own library.
    if suffix in _PACKED:
        from index.readers.package import refuse_large

        refuse_large(data, options.max_bytes)
    reader = importlib.import_module(f"index.readers.{_READERS[suffix]}")
    try:
        if _READERS[suffix] in _WITH_CONTEXT:
            inner = partial(_content, options=options, depth=depth + 1)
            content: Content = reader.read(data, Context(options=options, suffixes=SUFFIXES, inner=inner))
        else:
            content = reader.read(data)
    except (UnreadableDocument, MemoryError):
        raise
    except Exception as exc:
        # The libraries below raise what they please at damaged files. One bad file must not end a sync.
        raise UnreadableDocument(
            f"cannot be read as {suffix[1:]}: it looks damaged ({type(exc).__name__}: {one_line(str(exc))[:200]})"
        ) from exc
    return content


def _why_not_opened(error: OSError) -> str:
    return f"cannot be opened: {error.strerror or error}"
