"""A folder into a library, so that the library holds what the folder holds.

Files are compared by size and times first and by content then. What is new is read, split and embedded; only then is
the document switched over to it and its old passages removed. Killed at any point, the library holds each document
either as it was or as it is now, and the next sync goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from index.documents import READER_VERSION, read_bytes, read_jsonl, refuse_size, worth_retrying
from index.errors import UnreadableDocument
from index.folder import FoundFile, Listing, is_below
from index.languages import language_of
from index.passages import SPLITTER_VERSION, split
from index.records import DocumentRecord, FileRecord, Row, State, file_record, unread_record
from index.tally import Tally
from index.twins import content_key, hand_over, primary_names
from index.values import Document, Failure, SyncProgress, SyncReport
from index.writer import BATCH, Job, Target, Writer

if TYPE_CHECKING:
    from index.readers.options import ReadOptions


class Sync:
    """One run. The caller holds the library's write lock."""

    def __init__(
        self,
        target: Target,
        state: State,
        *,
        save: Callable[[State], None],
        passage_tokens: int,
        options: ReadOptions,
        progress: Callable[[SyncProgress], None] | None = None,
    ) -> None:
        """
        Args:
            target: where to.
            state: the library's before.
            save: keeps a state.
            passage_tokens: the most tokens of a passage.
            options: how files are read.
            progress: called after each file and each batch of passages.
        """
        self._target = target
        self._catalogue = target.catalogue
        self._state = state
        self._save = save
        self._size = passage_tokens
        self._options = options
        self._version = f"{READER_VERSION}.{SPLITTER_VERSION}.{passage_tokens}"
        self._progress = progress or (lambda _: None)
        self._writer = Writer(target, state, wrote=self._report)
        self._tally = Tally()
        self._jobs: list[Job] = []
        self._file_records: list[FileRecord] = []
        self._holders: dict[str, str] = {}
        self._same_folder = True
        self._doubts = False
        self._begun = False
        self._lines: dict[str, list[DocumentRecord]] = {}
        self._changed_anything = state.writing  # what a killed sync did is told as news at the end of this one
        self._files = self._files_done = self._bytes = self._bytes_done = 0
        self._began = time.monotonic()

    def run(self, folder: Path, listing: Listing) -> tuple[State, SyncReport]:
        """Bring the library in line with the folder as ``listing`` has it; the state returned was saved with ``save``.

        Raises:
            EmbeddingFailed, StoreUnavailable: what was done until then stays.
        """
        if self._state.writing or self._target.mirror.stamp != self._state.stamp:
            self._target.mirror.repair(self._target.store, self._catalogue)
        self._same_folder = self._state.folder in ("", str(folder.resolve()))
        # What a stopped sync recorded of a file may be older than what it wrote of its documents.
        self._doubts = self._state.writing or not self._same_folder
        self._state = replace(self._state, folder=str(folder.resolve()))
        for record in self._catalogue.documents.values():
            if record.file != record.name:
                self._lines.setdefault(record.file, []).append(record)
        found = listing.files
        names = {file.name for file in found} | self._hidden(listing)
        digests = self._digests(found)
        for job in hand_over(self._catalogue, self._target.store, digests, names):
            self._queue(job)
        self._flush()
        primaries = primary_names(digests)
        todo = [file for file in found if file.name in digests and not self._keep(file, digests, primaries)]
        self._files, self._bytes = len(todo), sum(file.size for file in todo)
        self._holders = {
            content_key(record.name, record.sha256): record.name
            for record in self._catalogue.documents.values()
            if record.version and record.file == record.name
        }
        for file in todo:
            if _is_lines(file.name):
                self._take_lines(file, digests[file.name], names)
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
        hidden = {name for name in self._catalogue.files if listing.hides(name)} if self._same_folder else set()
        for name in hidden:
            self._tally.unchanged += [record.name for record in self._documents_of(name)]
        for place, reason in listing.unreadable:
            kept = "; what the last sync read there stays" if any(is_below(n, place) for n in hidden) else ""
            failure = self._tally.fail(place, f"cannot be read ({reason}){kept}")
            self._file_records.append(unread_record(place, self._catalogue.files.get(place), failure))
        return hidden | {place for place, _ in listing.unreadable}

    def _digests(self, found: Sequence[FoundFile]) -> dict[str, str]:
        """SHA-256 of each file by name; from the last sync where size and times are as they were then."""
        digests: dict[str, str] = {}
        for file in found:
            known = self._catalogue.files.get(file.name)
            if known is not None and not self._doubts and known.stamp == file.stamp:
                digests[file.name] = known.sha256
                continue
            try:
                with file.path.open("rb") as stream:
                    digests[file.name] = file_digest(stream, "sha256").hexdigest()
            except OSError as exc:
                self._cannot_read(file, exc)
        return digests

    def _keep(self, file: FoundFile, digests: dict[str, str], primaries: dict[str, str]) -> bool:
        """Whether nothing has to be done for the file; then it is counted as it is."""
        known = self._catalogue.files.get(file.name)
        if known is None or known.version != self._version or known.sha256 != digests[file.name]:
            return False
        if any(worth_retrying(failure.reason, self._options) for failure in known.failures):
            return False
        documents = self._documents_of(file.name)
        if _is_lines(file.name):
            if self._doubts:
                return False
        else:
            if any(record.sha256 != known.sha256 for record in documents) or not (documents or known.failures):
                return False
            primary = primaries[content_key(file.name, known.sha256)]
            if any(record.duplicate_of != ("" if primary == file.name else primary) for record in documents):
                return False
        self._tally.failed += known.failures
        for record in documents:
            self._tally.unchanged.append(record.name)
            if record.duplicate_of:
                self._tally.duplicates.append((record.name, record.duplicate_of))
        if known.stamp != file.stamp:
            self._file_records.append(file_record(file, known.sha256, self._version, known.failures))
        return True

    def _documents_of(self, file: str) -> list[DocumentRecord]:
        """As the last sync left them."""
        if _is_lines(file):
            return self._lines.get(file, [])
        single = self._catalogue.documents.get(file)
        return [single] if single is not None else []

    def _cannot_read(self, file: FoundFile, exc: OSError) -> None:
        """The folder still has it, so what was read at the last sync stays, and the next sync tries again."""
        documents = self._documents_of(file.name)
        if not self._same_folder:
            self._remove(documents, [])
            documents = []
        self._tally.unchanged += [record.name for record in documents]
        kept = "; what the last sync read stays" if documents else ""
        failure = self._tally.fail(file.name, f"cannot be read ({exc.strerror or exc}){kept}")
        self._file_records.append(unread_record(file.name, self._catalogue.files.get(file.name), failure))

    # Taking in

    def _take_file(self, file: FoundFile, digest: str, primaries: dict[str, str], names: set[str]) -> None:
        known = self._catalogue.documents.get(file.name)
        content = content_key(file.name, digest)
        holder = self._holders.get(content)
        failures: tuple[Failure, ...] = ()
        primary = primaries[content]
        if primary != file.name and holder == primary:
            self._tally.duplicates.append((file.name, primary))
            waiting = {job.record.name: job.record for job in self._jobs}
            twin = waiting.get(primary) or self._catalogue.documents[primary]
            record = replace(twin, name=file.name, file=file.name, version="", bytes=file.size, duplicate_of=primary)
            self._tally.count(known, digest, file.name, None)
            self._queue(Job(record=record, rows=[], sources=()))
        else:
            try:
                refuse_size(file.size, self._options)
                data = file.path.read_bytes()
                digest = sha256(data).hexdigest()  # it may have changed since it was compared
                document = read_bytes(data, file.name, options=self._options)
            except UnreadableDocument as exc:
                failures = (self._tally.fail(file.name, str(exc)),)
                self._holders.pop(content, None)
                if known is not None:
                    self._tally.removed.append(file.name)
                    self._remove([known], [], counted=False)
            except OSError as exc:
                self._cannot_read(file, exc)
                return
            else:
                gone = holder if holder is not None and holder not in names else None
                self._tally.count(known, digest, file.name, gone)
                sources = tuple({name for name in (file.name, holder) if name is not None})
                job = self._job(document, file.name, digest, file.size, sources)
                del data, document  # a large file is in memory once while it is written: as its passages
                self._queue(job)
                self._holders[content_key(file.name, digest)] = file.name
        self._file_records.append(file_record(file, digest, self._version, failures))

    def _take_lines(self, file: FoundFile, digest: str, names: set[str]) -> None:
        """A file with one document per line: only the lines that changed are embedded."""
        before = {record.name: record for record in self._documents_of(file.name)}
        twin = None if before else self._twin(file.name, digest, names)
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
                    was = document.name if twin is None else twin + document.name.removeprefix(file.name)
                    gone = was if twin is not None and twin not in names else None
                    self._tally.count(known, content, document.name, gone)
                    size = len(document.text.encode())
                    sources = (was,) if was in self._catalogue.documents else ()
                    self._queue(self._job(document, file.name, content, size, sources))
        except OSError as exc:
            self._cannot_read(file, exc)
            return
        self._flush()
        self._remove(list(before.values()), [])
        self._file_records.append(file_record(file, digest, self._version, tuple(failures)))

    def _twin(self, name: str, digest: str, names: set[str]) -> str | None:
        """A file of lines with the same content that the last sync read: best one that is gone, so it was renamed."""
        same = [
            each.name
            for each in self._catalogue.files.values()
            if each.sha256 == digest and each.name != name and _is_lines(each.name)
        ]
        return min(same, key=lambda each: (each in names, each), default=None)

    def _stamp(self, digest: str) -> str:
        return sha256(f"{digest} {self._version}".encode()).hexdigest()[:12]

    def _job(self, document: Document, file: str, digest: str, size: int, sources: tuple[str, ...]) -> Job:
        passages = split(document, count_tokens=self._target.embedder.count_tokens, size=self._size)
        version = self._stamp(digest)
        language = language_of(document.text)
        return Job(
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

    def _queue(self, job: Job) -> None:
        self._jobs.append(job)
        if sum(len(waiting.rows) or 1 for waiting in self._jobs) >= BATCH:
            self._flush()

    # Writing

    def _begin_writing(self) -> None:
        self._changed_anything = True
        if not self._begun:
            self._begun = True
            self._state = replace(self._state, writing=True)
            self._save(self._state)

    def _flush(self) -> None:
        """Write what waits, the documents before the files they are from."""
        jobs, self._jobs = self._jobs, []
        if jobs:
            self._begin_writing()
            self._writer.put(jobs)
        files, self._file_records = self._file_records, []
        self._writer.put_files(files)

    def _remove(
        self, documents: Sequence[DocumentRecord], files: Sequence[FileRecord], *, counted: bool = True
    ) -> None:
        if not documents and not files:
            return
        self._begin_writing()
        renamed = {old for old, _ in self._tally.renamed}
        if counted:
            self._tally.removed += [record.name for record in documents if record.name not in renamed]
        self._writer.remove(documents, files, renamed)

    def _finish(self, folder: Path) -> tuple[State, SyncReport]:
        self._state = replace(
            self._state,
            folder=str(folder.resolve()),
            synced_at=datetime.now(UTC).isoformat(timespec="seconds"),
            generation=self._state.generation + self._changed_anything,
            writing=False,
        )
        self._target.mirror.commit(self._state.stamp)
        self._save(self._state)
        return self._state, self._tally.report(self._writer.embedded, time.monotonic() - self._began)

    def _report(self, document: str) -> None:
        self._progress(
            SyncProgress(
                document=document,
                files_done=self._files_done,
                files=self._files,
                bytes_done=self._bytes_done,
                bytes=self._bytes,
                passages=self._writer.written,
                seconds=time.monotonic() - self._began,
            )
        )


def _is_lines(name: str) -> bool:
    return name.lower().endswith(".jsonl")
