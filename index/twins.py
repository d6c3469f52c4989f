"""Documents of the same content under several names: one holds the passages, the others point to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.passages import passage_id
from index.writer import Job

if TYPE_CHECKING:
    from index.records import Catalogue, DocumentRecord
    from index.store import Store


def content_key(name: str, digest: str) -> str:
    """What two files share that are one document: the same bytes, read in the same way."""
    return f"{digest}{Path(name).suffix.lower()}"


def primary_names(digests: dict[str, str]) -> dict[str, str]:
    """By content: the name that sorts first, which is the one to hold the passages."""
    primaries: dict[str, str] = {}
    for name in sorted(digests):
        primaries.setdefault(content_key(name, digests[name]), name)
    return primaries


def hand_over(catalogue: Catalogue, store: Store, digests: dict[str, str], names: set[str]) -> Iterator[Job]:
    """What lets documents change or go whose passages stand for others of the same content: one of these gets the
    passages first, so that each is found at any moment.

    Args:
        catalogue: as the last sync left it.
        store: holds the passages.
        digests: of the files that the folder holds now, by name; only what was read of them.
        names: of the files that stay.
    """
    twins: dict[str, list[DocumentRecord]] = {}
    for record in catalogue.documents.values():
        if record.duplicate_of:
            twins.setdefault(record.duplicate_of, []).append(record)

    def stays(record: DocumentRecord) -> bool:
        return record.name in names and digests.get(record.name, record.sha256) == record.sha256

    for name, records in sorted(twins.items()):
        holder = catalogue.documents.get(name)
        heirs = sorted((record for record in records if stays(record)), key=lambda record: record.name)
        if holder is None or stays(holder) or not heirs:
            continue
        heir = heirs[0].name
        rows = [
            replace(
                row,
                passage=replace(row.passage, document=heir, id=passage_id(heir, row.passage.start, row.passage.text)),
            )
            for row in store.rows_of(name, holder.version)
        ]
        yield Job(record=replace(heirs[0], version=holder.version, duplicate_of=""), rows=rows, sources=(name,))
        for other in heirs[1:]:
            yield Job(record=replace(other, duplicate_of=heir), rows=[], sources=())
