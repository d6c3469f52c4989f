"""Passages in view of a question: for each sentence how near its words come to the question's.

The words' vectors know the sentence and the passage around them. Those of passages are kept since the sync, at two bits
a number, so that only the question is embedded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index import Hit, Library, Passage
from index.passages import searchable, text_offset
from index.rerank import weights
from index.sentences import sentence_spans
from index.words import Words, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STRETCH = 5
"""Telling words in a row, about eight with the small ones between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question's words."""

    text: str
    vectors: NDArray[np.float32]
    """(words, dimension), unit rows."""

    whole: NDArray[np.float32]
    """(dimension,): their mean, at unit length."""

    shares: NDArray[np.float32]
    """What each word counts, 1 together: by how rare it is in the library, stop words least."""

    telling: NDArray[np.bool_]
    """Which of them say what it is about; all where none does."""

    names: NDArray[np.bool_]
    """Which of those begin with a capital letter inside the question."""

    numbers: NDArray[np.bool_]
    """Which of those hold a digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceView:
    """One sentence of a passage in view of a question. Every figure is a cosine or a mean of cosines, -1 to 1."""

    start: int
    """In the passage's text."""

    end: int
    meaning: float
    """Of the question's mean with the mean of the five neighbouring telling words that come nearest: long sentences
    say several things, and one of them may be the answer."""

    whole: float
    """Of the question's mean with the sentence's."""

    met: float
    """Mean over the question's words, by how telling they are, of the best cosine with any word of the sentence, the
    passage's headings and its title (late interaction, Khattab and Zaharia 2020, "ColBERT")."""

    nearby: float
    """The same with the sentences before and after it as well."""

    least: float
    """The best cosine with any word of the sentence for the telling word of the question that finds the poorest."""

    name: float
    """The same for the question's names alone; ``NO_NAME`` where it has none."""

    number: float
    """The same for the question's numbers alone; ``NO_NAME`` where it has none."""


NO_NAME = 0.8
"""Stands for a question without names or numbers: about what one reaches that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One passage in view of a question."""

    sentences: tuple[SentenceView, ...]

    reach: float
    """As ``SentenceView.met``, over the whole passage."""

    about: float
    """Of the question's mean with the passage's."""


def asked_words(question: str, library: Library) -> Asked:
    """The words of a question, weighed by what they tell in this library.

    Raises:
        EmbeddingFailed: the question could not be embedded.
    """
    import numpy as np

    words = words_of(library.words.embedder.embed_tokens([question])[0], all_words=True)
    telling = np.array(library.telling(words.names))
    is_telling = telling > 0 if (telling > 0).any() else np.ones(len(telling), dtype=bool)
    written = [question[start:end] for start, end in words.spans]
    has_digit = np.array([any(sign.isdigit() for sign in word) for word in written], dtype=bool)
    is_capital = np.array(
        [word[:1].isupper() and start > 0 for word, (start, _) in zip(written, words.spans, strict=True)], dtype=bool
    )
    mean = words.vectors.sum(axis=0)
    return Asked(
        text=question,
        vectors=words.vectors,
        whole=mean / max(float(np.linalg.norm(mean)), 1e-9),
        shares=weights(telling.tolist()),
        telling=is_telling,
        names=is_telling & is_capital & ~has_digit,
        numbers=is_telling & has_digit,
    )


def passages_in_view(asked: Asked, hits: Sequence[Hit], library: Library) -> list[View]:
    """One view a hit, in their order. What a hit joins is seen passage by passage, as it was embedded.

    Raises:
        EmbeddingFailed: word vectors were missing and could not be made.
    """
    stored = [sorted(hit.parts or (hit.passage,), key=lambda part: part.start) for hit in hits]
    words = iter(library.words.words([searchable(part) for parts in stored for part in parts]))
    views = []
    for hit, parts in zip(hits, stored, strict=True):
        seen = [_view(asked, part, next(words), part.start - hit.passage.start) for part in parts]
        views.append(
            View(
                sentences=tuple(sentence for view in seen for sentence in view.sentences),
                reach=max(view.reach for view in seen),
                about=max(view.about for view in seen),
            )
        )
    return views


def _view(asked: Asked, passage: Passage, words: Words, moved: int) -> View:
    import numpy as np

    if not words.names or not len(asked.vectors):
        return View(sentences=(), reach=0.0, about=0.0)
    near = asked.vectors @ words.vectors.T  # (words of the question, words of the passage)
    shift = text_offset(passage)
    starts = np.array([start - shift for start, _ in words.spans])
    above = _best(near, 0, int(np.searchsorted(starts, 0)))
    spans = sentence_spans(passage.text)
    bounds = [(int(np.searchsorted(starts, start)), int(np.searchsorted(starts, end))) for start, end in spans]
    sentences = []
    for place, ((start, end), (low, high)) in enumerate(zip(spans, bounds, strict=True)):
        if low == high:
            continue
        best = _best(near, low, high)
        first, last = bounds[max(0, place - 1)][0], bounds[min(len(bounds) - 1, place + 1)][1]
        around = np.maximum(_best(near, first, last), above)
        sentences.append(
            SentenceView(
                start=moved + start,
                end=moved + end,
                meaning=_nearest_stretch(words.vectors[low:high], asked.whole),
                whole=_cosine(words.vectors[low:high], asked.whole),
                met=float(np.maximum(best, above) @ asked.shares),
                nearby=float(around @ asked.shares),
                least=float(best[asked.telling].min()),
                name=_least(best, asked.names),
                number=_least(best, asked.numbers),
            )
        )
    return View(
        sentences=tuple(sentences),
        reach=float(near.max(axis=1) @ asked.shares),
        about=_cosine(words.vectors, asked.whole),
    )


def _cosine(words: NDArray[np.float32], vector: NDArray[np.float32]) -> float:
    """Of ``vector`` with the words' mean."""
    import numpy as np

    mean = words.sum(axis=0)
    return float(mean @ vector / max(float(np.linalg.norm(mean)), 1e-9))


def _least(best: NDArray[np.float32], chosen: NDArray[np.bool_]) -> float:
    return float(best[chosen].min()) if chosen.any() else NO_NAME


def _best(near: NDArray[np.float32], low: int, high: int) -> NDArray[np.float32]:
    """For each word of the question the best cosine with these words of the passage; -1 where there are none."""
    import numpy as np

    found: NDArray[np.float32] = near[:, low:high].max(axis=1, initial=np.float32(-1))
    return found


def _nearest_stretch(words: NDArray[np.float32], vector: NDArray[np.float32]) -> float:
    """The best cosine of ``vector`` with the mean of any ``_STRETCH`` words in a row."""
    import numpy as np

    length = min(_STRETCH, len(words))
    sums = np.concatenate([np.zeros((1, words.shape[1]), dtype=np.float32), words.cumsum(axis=0)])
    windows = sums[length:] - sums[:-length]
    return float((windows @ vector / (np.linalg.norm(windows, axis=1) + 1e-9)).max())
