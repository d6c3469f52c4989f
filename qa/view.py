"""Passages as the embedder sees them in view of a question: each sentence's meaning, each passage's reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index import Library, Passage
from index.embed import TokenEmbedder
from index.passages import searchable
from index.sentences import sentence_spans

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Words of a question that say how it is asked, not about what; and word pieces that are no words.
_FORM = frozenset(
    "what who whom whose which when where why how is are was were do does did will would can could should may might must "
    "the a an of in on to for by with and or that this these those it its at from as be been being has have had not no "
    "many much any there about into than then so if i you he she they we me my your his her their our".split()
)
_FORM_SHARE = 0.15
"""What such a word counts, beside 1 for any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One passage in view of a question."""

    spans: tuple[tuple[int, int, float], ...]
    """Each sentence's start and end in the passage's text, and its cosine with the question."""

    reach: float
    """Mean over the question's words of the best cosine with any word of the passage."""


def sentences_in_view(question: str, passages: Sequence[Passage], library: Library) -> list[View]:
    """One view a passage, in their order."""
    embedder = library.embedder
    vector = embedder.embed_query(question)
    if isinstance(embedder, TokenEmbedder):
        return _by_tokens(question, vector, passages, embedder)
    views = []
    for passage in passages:
        spans = sentence_spans(passage.text)
        cosines = embedder.embed_passages([passage.text[start:end] for start, end in spans]) @ vector
        views.append(
            View(
                spans=tuple((start, end, float(near)) for (start, end), near in zip(spans, cosines, strict=True)),
                reach=float(cosines.max(initial=0.0)),
            )
        )
    return views


def _by_tokens(
    question: str, vector: NDArray[np.float32], passages: Sequence[Passage], embedder: TokenEmbedder
) -> list[View]:
    """With the vectors of single words, which know the sentence and the passage around them."""
    import numpy as np

    asked = embedder.embed_tokens([question])[0]
    weights = np.array([_FORM_SHARE if word in _FORM or not word.strip("#").isalnum() else 1.0 for word in asked.words])
    weights = weights / weights.sum() if weights.size else weights
    views = []
    for passage, seen in zip(passages, embedder.embed_tokens([searchable(p) for p in passages]), strict=True):
        shift = _shift(passage)
        starts = np.array([start - shift for start, _ in seen.spans])
        ends = np.array([end - shift for _, end in seen.spans])
        reach = 0.0
        if len(seen.spans) and weights.size:
            reach = float((asked.vectors @ seen.vectors.T).max(axis=1) @ weights)
        spans = []
        for start, end in sentence_spans(passage.text):
            inside = (starts < end) & (ends > start)
            near = 0.0
            if inside.any():
                mean = seen.vectors[inside].mean(axis=0)
                near = float(mean @ vector / (np.linalg.norm(mean) + 1e-9))
            spans.append((start, end, near))
        views.append(View(spans=tuple(spans), reach=reach))
    return views


def _shift(passage: Passage) -> int:
    """How far a character of the passage's text is moved in what is embedded for it."""
    text = passage.text
    return len(searchable(passage)) - len(text.strip()) - (len(text) - len(text.lstrip()))
