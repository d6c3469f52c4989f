"""The noun users hold: a searchable library over one folder of documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.errors import LibraryError, LibraryMismatch, LibraryMissing
from index.gather import join, parse_id
from index.held import Held
from index.passages import document_key, joined
from index.records import LAYOUT, Catalogue, State, new_state
from index.search import Search, moved
from index.text import whole_characters
from index.values import CheckReport, Document, DocumentInfo, Hit, Passage, Status, SyncProgress, SyncReport
from index.words import WordVectors

if TYPE_CHECKING:
    from index.embed import Embedder
    from index.mirror import Mirror
    from index.settings import IndexSettings
    from index.store import Store
    from index.sync import Sync


class Library:
    """Documents of one folder, searchable by meaning and by words.

    Open it with ``Library.open``; use it in a ``with`` block or call ``close``. Any number of threads may search one
    library, and any number of processes may have it open, but one at a time may sync.
    """

    def __init__(self, path: Path, *, settings: IndexSettings, embedder: Embedder) -> None:
        from index.embed import token_embedder

        self._path = path
        self._settings = settings
        self._embedder = embedder
        self._held = Held(path, settings, accept=self._check)
        self._words = WordVectors(path / "words.sqlite", token_embedder(embedder))

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        settings: IndexSettings | None = None,
        embedder: Embedder | None = None,
    ) -> Library:
        """The library at ``path``, or where the settings say. Nothing is created before the first sync.

        A ``path`` names a library of its own in that folder, also where the settings name a Chroma server.

        Raises:
            LibraryError: a setting has a value that it cannot have.
        """
        from index.embed import embedder_for
        from index.settings import load_settings

        settings = settings or load_settings()
        if path is not None:
            settings = settings.model_copy(update={"chroma_url": None})
        place = Path(path) if path is not None else settings.path
        return cls(place.expanduser(), settings=settings, embedder=embedder or embedder_for(settings))

    @property
    def path(self) -> Path:
        """The folder that holds everything."""
        return self._path

    @property
    def settings(self) -> IndexSettings:
        """Those that it was opened with."""
        return self._settings

    @property
    def embedder(self) -> Embedder:
        """What turns its texts into vectors."""
        return self._embedder

    @property
    def words(self) -> WordVectors:
        """The vectors of single words: of its passages, as kept since the sync, and of whatever is asked."""
        return self._words

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files and connections. Searching afterwards opens them again."""
        from index.embed import Closable

        self._held.close()
        self._words.close()
        if isinstance(self._embedder, Closable):
            self._embedder.close()

    # Writing

    def sync(
        self,
        folder: str | Path | None = None,
        *,
        may_be_empty: bool = False,
        progress: Callable[[SyncProgress], None] | None = None,
    ) -> SyncReport:
        """Make the library hold what ``folder`` holds; without one, the folder it was last synced with.

        What did not change costs nothing, what cannot be read is reported, documents of another folder are taken out.

        Raises:
            LibraryMissing: no folder was given, it cannot be read, or is empty; it ``may_be_empty`` as the library is.
            LibraryMismatch: the library was built with another embedder.
            LibraryBusy: another process is syncing.
            EmbeddingFailed, StoreUnavailable: what was done until then stays.
        """
        from index.folder import list_folder

        with self._held.writing():
            with self._held.gate.alone():
                self._held.refresh(mend=False)  # the sync does that itself
                self._held.is_syncing = True
            target = self._folder(folder, state := self._held.state)
            known = state is not None and state.folder == str(target.resolve())
            known |= may_be_empty and not self._held.catalogue.documents
            found = list_folder(target, known=known, library=self._path)
            if folder is None and not found.files and not found.unreadable and self._held.catalogue.files:
                raise LibraryMissing(
                    f"The folder {str(target)!r} holds no files any more, as if its disk were not mounted, and "
                    f"nothing was taken out. If it is meant to be empty, run `footnote sync {str(target)!r}`."
                )
            if state is None:
                state = new_state(self._embedder, build=1)
                self._held.store.open_build(state, create=True)
                self._held.catalogue = Catalogue()
                self._held.state = state
            mirror = self._held.mirror(state)
            try:
                sync = self._into(self._held.store, mirror, self._held.catalogue, state, progress, visible=True)
                self._held.state, report = sync.run(target, found)
                with self._held.switching():
                    self._held.announce()
            finally:
                mirror.end_writing()
            return report

    def rebuild(self, *, progress: Callable[[SyncProgress], None] | None = None) -> SyncReport:
        """Build the library anew from its folder, beside the old one, and switch over at the end.

        Raises:
            LibraryMissing, LibraryBusy, EmbeddingFailed, StoreUnavailable: the old library stays as it is.
        """
        from index.folder import list_folder

        with self._held.writing():
            with closing(self._held.another_store()) as looked:
                old = looked.control.state() if looked.exists() else None
            if old is None or not old.folder:
                raise self._held.missing()
            target = Path(old.folder)
            found = list_folder(target, known=False, library=self._path)
            fresh = replace(new_state(self._embedder, build=old.build + 1), generation=old.generation)
            mirror = self._held.mirror_at(fresh.build)
            mirror.clear()
            store = self._held.another_store()
            try:
                store.keep_build(old.build)
                store.open_build(fresh, create=True)
                sync = self._into(store, mirror, Catalogue(), fresh, progress, visible=False)
                state, report = sync.run(target, found)
                store.control.put_state(state)
            finally:
                mirror.close()
                store.close()
            with self._held.gate.alone():
                self._held.refresh()
            with self._held.switching():
                self._held.announce()
                self._held.store.keep_build(state.build)
                self._held.mirror_at(old.build).clear()
            return report

    def check(self, *, repair: bool = True, progress: Callable[[SyncProgress], None] | None = None) -> CheckReport:
        """Compare what is recorded with what is stored, what can be searched and what the folder holds, and put right
        what differs.

        Args:
            repair: False only looks.
            progress: called while documents are read again.

        Raises:
            LibraryMissing, LibraryMismatch, LibraryBusy, StoreUnavailable: nothing was repaired.
        """
        from index.check import inspect, stale_files, undo

        with self._held.writing():
            with self._held.gate.alone():
                self._held.refresh(mend=False)
                state = self._held.state
            if state is None:
                raise self._held.missing()
            mirror = self._held.mirror(state)
            found = inspect(self._held.store, mirror, self._held.catalogue, state)
            checked = replace(found.report, stale=stale_files(state, self._held.catalogue, library=self._path))
            if checked.is_sound or not repair:
                return checked
            needs_sync = bool(found.broken or checked.stale)
            with self._held.switching():
                undo(found, self._held.store, mirror, self._held.catalogue, state)
                self._held.announce()
            if not needs_sync:
                self._held.store.control.put_state(state)
        if needs_sync:
            self.sync(progress=progress)
        return replace(checked, repaired=True)

    # Reading

    def search(self, question: str, k: int = 8, *, documents: str | Sequence[str] | None = None) -> list[Hit]:
        """The ``k`` passages that answer the question best, best first; fewer where the library holds fewer.

        Args:
            question: any text; only its beginning counts where it is longer than the embedder reads.
            k: how many, at least 1.
            documents: names, or patterns such as ``reports/*.pdf``, of the documents to search in; None for all.

        Raises:
            LibraryMissing: nothing was synced yet.
            LibraryMismatch: built with another embedder.
            LibraryError: no document is called like that.
            StoreUnavailable: Chroma cannot read its files, or its server does not answer.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        question = whole_characters(question)
        if not question.strip():
            return []
        return self._held.again(lambda: self._search(question, k, documents))

    def _search(self, question: str, k: int, documents: str | Sequence[str] | None) -> list[Hit]:
        with self._held.reading() as state:
            if not self._held.catalogue.documents:
                raise LibraryMissing(
                    f"The library {self._held.place} holds no documents. `footnote status` says what failed; "
                    "put documents into its folder and run `footnote sync`."
                )
            only = None if documents is None else self._held.catalogue.matching(documents)
            inside = None if only is None else [document_key(name) for name in only]
            return Search(
                store=self._held.store,
                mirror=self._held.mirror(state),
                state=state,
                is_live=self._held.is_live,
                embedder=self._embedder,
                words=self._words,
                look=self._settings.second_look,
            ).run(question, k, documents=only, keys=inside)

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """How telling each of these words, as ``index.languages.terms`` gives them, is among the library's passages."""
        with self._held.reading() as state:
            return self._held.mirror(state).rarity(words)

    def telling(self, words: Sequence[str]) -> list[float]:
        """The same for words as they are written, in any of the library's languages; 0 for stop words."""
        with self._held.reading() as state:
            return self._held.mirror(state).telling(words)

    def passage(self, passage_id: str) -> Passage | None:
        """The passage with this id, or None if the library no longer holds it. One that a hit joined has an id too."""
        return self._held.again(lambda: self._passage(passage_id))

    def _passage(self, passage_id: str) -> Passage | None:
        first, count = parse_id(passage_id)
        with self._held.reading():
            version = self._held.catalogue.versions.get(first.partition("-")[0])
            if not version or not count:
                return None
            key = f"{first}@{version}"
            row = self._held.store.rows([key]).get(key)
            if row is None:
                self._held.bell.doubt()
                return None
            found = join(self._held.store.rows_from(row, count)) if count > 1 else row.passage
            return found if found.id == passage_id else None

    def document(self, name: str) -> Document:
        """A document with its whole text, put together from its passages.

        Raises:
            LibraryError: the library holds no document of that name.
        """
        return self._held.again(lambda: self._document(name))

    def _document(self, name: str) -> Document:
        with self._held.reading() as state:
            record = self._held.catalogue.documents.get(name)
            if record is None:
                raise LibraryError(
                    f"The library holds no document {name!r}. `footnote status --documents` lists what it holds."
                )
            holder = self._held.catalogue.documents.get(record.duplicate_of or name)
            if holder is None:
                raise moved()
            keys = self._held.mirror(state).keys_of(document_key(holder.name))
            here = self._held.store.rows([key for key in keys if self._held.catalogue.is_live(key)])
            rows = sorted(here.values(), key=lambda row: row.seq)
            if len(rows) != holder.passages:
                rows = self._held.store.rows_of(holder.name, holder.version)
            if len(rows) != holder.passages:
                raise moved()
        return joined(name, record.title, [row.passage for row in rows])

    def original(self, name: str) -> bytes | None:
        """A document's file as it was read; None where it is no longer like that, or is not a file of its own."""
        from index.status import original

        with self._held.reading() as state:
            return original(name, state, self._held.catalogue)

    def documents(self) -> list[DocumentInfo]:
        """Every document, by name, without its text."""
        with self._held.reading():
            return self._held.catalogue.infos()

    def stamp(self) -> str:
        """A text that is another one whenever somebody, in any process, changed the library. Cheap to ask for.

        Raises:
            StoreUnavailable: the server does not answer.
        """
        stamp = self._held.bell.stamp()
        return f"{stamp.here} {stamp.there}"

    def status(self) -> Status:
        """What the library holds and where.

        Raises:
            LibraryMissing: nothing was synced yet.
        """
        from index.status import status_of

        with self._held.reading() as state:
            return status_of(self._path, state, self._held.catalogue)

    # Inside

    def _into(
        self,
        store: Store,
        mirror: Mirror,
        catalogue: Catalogue,
        state: State,
        progress: Callable[[SyncProgress], None] | None,
        *,
        visible: bool,
    ) -> Sync:
        """A sync into this store; ``visible`` where others read it meanwhile, and are to know how far it is."""
        from index.readers.options import ReadOptions
        from index.sync import Sync
        from index.writer import Target

        return Sync(
            Target(
                store=store,
                mirror=mirror,
                catalogue=catalogue,
                embedder=self._embedder,
                words=self._words if self._settings.second_look else None,
                announce=self._held.announce if visible else lambda: None,
                switching=self._held.switching if visible else nullcontext,
            ),
            state,
            save=store.control.put_state if visible else lambda _: None,
            passage_tokens=min(self._settings.passage_tokens, self._embedder.max_tokens),
            options=ReadOptions.of(self._settings),
            progress=progress,
        )

    def _check(self, state: State) -> None:
        # The dimension is compared where there is a vector: a server may have to be asked for it.
        if (state.layout, state.embedder) != (LAYOUT, self._embedder.name):
            raise LibraryMismatch(
                f"The library {self._held.place} was built with {state.embedder} (layout {state.layout}), and this "
                f"is {self._embedder.name} (layout {LAYOUT}). Run `footnote rebuild` to build it anew from its folder, "
                "or set INDEX_EMBEDDER as it was."
            )

    def _folder(self, folder: str | Path | None, state: State | None) -> Path:
        if folder is not None:
            return Path(folder).expanduser()
        if state is None or not state.folder:
            raise LibraryMissing(f"The library {self._held.place} knows no folder yet. Run `footnote sync DIR`.")
        return Path(state.folder)
