"""A file in, a ``Document`` out: the door to the readers, one small module a format in ``index.readers``."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from index.errors import UnreadableDocument
from index.readers.clean import has_text, one_line
from index.values import Document, Failure

if TYPE_CHECKING:
    from index.readers.content import Content

READER_VERSION = 2
"""Stored with each document; grows whenever the text, title, pages or headings of the same bytes would differ."""

_READERS = {
    ".txt": "plain",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
}
_LINES = ".jsonl"

SUFFIXES: frozenset[str] = frozenset({*_READERS, _LINES})
"""Endings of the files that are read, in lower case, with the dot."""


def read_document(path: Path, name: str) -> Document:
    """The document in a file of any format but ``.jsonl``, which holds many (see ``read_jsonl``).

    ``name`` is the path below the synced folder; its ending chooses the reader. Raises UnreadableDocument with
    the reason, which does not repeat the name.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise UnreadableDocument(_why_not_opened(exc)) from exc
    return read_bytes(data, name)


def read_bytes(data: bytes, name: str) -> Document:
    """``read_document`` for content that was read already, so that a hash and a text are of the same bytes."""
    content = _content(data, name)
    if not has_text(content.text):
        raise UnreadableDocument("has no text" if data else "is empty")
    return Document(
        name=name,
        text=content.text,
        title=content.title or one_line(PurePosixPath(name).stem) or "Untitled",
        pages=content.pages,
        headings=content.headings,
    )


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


def _content(data: bytes, name: str) -> Content:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == _LINES:
        raise UnreadableDocument("holds one document a line, not one: read it line by line")
    if suffix not in _READERS:
        raise UnreadableDocument(f"is of no format that is read. These are: {', '.join(sorted(SUFFIXES))}")
    # Imported on use: each reader brings its own library.
    reader = importlib.import_module(f"index.readers.{_READERS[suffix]}")
    try:
        content: Content = reader.read(data)
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
