"""What the support check's model is told of a claim beside its source: a row of figures.

Everything is a share, a cosine or the logarithm of a count, so that one small model serves claims and sources of any
length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from index.embed import unit
from index.sentences import sentence_spans
from qa.support_beside import Beside
from qa.support_cues import ABSOLUTE, CAUSAL, HEDGES, PERSONAL
from qa.support_facts import Findings, compared
from qa.support_words import FAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A claim beside its source."""

    figures: dict[str, float]
    findings: Findings


def laid(c: Beside) -> Laid:
    """All that is known of the claim."""
    more, findings = compared(c)
    figures = {**_coverage(c), **_carried(c), **_wholes(c), **_runs(c), **_cues(c), **more}
    return Laid(figures=figures, findings=findings)


def _coverage(c: Beside) -> dict[str, float]:
    """How much of the claim the source has, word by word."""
    import numpy as np

    top, found, weights = c.top, c.found, c.weights
    ordered = np.sort(top[c.telling])
    raw = c.near.max(axis=1) if c.near.shape[1] else np.zeros_like(top)
    novel = c.telling & (found < 0.5)
    some = len(ordered) > 0
    return {
        "cover": float(weights @ top),
        "cover_all": float(c.all_weights @ top),
        "cover_least": float(ordered[0]) if some else 0.0,
        "cover_second": float(ordered[min(1, len(ordered) - 1)]) if some else 0.0,
        "cover_quarter": float(np.quantile(ordered, 0.25)) if some else 0.0,
        "far": float(weights @ (top < FAR)),
        "far_count": math.log1p(float((ordered < FAR).sum())),
        "meaning": float(weights @ raw),
        "meaning_least": float(raw[c.telling].min()) if some else 0.0,
        "novel_near": float(raw[novel].mean()) if novel.any() else 1.0,
        "novel_least": float(raw[novel].min()) if novel.any() else 1.0,
        "novel_count": math.log1p(float(novel.sum())),
        "lexical": float(weights @ found),
        "lexical_plain": float(found[c.telling].mean()) if some else 0.0,
    }


def _carried(c: Beside) -> dict[str, float]:
    """How much of the claim one, two and three sentences have."""
    import numpy as np

    figures: dict[str, float] = {}
    for size in (1, 2, 3):
        places = c.order[:size]
        covered = c.best[:, places].max(axis=1) if places else np.zeros_like(c.top)
        lexical = c.lexical[:, places].max(axis=1) if places else np.zeros_like(c.top)
        figures[f"cover_{size}"] = float(c.weights @ covered)
        figures[f"lexical_{size}"] = float(c.weights @ lexical)
        if size == 1:
            figures["cover_1_all"] = float(c.all_weights @ covered)
            figures["cover_1_least"] = float(covered[c.telling].min()) if c.telling.any() else 0.0
    figures["spread"] = float(c.weights @ c.top) - figures["cover_1"]
    figures["back"] = figures["together"] = 0.0
    if c.order:
        first = c.sentences[c.order[0]]
        figures["back"] = float(c.mixed[:, first.low : first.high].max(axis=0).mean())
        rows = np.flatnonzero(c.telling)
        where = c.mixed[rows].argmax(axis=1)
        # Neighbours in the claim whose matches are neighbours in the source too.
        figures["together"] = float((np.abs(np.diff(where)) <= 8).mean()) if len(rows) > 1 else 1.0
    return figures


def _wholes(c: Beside) -> dict[str, float]:
    """Cosines of the claim with the sentences and with the windows."""
    import numpy as np

    if c.tokens is None or c.vectors is None or not c.sentences:
        return {"cosine": 0.0, "cosine_window": 0.0}
    means = unit(np.add.reduceat(c.vectors, [each.low for each in c.sentences], axis=0))
    return {
        "cosine": float((means @ c.tokens.whole).max()),
        "cosine_window": float(max(each @ c.tokens.whole for each in c.wholes)),
    }


def _runs(c: Beside) -> dict[str, float]:
    """Words in a row that the source has in a row."""
    figures: dict[str, float] = {}
    mine, theirs = c.mine, c.source.words
    for size in (2, 3):
        grams = set(zip(*(mine[at:] for at in range(size)), strict=False))
        known = set(zip(*(theirs[at:] for at in range(size)), strict=False))
        figures[f"runs_{size}"] = len(grams & known) / len(grams) if grams else float(c.found.mean() or 0.0)
    figures["longest_run"] = c.source.longest_run(mine) / max(1, len(mine))
    return figures


def _cues(c: Beside) -> dict[str, float]:
    """Words that claim more than the source does, and the sizes of both."""
    everything, carrying = set(c.source.words), set(c.carrying)
    figures = {
        f"{label}_new": min(3.0, float(sum(word in group and word not in there for word in c.mine)))
        for label, group, there in (
            ("absolute", ABSOLUTE, carrying),
            ("causal", CAUSAL, carrying),
            ("hedges", HEDGES, carrying),
            ("personal", PERSONAL, everything),
        )
    }
    figures["hedge_dropped"] = float(bool(HEDGES & carrying) and not HEDGES & set(c.mine))
    figures["question"] = float(c.claim.rstrip().endswith("?"))
    figures["length"] = math.log1p(len(c.mine))
    figures["claim_sentences"] = float(min(6, len(sentence_spans(c.claim))))
    figures["source_length"] = math.log1p(len(c.source.words))
    figures["source_sentences"] = math.log1p(len(c.sentences))
    return figures
