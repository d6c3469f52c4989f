"""The lexical index beside the vectors: BM25 through tantivy, the only module that imports it.

A mirror: everything in it comes from the store and can be built again from there. Chroma's local mode has no ranked
lexical search of its own.
"""

from __future__ import annotations

import math
import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreUnavailable

if TYPE_CHECKING:
    import tantivy

LAYOUT = 1
"""Grows whenever the fields or the analysis change: a mirror with another number is built anew."""

_HEAP = 64_000_000
"""Bytes that tantivy may buffer before it writes a segment."""

_WORDS = 256
"""Different words of a question that are looked up at most."""

# Scripts written without spaces: Han, kana, Hangul, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)


class KeywordIndex:
    """Rows of text by id, searched by the words they share with a question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._index: tantivy.Index | None = None
        self._writer: tantivy.IndexWriter | None = None

    @property
    def stamp(self) -> str:
        """What ``commit`` was last given, empty for a new or foreign mirror: says which state of the store it shows."""
        try:
            self._open()
            layout, _, stamp = (self._path / "stamp").read_text(encoding="utf-8").partition(" ")
        except OSError:
            return ""
        return stamp if layout == str(LAYOUT) else ""

    def add(self, rows: Iterable[tuple[str, str]]) -> None:
        """Add rows of (id, text); they are found after ``commit``. An id that is there already is replaced."""
        import tantivy

        writer = self._open_writer()
        for key, text in rows:
            writer.delete_documents_by_term("key", key)
            document = tantivy.Document()
            document.add_text("key", key)
            document.add_text("document", key.partition("-")[0])
            plain = _plain(text)
            document.add_text("body", plain)
            grams = _bigrams(plain)
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
        if self._index is not None:
            self._index.reload()

    def search(self, question: str, k: int, *, documents: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """The ``k`` best rows as (id, BM25 score), best first; only rows that share a word with the question.

        ``documents``, where given, are the keys of the documents to look in.
        """
        query = _query(self._open().schema, question)
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
        """How telling each word of ``terms`` is here: BM25's inverse document frequency, above 0, higher for rarer.

        ``ln(1 + (N - n + 0.5) / (n + 0.5))`` for N rows of which n hold the word (Robertson and Zaragoza, "The
        Probabilistic Relevance Framework: BM25 and Beyond", 2009, in the form that never goes below 0).
        """
        searcher = self._open().searcher()
        rows = searcher.num_docs
        found: dict[str, float] = {}
        for word in words:
            field = "grams" if _UNSPACED.fullmatch(word) else "body"
            holding = min(searcher.doc_freq(field, word), rows)
            found[word] = math.log(1 + (rows - holding + 0.5) / (holding + 0.5))
        return found

    def keys(self) -> set[str]:
        """Every row's id."""
        import tantivy

        index = self._open()
        searcher = index.searcher()
        rows = searcher.num_docs
        if not rows:
            return set()
        hits = searcher.search(tantivy.Query.all_query(), limit=rows, count=False).hits
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

    def _open(self) -> tantivy.Index:
        if self._index is None:
            import tantivy

            builder = tantivy.SchemaBuilder()
            builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
            builder.add_text_field("document", tokenizer_name="raw", index_option="basic")
            builder.add_text_field("body", tokenizer_name="footnote", index_option="freq")
            builder.add_text_field("grams", tokenizer_name="whitespace", index_option="freq")
            schema = builder.build()
            self._path.mkdir(parents=True, exist_ok=True)
            if not tantivy.Index.exists(str(self._path)):
                (self._path / "stamp").unlink(missing_ok=True)  # whatever it said was of files that are gone
            try:
                opened = tantivy.Index(schema, path=str(self._path), reuse=True)
            except ValueError:
                # Damaged, or of another layout. It holds nothing that the store does not hold.
                shutil.rmtree(self._path, ignore_errors=True)
                self._path.mkdir(parents=True, exist_ok=True)
                opened = tantivy.Index(schema, path=str(self._path), reuse=True)
            opened.register_tokenizer("footnote", _analyzer())
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


def _analyzer() -> tantivy.TextAnalyzer:
    import tantivy

    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stopword("english"))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def _plain(text: str) -> str:
    """One spelling for what looks the same: ligatures, full-width letters, soft hyphens."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("\xad", "")


def _bigrams(text: str) -> str:
    """Neighbouring pairs of characters of the scripts that put no space between words, separated by spaces."""
    return " ".join(gram for run in _UNSPACED.findall(text) for gram in _pairs(run))


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for left, right in pairwise(run):
        yield left + right


@cache
def _shared_analyzer() -> tantivy.TextAnalyzer:
    return _analyzer()


def terms(text: str) -> list[str]:
    """The words of a text as the index knows them: lower case, stemmed, without stop words; pairs of characters for
    scripts without spaces."""
    plain = _plain(text.encode("utf-8", "replace").decode("utf-8"))
    words = [word for word in _shared_analyzer().analyze(plain) if not _UNSPACED.search(word)]
    return [*words, *_bigrams(plain).split()]


def _query(schema: tantivy.Schema, question: str) -> tantivy.Query | None:
    """Any of the question's words; none if it has only stop words, or nothing at all."""
    import tantivy

    wanted = list(dict.fromkeys(terms(question)))[:_WORDS]
    if not wanted:
        return None
    return tantivy.Query.boolean_query(
        [
            (
                tantivy.Occur.Should,
                tantivy.Query.term_query(schema, "grams" if _UNSPACED.fullmatch(word) else "body", word),
            )
            for word in wanted
        ]
    )
