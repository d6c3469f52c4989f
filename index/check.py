"""Whether a library holds what its records say, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from index.blocks import blocks
from index.errors import LibraryError, StoreUnavailable, Unreachable
from index.folder import list_folder
from index.passages import document_key
from index.values import CheckReport

if TYPE_CHECKING:
    from index.mirror import Mirror
    from index.records import Catalogue, DocumentRecord, FileRecord, Row, State
    from index.store import Store

_BLOCK = 1_000
"""Vectors that are asked for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is wrong."""

    broken: tuple[DocumentRecord, ...]
    """Documents whose passages or vectors are not all there, or do not join to a text of the recorded length."""

    report: CheckReport


def inspect(store: Store, mirror: Mirror, catalogue: Catalogue, state: State) -> Findings:
    """Compare the records, the passages, their vectors and the lexical mirror; nothing is changed."""
    keys = store.keys()
    live = [key for key in keys if catalogue.is_live(key)]
    by_document: dict[str, list[str]] = {}
    for key in live:
        by_document.setdefault(key.partition("-")[0], []).append(key)
    holders = [record for record in catalogue.documents.values() if not record.duplicate_of]
    suspects = {
        record.name for record in holders if len(by_document.get(document_key(record.name), ())) != record.passages
    }
    names = {document_key(record.name): record for record in holders}
    for block in blocks(live, _BLOCK):
        vectors = _vectors(store, block, state.dimension)
        suspects |= {names[key.partition("-")[0]].name for key in block if key not in vectors}
    for record in holders:
        if record.name not in suspects and not _tiles(store.rows_of(record.name, record.version), record.characters):
            suspects.add(record.name)
    lost = [
        record
        for record in catalogue.documents.values()
        if record.duplicate_of and record.duplicate_of not in catalogue.documents
    ]
    broken = (*(record for record in holders if record.name in suspects), *lost)
    mirrored, named = mirror.keys()
    return Findings(
        broken=broken,
        report=CheckReport(
            documents=len(catalogue.documents),
            passages=len(live),
            broken=tuple(sorted(record.name for record in broken)),
            left_over=len(keys) - len(live),
            not_searchable=len(set(live) - mirrored) + len(names.keys() - named),
            wrongly_searchable=len(mirrored - set(live)) + len(named - names.keys()),
        ),
    )


def undo(found: Findings, store: Store, mirror: Mirror, catalogue: Catalogue, state: State) -> None:
    """Take out of the records what is broken, so that the next sync reads it again, and bring the mirror in line.

    The state that is saved says that a sync is under way; whoever calls this saves another one at the end.
    """
    store.control.put_state(replace(state, writing=True))
    # A document without its file's record is read again by the next sync.
    names = {record.file for record in found.broken}
    gone: list[DocumentRecord | FileRecord] = [
        *found.broken,
        *(catalogue.files[name] for name in names if name in catalogue.files),
    ]
    store.drop_records(gone)
    for record in gone:
        catalogue.drop(record)
    try:
        mirror.repair(store, catalogue)
        mirror.commit(state.stamp)
    finally:
        mirror.end_writing()


def stale_files(state: State, catalogue: Catalogue, *, library: Path) -> tuple[str, ...]:
    """Names of files whose content is not what the library recorded, of new ones and of those that are gone.

    Empty where the folder cannot be looked at. ``library`` is the folder that is passed over.
    """
    if not state.folder:
        return ()
    try:
        listing = list_folder(Path(state.folder), known=True, library=library)
    except LibraryError:
        return ()
    there = {file.name for file in listing.files}
    stale = [name for name in catalogue.files if name not in there and not listing.hides(name)]
    for file in listing.files:
        try:
            with file.path.open("rb") as stream:
                digest = file_digest(stream, "sha256").hexdigest()
        except OSError:
            continue  # a sync says so, and keeps what it has
        known, document = catalogue.files.get(file.name), catalogue.documents.get(file.name)
        if known is None or known.sha256 != digest or (document is not None and document.sha256 != digest):
            stale.append(file.name)
    return tuple(sorted(stale))


def _vectors(store: Store, keys: Sequence[str], dimension: int) -> set[str]:
    """Those of the keys that have a vector of the right length."""
    try:
        return {key for key, vector in store.vectors(keys).items() if vector.shape == (dimension,)}
    except Unreachable:
        raise  # that says nothing of any vector
    except StoreUnavailable:
        if len(keys) == 1:
            return set()
    half = len(keys) // 2
    return _vectors(store, keys[:half], dimension) | _vectors(store, keys[half:], dimension)


def _tiles(rows: Sequence[Row], characters: int) -> bool:
    end = 0
    for seq, row in enumerate(rows):
        passage = row.passage
        if (row.seq, passage.start, passage.end) != (seq, end, end + len(passage.text)):
            return False
        end = passage.end
    return end == characters
