"""One search: candidates by vector and by words, one score, a second look, and what belongs together put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from index.errors import StoreUnavailable
from index.fuse import added
from index.gather import About, gather
from index.languages import is_unspaced
from index.passages import searchable
from index.records import check_dimension
from index.rerank import interaction, looked_at, weights
from index.words import words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.embed import Embedder, TokenVectors
    from index.mirror import Mirror
    from index.records import Row, State
    from index.store import Store
    from index.values import Hit
    from index.words import WordVectors

_DEPTH = 100
"""Candidates that each side brings at least."""

_DEPTH_FOR_HIT = 4
"""And for each hit that is wanted."""

_DEEPER = 8
"""How many times as many are looked for where they made too few hits."""

_DEEPEST = 6_400
"""Candidates after which no more are looked for."""

_PAGES = 3
"""Pages of a question that are looked up."""

_ON_PAGE = 30
"""Candidates from a page that the question names."""

_SPARE = 2
"""Passages fetched for each hit: some join, some repeat another one."""

Ranked = list[tuple[str, float]]


class Search:
    """What one search needs. The caller sees to it that nothing changes meanwhile."""

    def __init__(
        self,
        *,
        store: Store,
        mirror: Mirror,
        state: State,
        is_live: Callable[[str], bool],
        embedder: Embedder,
        words: WordVectors,
        look: int,
    ) -> None:
        """``look`` is how many passages the second look takes in; 0 leaves it out.

        It is left out as well for a question in a script without spaces: the bundled embedder knows single
        characters of it at best, and would overrule the words that were found.
        """
        self._store = store
        self._mirror = mirror
        self._state = state
        self._is_live = is_live
        self._embedder = embedder
        self._words = words
        self._look = look

    def run(self, question: str, k: int, *, documents: Sequence[str] | None, keys: Sequence[str] | None) -> list[Hit]:
        """The ``k`` best hits. ``documents`` are names and ``keys`` their keys, where only some are searched."""
        look = self._look and not is_unspaced(question)
        asked = self._words.embedder.embed_tokens([question])[0] if look else None
        vector = self._vector(question, asked)
        depth = max(_DEPTH, _DEPTH_FOR_HIT * k)
        while True:
            hits, is_all = self._at_depth(question, vector, asked, k, depth, documents, keys)
            if len(hits) >= k or is_all or depth >= _DEEPEST:
                return hits
            depth = min(_DEEPER * depth, _DEEPEST)  # much was joined or was a copy of something else

    def _at_depth(
        self,
        question: str,
        vector: NDArray[np.float32],
        asked: TokenVectors | None,
        k: int,
        depth: int,
        documents: Sequence[str] | None,
        keys: Sequence[str] | None,
    ) -> tuple[list[Hit], bool]:
        """The hits that so many candidates of each side make, and whether there are no more candidates."""
        found = self._store.nearest(vector, depth, documents=documents)
        is_all = len(found) < depth
        dense = dict(self._live(found))
        keyword = dict(self._live(self._mirror.search(question, depth, documents=keys)))
        dense_rank = {key: rank for rank, key in enumerate(dense, 1)}
        keyword_rank = {key: rank for rank, key in enumerate(keyword, 1)}
        for key, other in self._store.vectors([key for key in keyword if key not in dense]).items():
            dense[key] = float(other @ vector)
        placed = self._on_pages(question, vector, documents)
        dense |= placed
        names = self._mirror.names(question, sorted({_document(key) for key in dense}))
        scores = added(dense, keyword, names, document_of=_document, placed=placed)
        rows = self._rows(list(scores)[: max(self._look, _SPARE * k)])
        if asked is not None:
            scores = self._second_look(asked, scores, rows)

        def about(row: Row) -> About:
            return scores[row.key], dense[row.key], dense_rank.get(row.key), keyword_rank.get(row.key)

        hits = gather((rows[key] for key in scores if key in rows), k, about=about)
        if len(hits) < k and len(rows) < len(scores):
            rows |= self._rows([key for key in scores if key not in rows])
            hits = gather((rows[key] for key in scores), k, about=about)
        return hits, is_all

    def _on_pages(
        self, question: str, vector: NDArray[np.float32], documents: Sequence[str] | None
    ) -> dict[str, float]:
        """Candidates from the pages that the question names, with their cosines."""
        found: Ranked = []
        for page in asked_pages(question):
            found += self._store.nearest(vector, _ON_PAGE, documents=documents, page=page)
        return dict(self._live(found))

    def _vector(self, question: str, asked: TokenVectors | None) -> NDArray[np.float32]:
        same = asked is not None and self._words.embedder is self._embedder
        vector = asked.whole if asked is not None and same else self._embedder.embed_query(question)
        check_dimension(vector.shape[0], self._state)
        return vector

    def _second_look(self, asked: TokenVectors, scores: dict[str, float], rows: dict[str, Row]) -> dict[str, float]:
        best = [key for key in list(scores)[: self._look] if key in rows]
        words = words_of(asked, all_words=True)
        share = weights(self._mirror.telling(words.names))
        seen = self._words.get([searchable(rows[key].passage) for key in best])
        return looked_at(scores, dict(zip(best, interaction(words.vectors, share, seen), strict=True)))

    def _rows(self, keys: Sequence[str]) -> dict[str, Row]:
        rows = self._store.rows(keys)
        if len(rows) < len(keys):
            raise moved()
        return rows

    def _live(self, found: Ranked) -> Ranked:
        return [pair for pair in found if self._is_live(pair[0])]


def moved() -> StoreUnavailable:
    """What to raise where the library changed while it was read."""
    return StoreUnavailable("The library changed while it was read. Ask again.")


_PAGE = re.compile(r"\b(?:pages?|pp?\.|slides?|sheets?|seiten?|página|pagina|diapositive)\s*(\d{1,4})\b", re.IGNORECASE)
_FIRST = re.compile(r"\b(?:first|cover|title|opening)\s+(?:page|slide)\b", re.IGNORECASE)


def asked_pages(question: str) -> list[int]:
    """The pages that a question names: "on page 14", "slide 3", "the cover page"."""
    pages = [int(match[1]) for match in _PAGE.finditer(question)] + [1] * bool(_FIRST.search(question))
    return [page for page in dict.fromkeys(pages) if page > 0][:_PAGES]


def _document(key: str) -> str:
    return key.partition("-")[0]
