"""Files that come in through the page: into a folder of their own, below the one that the library follows."""

from __future__ import annotations

import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from index.documents import SUFFIXES, read_document, read_jsonl
from index.errors import UnreadableDocument
from index.readers.options import ReadOptions
from index.readers.reasons import SCANNED_HINT
from index.values import Document
from qa.errors import QAError

FOLDER = "uploads-by-footnote"
"""Below the documents. Nobody has a folder of that name of their own, so what is in it may be removed again."""

_INCOMING = ".incoming-"
"""How a file begins that is still on its way; hidden, so that no sync takes it in."""

_FORGOTTEN = 24 * 3600.0
"""Seconds after which what did not come to an end is swept away."""

_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*#\x00-\x1f\x7f]+')
"""What some system does not take, and the sign that parts a line's id from its file's name."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
"""What Windows takes for a device, whatever its ending."""

_LONGEST_NAME = 150
"""Bytes of a name: file systems take 255, and a number may follow."""

_MOST_TRIES = 1000


class Uploads:
    """The folder of what was brought through the page."""

    def __init__(self, documents: Path, options: ReadOptions, *, most: int) -> None:
        """
        Args:
            documents: the folder that the library follows.
            options: how files are read.
            most: bytes of all files together at most.

        Raises:
            QAError: files cannot be put there.
        """
        if not documents.is_dir():
            raise QAError(f"Nothing can be added: {str(documents)!r} is no folder. Sync a folder of documents first.")
        self._folder = documents / FOLDER
        self._options = options
        self._most = most

    @contextmanager
    def incoming(self, name: str) -> Iterator[tuple[Path, IO[bytes]]]:
        """A file to write to, which is gone afterwards unless it was kept.

        Raises:
            QAError: nothing can be written there, or no file of this name is taken.
        """
        safe_name(name)
        path = self._folder / f"{_INCOMING}{secrets.token_hex(8)}"
        try:
            self._folder.mkdir(exist_ok=True)
            if self._folder.is_symlink():
                raise QAError(f"Nothing can be added: {str(self._folder)!r} points elsewhere. Remove that link.")
            self._sweep()
            self._refuse_more()
            with path.open("xb") as out:
                yield path, out
        except OSError as exc:
            raise QAError(
                f"The file could not be kept: {exc.strerror or exc}. Look at the disk and its rights."
            ) from exc
        finally:
            with suppress(OSError):
                path.unlink()

    def keep(self, path: Path, name: str) -> str:
        """Take a file that has come in whole: by its content what its ending says. Gives the document's name.

        The name is made safe, and another where there is one of that name already: nothing is overwritten.

        Raises:
            QAError: it is not, or cannot be read as a document.
        """
        safe = safe_name(name)
        self._refuse_unreadable(path, safe)
        stem, suffix = os.path.splitext(safe)
        for number in range(1, _MOST_TRIES):
            target = self._folder / (safe if number == 1 else f"{stem} ({number}){suffix}")
            with suppress(FileExistsError):
                _place(path, target)
                return f"{FOLDER}/{target.name}"
        raise QAError(f"There are too many files called {safe!r} already. Give it another name.")

    def remove(self, document: str) -> None:
        """Delete an uploaded file; its documents leave the library with the next sync.

        Raises:
            QAError: it was not uploaded, or cannot be deleted.
        """
        name = file_of(document)
        try:
            if name is None or not (self._folder / name).is_file() or (self._folder / name).is_symlink():
                raise QAError(f"Only files that were added here can be removed here, and {document!r} is none.")
            (self._folder / name).unlink()
        except OSError as exc:
            raise QAError(f"{document!r} could not be removed: {exc.strerror or exc}.") from exc

    def _refuse_unreadable(self, path: Path, name: str) -> None:
        try:
            if name.lower().endswith(".jsonl"):
                if not any(isinstance(each, Document) for each in read_jsonl(path, name)):
                    raise UnreadableDocument('holds no line like {"id": "…", "text": "…"}')
            else:
                read_document(path, name, options=replace(self._options, ocr=False))
        except UnreadableDocument as exc:
            if not (self._options.ocr and str(exc) == SCANNED_HINT):
                raise QAError(f"{name!r} was not added: it {exc}.") from exc

    def _refuse_more(self) -> None:
        held = 0
        for each in self._folder.iterdir():
            with suppress(FileNotFoundError):  # one that somebody removes meanwhile
                held += each.stat().st_size
        if held >= self._most:
            raise QAError(
                f"Nothing more can be added here: the files that were take {held >> 20:,} MB. Remove some, or put "
                "files into the folder of documents instead."
            )

    def _sweep(self) -> None:
        for left in self._folder.glob(f"{_INCOMING}*"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > _FORGOTTEN:
                    left.unlink()


def file_of(document: str) -> str | None:
    """The uploaded file that a document is in, below the folder; None for a document that was not uploaded."""
    folder, _, name = document.partition("/")
    lines = re.match(r"[^/#]*\.jsonl(?=#)", name, re.IGNORECASE)
    name = lines[0] if lines else name
    return name if folder == FOLDER and name and "/" not in name and "\\" not in name and name[0] != "." else None


def safe_name(name: str) -> str:
    """A file's name that any system takes and that cannot mislead a reader: no path, no invisible or reserved signs.

    Raises:
        QAError: its ending is of no format that is read.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(sign for sign in name if sign == " " or unicodedata.category(sign)[0] not in "CZ")
    name = _NOT_IN_NAMES.sub("_", name).rstrip(" .")
    stem, dot, ending = name.rpartition(".")
    suffix = dot + ending
    if suffix.lower() not in SUFFIXES:
        raise QAError(
            f"{name or 'A file without a name'!r} is of no format that is read: {', '.join(sorted(SUFFIXES))}."
        )
    stem = stem.rstrip(" .").lstrip(" .~$") or "document"  # what begins with "~$" no sync takes in
    while len(f"{stem}{suffix}".encode("utf-8", "replace")) > _LONGEST_NAME:
        stem = stem[:-1].rstrip(" .")
    return f"_{stem}{suffix}" if _RESERVED.match(f"{stem}{suffix}") else f"{stem}{suffix}"


def _place(path: Path, target: Path) -> None:
    """Give the file its name. Raises FileExistsError where something is called so."""
    try:
        os.link(path, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with target.open("xb") as out, path.open("rb") as data:
            try:
                while block := data.read(1 << 20):
                    out.write(block)
            except OSError:
                target.unlink()  # half a file is none
                raise
