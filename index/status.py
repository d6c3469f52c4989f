"""What a library holds and where, in figures."""

from __future__ import annotations

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
