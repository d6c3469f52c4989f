"""The lexical side of a library: its passages and the names of its documents, each in an index of its own.

Everything here comes from the store and can be built again from there.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from index.blocks import blocks
from index.keyword import KeywordIndex
from index.languages import ENGLISH
from index.passages import document_key, searchable
from index.records import Catalogue, DocumentRecord, Row
from index.store import Store

_BLOCK = 1_000
"""Rows read from the store at once."""

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Mirror:
    """What a library's search by words looks at."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._passages = KeywordIndex(path / "passages")
        self._names = KeywordIndex(path / "names")

    @property
    def stamp(self) -> str:
        """What ``commit`` was last given; empty where the mirror is new, damaged or half written."""
        stamp = self._passages.stamp
        return stamp if self._names.stamp == stamp else ""

    def put_rows(self, rows: Iterable[Row]) -> None:
        """Add passages; found after ``commit``."""
        self._passages.add((row.key, searchable(row.passage), row.language) for row in rows)

    def delete_rows(self, keys: Iterable[str]) -> None:
        """Remove passages by row id; gone after ``commit``."""
        self._passages.delete(keys)

    def put_documents(self, records: Iterable[DocumentRecord]) -> None:
        """Make the names of documents known; those that only repeat another one are found by that one's."""
        self._names.add(
            (document_key(record.name), name_words(record.name), ENGLISH)
            for record in records
            if not record.duplicate_of
        )

    def delete_documents(self, names: Iterable[str]) -> None:
        """Forget names; gone after ``commit``."""
        self._names.delete(document_key(name) for name in names)

    def commit(self, stamp: str) -> None:
        """Make what was put and deleted visible to every reader."""
        self._names.commit(stamp)
        self._passages.commit(stamp)

    def search(self, question: str, k: int, *, documents: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """The ``k`` best passages as (row id, BM25 score), best first; only those that share a word with the question.

        ``documents``, where given, are the keys of the documents to look in.
        """
        return self._passages.search(question, k, documents=documents)

    def names(self, question: str, documents: Sequence[str]) -> dict[str, float]:
        """BM25 of the names of these documents, by document key, where they share a word with the question."""
        return dict(self._names.search(question, len(documents), documents=documents)) if documents else {}

    def rarity(self, words: Iterable[str]) -> dict[str, float]:
        """How telling each of these terms is among the passages (``KeywordIndex.rarity``)."""
        return self._passages.rarity(words)

    def telling(self, words: Sequence[str]) -> list[float]:
        """The same for words as they are written, in any of the library's languages; 0 for stop words."""
        return self._passages.telling(words)

    def keys_of(self, document: str) -> set[str]:
        """The ids of the passages of the document with this key, whatever their version. It is a tenth of the time that
        Chroma takes to filter, and what it says is to be counted: a mirror may be behind."""
        return self._passages.keys(document)

    def keys(self) -> tuple[set[str], set[str]]:
        """The ids of its passages, and the keys of the documents whose names it knows."""
        return self._passages.keys(), self._names.keys()

    def repair(self, store: Store, catalogue: Catalogue) -> None:
        """Make it hold exactly what counts in the store, and drop from the store the rows that count for nothing."""
        if not self.stamp:
            self.clear()
        keys = store.keys()
        live = {key for key in keys if catalogue.is_live(key)}
        store.delete([key for key in keys if key not in live])
        mirrored = self._passages.keys()
        self._passages.delete(mirrored - live)
        self._put_missing(store, sorted(live - mirrored))
        self._match_names(_holders(catalogue))
        self.commit("open")

    def follow(self, store: Store, catalogue: Catalogue) -> None:
        """Make it hold what counts in the store, and change nothing there: somebody else may be writing.

        Only what differs is read: a document of which all passages are here is left alone.
        """
        if not self.stamp:
            self.clear()
        mirrored = self._passages.keys()
        live = {key for key in mirrored if catalogue.is_live(key)}
        self._passages.delete(mirrored - live)
        here = Counter(key.partition("-")[0] for key in live)
        holders = _holders(catalogue)
        behind = [record.name for key, record in holders.items() if here[key] != record.passages]
        self._put_missing(store, [key for key in store.keys_of(behind) if catalogue.is_live(key) and key not in live])
        self._match_names(holders)

    def end_writing(self) -> None:
        """Let go of the writers. What was not committed is lost."""
        self._passages.end_writing()
        self._names.end_writing()

    def clear(self) -> None:
        """Forget everything, on disk too."""
        self.close()
        shutil.rmtree(self._path, ignore_errors=True)

    def close(self) -> None:
        """Let go of the files. What was not committed is lost."""
        self._passages.close()
        self._names.close()

    def _put_missing(self, store: Store, keys: Sequence[str]) -> None:
        for block in blocks(keys, _BLOCK):
            self.put_rows(store.rows(block).values())

    def _match_names(self, holders: Mapping[str, DocumentRecord]) -> None:
        """Know the names of exactly these documents, which are given by their keys."""
        known = self._names.keys()
        self._names.delete(known - holders.keys())
        self.put_documents(holders[key] for key in sorted(holders.keys() - known))


def _holders(catalogue: Catalogue) -> dict[str, DocumentRecord]:
    """The documents that hold passages of their own, by their keys."""
    return {document_key(name): record for name, record in catalogue.documents.items() if not record.duplicate_of}


def name_words(name: str) -> str:
    """The words of a document's path or address: people put into names what the text takes for granted.

    ``filings/3M_2018_10K.pdf`` gives ``filings 3M 2018 10K``.
    """
    file, mark, part = name.partition("#")
    path = PurePosixPath(file)
    bare = f"{path.with_suffix('') if path.name else file}{mark}{part}"
    return " ".join(_WORD.findall(_CAMEL.sub(" ", bare)))
