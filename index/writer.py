"""Documents into the store and the mirror, so that readers find the old or the new of each, and nothing between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from index.blocks import blocks
from index.passages import searchable
from index.records import Catalogue, DocumentRecord, FileRecord, Row, State, check_dimension

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.embed import Embedder
    from index.mirror import Mirror
    from index.store import Store
    from index.words import WordVectors

BATCH = 256
"""Passages embedded before anything is switched over: small enough to lose little."""

_PAGE = 2_000
"""Stored rows that are looked at at once."""

_BLOCK = 64
"""Passages whose word vectors are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A document on its way in."""

    record: DocumentRecord
    rows: list[Row]
    sources: tuple[str, ...]
    """Documents whose stored vectors may be used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a sync writes, and what makes the vectors."""

    store: Store
    mirror: Mirror
    catalogue: Catalogue
    embedder: Embedder
    words: WordVectors | None
    """None where no vectors of words are kept."""

    announce: Callable[[], None]
    """Tells the readers that something changed."""

    switching: Callable[[], AbstractContextManager[None]]
    """Goes around that, and around what is deleted after it."""


class Writer:
    """Writes for one sync. ``wrote`` is called with a document's name whenever passages of it are in."""

    def __init__(self, target: Target, state: State, *, wrote: Callable[[str], None]) -> None:
        self._target = target
        self._state = state
        self._wrote = wrote
        self.embedded = 0
        """Passages whose vectors were computed."""

        self.written = 0
        """Passages written, with new vectors or stored ones."""

    def put(self, jobs: Sequence[Job]) -> None:
        """Embed and write the documents' passages, then switch them over, then drop what they had before.

        The jobs' rows are let go of on the way: those of one large file fill the memory.
        """
        rows = [row for job in jobs for row in job.rows]
        kept = _Kept(rows)
        ready = self._stored_vectors(jobs)
        for job in jobs:
            job.rows.clear()
        while rows:
            block = rows[:BATCH]
            del rows[:BATCH]
            self._put_rows(block, ready)
            self._wrote(block[0].passage.document)
        records = [job.record for job in jobs]
        self._target.mirror.put_documents(records)
        self._target.mirror.delete_documents(record.name for record in records if record.duplicate_of)
        self._target.mirror.commit("open")
        replaced = [job.record.name for job in jobs if job.record.name in self._target.catalogue.documents]
        with self._target.switching():
            self._target.store.put_records(records)
            # Readers are told before this process sees the change itself and before anything that they knew is gone:
            # whoever finds that it was announced while he read reads again.
            self._target.announce()
            for record in records:
                self._target.catalogue.put(record)
            self._drop_rows(replaced, kept)

    def put_files(self, files: Sequence[FileRecord]) -> None:
        """Write down which files were read."""
        self._target.store.put_records(files)
        for file in files:
            self._target.catalogue.put(file)

    def remove(self, documents: Sequence[DocumentRecord], files: Sequence[FileRecord], renamed: set[str]) -> None:
        """Take documents out: first they stop counting, then their passages go. ``renamed`` have another name now."""
        gone: list[DocumentRecord | FileRecord] = [*documents, *files]
        with self._target.switching():
            self._target.store.drop_records(gone)
            self._target.announce()
            for record in gone:
                self._target.catalogue.drop(record)
            self._target.mirror.delete_documents(record.name for record in documents)
            # The words of what was renamed belong to what it is called now.
            self._drop_rows([record.name for record in documents if record.name in renamed], _Kept(()), words=False)
            self._drop_rows([record.name for record in documents if record.name not in renamed], _Kept(()))

    def _stored_vectors(self, jobs: Sequence[Job]) -> dict[bytes, str]:
        """Ids of stored rows by what was embedded for them: the same words need no second embedding."""
        sources = sorted({source for job in jobs for source in job.sources})
        found = {}
        for block in blocks(self._target.store.keys_of(sources) if sources else [], _PAGE):
            for key, row in self._target.store.rows(block).items():
                found[_digest(searchable(row.passage))] = key
        return found

    def _put_rows(self, rows: Sequence[Row], ready: dict[bytes, str]) -> None:
        import numpy as np

        texts = [searchable(row.passage) for row in rows]
        known = [ready.get(_digest(text), "") for text in texts] if ready else [""] * len(texts)
        wanted = list(dict.fromkeys(filter(None, known)))
        stored = self._target.store.vectors(wanted) if wanted else {}
        vectors = np.empty((len(rows), self._state.dimension), dtype=np.float32)
        missing = []
        for place, key in enumerate(known):
            vector = stored.get(key)
            if vector is None:
                missing.append(place)
            else:
                vectors[place] = vector
        if missing:
            made = self._embed([texts[place] for place in missing])
            check_dimension(made.shape[1], self._state)
            vectors[missing] = made
        self.embedded += len(missing)
        self.written += len(rows)
        self._target.store.add(rows, vectors)
        self._target.mirror.put_rows(rows)

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts; those of their words are kept on the way."""
        import numpy as np

        if self._target.words is None:
            return self._target.embedder.embed_passages(texts)
        made = []
        for block in blocks(texts, _BLOCK):
            tokens = self._target.words.embedder.embed_tokens(block)
            self._target.words.put(block, tokens)
            if self._target.words.embedder is self._target.embedder:
                made.append(np.stack([each.whole for each in tokens]))
        return np.concatenate(made) if made else self._target.embedder.embed_passages(texts)

    def _drop_rows(self, documents: Sequence[str], kept: _Kept, *, words: bool = True) -> None:
        """Remove what is stored of these documents but what is ``kept``."""
        if not documents:
            return
        gone = [key for key in self._target.store.keys_of(documents) if key not in kept.keys]
        for block in blocks(gone, _PAGE):
            if words and self._target.words is not None:
                texts = {searchable(row.passage) for row in self._target.store.rows(block).values()}
                self._target.words.drop({text for text in texts if _digest(text) not in kept.texts})
            self._target.store.delete(block)
            self._target.mirror.delete_rows(block)


class _Kept:
    """Which rows stay, and what was embedded for them, in little space."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.keys = {row.key for row in rows}
        self.texts = {_digest(searchable(row.passage)) for row in rows}


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
