"""Passages, vectors and what is known of each file, in Chroma.

Chroma is the one place of truth; the lexical mirror is built from it. Three collections, which on a server have the
library's name before theirs:

* ``footnote`` with the library's state in one row, which names the two others; for a server also who writes, and a row
  that is changed whenever there is something new to see;
* ``passages-N`` with a row for each passage of each version of a document;
* ``catalogue-N`` with a row for each file and each document.

A row of ``passages-N`` counts only while the document's row names its version, so replacing a document is one write:
new rows first, then the document's row, then the old rows go. Whatever happens in between, a reader sees the old
document or the new one. Each request can be made twice without harm, so one that a server did not answer is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from index.blocks import blocks
from index.chroma import find, gone_already, make
from index.control import Control, spread
from index.errors import LibraryMismatch
from index.kept import Kept
from index.records import (
    Catalogue,
    DocumentRecord,
    FileRecord,
    Row,
    State,
    record_from_metadata,
    record_key,
    record_to_metadata,
    row_from_metadata,
    row_to_metadata,
    sorted_rows,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.chroma import HNSW, Collection, Connection

T = TypeVar("T")

_PAGE = 2_000
"""Rows read or written at once: more than 5,461 are refused, and long lists of ids break SQLite."""

_KEYS = 10 * _PAGE
"""Ids read at once where nothing else is read of their rows."""

_NAMES = 20_000
"""Names of documents in a filter at most: SQLite takes 32,766 variables."""

_HNSW: HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 32}
"""Chroma's defaults (100, 100, 16) lose neighbours in large collections; only ef_search can be changed later."""

_PLAIN: HNSW = {"space": "l2"}
"""For rows that are never searched."""

_ROWS_KEPT = 8_000_000
"""Characters of passages kept for the next search: Chroma takes .25 ms to find each, and .1 ms for its vector."""

_ROW_SIZE = 500
"""What a row takes beside its text."""

_VECTORS_KEPT = 32_000_000
"""Bytes of vectors kept: of some 20,000 passages with the bundled embedder."""


class Store:
    """One library in Chroma."""

    def __init__(self, connection: Connection, *, place: str, guard: Callable[[], None]) -> None:
        """
        Args:
            connection: the way to Chroma.
            place: where the library is, for messages.
            guard: called before each write; raises where this process may not write.
        """
        self.place = place
        self._connection = connection
        self._guard = guard
        self.control = Control(connection, guard)
        """The library as a whole, and who writes it."""

        self._passages: Collection | None = None
        self._records: Collection | None = None
        # A row's id names the version of its document, so what is kept under it stays right as long as it is there.
        self._kept_rows: Kept[str, Row] = Kept(_ROWS_KEPT, size=lambda row: len(row.passage.text) + _ROW_SIZE)
        self._kept_vectors: Kept[str, NDArray[np.float32]] = Kept(_VECTORS_KEPT, size=lambda vector: vector.nbytes)

    @property
    def is_server(self) -> bool:
        """Whether other machines may use it too."""
        return self._connection.is_server

    def exists(self) -> bool:
        """Whether there is a store at all; asking makes none."""
        return self._connection.exists()

    # Builds

    def open_build(self, state: State, *, create: bool = False) -> None:
        """Use the collections that the state names; ``create`` makes them where they are missing."""
        if create:
            self._guard()
        self._passages = self._collection("passages", _HNSW, state, create)
        self._records = self._collection("catalogue", _PLAIN, state, create)

    def _collection(self, kind: str, hnsw: HNSW, state: State, create: bool) -> Collection:
        called = self._connection.collection(f"{kind}-{state.build}")
        collection = find(self._connection, called)
        if collection is None and create:
            metadata = {"embedder": state.embedder, "dimension": state.dimension}
            collection = make(self._connection, called, hnsw=hnsw, metadata=metadata)
        if collection is None:
            raise LibraryMismatch(
                f"The library {self.place} lacks its collection {called!r}; "
                "run `footnote rebuild` to build it anew from your documents."
            )
        return collection

    def keep_build(self, build: int) -> None:
        """Delete the collections of every other build."""
        self._guard()
        kept = {self._connection.collection(f"{kind}-{build}") for kind in ("passages", "catalogue")}
        starts = tuple(self._connection.collection(f"{kind}-") for kind in ("passages", "catalogue"))

        def delete() -> None:
            client = self._connection.client()
            for collection in client.list_collections():
                name = collection.name
                if name.startswith(starts) and name.rpartition("-")[2].isdecimal() and name not in kept:
                    with gone_already():
                        client.delete_collection(name)

        self._connection.run("delete an older build", delete)

    # What is known of files and documents

    def catalogue(self) -> Catalogue:
        """Every file and document record."""
        catalogue = Catalogue()
        offset = 0
        while True:
            page = self._catalogue_page(offset)
            for row in page:
                catalogue.put(record_from_metadata(dict(row)))
            if len(page) < _PAGE:
                return catalogue
            offset += _PAGE

    def _catalogue_page(self, offset: int) -> Sequence[Any]:
        found = self._connection.run(
            "read the list of documents",
            lambda: self._catalogue_rows().get(limit=_PAGE, offset=offset, include=["metadatas"]),
        )
        return found["metadatas"] or []

    def put_records(self, records: Sequence[FileRecord | DocumentRecord]) -> None:
        """Add or replace records. A document's record is what makes its new passages count."""

        def put(block: list[FileRecord | DocumentRecord]) -> None:
            self._catalogue_rows().upsert(
                ids=[record_key(record) for record in block],
                embeddings=spread([record.name for record in block]),
                metadatas=[record_to_metadata(record) for record in block],
            )

        self._write("write the list of documents", records, put)

    def drop_records(self, records: Sequence[FileRecord | DocumentRecord]) -> None:
        """Remove records; a document without one has no passages that count."""
        keys = [record_key(record) for record in records]
        self._write("write the list of documents", keys, lambda block: self._catalogue_rows().delete(ids=block))

    # Passages and their vectors

    def add(self, rows: Sequence[Row], vectors: NDArray[np.float32]) -> None:
        """Write passages with their vectors. Rows that are there already are replaced."""

        def put(places: list[int]) -> None:
            block = [rows[place] for place in places]
            self._passage_rows().upsert(
                ids=[row.key for row in block],
                embeddings=vectors[places],
                documents=[row.passage.text for row in block],
                metadatas=[row_to_metadata(row) for row in block],
            )

        self._write("write passages", range(len(rows)), put)
        self._forget(row.key for row in rows)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove rows by id; ids that are not there are passed over."""
        gone = list(keys)
        self._write("delete passages", gone, lambda block: self._passage_rows().delete(ids=block))
        self._forget(gone)

    def keys(self) -> list[str]:
        """The id of every row, of versions that count and of others."""
        keys: list[str] = []
        while True:
            page = self._keys_page(len(keys))
            keys += page
            if len(page) < _KEYS:
                return keys

    def _keys_page(self, offset: int) -> list[str]:
        return self._connection.run(
            "read the passages' ids",
            lambda: self._passage_rows().get(limit=_KEYS, offset=offset, include=[])["ids"],
        )

    def keys_of(self, documents: Sequence[str]) -> list[str]:
        """The ids of all rows of these documents, whatever their version."""

        def read(block: list[str]) -> list[str]:
            where: Any = {"document": {"$in": block}}
            return self._passage_rows().get(where=where, include=[])["ids"]

        return [key for keys in self._read("read the passages' ids", documents, read, size=200) for key in keys]

    def rows(self, keys: Sequence[str]) -> dict[str, Row]:
        """Rows by id; those that are not there are left out."""

        def read(block: list[str]) -> Any:
            return self._passage_rows().get(ids=block, include=["documents", "metadatas"])

        rows, others = _known(self._kept_rows, keys)
        for found in self._read("read passages", others, read):
            texts, metadatas = found["documents"] or [], found["metadatas"] or []
            for key, text, metadata in zip(found["ids"], texts, metadatas, strict=True):
                rows[key] = row_from_metadata(text, dict(metadata))
                self._kept_rows.put(key, rows[key])
        return rows

    def rows_of(self, document: str, version: str) -> list[Row]:
        """All passages of one version of a document, in order."""
        return self._rows_where("read a document", _where({"document": document}, {"version": version}))

    def rows_from(self, row: Row, count: int) -> list[Row]:
        """A row and those after it in its document, ``count`` together or as many as there are."""
        where = _where(
            {"document": row.passage.document},
            {"version": row.version},
            {"seq": {"$in": list(range(row.seq, row.seq + count))}},  # a third of the time of "between"
        )
        return self._rows_where("read passages", where)

    def _rows_where(self, what: str, where: Any) -> list[Row]:
        found = self._connection.run(
            what, lambda: self._passage_rows().get(where=where, include=["documents", "metadatas"])
        )
        return sorted_rows(found["documents"], found["metadatas"])

    def vectors(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Vectors by id; those that are not there are left out."""
        import numpy as np

        def read(block: list[str]) -> Any:
            return self._passage_rows().get(ids=block, include=["embeddings"])

        vectors, others = _known(self._kept_vectors, keys)
        for found in self._read("read vectors", others, read):
            embeddings = found["embeddings"]
            if embeddings is not None:
                for key, vector in zip(found["ids"], embeddings, strict=True):
                    vectors[key] = np.array(vector, dtype=np.float32)  # a copy: what it is part of is not kept
                    self._kept_vectors.put(key, vectors[key])
        return vectors

    def nearest(
        self, vector: NDArray[np.float32], k: int, *, documents: Sequence[str] | None = None, page: int | None = None
    ) -> list[tuple[str, float]]:
        """The ``k`` rows nearest to a unit vector as (id, cosine), nearest first; of some documents, or of one page."""
        on_page = [] if page is None else [{"page": page}]
        if documents is None:
            return self._nearest(vector, k, _where(*on_page))
        found: list[tuple[str, float]] = []
        for block in blocks(documents, _NAMES):
            found += self._nearest(vector, k, _where({"document": {"$in": block}}, *on_page))
        return sorted(found, key=lambda pair: -pair[1])[:k]

    def _nearest(self, vector: NDArray[np.float32], k: int, where: Any) -> list[tuple[str, float]]:
        found = self._connection.run(
            "search",
            lambda: self._passage_rows().query(
                query_embeddings=[vector.tolist()],
                n_results=k,
                include=["distances"],
                where=where,
            ),
        )
        distances = (found["distances"] or [[]])[0]
        return [(key, 1.0 - float(far)) for key, far in zip(found["ids"][0], distances, strict=True)]

    # Open and closed

    def renew(self) -> None:
        """See what others wrote; ``open_build`` comes next."""
        self._let_go()
        self._connection.renew()

    def close(self) -> None:
        """Let go of files and sockets. A closed store opens again by itself."""
        self._let_go()
        self._connection.close()

    def _let_go(self) -> None:
        self._passages = self._records = None
        self._kept_rows.clear()
        self._kept_vectors.clear()
        self.control.forget()

    def _forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._kept_rows.drop(key)
            self._kept_vectors.drop(key)

    def _read(self, what: str, items: Sequence[str], work: Callable[[list[str]], T], *, size: int = _PAGE) -> list[T]:
        return [self._one(what, block, work) for block in blocks(items, size)]

    def _write(self, what: str, items: Sequence[T], work: Callable[[list[T]], object]) -> None:
        for block in blocks(items, _PAGE):
            self._guard()
            self._one(what, block, work)

    def _one(self, what: str, block: list[Any], work: Callable[[list[Any]], T]) -> T:
        return self._connection.run(what, lambda: work(block))

    def _passage_rows(self) -> Collection:
        assert self._passages is not None, "open_build comes first"
        return self._passages

    def _catalogue_rows(self) -> Collection:
        assert self._records is not None, "open_build comes first"
        return self._records


def _known(kept: Kept[str, T], keys: Sequence[str]) -> tuple[dict[str, T], list[str]]:
    """What is kept under these ids, and the other ids."""
    found = {key: value for key in keys if (value := kept.get(key)) is not None}
    return found, [key for key in keys if key not in found]


def _where(*conditions: dict[str, Any]) -> Any:
    """A filter of rows for which all of these hold; none where there are none. Chroma takes no "and" of one."""
    return {"$and": list(conditions)} if len(conditions) > 1 else next(iter(conditions), None)
