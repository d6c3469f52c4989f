"""A folder into a library, so that the library holds what the folder holds.

Files are compared by size and times first and by content then. What is new is read, split and embedded; only then is
the document switched over to it and its old passages removed. Killed at any point, the library holds each document
either as it was or as it is now, and the next sync goes on from there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from index.documents import READER_VERSION, SUFFIXES, read_bytes, read_jsonl, refuse_size, worth_retrying
from index.errors import LibraryError, LibraryMissing, UnreadableDocument
from index.folder import FoundFile, Listing, find_files
from index.languages import language_of
from index.passages import SPLITTER_VERSION, searchable, split
from index.records import Catalogue, DocumentRecord, FileRecord, Row, State, check_dimension
from index.store import Store
from index.values import Document, Failure, FolderChanges, SyncProgress, SyncReport

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.embed import Embedder
    from index.mirror import Mirror
    from index.readers.options import ReadOptions
    from index.words import WordVectors

_BATCH = 256
"""Passages embedded before anything is switched over: small enough to lose little."""

_BLOCK = 64
"""Passages whose word vectors are held at once."""


@dataclass(slots=True, kw_only=True)
class _Job:
    """A document on its way in."""

    record: DocumentRecord
    rows: list[Row]
    sources: tuple[str, ...]
    """Documents whose stored vectors may be used again."""


@dataclass(slots=True)
class _Tally:
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    embedded: int = 0
    written: int = 0


class Sync:
    """One run. The caller holds the library's write lock."""

    def __init__(
        self,
        *,
        store: Store,
        mirror: Mirror,
        embedder: Embedder,
        words: WordVectors | None,
        catalogue: Catalogue,
        state: State,
        save: Callable[[State], None],
        announce: Callable[[], None],
        passage_tokens: int,
        options: ReadOptions,
        progress: Callable[[SyncProgress], None] | None = None,
    ) -> None:
        self._store = store
        self._mirror = mirror
        self._embedder = embedder
        self._words = words
        self._catalogue = catalogue
        self._state = state
        self._save = save
        self._announce = announce
        self._size = passage_tokens
        self._options = options
        self._version = f"{READER_VERSION}.{SPLITTER_VERSION}.{passage_tokens}"
        self._progress = progress or (lambda _: None)
        self._tally = _Tally()
        self._jobs: list[_Job] = []
        self._file_records: list[FileRecord] = []
        self._holders: dict[str, str] = {}
        self._changed_anything = state.writing  # what a killed sync did is told as news at the end of this one
        self._files = self._files_done = self._bytes = self._bytes_done = 0
        self._began = time.monotonic()

    def run(self, folder: Path, listing: Listing) -> tuple[State, SyncReport]:
        """Bring the library in line with the folder as ``listing`` has it; the state returned is already saved.

        Raises:
            EmbeddingFailed, StoreUnavailable: what was done until then stays.
        """
        if self._state.writing or self._mirror.stamp != self._state.stamp:
            self._mirror.repair(self._store, self._catalogue)
        found = listing.files
        digests = self._digests(found)
        primaries = _primaries(digests)
        todo = [file for file in found if file.name in digests and self._keep(file, digests, primaries) is None]
        self._files, self._bytes = len(todo), sum(file.size for file in todo)
        self._holders = {
            _content(record.name, record.sha256): record.name
            for record in self._catalogue.documents.values()
            if record.version and record.file == record.name
        }
        names = {file.name for file in found} | self._hidden(listing)
        for file in todo:
            if _is_lines(file.name):
                self._take_lines(file, digests[file.name])
            else:
                self._take_file(file, digests[file.name], primaries, names)
            self._files_done += 1
            self._bytes_done += file.size
            self._report(file.name)
        self._flush()
        self._remove(
            [record for record in self._catalogue.documents.values() if record.file not in names],
            [record for record in self._catalogue.files.values() if record.name not in names],
        )
        return self._finish(folder)

    # What has to be done

    def _hidden(self, listing: Listing) -> set[str]:
        """Files of the last sync in places that cannot be looked at now: nobody said that they are gone."""
        hidden = {name for name in self._catalogue.files if listing.hides(name)}
        for name in hidden:
            self._tally.unchanged += [record.name for record in self._documents_of(name)]
        for place, reason in listing.unreadable:
            kept = "; what the last sync read there stays" if any(n.startswith(place) for n in hidden) else ""
            self._fail(place, f"cannot be read ({reason}){kept}")
        return hidden

    def _digests(self, found: Sequence[FoundFile]) -> dict[str, str]:
        """SHA-256 of each file by name; from the last sync where size and times are as they were then."""
        digests: dict[str, str] = {}
        for file in found:
            known = self._catalogue.files.get(file.name)
            stamp = (file.size, file.modified, file.changed)
            if known is not None and (known.size, known.modified, known.changed) == stamp:
                digests[file.name] = known.sha256
                continue
            try:
                with file.path.open("rb") as stream:
                    digests[file.name] = file_digest(stream, "sha256").hexdigest()
            except OSError as exc:
                self._cannot_read(file, exc)
        return digests

    def _keep(self, file: FoundFile, digests: dict[str, str], primaries: dict[str, str]) -> FileRecord | None:
        """The file's record if nothing has to be done for it, else None."""
        known = self._catalogue.files.get(file.name)
        if known is None or known.version != self._version or known.sha256 != digests[file.name]:
            return None
        if any(worth_retrying(failure.reason, self._options) for failure in known.failures):
            return None
        documents = self._documents_of(file.name)
        if not _is_lines(file.name):
            primary = primaries[_content(file.name, known.sha256)]
            if any(record.duplicate_of != _unless(primary, file.name) for record in documents):
                return None
        self._tally.failed += known.failures
        for record in documents:
            self._tally.unchanged.append(record.name)
            if record.duplicate_of:
                self._tally.duplicates.append((record.name, record.duplicate_of))
        if (known.size, known.modified, known.changed) != (file.size, file.modified, file.changed):
            self._file_records.append(_file_record(file, known.sha256, self._version, known.failures))
        return known

    def _documents_of(self, file: str) -> list[DocumentRecord]:
        if _is_lines(file):
            return [record for record in self._catalogue.documents.values() if record.file == file]
        single = self._catalogue.documents.get(file)
        return [single] if single is not None else []

    def _cannot_read(self, file: FoundFile, exc: OSError) -> None:
        """The folder still has it, so what was read at the last sync stays, and the next sync tries again."""
        documents = self._documents_of(file.name)
        self._tally.unchanged += [record.name for record in documents]
        kept = "; what the last sync read stays" if documents else ""
        self._fail(file.name, f"cannot be read ({exc.strerror or exc}){kept}")

    def _fail(self, document: str, reason: str) -> Failure:
        failure = Failure(document=document, reason=reason)
        self._tally.failed.append(failure)
        return failure

    # Taking in

    def _take_file(self, file: FoundFile, digest: str, primaries: dict[str, str], names: set[str]) -> None:
        known = self._catalogue.documents.get(file.name)
        content = _content(file.name, digest)
        holder = self._holders.get(content)
        failures: tuple[Failure, ...] = ()
        primary = primaries[content]
        if primary != file.name and self._holders.get(content) == primary:
            self._tally.duplicates.append((file.name, primary))
            waiting = {job.record.name: job.record for job in self._jobs}
            twin = waiting.get(primary) or self._catalogue.documents[primary]
            record = replace(twin, name=file.name, file=file.name, version="", bytes=file.size, duplicate_of=primary)
            self._count(known, digest, file.name, None)
            self._queue(_Job(record=record, rows=[], sources=()))
        else:
            try:
                refuse_size(file.size, self._options)
                data = file.path.read_bytes()
                digest = sha256(data).hexdigest()  # it may have changed since it was compared
                document = read_bytes(data, file.name, options=self._options)
            except UnreadableDocument as exc:
                failures = (self._fail(file.name, str(exc)),)
                if known is not None:
                    self._tally.removed.append(file.name)
                    self._remove([known], [], counted=False)
            except OSError as exc:
                self._cannot_read(file, exc)
                return
            else:
                gone = holder if holder is not None and holder not in names else None
                self._count(known, digest, file.name, gone)
                sources = tuple({name for name in (file.name, holder) if name is not None})
                self._queue(self._job(document, file.name, digest, file.size, sources))
                self._holders[_content(file.name, digest)] = file.name
        self._file_records.append(_file_record(file, digest, self._version, failures))

    def _take_lines(self, file: FoundFile, digest: str) -> None:
        """A file with one document per line: only the lines that changed are embedded."""
        before = {record.name: record for record in self._documents_of(file.name)}
        failures: list[Failure] = []
        try:
            with file.path.open("rb") as stream:
                for document in read_jsonl(stream, file.name):
                    if isinstance(document, Failure):
                        failures.append(document)
                        self._tally.failed.append(document)
                        continue
                    known = before.pop(document.name, None)
                    content = sha256(f"{document.title}\0{document.text}".encode()).hexdigest()
                    if known is not None and known.sha256 == content and known.version == self._stamp(content):
                        self._tally.unchanged.append(document.name)
                        continue
                    self._count(known, content, document.name, None)
                    size = len(document.text.encode())
                    self._queue(self._job(document, file.name, content, size, (document.name,) if known else ()))
        except OSError as exc:
            self._cannot_read(file, exc)
            return
        self._flush()
        self._remove(list(before.values()), [])
        self._file_records.append(_file_record(file, digest, self._version, tuple(failures)))

    def _count(self, known: DocumentRecord | None, digest: str, name: str, gone: str | None) -> None:
        if known is not None and known.sha256 == digest:
            self._tally.unchanged.append(name)
        elif known is not None:
            self._tally.changed.append(name)
        elif gone is not None:
            self._tally.renamed.append((gone, name))
        else:
            self._tally.added.append(name)

    def _stamp(self, digest: str) -> str:
        return sha256(f"{digest} {self._version}".encode()).hexdigest()[:12]

    def _job(self, document: Document, file: str, digest: str, size: int, sources: tuple[str, ...]) -> _Job:
        passages = split(document, count_tokens=self._embedder.count_tokens, size=self._size)
        version = self._stamp(digest)
        language = language_of(document.text)
        return _Job(
            record=DocumentRecord(
                name=document.name,
                file=file,
                title=document.title,
                version=version,
                sha256=digest,
                bytes=size,
                passages=len(passages),
                characters=len(document.text),
                pages=len(document.pages),
            ),
            rows=[
                Row(passage=passage, version=version, seq=seq, language=language)
                for seq, passage in enumerate(passages)
            ],
            sources=sources,
        )

    def _queue(self, job: _Job) -> None:
        self._jobs.append(job)
        if sum(len(waiting.rows) or 1 for waiting in self._jobs) >= _BATCH:
            self._flush()

    # Writing

    def _begin_writing(self) -> None:
        self._changed_anything = True
        if not self._state.writing:
            self._state = replace(self._state, writing=True)
            self._save(self._state)

    def _flush(self) -> None:
        """Embed and write what waits, then switch its documents over, then drop what they had before."""
        jobs, self._jobs = self._jobs, []
        if jobs:
            self._begin_writing()
            rows = [row for job in jobs for row in job.rows]
            ready = self._stored_vectors(jobs)
            for begin in range(0, len(rows), _BATCH):
                self._write(rows[begin : begin + _BATCH], ready)
                self._report(rows[begin].passage.document)
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
        if self._file_records:
            self._store.put_records(self._file_records)
            for file in self._file_records:
                self._catalogue.put(file)
            self._file_records = []

    def _stored_vectors(self, jobs: Sequence[_Job]) -> dict[str, str]:
        """Ids of stored rows by what was embedded for them: the same words need no second embedding."""
        sources = sorted({source for job in jobs for source in job.sources})
        if not sources:
            return {}
        rows = self._store.rows(self._store.keys_of(sources))
        return {searchable(row.passage): key for key, row in rows.items()}

    def _write(self, rows: Sequence[Row], ready: dict[str, str]) -> None:
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
        self._tally.embedded += len(missing)
        self._tally.written += len(rows)
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

    def _remove(
        self, documents: Sequence[DocumentRecord], files: Sequence[FileRecord], *, counted: bool = True
    ) -> None:
        """Take documents out: first they stop counting, then their passages go."""
        if not documents and not files:
            return
        self._begin_writing()
        gone: list[DocumentRecord | FileRecord] = [*documents, *files]
        self._store.drop_records(gone)
        self._announce()
        for record in gone:
            self._catalogue.drop(record)
        renamed = {old for old, _ in self._tally.renamed}
        if counted:
            self._tally.removed += [record.name for record in documents if record.name not in renamed]
        self._mirror.delete_documents(record.name for record in documents)
        # The words of what was renamed belong to what it is called now.
        self._drop_rows([record.name for record in documents if record.name in renamed], (), words=False)
        self._drop_rows([record.name for record in documents if record.name not in renamed], ())

    def _finish(self, folder: Path) -> tuple[State, SyncReport]:
        self._state = replace(
            self._state,
            folder=str(folder.resolve()),
            synced_at=datetime.now(UTC).isoformat(timespec="seconds"),
            generation=self._state.generation + self._changed_anything,
            writing=False,
        )
        self._mirror.commit(self._state.stamp)
        self._save(self._state)
        tally = self._tally
        report = SyncReport(
            added=tuple(sorted(tally.added)),
            changed=tuple(sorted(tally.changed)),
            renamed=tuple(sorted(tally.renamed)),
            unchanged=tuple(sorted(tally.unchanged)),
            removed=tuple(sorted(tally.removed)),
            duplicates=tuple(sorted(tally.duplicates)),
            failed=tuple(sorted(tally.failed, key=lambda failure: failure.document)),
            passages_embedded=tally.embedded,
            seconds=time.monotonic() - self._began,
        )
        return self._state, report

    def _report(self, document: str) -> None:
        self._progress(
            SyncProgress(
                document=document,
                files_done=self._files_done,
                files=self._files,
                bytes_done=self._bytes_done,
                bytes=self._bytes,
                passages=self._tally.written,
                seconds=time.monotonic() - self._began,
            )
        )


def list_folder(folder: Path, *, known: bool, library: Path) -> Listing:
    """The files of a folder; a folder that the library already follows (``known``) may have become empty. The library's
    own folder, where it stands in there, is none of its documents.

    Raises:
        LibraryMissing: it cannot be read, or holds no document.
    """
    try:
        str(folder.resolve()).encode()
    except UnicodeEncodeError as exc:
        raise LibraryMissing(
            f"The name of the folder {os.fsencode(folder)!r} is not UTF-8 text, so it cannot be remembered. Rename it."
        ) from exc
    try:
        found = find_files(folder, skip=library)
    except OSError as exc:
        raise LibraryMissing(
            f"The folder {str(folder)!r} cannot be read ({exc.strerror or exc}). Check the path and sync again."
        ) from exc
    if not known and not any(Path(file.name).suffix.lower() in SUFFIXES for file in found.files):
        raise LibraryMissing(
            f"There are no documents in {str(folder)!r}. "
            f"Put files there ({', '.join(sorted(suffix[1:] for suffix in SUFFIXES))}) and sync again."
        )
    return found


def folder_changes(folder: Path, catalogue: Catalogue, *, library: Path) -> FolderChanges | None:
    """What a folder holds otherwise than when it was synced, without reading a file; None where it cannot be listed."""
    try:
        found = find_files(folder, skip=library)
    except (OSError, LibraryError):
        return None
    known = {name: (file.size, file.modified, file.changed) for name, file in list(catalogue.files.items())}
    there = {file.name: (file.size, file.modified, file.changed) for file in found.files}
    return FolderChanges(
        new=tuple(sorted(there.keys() - known.keys())),
        changed=tuple(sorted(name for name in there.keys() & known.keys() if there[name] != known[name])),
        gone=tuple(sorted(name for name in known.keys() - there.keys() if not found.hides(name))),
    )


def _primaries(digests: dict[str, str]) -> dict[str, str]:
    """By content: the name that sorts first. It holds the passages, the others point to it."""
    primaries: dict[str, str] = {}
    for name in sorted(digests):
        primaries.setdefault(_content(name, digests[name]), name)
    return primaries


def _content(name: str, digest: str) -> str:
    # Two files of the same bytes are the same document only when they are read the same way.
    return f"{digest}{Path(name).suffix.lower()}"


def _unless(primary: str, name: str) -> str:
    return "" if primary == name else primary


def _is_lines(name: str) -> bool:
    return name.lower().endswith(".jsonl")


def _file_record(file: FoundFile, digest: str, version: str, failures: tuple[Failure, ...]) -> FileRecord:
    return FileRecord(
        name=file.name,
        size=file.size,
        modified=file.modified,
        changed=file.changed,
        sha256=digest,
        version=version,
        failures=failures,
    )
