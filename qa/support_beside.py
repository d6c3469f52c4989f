"""A claim laid beside its source, word by word.

With an embedder that shows the vectors of single words, words are compared by meaning; without one, by their stems.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from index.embed import TokenEmbedder, TokenVectors
from index.kept import Kept
from index.languages import language_of, terms
from qa.dates import months, weekdays
from qa.facts import Source, names
from qa.numbers import Number, numbers, single_units
from qa.support_language import GERMAN, is_foreign, language_said
from qa.support_words import Words, normal, plain_words, sentences_of, windows_of, words_in

WINDOWS = 10
"""So many windows of a source are looked at closely, those that share most words with the claim."""

_MOST = 60_000
"""Characters of a source that numbers, names and runs of words are looked for in."""

_FACTS = 50
"""So many numbers and names of a claim are compared; a sentence has a few."""

_STOP_WEIGHT = 0.15
_NAME_WEIGHT = 1.5
"""What a stop word and a name or number count beside 1 for another word."""

_STOPS = 0.05
"""What a claim's words count with stop words and all, beside 1 for the telling ones alone, where sentences that carry
it are picked: it decides between equals. Chosen on the development sets."""

_KNOWN = 0.75
"""The least nearness of two words of one stem: a word that is there, though among others, is not without a source."""


Looked = tuple[TokenVectors | None, Words]
"""What is known of a window once it was looked at closely."""


_KEPT: Kept[tuple[str, str, str], Looked] = Kept(256)
"""The windows looked at last, for the next answer often rests on the same passages. Each takes up to
100 kB: a vector of 384 numbers for each of some sixty tokens."""


class Prepared:
    """A source, prepared to have claims laid beside it."""

    def __init__(self, passages: Sequence[str], embedder: TokenEmbedder | None) -> None:
        """
        Args:
            passages: the source, each passage with at least one visible character.
            embedder: None compares words by their stems alone.
        """
        self._embedder = embedder
        whole = "\n\n".join(passages)[:_MOST]
        self._language = language_of(whole)
        self._windows = [window for text in passages for window in windows_of(text)]
        self._stems = [frozenset(terms(window, self._language)) for window in self._windows]
        self._seen: dict[int, Looked] = {}
        self.known = Source(whole)
        self.numbers = [*numbers(whole), *single_units(whole)]
        self.months = months(whole)
        self.weekdays = weekdays(whole)
        self.languages = [language_said(text) for text in passages]
        self.words = plain_words(whole)
        self.flat = f" {' '.join(self.words)} "

    def lay(self, claim: str) -> Beside:
        """One claim beside the source.

        Raises:
            EmbeddingFailed: the embedder gave up.
        """
        chosen = self._chosen(claim)
        self._look([at for at in chosen if at not in self._seen])
        tokens = self._embedder.embed_tokens([claim])[0] if self._embedder else None
        seen = [self._seen[at] for at in chosen]
        texts = [self._windows[at] for at in chosen]
        return Beside(self, claim, tokens, words_in(claim, tokens, self._language), texts, seen)

    def longest_run(self, words: Sequence[str]) -> int:
        """How many of ``words`` in a row stand in the source in a row, at most."""
        longest = low = 0
        for high in range(1, len(words) + 1):
            while low < high and f" {' '.join(words[low:high])} " not in self.flat:
                low += 1
            longest = max(longest, high - low)
        return longest

    def _chosen(self, claim: str) -> list[int]:
        """The windows that share most words with the claim, rare ones above all."""
        if len(self._windows) <= WINDOWS:
            return list(range(len(self._windows)))
        stems = frozenset(terms(claim, self._language))
        spread = {stem: sum(stem in each for each in self._stems) for stem in stems}
        scores = [sum(1 / spread[stem] for stem in sorted(stems & each)) for each in self._stems]
        return sorted(sorted(range(len(scores)), key=lambda at: (-scores[at], at))[:WINDOWS])

    def _look(self, places: Sequence[int]) -> None:
        embedder = self._embedder.name if self._embedder else ""
        keys = {at: (embedder, self._language, self._windows[at]) for at in places}
        self._seen |= {at: known for at, key in keys.items() if (known := _KEPT.get(key)) is not None}
        new = [at for at in places if at not in self._seen]
        texts = [self._windows[at] for at in new]
        every = self._embedder.embed_tokens(texts) if self._embedder else [None] * len(texts)
        for at, text, tokens in zip(new, texts, every, strict=True):
            self._seen[at] = tokens, words_in(text, tokens, self._language)
            _KEPT.put(keys[at], self._seen[at])


class Beside:
    """One claim beside the windows of a source that matter to it. Arrays have a row for each word of the claim."""

    def __init__(
        self,
        source: Prepared,
        claim: str,
        tokens: TokenVectors | None,
        words: Words,
        texts: Sequence[str],
        seen: Sequence[Looked],
    ) -> None:
        import numpy as np

        self.source, self.claim, self.tokens, self.words = source, claim, tokens, words
        self.wholes = [each.whole for each, _ in seen if each is not None]
        self.sentences = sentences_of(texts, [each for _, each in seen])
        self.mine = plain_words(claim)
        self.numbers = numbers(claim)[:_FACTS]
        language = language_said(claim)
        self.is_foreign = is_foreign(language, source.languages)
        self.capital_nouns = language == GERMAN or (language is None and GERMAN in source.languages)
        """Whether a capital may stand for any noun."""
        self.names = names(claim, capital_nouns=self.capital_nouns)[:_FACTS]
        count = len(words.spans)
        telling = np.array(words.telling, dtype=bool)
        self.telling = telling if telling.any() else np.ones(count, dtype=bool)
        special = np.zeros(count, dtype=bool)
        facts = [(each.start, each.end) for each in self.numbers] + [(each.start, each.end) for each in self.names]
        for start, end in facts:
            special[self.rows(start, end)] = True
        self.special = special
        weights = np.where(self.telling, np.where(special, _NAME_WEIGHT, 1.0), _STOP_WEIGHT)
        self.all_weights = normal(weights)
        self.weights = normal(np.where(self.telling, weights, 0.0))
        self._compare([each for _, each in seen])
        nothing = np.zeros(count, dtype=np.float32)
        self.top = self.best.max(axis=1) if self.sentences else nothing
        """Of each word of the claim the nearness of the source's nearest."""
        self.found = self.lexical.max(axis=1) if self.sentences else nothing
        """1 for each word of the claim that the source has."""
        self.order = self._carriers()
        """The sentence that carries most of the claim, the one that adds most to it, and a third."""
        self.carrying = [word for at in self.order[:2] for word in self.sentences[at].folded]
        """The words of the first two."""

    def _compare(self, seen: Sequence[Words]) -> None:
        """Sets (words of the claim, words of the source) and (words of the claim, sentences)."""
        import numpy as np

        codes: dict[str, int] = {}
        own = np.array([codes.setdefault(stem, len(codes)) for stem in self.words.stems], dtype=np.int64)
        theirs = np.array([codes.get(stem, -1) for each in seen for stem in each.stems], dtype=np.int64)
        self.same = (own[:, None] == theirs[None, :]).astype(np.float32)
        vectors = [each.vectors for each in seen if each.vectors is not None]
        self.vectors = np.concatenate(vectors) if vectors else None
        self.near = self.same
        if self.words.vectors is not None and self.vectors is not None:
            self.near = np.clip(self.words.vectors @ self.vectors.T, 0.0, 1.0)
        self.mixed = np.maximum(self.near, _KNOWN * self.same)
        starts = [each.low for each in self.sentences]
        shape = (len(own), len(starts))
        self.best = np.maximum.reduceat(self.mixed, starts, axis=1) if starts else np.zeros(shape, dtype=np.float32)
        self.lexical = np.maximum.reduceat(self.same, starts, axis=1) if starts else np.zeros(shape, dtype=np.float32)

    def _carriers(self) -> list[int]:
        import numpy as np

        order: list[int] = []
        covered = np.zeros(len(self.words.spans), dtype=np.float32)
        for _ in range(min(3, len(self.sentences))):
            gains = self.weights @ np.maximum(self.best, covered[:, None]) + _STOPS * (self.all_weights @ self.best)
            order.append(int(np.argmax(gains)))
            covered = np.maximum(covered, self.best[:, order[-1]])
        return order

    @cached_property
    def sentence_numbers(self) -> list[list[Number]]:
        """Of each sentence of the source."""
        return [[*numbers(each.text), *single_units(each.text)] for each in self.sentences]

    def rows(self, start: int, end: int) -> list[int]:
        """The places of the claim's words between two of its characters."""
        return [at for at, (low, high) in enumerate(self.words.spans) if low < end and high > start]
