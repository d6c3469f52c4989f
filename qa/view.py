"""Passages as the embedder sees them in view of a question: each sentence's meaning, each passage's reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index import Hit, Library, Passage
from index.embed import TokenEmbedder, TokenVectors
from index.languages import QUESTION_WORDS, terms
from index.passages import searchable
from index.sentences import sentence_spans

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STRETCH = 8
"""Tokens; on SQuAD better than 12, 20 or the whole sentence."""

_STOP_SHARE = 0.05
"""What a stop word counts, beside 1 for the question's rarest word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceView:
    """One sentence of a passage in view of a question."""

    start: int
    """In the passage's text."""

    end: int
    meaning: float
    """Cosine with the question's vector of the eight neighbouring tokens of the sentence that come nearest: long
    sentences say several things, and one of them may be the answer."""

    met: float
    """Mean over the question's words, by how telling they are, of the best cosine with any word of the sentence."""

    least: float
    """The same best cosine for the one telling word that finds the poorest match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One passage in view of a question."""

    sentences: tuple[SentenceView, ...]

    reach: float
    """As ``SentenceView.met``, over the whole passage."""


def sentences_in_view(question: str, hits: Sequence[Hit], library: Library) -> list[View]:
    """One view a hit, in their order. What a hit joins is seen passage by passage, as it was embedded."""
    stored = [sorted(hit.parts or (hit.passage,), key=lambda part: part.start) for hit in hits]
    seen = iter(_views(question, [part for parts in stored for part in parts], library))
    return [
        _joined(hit.passage, [(part, next(seen)) for part in parts]) for hit, parts in zip(hits, stored, strict=True)
    ]


def _joined(passage: Passage, parts: Sequence[tuple[Passage, View]]) -> View:
    return View(
        sentences=tuple(
            replace(
                sentence,
                start=sentence.start + part.start - passage.start,
                end=sentence.end + part.start - passage.start,
            )
            for part, view in parts
            for sentence in view.sentences
        ),
        reach=max(view.reach for _, view in parts),
    )


def _views(question: str, passages: Sequence[Passage], library: Library) -> list[View]:
    embedder = library.embedder
    vector = embedder.embed_query(question)
    if isinstance(embedder, TokenEmbedder):
        return _by_tokens(question, vector, passages, embedder, library)
    views = []
    for passage in passages:
        spans = sentence_spans(passage.text)
        cosines = (embedder.embed_passages([passage.text[start:end] for start, end in spans]) @ vector).tolist()
        views.append(
            View(
                sentences=tuple(
                    SentenceView(start=start, end=end, meaning=near, met=near, least=near)
                    for (start, end), near in zip(spans, cosines, strict=True)
                ),
                reach=max(cosines, default=0.0),
            )
        )
    return views


def _by_tokens(
    question: str, vector: NDArray[np.float32], passages: Sequence[Passage], embedder: TokenEmbedder, library: Library
) -> list[View]:
    """With the vectors of single words, which know the sentence and the passage around them."""
    import numpy as np

    words, names = _words(embedder.embed_tokens([question])[0])
    weights = _weights(names, library)
    is_telling = np.array([name.isalnum() and name not in QUESTION_WORDS for name in names])
    views = []
    for passage, seen in zip(passages, embedder.embed_tokens([searchable(p) for p in passages]), strict=True):
        if not seen.words or not len(words):
            views.append(View(sentences=(), reach=0.0))
            continue
        near = words @ seen.vectors.T  # (words of the question, tokens of the passage)
        shift = _shift(passage)
        starts = np.array([start - shift for start, _ in seen.spans])
        ends = np.array([end - shift for _, end in seen.spans])
        sentences = []
        for start, end in sentence_spans(passage.text):
            inside = (starts < end) & (ends > start)
            meaning = met = least = 0.0
            if inside.any():
                meaning = _nearest_stretch(seen.vectors[inside], vector)
                best = near[:, inside].max(axis=1)
                met = float(best @ weights)
                least = float(best[is_telling].min() if is_telling.any() else best.min())
            sentences.append(SentenceView(start=start, end=end, meaning=meaning, met=met, least=least))
        reach = float(near.max(axis=1) @ weights)
        views.append(View(sentences=tuple(sentences), reach=reach))
    return views


def _nearest_stretch(tokens: NDArray[np.float32], vector: NDArray[np.float32]) -> float:
    """The best cosine of ``vector`` with the mean of any ``_STRETCH`` tokens in a row."""
    import numpy as np

    length = min(_STRETCH, len(tokens))
    sums = np.concatenate([np.zeros((1, tokens.shape[1]), dtype=np.float32), tokens.cumsum(axis=0)])
    windows = sums[length:] - sums[:-length]
    return float((windows @ vector / (np.linalg.norm(windows, axis=1) + 1e-9)).max())


def _words(asked: TokenVectors) -> tuple[NDArray[np.float32], list[str]]:
    """The question's words: the mean of each one's pieces, (words, dimension), and the words themselves."""
    import numpy as np

    groups: list[list[int]] = []
    for place, piece in enumerate(asked.words):
        if piece.startswith("##") and groups:
            groups[-1].append(place)
        else:
            groups.append([place])
    vectors = [asked.vectors[group].mean(axis=0) for group in groups]
    names = ["".join(asked.words[place].removeprefix("##") for place in group) for group in groups]
    return np.array(vectors, dtype=np.float32), names


def _weights(names: Sequence[str], library: Library) -> NDArray[np.float32]:
    """What each word of the question counts, 1 together: by how rare it is in the library, stop words least."""
    import numpy as np

    stems = [terms(name) for name in names]
    rarity = library.rarity(sorted({stem for each in stems for stem in each}))
    floor = _STOP_SHARE * max(rarity.values(), default=1.0)
    weights = np.array([max((rarity[stem] for stem in each), default=floor) for each in stems], dtype=np.float32)
    return weights / weights.sum() if weights.size else weights


def _shift(passage: Passage) -> int:
    """How far a character of the passage's text is moved in what is embedded for it."""
    text = passage.text
    return len(searchable(passage)) - len(text.strip()) - (len(text) - len(text.lstrip()))
