"""What a library holds and where, in figures, and the files that it read."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from index.folder import bytes_below, folder_changes
from index.records import Catalogue, State
from index.values import Status


def status_of(library: Path, state: State, catalogue: Catalogue) -> Status:
    """The status of the library in this folder; its own records and its documents' folder are looked at now."""
    records = list(catalogue.documents.values())
    files = list(catalogue.files.values())
    held = [record for record in records if not record.duplicate_of]
    failures = [failure for file in files for failure in file.failures]
    return Status(
        path=str(library.resolve()),
        folder=state.folder or None,
        documents=len(records),
        passages=sum(record.passages for record in held),
        characters=sum(record.characters for record in held),
        embedder=state.embedder,
        dimension=state.dimension,
        generation=state.generation,
        synced_at=state.synced_at or None,
        failed=tuple(sorted(failures, key=lambda failure: failure.document)),
        bytes_on_disk=bytes_below(library),
        bytes_read=sum(file.size for file in files),
        changes=folder_changes(Path(state.folder), catalogue, library=library) if state.folder else None,
    )


def original(name: str, state: State, catalogue: Catalogue) -> bytes | None:
    """The bytes of a document's file, where they still are what was read."""
    record = catalogue.documents.get(name)
    if record is None or record.file != name or not state.folder:
        return None
    try:
        data = (Path(state.folder) / name).read_bytes()
    except OSError:
        return None
    return data if sha256(data).hexdigest() == record.sha256 else None
