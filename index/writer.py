"""Documents into the store and the mirror, so that readers find the old or the new of each, and nothing between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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

_BLOCK = 64
"""Passages whose word vectors are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A document on its way in."""

    record: DocumentRecord
    rows: list[Row]
    sources: tuple[str, ...]
    """Documents whose stored vectors may be used again."""


class Writer:
    """Writes for one sync. ``wrote`` is called with a document's name whenever passages of it are in."""

    def __init__(
        self,
        *,
        store: Store,
        mirror: Mirror,
        embedder: Embedder,
        words: WordVectors | None,
        catalogue: Catalogue,
        state: State,
        announce: Callable[[], None],
        wrote: Callable[[str], None],
    ) -> None:
        self._store = store
        self._mirror = mirror
        self._embedder = embedder
        self._words = words
        self._catalogue = catalogue
        self._state = state
        self._announce = announce
        self._wrote = wrote
        self.embedded = 0
        """Passages whose vectors were computed."""

        self.written = 0
        """Passages written, with new vectors or stored ones."""

    def put(self, jobs: Sequence[Job]) -> None:
        """Embed and write the documents' passages, then switch them over, then drop what they had before."""
        rows = [row for job in jobs for row in job.rows]
        ready = self._stored_vectors(jobs)
        for begin in range(0, len(rows), BATCH):
            self._put_rows(rows[begin : begin + BATCH], ready)
            self._wrote(rows[begin].passage.document)
        records = [job.record for job in jobs]
        self._mirror.put_documents(records)
        self._mirror.delete_documents(record.name for record in records if record.duplicate_of)
        self._mirror.commit("open")
        replaced = [job.record.name for job in jobs if job.record.name in self._catalogue.documents]
        self._store.put_records(records)
        # Readers are told before this process sees the change itself and before anything that they knew is gone:
        # whoever finds that it was announced while he read reads again.
        self._announce()
        for record in records:
            self._catalogue.put(record)
        self._drop_rows(replaced, rows)

    def put_files(self, files: Sequence[FileRecord]) -> None:
        """Write down which files were read."""
        self._store.put_records(files)
        for file in files:
            self._catalogue.put(file)

    def remove(self, documents: Sequence[DocumentRecord], files: Sequence[FileRecord], renamed: set[str]) -> None:
        """Take documents out: first they stop counting, then their passages go. ``renamed`` have another name now."""
        gone: list[DocumentRecord | FileRecord] = [*documents, *files]
        self._store.drop_records(gone)
        self._announce()
        for record in gone:
            self._catalogue.drop(record)
        self._mirror.delete_documents(record.name for record in documents)
        # The words of what was renamed belong to what it is called now.
        self._drop_rows([record.name for record in documents if record.name in renamed], (), words=False)
        self._drop_rows([record.name for record in documents if record.name not in renamed], ())

    def _stored_vectors(self, jobs: Sequence[Job]) -> dict[str, str]:
        """Ids of stored rows by what was embedded for them: the same words need no second embedding."""
        sources = sorted({source for job in jobs for source in job.sources})
        if not sources:
            return {}
        rows = self._store.rows(self._store.keys_of(sources))
        return {searchable(row.passage): key for key, row in rows.items()}

    def _put_rows(self, rows: Sequence[Row], ready: dict[str, str]) -> None:
        import numpy as np

        texts = [searchable(row.passage) for row in rows]
        wanted = list(dict.fromkeys(ready[text] for text in texts if text in ready))
        stored = self._store.vectors(wanted) if wanted else {}
        vectors = np.empty((len(rows), self._state.dimension), dtype=np.float32)
        missing = []
        for place, text in enumerate(texts):
            vector = stored.get(ready.get(text, ""))
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
        self._store.add(rows, vectors)
        self._mirror.put_rows(rows)

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts; those of their words are kept on the way."""
        import numpy as np

        if self._words is None:
            return self._embedder.embed_passages(texts)
        made = []
        for begin in range(0, len(texts), _BLOCK):
            block = texts[begin : begin + _BLOCK]
            tokens = self._words.embedder.embed_tokens(block)
            self._words.put(block, tokens)
            if self._words.embedder is self._embedder:
                made.append(np.stack([each.whole for each in tokens]))
        return np.concatenate(made) if made else self._embedder.embed_passages(texts)

    def _drop_rows(self, documents: Sequence[str], keep: Sequence[Row], *, words: bool = True) -> None:
        """Remove what is stored of these documents but ``keep``."""
        if not documents:
            return
        kept = {row.key for row in keep}
        dead = [key for key in self._store.keys_of(documents) if key not in kept]
        if words and self._words is not None:
            same = {searchable(row.passage) for row in keep}
            texts = {searchable(row.passage) for row in self._store.rows(dead).values()}
            self._words.drop(texts - same)
        self._store.delete(dead)
        self._mirror.delete_rows(dead)
