"""What the store keeps a row for, and how each kind is written as a row of Chroma."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from index.errors import LibraryError, LibraryMismatch
from index.languages import ENGLISH
from index.passages import document_key
from index.values import DocumentInfo, Failure, Passage

if TYPE_CHECKING:
    from index.embed import Embedder
    from index.folder import FoundFile

LAYOUT = 3
"""Grows whenever an older library can no longer be read and has to be built anew."""

_MOST_FAILURES = 1_000
"""Failures that are kept of a file: each line of one may be such."""


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

    library: str = ""
    """Drawn when the library is made: one that is made again counts its generations from 1 again."""

    @property
    def stamp(self) -> str:
        """What a mirror of just this state bears."""
        return f"{self.generation} {self.library}".strip()


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


def new_state(embedder: Embedder, *, build: int) -> State:
    """Of a library that is made with this embedder and holds nothing yet."""
    return State(
        layout=LAYOUT,
        embedder=embedder.name,
        dimension=embedder.dimension,
        build=build,
        library=secrets.token_hex(8),
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

    @property
    def stamp(self) -> tuple[int, int, int]:
        """What ``FoundFile.stamp`` is of a file that was not touched since."""
        return self.size, self.modified, self.changed


def file_record(file: FoundFile, digest: str, version: str, failures: tuple[Failure, ...]) -> FileRecord:
    """The record of a file that was read; ``version`` names how."""
    return FileRecord(
        name=file.name,
        size=file.size,
        modified=file.modified,
        changed=file.changed,
        sha256=digest,
        version=version,
        failures=failures,
    )


def unread_record(name: str, known: FileRecord | None, failure: Failure) -> FileRecord:
    """The record of what could not be looked at, for the status to tell; of no version, so that it is tried again."""
    if known is not None:
        return replace(known, version="", failures=(failure,))
    return FileRecord(name=name, size=0, modified=0, changed=0, sha256="", version="", failures=(failure,))


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

    def info(self, file: FileRecord | None) -> DocumentInfo:
        """What users see of it and of the file that it is in."""
        return DocumentInfo(
            name=self.name,
            title=self.title,
            passages=self.passages,
            characters=self.characters,
            pages=self.pages,
            bytes=self.bytes,
            duplicate_of=self.duplicate_of or None,
            sha256=self.sha256,
            modified=_moment(file.modified) if file is not None and file.modified else None,
        )


def _moment(nanoseconds: int) -> str | None:
    """ISO 8601 in UTC, to the second; None for what no calendar knows, as a file may say."""
    try:
        return datetime.fromtimestamp(nanoseconds // 10**9, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One turn at being the only writer of a library on a server."""

    number: int
    token: str
    """Drawn for this turn."""

    place: str
    """Which folder on which machine: who writes there holds that folder's own lock too."""

    host: str
    pid: int
    since: float
    expires: float
    """Both in seconds of the server's clock; 0 for a turn that is over."""


@dataclass(slots=True)
class Catalogue:
    """Every file and document record, by name."""

    files: dict[str, FileRecord] = field(default_factory=dict)
    documents: dict[str, DocumentRecord] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    """By ``document_key``: the version that counts."""

    def infos(self) -> list[DocumentInfo]:
        """What users see of every document, by name."""
        records = sorted(list(self.documents.items()))
        return [record.info(self.files.get(record.file)) for _, record in records]

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

    def matching(self, patterns: str | Sequence[str]) -> list[str]:
        """Names of the documents that hold passages and match any of the patterns, themselves or by a twin.

        A disk may spell accents in its own way, and a file of many documents stands for all of them.

        Raises:
            LibraryError: there are none.
        """
        wanted = {normalize("NFC", pattern) for pattern in ([patterns] if isinstance(patterns, str) else patterns)}
        wild = [pattern for pattern in wanted if any(mark in pattern for mark in "*?[")]
        found = set()
        for name, record in list(self.documents.items()):
            names = {normalize("NFC", each) for each in (name, record.file)}
            if names & wanted or any(fnmatchcase(each, pattern) for each in names for pattern in wild):
                found.add(record.duplicate_of or name)
        if not found:
            raise LibraryError(
                f"No document matches {patterns!r}. `footnote status --documents` lists what the library holds."
            )
        return sorted(found)

    def is_live(self, key: str) -> bool:
        """Whether the row with this id belongs to the version that counts."""
        place, _, version = key.partition("@")
        return bool(version) and self.versions.get(place.partition("-")[0]) == version


# As rows


def state_to_metadata(state: State) -> dict[str, Any]:
    """Chroma's metadata of the state."""
    return {name: getattr(state, name) for name in State.__dataclass_fields__}


def state_from_metadata(row: dict[str, Any]) -> State:
    """The state; what an older library does not name is as it was before there was such a field."""
    return State(**{name: row[name] for name in State.__dataclass_fields__ if name in row})


def term_to_metadata(term: Term) -> dict[str, Any]:
    """Chroma's metadata of a term."""
    return {**{name: getattr(term, name) for name in Term.__dataclass_fields__}, "kind": "term"}


def term_from_metadata(row: dict[str, Any]) -> Term:
    """The reverse."""
    return Term(**{name: row[name] for name in Term.__dataclass_fields__})


def record_key(record: FileRecord | DocumentRecord) -> str:
    """The id of a record's row."""
    kind = "file" if isinstance(record, FileRecord) else "document"
    return f"{kind}:{sha256(record.name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def record_to_metadata(record: FileRecord | DocumentRecord) -> dict[str, Any]:
    """Chroma's metadata of a record, as one text: Chroma keeps a row for each name, and ten of them take ten times as
    long to read."""
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}
    if isinstance(record, FileRecord):
        failures = [[failure.document, failure.reason] for failure in record.failures[:_MOST_FAILURES]]
        return {"file": json.dumps({**values, "failures": failures})}
    return {"document": json.dumps(values)}


def record_from_metadata(row: dict[str, Any]) -> FileRecord | DocumentRecord:
    """The reverse."""
    if "document" in row:
        return DocumentRecord(**json.loads(row["document"]))
    values = json.loads(row["file"])
    failures = [Failure(document=name, reason=reason) for name, reason in values.pop("failures")]
    return FileRecord(**values, failures=tuple(failures))


def row_to_metadata(row: Row) -> dict[str, Any]:
    """Chroma's metadata of a passage; its text is the row's document."""
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


def row_from_metadata(text: str, metadata: dict[str, Any]) -> Row:
    """The reverse."""
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


def sorted_rows(texts: Sequence[str] | None, metadatas: Sequence[Any] | None) -> list[Row]:
    """Rows in the order of their document."""
    rows = [
        row_from_metadata(text, dict(metadata)) for text, metadata in zip(texts or [], metadatas or [], strict=True)
    ]
    return sorted(rows, key=lambda row: row.seq)
