"""The vectors of the single words of passages, kept beside the store so that a second look need not embed them again.

What is kept follows from a text alone, so nothing here can be out of date: a row is found by a digest of the text and
of the embedder's name, and one that is missing is made when it is asked for. The file may be deleted at any time.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from index.blocks import blocks
from index.embed import unit
from index.languages import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.embed import TokenEmbedder, TokenVectors

_LAYOUT = 1
"""Part of every digest: rows of another layout are never read."""

_NEAR, _FAR, _EDGE = 0.4528, 1.510, 0.9816
"""Four levels, two a side, and the edge between those of a side: they lose least of a normally distributed number (Max,
"Quantizing for Minimum Distortion", 1960)."""

_WAIT = 1.0
"""Seconds to wait for another process that writes; after that, rows are made but not kept."""

_BLOCK = 500
"""Rows asked for at once."""

_CHINESE = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ceaf\U0002f800-\U0002fa1f]"
)
"""The blocks that the tokenizer takes apart."""

_RUN = re.compile(r"[^\s!-/:-@\[-`{-~]+")
"""What stands between white space and ASCII's signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The telling words of a text: without stop words and punctuation."""

    names: tuple[str, ...]
    """As the embedder's vocabulary writes them."""

    spans: tuple[tuple[int, int], ...]
    """Start and end of each in the text."""

    vectors: NDArray[np.float32]
    """(words, dimension): of each word the mean of its pieces', unit rows."""


def words_of(tokens: TokenVectors, *, all_words: bool = False) -> Words:
    """The words that a text's tokens are the pieces of; with ``all_words`` those that tell nothing as well."""
    import numpy as np

    groups = list(word_groups(tokens.words))
    names = ["".join(tokens.words[place].removeprefix("##") for place in group) for group in groups]
    chosen = [place for place, name in enumerate(names) if all_words or is_telling(name)]
    dimension = tokens.vectors.shape[1]
    vectors = np.empty((len(chosen), dimension), dtype=np.float32)
    for row, place in enumerate(chosen):
        group = groups[place]
        vectors[row] = tokens.vectors[group[0] : group[-1] + 1].mean(axis=0)
    return Words(
        names=tuple(names[place] for place in chosen),
        spans=tuple((tokens.spans[groups[place][0]][0], tokens.spans[groups[place][-1]][1]) for place in chosen),
        vectors=unit(vectors),
    )


@lru_cache(maxsize=65_536)
def is_telling(word: str) -> bool:
    """Whether a word says something by itself: no punctuation, no English stop word."""
    return bool(terms(word))


def telling_words(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The telling words of a text and their places, found without the embedder, by the rules of its tokenizer.

    BERT's: words end at white space and at punctuation, which is a word of its own, as is every Chinese character.
    """
    names: list[str] = []
    spans: list[tuple[int, int]] = []
    for match in _RUN.finditer(text):
        run, start = match.group(), match.start()
        for low, high in [(0, len(run))] if run.isascii() else _parts(run):
            name = _bare(run[low:high])
            if is_telling(name):
                names.append(name)
                spans.append((start + low, start + high))
    return names, spans


def _parts(run: str) -> Iterator[tuple[int, int]]:
    low = 0
    for place, sign in enumerate(run):
        is_wide = _CHINESE.match(sign) is not None
        if is_wide or unicodedata.category(sign).startswith("P"):
            if low < place:
                yield low, place
            if is_wide:
                yield place, place + 1
            low = place + 1
    if low < len(run):
        yield low, len(run)


def _bare(word: str) -> str:
    """In lower case and without accents."""
    if word.isascii():
        return word.lower()
    return "".join(sign for sign in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(sign) != "Mn")


def word_groups(pieces: Sequence[str]) -> Iterator[list[int]]:
    """Places of the pieces of each word; a piece that goes on with a word begins with ``##``."""
    group: list[int] = []
    for place, piece in enumerate(pieces):
        if group and not piece.startswith("##"):
            yield group
            group = []
        group.append(place)
    if group:
        yield group


class WordVectors:
    """Vectors of the telling words of texts, by text, in one SQLite file."""

    def __init__(self, path: Path, embedder: TokenEmbedder) -> None:
        """
        Args:
            path: the file; made at the first write.
            embedder: gives the vectors that are missing.
        """
        self.embedder = embedder
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """(words, dimension) for each text, unit rows, as exact as two bits a number are.

        Raises:
            EmbeddingFailed: what was missing could not be embedded.
        """
        keys = [self._key(text) for text in texts]
        rows = self._read(keys)
        missing = [place for place, key in enumerate(keys) if key not in rows]
        if missing:
            made = [texts[place] for place in missing]
            packed = [_pack(words_of(tokens).vectors) for tokens in self.embedder.embed_tokens(made)]
            rows |= {keys[place]: row for place, row in zip(missing, packed, strict=True)}
            self._write((keys[place], rows[keys[place]]) for place in missing)
        return [_unpack(rows[key], self.embedder.dimension) for key in keys]

    def words(self, texts: Sequence[str]) -> list[Words]:
        """The same with the words that the vectors stand for, and their places.

        Raises:
            EmbeddingFailed: what was missing could not be embedded.
        """
        found = []
        for text, vectors in zip(texts, self.get(texts), strict=True):
            names, spans = telling_words(text)
            is_cut = len(names) > len(vectors) and self.embedder.count_tokens(text) > self.embedder.max_tokens
            if len(names) == len(vectors) or is_cut:
                length = len(vectors)
                found.append(Words(names=tuple(names[:length]), spans=tuple(spans[:length]), vectors=vectors))
            else:  # signs that the vocabulary lacks: only the embedder can say which word a vector is of
                found.append(words_of(self.embedder.embed_tokens([text])[0]))
        return found

    def put(self, texts: Sequence[str], tokens: Iterable[TokenVectors]) -> None:
        """Keep what was embedded for these texts."""
        self._write((self._key(text), _pack(words_of(each).vectors)) for text, each in zip(texts, tokens, strict=True))

    def drop(self, texts: Iterable[str]) -> None:
        """Forget these texts. One that another passage has too is made again when it is asked for."""
        keys = [(self._key(text),) for text in texts]
        with self._open() as connection:
            if connection is not None:
                connection.executemany("DELETE FROM words WHERE key = ?", keys)

    def close(self) -> None:
        """Let go of the file. Using it afterwards opens it again."""
        with self._lock:
            self._forget()

    def _key(self, text: str) -> bytes:
        about = f"{_LAYOUT} {self.embedder.name}\0{text}"
        return blake2b(about.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        if not self._path.exists():
            return found
        with self._open() as connection:
            if connection is not None:
                for block in blocks(keys, _BLOCK):
                    marks = ",".join("?" * len(block))
                    found.update(connection.execute(f"SELECT key, vectors FROM words WHERE key IN ({marks})", block))
        width = 2 * -(-self.embedder.dimension // 8)
        # Whatever else stands there was written by nobody that is known here.
        return {key: row for key, row in found.items() if isinstance(row, bytes) and len(row) % width == 0}

    def _write(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        with self._open() as connection:
            if connection is not None:
                connection.executemany("INSERT OR REPLACE INTO words VALUES (?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        """The file, for one transaction; None where it cannot be used.

        Whatever is wrong with it (read-only, no room, busy, damaged), no search fails for that: rows are made again.
        """
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                connection = self._connection
            except (sqlite3.Error, OSError):
                yield None
                return
            try:
                with connection:
                    yield connection
            except sqlite3.DatabaseError as exc:
                self._forget()
                if not isinstance(exc, sqlite3.OperationalError):  # that is a full disk, a lock, a missing right
                    with suppress(OSError):
                        self._remove()

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=_WAIT, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("CREATE TABLE IF NOT EXISTS words (key BLOB PRIMARY KEY, vectors BLOB NOT NULL)")
        except sqlite3.OperationalError:
            # A library on a disk that cannot be written to is still read.
            pass
        except sqlite3.DatabaseError:
            connection.close()
            self._remove()
            raise
        return connection

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


def _pack(vectors: NDArray[np.float32]) -> bytes:
    """Two bits a number, one for its side and one for how far it is out, in units of its row's standard deviation."""
    import numpy as np

    deviation = vectors.std(axis=1, keepdims=True)
    sides = np.packbits(vectors > 0, axis=1)
    far = np.packbits(np.abs(vectors) > _EDGE * deviation, axis=1)
    return np.concatenate([sides, far], axis=1).tobytes()


def _unpack(packed: bytes, dimension: int) -> NDArray[np.float32]:
    import numpy as np

    width = -(-dimension // 8)
    bits = np.frombuffer(packed, dtype=np.uint8).reshape(-1, 2, width)
    sides, far = (np.unpackbits(bits[:, plane], axis=1, count=dimension) for plane in (0, 1))
    rows = far * np.float32(_FAR - _NEAR) + np.float32(_NEAR)  # arithmetic takes a third of the time of a table
    rows *= sides * np.float32(2) - np.float32(1)
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return rows
