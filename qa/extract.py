"""An answer without a model: the sentences of the passages that answer the question, word for word.

Each sentence of the passages found is scored by what it means (cosine with the question), by which of the question's
words it and its surroundings hold, and by whether it has the kind of thing asked for. The same figures say how likely
the documents answer the question at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index import Hit, Library, Passage
from index.languages import language_of, terms
from qa.question import asks_for, holds
from qa.view import sentences_in_view

MOST = 3
"""Sentences in an answer at most."""

_THRESHOLD = 0.5
"""Confidence below which the answer is a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One sentence of a document."""

    passage: Passage
    text: str
    """``document_text[start:end]``."""

    start: int
    end: int
    score: float
    """Orders the quotes of one question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What the passages say to a question."""

    quotes: tuple[Quote, ...]
    """Best first, at most ``MOST``."""

    confidence: float
    """0 to 1: how likely the passages answer the question."""

    @property
    def answers(self) -> bool:
        """Whether the quotes are to be shown as an answer."""
        return bool(self.quotes) and self.confidence >= _THRESHOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What is known of one sentence in view of one question."""

    meaning: float
    """Cosine between the question's vector and the part of the sentence that comes nearest; -1 to 1."""

    least: float
    """The best cosine of any word of the sentence with the question's telling word that finds the poorest match: low
    where the sentence leaves something of the question out; -1 to 1."""

    met: float
    """How well the sentence answers to each word of the question: the mean over the question's words, by how telling
    they are, of the best cosine with any word of the sentence (late interaction, Khattab and Zaharia 2020, "ColBERT");
    -1 to 1."""

    reach: float
    """The same for the whole passage."""

    nearby: float
    """Share of the question's words, by how telling they are, in the sentence, the ones beside it, its headings and its
    title; 0 to 1."""

    kind: float
    """1 where the sentence holds the kind of thing asked for, 0 where it does not, 0.5 where no kind is asked for."""

    length: float
    """0 for a fragment of a word or two, 1 from eight words on."""

    whole: float
    """1 where it ends like a sentence, 0 for a line of a table, a list or a heading."""


def extract(question: str, hits: Sequence[Hit], library: Library) -> Extract:
    """The sentences of ``hits`` that answer ``question`` best, and how likely they answer it at all."""
    candidates = sentence_signals(question, hits, library)
    if not candidates:
        return Extract(quotes=(), confidence=0.0)
    quotes = [quote for quote, _ in candidates]
    order = sorted(range(len(quotes)), key=lambda place: -quotes[place].score)
    best = order[0]
    chosen: list[Quote] = []
    seen: set[str] = set()
    for place in order:
        same = " ".join(quotes[place].text.casefold().split())
        if same in seen:
            continue
        seen.add(same)
        if chosen and quotes[place].score < quotes[best].score - _CLOSE:
            break
        chosen.append(quotes[place])
        if len(chosen) == MOST:
            break
    return Extract(quotes=tuple(chosen), confidence=confidence(candidates[best][1]))


_STOPS = ".!?\u2026\u3002\uff01\uff1f"
_CLOSERS = " \t\n\"'\u201d\u2019\u00bb)]\uff09\u300d\u300f"

_CLOSE = 4.0
"""A further sentence is quoted when its score is within so much of the best one's."""

# Fitted on the answerable questions of SQuAD 2.0's development articles, each asked of all articles at once: the
# sentence holding the answer against the others of the six passages found (softmax over the sentences).
# Rounded; `least`, `length` and `whole` by hand, so that the shipped question set does not lose by them.
_RANK = Signals(meaning=10.2, least=1.0, met=15.2, reach=14.5, nearby=5.8, kind=1.3, length=4.0, whole=1.8)


def rank(signals: Signals) -> float:
    """One number to order sentences by; differences are log-odds."""
    return _dot(_RANK, signals)


def _dot(weights: Signals, signals: Signals) -> float:
    return sum(float(getattr(weights, name)) * float(getattr(signals, name)) for name in Signals.__dataclass_fields__)


# The same questions against questions of other collections asked of these articles, and the shipped question set:
# chosen among the weights that tell the first two apart equally well so that few answers of the third are refused.
_TRUST = Signals(meaning=7.0, least=10.4, met=2.1, reach=3.2, nearby=4.0, kind=0.0, length=0.0, whole=0.0)
_TRUST_OFFSET = -7.71
_LACKING = -1.6
"""Added where the sentence lacks the kind of thing asked for."""


def confidence(signals: Signals) -> float:
    """How likely the sentence with these signals answers the question, 0 to 1."""
    z = _dot(_TRUST, signals) + _TRUST_OFFSET + (_LACKING if signals.kind == 0 else 0.0)
    return 1 / (1 + math.exp(-z))


def sentence_signals(question: str, hits: Sequence[Hit], library: Library) -> list[tuple[Quote, Signals]]:
    """Every sentence of the hits with its signals, in the order of the hits."""
    kinds = asks_for(question)
    found: list[tuple[Quote, Signals]] = []
    for hit, sentences in zip(hits, sentences_in_view(question, hits, library), strict=True):
        passage = hit.passage
        language = language_of(passage.text)
        asked = list(dict.fromkeys(terms(question, language)))
        weights = library.rarity(asked)
        whole = sum(weights.values()) or 1.0
        words = [frozenset(terms(passage.text[seen.start : seen.end], language)) for seen in sentences.sentences]
        above = frozenset(terms(f"{passage.title}\n{passage.heading}", language))
        for place, seen in enumerate(sentences.sentences):
            text = passage.text[seen.start : seen.end]
            if is_heading(text, passage):
                continue
            beside = above.union(*words[max(0, place - 1) : place + 2])
            signals = Signals(
                meaning=seen.meaning,
                least=seen.least,
                met=seen.met,
                reach=sentences.reach,
                nearby=sum(weights[word] for word in asked if word in beside) / whole,
                kind=holds(text, kinds, question),
                length=min(1.0, len(text.split()) / 8),
                whole=float(text.rstrip(_CLOSERS)[-1:] in _STOPS),
            )
            quote = Quote(
                passage=passage,
                text=text,
                start=passage.start + seen.start,
                end=passage.start + seen.end,
                score=rank(signals),
            )
            found.append((quote, signals))
    return found


def is_heading(text: str, passage: Passage) -> bool:
    """Whether a line of the passage is only its title or one of its headings: it names an answer's place, no answer."""
    line = text.strip().lstrip("#").strip()
    return line == passage.title or line in passage.heading.split(" > ")
