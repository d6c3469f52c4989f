"""Passages, vectors and what is known of each file, in Chroma. The only module that imports chromadb.

Chroma is the one place of truth; the lexical mirror is built from it. Three collections:

* ``footnote`` with one row, the library's state, which names the two others;
* ``passages-N`` with a row for each passage of each version of a document;
* ``catalogue-N`` with a row for each file and each document.

A row of ``passages-N`` counts only while the document's row names its version, so replacing a document is one write:
new rows first, then the document's row, then the old rows go. Whatever happens in between, a reader sees the old
document or the new one.
"""

from __future__ import annotations

import itertools
import json
import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from index.errors import LibraryMismatch, StoreUnavailable
from index.languages import ENGLISH
from index.passages import document_key
from index.values import Failure, Passage

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

T = TypeVar("T")

_STATE = "state"
_PAGE = 2_000
"""Rows read or written at once: more than 5,461 are refused, and long lists of ids break SQLite."""

_NAMES = 20_000
"""Names of documents in a filter at most: SQLite takes 32,766 variables."""

_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 32}
"""Chroma's defaults (100, 100, 16) lose neighbours in large collections; only ef_search can be changed later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the library as a whole remembers."""

    layout: int
    embedder: str
    dimension: int
    build: int = 1
    generation: int = 0
    folder: str = ""
    synced_at: str = ""
    writing: bool = False
    """True from a sync's first write to its end: still true afterwards, it was killed."""


def check_dimension(dimension: int, state: State) -> None:
    """Refuse vectors that cannot be compared with those of the library.

    Raises:
        LibraryMismatch: they have another dimension.
    """
    if dimension != state.dimension:
        raise LibraryMismatch(
            f"The library was built with vectors of {state.dimension} numbers, and {state.embedder} now gives "
            f"{dimension}: another model of the same name. Run `footnote rebuild` to build it anew from its folder."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """One file of the folder as it was last read."""

    name: str
    size: int
    modified: int
    """``st_mtime_ns``."""

    changed: int
    """``st_ctime_ns``: nobody can set it back."""

    sha256: str
    version: str
    """Which readers and settings it was read with."""

    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecord:
    """One document: which version of its passages counts."""

    name: str
    file: str
    title: str
    version: str
    """Empty for a document that repeats another one."""

    sha256: str
    bytes: int
    passages: int
    characters: int
    pages: int
    duplicate_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A stored passage with the version of the document that it belongs to."""

    passage: Passage
    version: str
    seq: int
    language: str = ENGLISH
    """As ``index.languages`` names it; the words of all of a document's passages are stemmed alike."""

    @property
    def key(self) -> str:
        """The id in Chroma and in the mirror."""
        return f"{self.passage.id}@{self.version}"


@dataclass(slots=True)
class Catalogue:
    """Every file and document record, by name."""

    files: dict[str, FileRecord] = field(default_factory=dict)
    documents: dict[str, DocumentRecord] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    """By ``document_key``: the version that counts."""

    def put(self, record: FileRecord | DocumentRecord) -> None:
        """Add or replace one record."""
        if isinstance(record, FileRecord):
            self.files[record.name] = record
        else:
            self.documents[record.name] = record
            self.versions[document_key(record.name)] = record.version

    def drop(self, record: FileRecord | DocumentRecord) -> None:
        """Forget one record."""
        if isinstance(record, FileRecord):
            self.files.pop(record.name, None)
        else:
            self.documents.pop(record.name, None)
            self.versions.pop(document_key(record.name), None)

    def is_live(self, key: str) -> bool:
        """Whether the row with this id belongs to the version that counts."""
        place, _, version = key.partition("@")
        return bool(version) and self.versions.get(place.partition("-")[0]) == version


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Chroma's own errors as ours. It raises plain ``ValueError`` for a dead server."""
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, ValueError, TypeError, OSError) as exc:
        reason = " ".join(str(exc).split())[:300]
        raise StoreUnavailable(
            f"Chroma could not {what}: {reason}. Check that the disk has room and that nothing else uses the "
            "library's folder. If it stays so, delete that folder and run: footnote sync DIR (your documents are only "
            "ever read)."
        ) from exc


class Store:
    """One open Chroma database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._client: ClientAPI | None = None
        self._spelling = 0
        self._passages: Collection | None = None
        self._records: Collection | None = None

    def state(self) -> State | None:
        """The library's state; None where nothing was ever synced."""
        with _translated("read the library's state"):
            if not self._has_control():
                return None
            control = self._open().get_collection("footnote", embedding_function=None)
            found = control.get(ids=[_STATE], include=["metadatas"])
        rows = found["metadatas"] or []
        if not rows:
            return None
        row = dict(rows[0])
        return State(**{name: row[name] for name in State.__dataclass_fields__ if name in row})  # type: ignore[arg-type]

    def put_state(self, state: State) -> None:
        """Write the state: one row, so all of it or nothing."""
        with _translated("write the library's state"):
            self._control().upsert(
                ids=[_STATE],
                embeddings=_spread([_STATE]),
                metadatas=[{name: getattr(state, name) for name in State.__dataclass_fields__}],
            )

    def open_build(self, state: State, *, create: bool = False) -> None:
        """Use the collections that the state names; ``create`` makes them where they are missing."""
        with _translated("open the library's collections"):
            client = self._open()
            names = {collection.name for collection in client.list_collections()}
            for attribute, name, settings in (
                ("_passages", f"passages-{state.build}", _HNSW),
                ("_records", f"catalogue-{state.build}", {"space": "l2"}),
            ):
                if name in names:
                    collection = client.get_collection(name, embedding_function=None)
                elif create:
                    collection = client.create_collection(
                        name,
                        embedding_function=None,
                        configuration={"hnsw": settings},  # type: ignore[arg-type]
                        metadata={"embedder": state.embedder, "dimension": state.dimension},
                    )
                else:
                    raise LibraryMismatch(
                        f"The library at {str(self._path)!r} lacks its collection {name!r}; "
                        "run `footnote rebuild` to build it anew from your documents."
                    )
                setattr(self, attribute, collection)

    def keep_build(self, build: int) -> None:
        """Delete the collections of every other build."""
        with _translated("delete an older build"):
            for collection in self._open().list_collections():
                name, _, number = collection.name.rpartition("-")
                if name in ("passages", "catalogue") and number != str(build):
                    self._open().delete_collection(collection.name)

    def catalogue(self) -> Catalogue:
        """Every file and document record."""
        catalogue = Catalogue()
        with _translated("read the list of documents"):
            offset = 0
            while True:
                page = self._catalogue_rows().get(limit=_PAGE, offset=offset, include=["metadatas"])
                for row in page["metadatas"] or []:
                    catalogue.put(_record(dict(row)))
                if len(page["ids"]) < _PAGE:
                    return catalogue
                offset += _PAGE

    def put_records(self, records: Sequence[FileRecord | DocumentRecord]) -> None:
        """Add or replace records. A document's record is what makes its new passages count."""
        with _translated("write the list of documents"):
            for block in _blocks(records):
                self._catalogue_rows().upsert(
                    ids=[_record_key(record) for record in block],
                    embeddings=_spread([record.name for record in block]),
                    metadatas=[_metadata(record) for record in block],
                )

    def drop_records(self, records: Sequence[FileRecord | DocumentRecord]) -> None:
        """Remove records; a document without one has no passages that count."""
        with _translated("write the list of documents"):
            for block in _blocks(records):
                self._catalogue_rows().delete(ids=[_record_key(record) for record in block])

    def add(self, rows: Sequence[Row], vectors: NDArray[np.float32]) -> None:
        """Write passages with their vectors. Rows that are there already are replaced."""
        with _translated("write passages"):
            for begin in range(0, len(rows), _PAGE):
                block = rows[begin : begin + _PAGE]
                self._passage_rows().upsert(
                    ids=[row.key for row in block],
                    embeddings=vectors[begin : begin + _PAGE],
                    documents=[row.passage.text for row in block],
                    metadatas=[_row_metadata(row) for row in block],
                )

    def delete(self, keys: Iterable[str]) -> None:
        """Remove rows by id; ids that are not there are passed over."""
        with _translated("delete passages"):
            for block in _blocks(list(keys)):
                self._passage_rows().delete(ids=block)

    def keys(self) -> list[str]:
        """The id of every row, of versions that count and of others."""
        keys: list[str] = []
        with _translated("read the passages' ids"):
            while True:
                page = self._passage_rows().get(limit=_PAGE * 10, offset=len(keys), include=[])["ids"]
                keys += page
                if len(page) < _PAGE * 10:
                    return keys

    def keys_of(self, documents: Sequence[str]) -> list[str]:
        """The ids of all rows of these documents, whatever their version."""
        keys: list[str] = []
        with _translated("read the passages' ids"):
            for block in _blocks(documents, 200):
                where: Any = {"document": {"$in": list(block)}}
                keys += self._passage_rows().get(where=where, include=[])["ids"]
        return keys

    def rows(self, keys: Sequence[str]) -> dict[str, Row]:
        """Rows by id; those that are not there are left out."""
        rows: dict[str, Row] = {}
        with _translated("read passages"):
            for block in _blocks(keys):
                found = self._passage_rows().get(ids=list(block), include=["documents", "metadatas"])
                texts, metadatas = found["documents"] or [], found["metadatas"] or []
                for key, text, metadata in zip(found["ids"], texts, metadatas, strict=True):
                    rows[key] = _row(text, dict(metadata))
        return rows

    def rows_of(self, document: str, version: str) -> list[Row]:
        """All passages of one version of a document, in order."""
        with _translated("read a document"):
            where: Any = {"$and": [{"document": document}, {"version": version}]}
            found = self._passage_rows().get(where=where, include=["documents", "metadatas"])
        return _sorted_rows(found["documents"], found["metadatas"])

    def rows_from(self, row: Row, count: int) -> list[Row]:
        """A row and those after it in its document, ``count`` together or as many as there are."""
        with _translated("read passages"):
            where: Any = {
                "$and": [
                    {"document": row.passage.document},
                    {"version": row.version},
                    {"seq": {"$gte": row.seq}},
                    {"seq": {"$lt": row.seq + count}},
                ]
            }
            found = self._passage_rows().get(where=where, include=["documents", "metadatas"])
        return _sorted_rows(found["documents"], found["metadatas"])

    def vectors(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Vectors by id; those that are not there are left out."""
        import numpy as np

        vectors: dict[str, NDArray[np.float32]] = {}
        with _translated("read vectors"):
            for block in _blocks(keys):
                found = self._passage_rows().get(ids=list(block), include=["embeddings"])
                embeddings = found["embeddings"]
                if embeddings is not None:
                    for key, vector in zip(found["ids"], embeddings, strict=True):
                        vectors[key] = np.asarray(vector, dtype=np.float32)
        return vectors

    def nearest(
        self, vector: NDArray[np.float32], k: int, *, documents: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The ``k`` rows nearest to a unit vector as (id, cosine), nearest first."""
        if documents is None:
            return self._nearest(vector, k, None)
        found: list[tuple[str, float]] = []
        for block in _blocks(documents, _NAMES):
            found += self._nearest(vector, k, {"document": {"$in": list(block)}})
        return sorted(found, key=lambda pair: -pair[1])[:k]

    def _nearest(self, vector: NDArray[np.float32], k: int, where: Any) -> list[tuple[str, float]]:
        with _translated("search"):
            found = self._passage_rows().query(
                query_embeddings=[vector],  # type: ignore[arg-type]  # an array is taken
                n_results=k,
                include=["distances"],
                where=where,
            )
        distances = (found["distances"] or [[]])[0]
        return [(key, 1.0 - float(far)) for key, far in zip(found["ids"][0], distances, strict=True)]

    def count(self) -> int:
        """Rows of every version."""
        with _translated("count passages"):
            return int(self._passage_rows().count())

    def close(self) -> None:
        """Let go of the files. A closed store opens again by itself."""
        client, self._client = self._client, None
        self._passages = self._records = None
        if client is not None:
            _spellings.discard(self._spelling)
            client.close()  # type: ignore[attr-defined]  # no part of the interface, but every client has it

    def _open(self) -> ClientAPI:
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            self._path.mkdir(parents=True, exist_ok=True)
            # Within a process Chroma shares what it has read among all clients of one path, so that closing one of
            # them would not let it see what another process wrote. Each store spells the path in its own way.
            self._spelling = _take_spelling()
            path = str(self._path) + "/." * self._spelling
            self._client = chromadb.PersistentClient(path, settings=Settings(anonymized_telemetry=False))
        return self._client

    def _control(self) -> Collection:
        return self._open().get_or_create_collection("footnote", embedding_function=None)

    def _has_control(self) -> bool:
        # Asking for the collection with "or create" would be a write, which a read-only library refuses.
        return any(collection.name == "footnote" for collection in self._open().list_collections())

    def _passage_rows(self) -> Collection:
        assert self._passages is not None, "open_build comes first"
        return self._passages

    def _catalogue_rows(self) -> Collection:
        assert self._records is not None, "open_build comes first"
        return self._records


_spellings: set[int] = set()
_spellings_lock = threading.Lock()


def _take_spelling() -> int:
    with _spellings_lock:
        free = next(number for number in itertools.count() if number not in _spellings)
        _spellings.add(free)
    return free


def _blocks(items: Sequence[T], size: int = _PAGE) -> Iterator[list[T]]:
    for begin in range(0, len(items), size):
        yield list(items[begin : begin + size])


def _record_key(record: FileRecord | DocumentRecord) -> str:
    kind = "file" if isinstance(record, FileRecord) else "document"
    return f"{kind}:{sha256(record.name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _spread(names: Sequence[str]) -> NDArray[np.float32]:
    """Chroma wants a vector for every row. These are never searched, but equal ones would make its graph degenerate."""
    import numpy as np

    angles = [int(sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8], 16) for name in names]
    return np.array([(math.cos(angle), math.sin(angle)) for angle in angles], dtype=np.float32)


def _metadata(record: FileRecord | DocumentRecord) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}
    if isinstance(record, FileRecord):
        failures = [[failure.document, failure.reason] for failure in record.failures[:1000]]
        return {**values, "failures": json.dumps(failures), "kind": "file"}
    return {**values, "kind": "document"}


def _record(row: dict[str, Any]) -> FileRecord | DocumentRecord:
    if row.pop("kind") == "document":
        return DocumentRecord(**row)
    failures = [Failure(document=name, reason=reason) for name, reason in json.loads(row.pop("failures"))]
    return replace(FileRecord(**row), failures=tuple(failures))


def _row_metadata(row: Row) -> dict[str, Any]:
    passage = row.passage
    metadata: dict[str, Any] = {
        "id": passage.id,
        "document": passage.document,
        "version": row.version,
        "seq": row.seq,
        "title": passage.title,
        "heading": passage.heading,
        "start": passage.start,
        "end": passage.end,
        "language": row.language,
    }
    if passage.page is not None:  # Chroma takes no None
        metadata["page"] = passage.page
    return metadata


def _sorted_rows(texts: Sequence[str] | None, metadatas: Sequence[Any] | None) -> list[Row]:
    rows = [_row(text, dict(metadata)) for text, metadata in zip(texts or [], metadatas or [], strict=True)]
    return sorted(rows, key=lambda row: row.seq)


def _row(text: str, metadata: dict[str, Any]) -> Row:
    passage = Passage(
        id=metadata["id"],
        document=metadata["document"],
        title=metadata["title"],
        heading=metadata["heading"],
        text=text,
        start=metadata["start"],
        end=metadata["end"],
        page=metadata.get("page"),
    )
    return Row(passage=passage, version=metadata["version"], seq=metadata["seq"], language=metadata["language"])
