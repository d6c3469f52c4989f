"""Whether passages carry a sentence, judged on this machine and without a model's help.

The sentence is laid beside the passages (``qa.support_signals``) and a small model, fitted by
``tests/bench/support.py`` on public sets of judged claims, turns the figures into a score. Facts that differ count
beside it: a number, date or name that the source does not have, or a "not" on one side only, keeps a sentence from
being called supported.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from index.embed import BundledEmbedder, Embedder, TokenEmbedder
from index.sentences import sentence_spans
from index.text import whole_characters
from index.values import Passage
from qa.support_model import SupportModel, read_model
from qa.support_needs import MARKER, needs_support
from qa.values import Label, Support

if TYPE_CHECKING:
    from qa.support_beside import Prepared
    from qa.support_facts import Findings
    from qa.support_signals import Laid

SUPPORTED = 0.5
"""Score from which on a sentence is supported; the fit weighs both classes alike, so that this is the even point."""

WEAK = 0.3
"""Score below which it is unsupported."""

DIFFERS = 0.45
"""The highest score of a sentence of which a number, a date or a name is not in the source or another stands in its
place there, or of which only one of the two says no, or one says the opposite; each further difference takes a tenth
of it."""

COPIED = 0.97
"""The least score of a sentence that stands in the source word by word."""

_LONGEST = 4000
"""Characters of a sentence that are looked at."""

_SHOWN = 4
"""Differences of one kind that a reason names."""


def check_support(claim: str, passages: Sequence[str | Passage], *, embedder: Embedder | None = None) -> Support:
    """Whether ``passages`` together carry ``claim``.

    Args:
        claim: a sentence, or a few. Citation markers such as ``[1]`` in it are passed over.
        passages: in any order; of a ``Passage`` the title and the headings count as well.
        embedder: gives the vectors of single words; the bundled one by default. With one that gives none, words are
            compared by their stems alone, which finds fewer paraphrases.

    Returns:
        ``supported`` from a score of 0.5 on, ``unsupported`` below 0.3, ``weak`` between; the reason names
        what differs.

    Raises:
        EmbeddingFailed: the embedder gave up.
    """
    return Checker(embedder).check(claim, passages)


class Checker:
    """``check_support`` for many sentences: passages that several of them rest on are prepared once."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._tokens = _bundled() if embedder is None else _seeing_words(embedder)
        self._prepared: dict[tuple[str, ...], Prepared] = {}

    def check(self, claim: str, passages: Sequence[str | Passage]) -> Support:
        """As ``check_support``."""
        from qa.support_beside import Prepared

        text = MARKER.sub("", whole_characters(claim))[:_LONGEST].strip()
        sources = source_texts(passages)
        if not any(mark.isalnum() for mark in text):
            return Support(label="supported", score=1.0, reason="There is nothing to support.")
        if not sources:
            return Support(label="unsupported", score=0.0, reason="There is no source.")
        key = tuple(sources)
        if key not in self._prepared:
            self._prepared[key] = Prepared(sources, self._tokens)
        model = _model("meanings" if self._tokens else "words")
        score, findings = judged(lay(text, self._prepared[key]), model)
        label: Label = "supported" if score >= SUPPORTED else "weak" if score >= WEAK else "unsupported"
        return Support(label=label, score=round(score, 3), reason=_reason(findings, score))


def _seeing_words(embedder: Embedder) -> TokenEmbedder | None:
    """The embedder, if it gives the vectors of single words."""
    # isinstance would read its dimension, for which a server must be asked
    return cast("TokenEmbedder", embedder) if hasattr(embedder, "embed_tokens") else None


def source_texts(passages: Sequence[str | Passage]) -> list[str]:
    """Each different text once, sorted, so that the order in which passages come does not matter."""
    return sorted({_source(passage) for passage in passages} - {""})


def lay(claim: str, prepared: Prepared) -> list[Laid]:
    """The sentences of a claim that need support, each beside its sources; the whole where none does."""
    from qa.support_signals import laid

    sentences = [claim[start:end] for start, end in sentence_spans(claim)]
    if len(sentences) > 1:
        sentences = [each for each in sentences if needs_support(each)]
    return [laid(prepared.lay(each)) for each in sentences or [claim]]


def judged(sentences: Sequence[Laid], model: SupportModel) -> tuple[float, Findings]:
    """The score of the sentence that fares worst, since all of them should hold, and what was found about it."""
    return min(((_score(each, model), each.findings) for each in sentences), key=lambda pair: pair[0])


def _score(laid: Laid, model: SupportModel) -> float:
    """The model's score, held down where facts differ and up where the source has the same words."""
    findings = laid.findings
    score = model.score(laid.figures)
    figures = len(findings.numbers) + len(findings.dates)
    if findings.is_foreign and not figures:
        score = max(score, WEAK)
    differing = figures + len(findings.names) + (findings.negated != 0)
    differing += bool(findings.misplaced) + bool(findings.opposites)
    if differing:
        return min(score, DIFFERS * 0.9 ** (differing - 1))
    return max(score, COPIED) if findings.copied else score


def _reason(findings: Findings, score: float) -> str:
    """One line for the reader: the facts that differ, or what else there is to say."""
    parts = [
        f"{label} not in the source: {_few(each)}"
        for label, each in (("number", findings.numbers), ("date", findings.dates), ("name", findings.names))
        if each
    ]
    if findings.misplaced:
        parts.append(f"the source has something else in place of {_few(findings.misplaced)}")
    if findings.negated > 0:
        parts.append("the sentence says no where the source does not")
    elif findings.negated < 0:
        parts.append("the source says no where the sentence does not")
    if findings.opposites:
        mine, theirs = findings.opposites[0]
        parts.append(f"the source says {_quoted(theirs)} where the sentence says {_quoted(mine)}")
    if findings.is_foreign:
        parts.append("the source is in another language: only figures and names were compared")
    if not parts and findings.copied:
        return "The source says it in the same words."
    if not parts and score >= SUPPORTED:
        return "What it says is in the source."
    if findings.words and score < SUPPORTED:
        parts.append(f"words without a source: {_few(findings.words)}")
    line = "; ".join(parts) or "the source speaks of it but does not say this"
    return f"{line[0].upper()}{line[1:]}."


def _few(each: Sequence[str]) -> str:
    shown = ", ".join(_quoted(one) for one in each[:_SHOWN])
    return f"{shown} and {len(each) - _SHOWN} more" if len(each) > _SHOWN else shown


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line[:60]}”"


def _source(passage: str | Passage) -> str:
    """Titles and headings stand apart from the text, so that they are sentences of their own."""
    if isinstance(passage, str):
        return whole_characters(passage).strip()
    return whole_characters(
        "\n\n".join(part for part in (passage.title, passage.heading, passage.text.strip()) if part)
    )


@cache
def _bundled() -> BundledEmbedder:
    return BundledEmbedder()


@cache
def _model(name: str) -> SupportModel:
    text = files("qa").joinpath("support_model.json").read_text(encoding="utf-8")
    return read_model(json.loads(text)[name])
