"""Texts in the pieces that the support check compares: windows that are embedded together, sentences, words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from index.embed import TokenVectors, unit
from index.languages import terms
from index.sentences import sentence_spans
from index.words import word_groups
from qa.facts import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

WINDOW = 900
"""Characters of source that are embedded together: about what the bundled model takes at once."""

FAR = 0.45
"""Nearness below which a word has no source."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def plain_words(text: str) -> list[str]:
    """In lower case, without accents."""
    return _WORD.findall(fold(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a text: where they are, how they are compared, and their vectors where there are any."""

    spans: tuple[tuple[int, int], ...]
    stems: tuple[str, ...]
    """A word that tells nothing stands for itself."""

    telling: tuple[bool, ...]
    vectors: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSentence:
    text: str
    low: int
    """Its words among those of all the sentences: ``low`` to ``high``."""

    high: int
    spans: tuple[tuple[int, int], ...]
    """Of its words, in ``text``."""

    telling: tuple[bool, ...]

    @property
    def folded(self) -> list[str]:
        return plain_words(self.text)


def sentences_of(texts: Sequence[str], words: Sequence[Words]) -> list[SourceSentence]:
    """The sentences of the windows that have words, in order; together they hold every word once."""
    found: list[SourceSentence] = []
    base = 0
    for text, each in zip(texts, words, strict=True):
        at = 0
        spans = sentence_spans(text)
        for place, (start, end) in enumerate(spans):
            low = at
            last = place + 1 == len(spans)
            while at < len(each.spans) and (last or each.spans[at][0] < end):
                at += 1
            if at > low:
                found.append(
                    SourceSentence(
                        text=text[start:end],
                        low=base + low,
                        high=base + at,
                        spans=tuple((begin - start, finish - start) for begin, finish in each.spans[low:at]),
                        telling=each.telling[low:at],
                    )
                )
        base += len(each.spans)
    return found


def normal(weights: NDArray[np.float64]) -> Floats:
    """Summing to 1; zeros stay."""
    import numpy as np

    row: Floats = (weights / max(float(weights.sum()), 1e-9)).astype(np.float32)
    return row


def windows_of(text: str) -> list[str]:
    """Neighbouring sentences, as many together as are embedded at once."""
    found = []
    start = end = -1
    limit = WINDOW if text.isascii() else WINDOW * 2 // 3
    for low, high in sentence_spans(text):
        if start >= 0 and high - start > limit:
            found.append(text[start:end])
            start = -1
        start = low if start < 0 else start
        end = high
    if start >= 0:
        found.append(text[start:end])
    return found


def words_in(text: str, tokens: TokenVectors | None, language: str) -> Words:
    import numpy as np

    if tokens is None:
        spans = tuple(match.span() for match in _WORD.finditer(text))
        names = [text[low:high].lower() for low, high in spans]
        vectors = None
    else:
        groups = list(word_groups(tokens.words))
        names = ["".join(tokens.words[at].removeprefix("##") for at in group) for group in groups]
        keep = [at for at, name in enumerate(names) if any(mark.isalnum() for mark in name)]
        spans = tuple((tokens.spans[groups[at][0]][0], tokens.spans[groups[at][-1]][1]) for at in keep)
        if groups:
            sums = np.add.reduceat(tokens.vectors, [group[0] for group in groups], axis=0)[keep]
            vectors = unit(sums)
        else:
            vectors = tokens.vectors
        names = [names[at] for at in keep]
    stems = [_stem(name, language) for name in names]
    return Words(
        spans=spans,
        stems=tuple(stem or name for stem, name in zip(stems, names, strict=True)),
        telling=tuple(map(bool, stems)),
        vectors=vectors,
    )


@lru_cache(maxsize=65_536)
def _stem(word: str, language: str) -> str:
    """Empty for a word that tells nothing by itself."""
    return " ".join(terms(word, language))
