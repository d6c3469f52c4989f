"""The lexical index beside the vectors: BM25 through tantivy.

A mirror: everything in it comes from the store and can be built again from there. Chroma's local mode has no ranked
lexical search of its own.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreUnavailable
from index.languages import ENGLISH, QUESTION_WORDS, UNSPACED, terms

if TYPE_CHECKING:
    import tantivy

LAYOUT = 3
"""Grows whenever the fields or the analysis change: a mirror with another number is built anew."""

_HEAP = 64_000_000
"""Bytes that tantivy may buffer before it writes a segment."""

_WORDS = 256
"""Different words of a question that are looked up at most."""


class KeywordIndex:
    """Rows of text by id, searched by the words they share with a question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._index: tantivy.Index | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._languages: frozenset[str] | None = None

    @property
    def stamp(self) -> str:
        """What ``commit`` was last given, empty for a new or foreign mirror: says which state of the store it shows."""
        try:
            self._open()
            layout, _, stamp = (self._path / "stamp").read_text(encoding="utf-8").partition(" ")
        except (OSError, UnicodeDecodeError):
            return ""
        return stamp if layout == str(LAYOUT) else ""

    def add(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Add rows of (id, text, language); they are found after ``commit``. An id that is there is replaced."""
        import tantivy

        writer = self._open_writer()
        for key, text, language in rows:
            self._remember(language)
            writer.delete_documents_by_term("key", key)
            document = tantivy.Document()
            document.add_text("key", key)
            document.add_text("document", key.partition("-")[0])
            words, grams = _analyzed(text, language)
            document.add_text("body", words)
            if grams:
                document.add_text("grams", grams)
            writer.add_document(document)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove rows; gone after ``commit``."""
        writer = self._open_writer()
        for key in keys:
            writer.delete_documents_by_term("key", key)

    def commit(self, stamp: str) -> None:
        """Make what was added and deleted visible to every reader, at once or not at all."""
        if self._writer is not None:
            self._writer.commit()
        self._path.mkdir(parents=True, exist_ok=True)
        (self._path / "stamp").write_text(f"{LAYOUT} {stamp}", encoding="utf-8")
        self.reload()

    def reload(self) -> None:
        """See what other processes have committed."""
        self._languages = None
        if self._index is not None:
            self._index.reload()

    def terms(self, text: str) -> list[str]:
        """The different words of a text, stemmed in each language of the rows: nobody knows which of them answers."""
        found = dict.fromkeys(terms(text))
        for language in sorted(self._known_languages() - {ENGLISH}):
            found |= dict.fromkeys(terms(text, language))
        return list(found)

    def search(self, question: str, k: int, *, documents: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """The ``k`` best rows as (id, BM25 score), best first; only rows that share a word with the question.

        ``documents``, where given, are the keys of the documents to look in.
        """
        query = _query(self._open().schema, self.terms(question)[:_WORDS])
        if query is None or k < 1:
            return []
        with self._readable() as index:
            return self._found(index, query, k, documents)

    @contextmanager
    def _readable(self) -> Iterator[tantivy.Index]:
        """The index; where its files turn out damaged it forgets what it showed, so that it is built again."""
        index = self._open()
        try:
            yield index
        except (ValueError, OSError) as exc:
            (self._path / "stamp").unlink(missing_ok=True)
            raise StoreUnavailable(
                f"The lexical index at {str(self._path)!r} is damaged. Run `footnote sync`: it is built again."
            ) from exc

    def _found(
        self, index: tantivy.Index, query: tantivy.Query, k: int, documents: Sequence[str] | None
    ) -> list[tuple[str, float]]:
        import tantivy

        if documents is not None:
            inside = tantivy.Query.term_set_query(index.schema, "document", list(documents))
            inside = tantivy.Query.const_score_query(inside, 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)])
        searcher = index.searcher()
        found: list[tuple[str, float]] = []
        for score, address in searcher.search(query, limit=k, count=False).hits:
            key = searcher.doc(address).get_first("key")
            found.append((str(key), float(score)))
        return found

    def rarity(self, words: Iterable[str]) -> dict[str, float]:
        """How telling each word of ``terms`` is here: BM25's inverse document frequency, above 0, higher for rarer."""
        with self._readable() as index:
            searcher = index.searcher()
            return {word: _idf(searcher.num_docs, searcher.doc_freq(_field(word), word)) for word in words}

    def telling(self, words: Sequence[str]) -> list[float]:
        """``rarity`` of words as they are written, stemmed in each language of the rows; 0 for stop words.

        Where several languages are mixed, a word that rows have counts, though it is a stop word in another of them,
        by its commonest stem; one that no row has is a stop word if it is one anywhere.
        """
        languages = sorted(self._known_languages()) or [ENGLISH]
        stems = [[terms(word, language) for language in languages] for word in words]
        rarity = self.rarity({stem for each in stems for found in each for stem in found})
        unknown = self._rarity_of_none()
        values = []
        for word, each in zip(words, stems, strict=True):
            known = [max(rarity[stem] for stem in found) for found in each if found]
            there = [value for value in known if value < unknown]
            if word in QUESTION_WORDS or not known or (not there and not all(each)):
                values.append(0.0)
            else:
                values.append(min(there, default=unknown))
        return values

    def _rarity_of_none(self) -> float:
        with self._readable() as index:
            return _idf(index.searcher().num_docs, 0)

    def keys(self, document: str | None = None) -> set[str]:
        """Every row's id, or those of the document with this key."""
        import tantivy

        with self._readable() as index:
            searcher = index.searcher()
            rows = searcher.num_docs
            if not rows:
                return set()
            query = tantivy.Query.all_query()
            if document is not None:
                query = tantivy.Query.term_query(index.schema, "document", document)
            hits = searcher.search(query, limit=rows, count=False).hits
            return {str(searcher.doc(address).get_first("key")) for _, address in hits}

    def clear(self) -> None:
        """Forget everything, on disk too."""
        self.close()
        shutil.rmtree(self._path, ignore_errors=True)

    def end_writing(self) -> None:
        """Let go of the writer's lock and memory. What was not committed is lost."""
        self._writer = None

    def close(self) -> None:
        """Let go of the files. What was not committed is lost."""
        self._writer = None
        self._index = None
        self._languages = None

    def _known_languages(self) -> frozenset[str]:
        if self._languages is None:
            try:
                self._languages = frozenset((self._path / "languages").read_text(encoding="utf-8").split())
            except (OSError, UnicodeDecodeError):
                self._languages = frozenset()
        return self._languages

    def _remember(self, language: str) -> None:
        # Written before the rows are committed: a language too many costs a little, one too few finds nothing.
        if language not in self._known_languages():
            self._languages = self._known_languages() | {language}
            (self._path / "languages").write_text(" ".join(sorted(self._languages)), encoding="utf-8")

    def _open(self) -> tantivy.Index:
        if self._index is None:
            import tantivy

            builder = tantivy.SchemaBuilder()
            builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
            builder.add_text_field("document", tokenizer_name="raw", index_option="basic")
            builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
            builder.add_text_field("grams", tokenizer_name="whitespace", index_option="freq")
            schema = builder.build()
            self._path.mkdir(parents=True, exist_ok=True)
            if not tantivy.Index.exists(str(self._path)):
                (self._path / "stamp").unlink(missing_ok=True)  # whatever it said was of files that are gone
            try:
                opened = tantivy.Index(schema, path=str(self._path), reuse=True)
            except ValueError as exc:
                if "ermission" in str(exc) or "ead-only" in str(exc):
                    raise StoreUnavailable(
                        f"The lexical index at {str(self._path)!r} cannot be opened: its folder cannot be written to. "
                        "Set INDEX_PATH to a folder that can."
                    ) from exc
                # Damaged, or of another layout. It holds nothing that the store does not hold.
                shutil.rmtree(self._path, ignore_errors=True)
                self._path.mkdir(parents=True, exist_ok=True)
                opened = tantivy.Index(schema, path=str(self._path), reuse=True)
            self._index = opened
        return self._index

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            try:
                self._writer = self._open().writer(heap_size=_HEAP, num_threads=1)
            except ValueError as exc:
                raise StoreUnavailable(
                    f"The lexical index at {str(self._path)!r} is being written by another process; "
                    "wait until it is done and sync again."
                ) from exc
        return self._writer


def _analyzed(text: str, language: str) -> tuple[str, str]:
    """The words and the pairs of characters of a text, each separated by spaces."""
    words: list[str] = []
    grams: list[str] = []
    for word in terms(text, language):
        (grams if UNSPACED.fullmatch(word) else words).append(word)
    return " ".join(words), " ".join(grams)


def _idf(rows: int, holding: int) -> float:
    """``ln(1 + (N - n + 0.5) / (n + 0.5))`` for N rows of which n hold a word (Robertson and Zaragoza, "The
    Probabilistic Relevance Framework: BM25 and Beyond", 2009, in the form that never goes below 0)."""
    holding = min(holding, rows)  # what was deleted is counted until its segment is written anew
    return math.log(1 + (rows - holding + 0.5) / (holding + 0.5))


def _field(word: str) -> str:
    return "grams" if UNSPACED.fullmatch(word) else "body"


def _query(schema: tantivy.Schema, words: Sequence[str]) -> tantivy.Query | None:
    """Any of the words; none where there are none."""
    import tantivy

    if not words:
        return None
    return tantivy.Query.boolean_query(
        [(tantivy.Occur.Should, tantivy.Query.term_query(schema, _field(word), word)) for word in words]
    )
