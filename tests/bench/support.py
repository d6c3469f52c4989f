"""How well the support check tells supported claims from others, and the fit of its parameters.

    python -m tests.bench.support [--fit] [--data DIR] [--out DIR]

Five folds over the sets that may be fitted on, none of which parts the claims of one document or question; every fold
of every set is judged by one model, fitted on the other folds of all sets, and by one threshold, 0.5, fixed by the fit:
each set counts alike in it, and in each set both classes. The sets that are only measured get the model fitted on all
the others. Wrong claims that ``tests/bench/claims.py`` makes of supported ones take part in the fit as well, on the
same folds.

Beside it stand the share of the claim's words that the evidence has, and the best cosine of the claim with a sentence
of the evidence, each with the threshold that is best on the other fitted sets together. With ``--fit`` the parameters
are fitted on everything and written to ``qa/support_model.json``. Half an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embed import BundledEmbedder, TokenEmbedder
from index.languages import terms
from index.sentences import sentence_spans
from qa.support import SUPPORTED, judged, lay, source_texts
from qa.support_beside import Prepared
from qa.support_model import read_model
from qa.support_signals import Laid, laid
from tests.bench.claims import FITTED, KINDS, MEASURED_ONLY, Claim, altered, load
from tests.bench.tables import ROOT
from tests.bench.trees import Floats, Shape, Tree, fit

RESULTS = Path(__file__).parent / "results"
PARAMETERS = ROOT / "qa" / "support_model.json"
FOLDS = 5
ALTERED = 500
"""Of each kind."""

ALTERED_SHARE = 0.3
"""What all altered claims together count in the fit, beside 1 for the supported ones of one set."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A claim, laid beside its evidence."""

    claim: Claim
    whole: Laid
    """All of the claim at once: what is fitted on."""

    sentences: list[Laid]
    """What the product looks at."""

    fold: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fit", action="store_true", help="write the parameters that the product reads")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the sets")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args()
    run(options.data, options.out, BundledEmbedder(), write=options.fit)


def run(data: Path, out: Path, embedder: TokenEmbedder, *, write: bool) -> dict[str, Any]:
    """Measure, and with ``write`` fit; the results go to ``out``."""
    claims = [claim for name in (*FITTED, *MEASURED_ONLY) for claim in load(data, name)]
    wrong = altered([claim for claim in claims if claim.set in FITTED], each=ALTERED)
    found: dict[str, Any] = {"sets": {}, "altered": {}, "words only": {}}
    overlap, cosine = baselines(claims, embedder)
    parameters = {}
    for way, tokens in (("meanings", embedder), ("words", None)):
        rows, wrong_rows = rows_of(claims, tokens), rows_of(wrong, tokens)
        scores, wrong_scores = cross_validated(rows, wrong_rows)
        if way == "words":
            found["words only"] = {name: figures(rows, scores, name) for name in (*FITTED, *MEASURED_ONLY)}
        else:
            for name in (*FITTED, *MEASURED_ONLY):
                found["sets"][name] = {
                    "ours": figures(rows, scores, name),
                    "word overlap": elsewhere(rows, overlap, name),
                    "sentence cosine": elsewhere(rows, cosine, name),
                }
            found["altered"] = of_altered(rows, scores, wrong_rows, wrong_scores)
        if write:
            fitted = [row for row in rows if row.claim.set in FITTED]
            parameters[way] = parameters_of(fitted, wrong_rows)
    out.mkdir(parents=True, exist_ok=True)
    (out / "support.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (out / "support.md").write_text(markdown(found), encoding="utf-8")
    if write:
        PARAMETERS.write_text(json.dumps(parameters, separators=(",", ":")) + "\n", encoding="utf-8")
    return found


def rows_of(claims: Sequence[Claim], embedder: TokenEmbedder | None) -> list[Row]:
    groups = sorted({claim.group for claim in claims})
    folds = {group: hash_of(group) % FOLDS for group in groups}
    rows = []
    for claim in claims:
        sources = source_texts(claim.passages)
        sentences = lay(claim.text, Prepared(sources, embedder))
        whole = (
            laid(Prepared(sources, embedder).lay(claim.text)) if len(sentence_spans(claim.text)) > 1 else sentences[0]
        )
        rows.append(Row(claim=claim, whole=whole, sentences=sentences, fold=folds[claim.group]))
    return rows


def hash_of(text: str) -> int:
    """The same in every process."""
    from hashlib import blake2b

    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


# --- fitting ------------------------------------------------------------------------------------------------------


def parameters_of(rows: Sequence[Row], wrong: Sequence[Row]) -> dict[str, Any]:
    """What the product reads, fitted on these rows."""
    names = sorted(rows[0].whole.figures)
    everything = [*rows, *wrong]
    x = np.array([[row.whole.figures[name] for name in names] for row in everything])
    y = np.array([row.claim.supported for row in everything])
    trees: list[Tree] = fit(x, y, weights_of(rows, wrong), Shape())
    return {"figures": names, "trees": trees}


def weights_of(rows: Sequence[Row], wrong: Sequence[Row]) -> Floats:
    """Each set alike, and in each both classes. What the altered claims count, the supported ones count more as well,
    so that the even point stays at 0.5."""
    sets = np.array([row.claim.set for row in rows])
    y = np.array([row.claim.supported for row in rows])
    weights = np.zeros(len(rows))
    for name in set(sets):
        for side in (True, False):
            chosen = (sets == name) & (y == side)
            weights[chosen] = 1 / max(1, chosen.sum())
    weights[y] += ALTERED_SHARE / max(1, y.sum())
    kinds = np.array([row.claim.altered or "" for row in wrong])
    more = np.zeros(len(wrong))
    for kind in KINDS:
        more[kinds == kind] = ALTERED_SHARE / len(KINDS) / max(1, (kinds == kind).sum())
    together = np.concatenate([weights, more])
    even: Floats = together * len(together) / together.sum()
    return even


def cross_validated(rows: Sequence[Row], wrong: Sequence[Row]) -> tuple[Floats, Floats]:
    """The scores of all rows and all altered ones, each by a model that saw nothing of its fold."""
    fitted = [row for row in rows if row.claim.set in FITTED]
    scores, wrong_scores = np.zeros(len(rows)), np.zeros(len(wrong))
    for fold in range(FOLDS):
        model = read_model(
            parameters_of([row for row in fitted if row.fold != fold], [row for row in wrong if row.fold != fold])
        )
        for into, some in ((scores, rows), (wrong_scores, wrong)):
            for at, row in enumerate(some):
                if row.fold == fold and row.claim.set in FITTED:
                    into[at] = judged(row.sentences, model)[0]
    model = read_model(parameters_of(fitted, wrong))
    for at, row in enumerate(rows):
        if row.claim.set in MEASURED_ONLY:
            scores[at] = judged(row.sentences, model)[0]
    return scores, wrong_scores


# --- measuring ----------------------------------------------------------------------------------------------------


def baselines(claims: Sequence[Claim], embedder: TokenEmbedder) -> tuple[Floats, Floats]:
    """Share of the claim's words that the evidence has, and best cosine with one of its first 150 sentences."""
    overlap, cosine = np.zeros(len(claims)), np.zeros(len(claims))
    for at, claim in enumerate(claims):
        mine = set(terms(claim.text))
        theirs = {term for passage in claim.passages for term in terms(passage)}
        overlap[at] = len(mine & theirs) / max(1, len(mine))
        sentences = [text[start:end] for text in claim.passages for start, end in sentence_spans(text)][:150]
        if sentences:
            cosine[at] = (embedder.embed_passages(sentences) @ embedder.embed_query(claim.text)).max()
    return overlap, cosine


def elsewhere(rows: Sequence[Row], scores: Floats, name: str) -> dict[str, float]:
    """A baseline's figures on one set, with the threshold that is best over the other fitted sets."""
    sets = np.array([row.claim.set for row in rows])
    y = np.array([row.claim.supported for row in rows])
    others = [each for each in FITTED if each != name]
    candidates = np.unique(np.quantile(scores[np.isin(sets, others)], np.linspace(0, 1, 101)))

    def worth(threshold: float) -> float:
        return float(np.mean([balanced(y[sets == each], scores[sets == each] >= threshold) for each in others]))

    return figures(rows, scores, name, threshold=max(candidates.tolist(), key=worth))


def figures(rows: Sequence[Row], scores: Floats, name: str, *, threshold: float = SUPPORTED) -> dict[str, float]:
    """Of one set, at one threshold."""
    chosen = np.array([row.claim.set == name for row in rows])
    y, mine = np.array([row.claim.supported for row in rows])[chosen], scores[chosen]
    said = mine >= threshold
    return {
        "claims": int(chosen.sum()),
        "supported": int(y.sum()),
        "macro_f1": round(macro_f1(y, said), 3),
        "balanced_accuracy": round(balanced(y, said), 3),
        "auroc": round(auroc(y, mine), 3),
        "threshold": round(threshold, 3),
    } | {f"called supported: {verdict}": share for verdict, share in shares(rows, chosen, scores >= threshold).items()}


def shares(rows: Sequence[Row], chosen: Bools, said: Bools) -> dict[str, float]:
    """By the set's own verdicts: how many were called supported."""
    verdicts = np.array([row.claim.verdict for row in rows])
    names = sorted(set(verdicts[chosen].tolist()))
    return {name: round(float(said[chosen & (verdicts == name)].mean()), 3) for name in names}


def of_altered(rows: Sequence[Row], scores: Floats, wrong: Sequence[Row], wrong_scores: Floats) -> dict[str, Any]:
    """Of each kind the share that is not called supported; and the share of the unaltered ones that is."""
    kinds = np.array([row.claim.altered for row in wrong])
    sound = np.array([row.claim.supported and row.claim.set in FITTED for row in rows])
    found: dict[str, Any] = {
        kind: {
            "claims": int((kinds == kind).sum()),
            "found": round(float((wrong_scores[kinds == kind] < SUPPORTED).mean()), 3),
        }
        for kind in KINDS
    }
    found["unaltered"] = {
        "claims": int(sound.sum()),
        "called supported": round(float((scores[sound] >= SUPPORTED).mean()), 3),
    }
    return found


def balanced(y: Bools, said: Bools) -> float:
    """The mean of the shares of both classes that are told rightly."""
    return float(np.mean([(said[side] == value).mean() for value in (True, False) if (side := y == value).any()]))


def macro_f1(y: Bools, said: Bools) -> float:
    def of(y: Bools, said: Bools) -> float:
        return float(2 * (y & said).sum() / max(1, y.sum() + said.sum()))

    return (of(y, said) + of(~y, ~said)) / 2


def auroc(y: Bools, scores: Floats) -> float:
    """The chance that a supported claim scores above another one; ties count half."""
    higher = scores[y][:, None]
    lower = scores[~y][None, :]
    return float(((higher > lower) + 0.5 * (higher == lower)).mean())


def markdown(found: dict[str, Any]) -> str:
    lines = [
        "# Support check",
        "",
        "Made by `python -m tests.bench.support`. One model and one threshold (0.5) for all sets, five folds; the",
        "baselines' thresholds are the best over the other sets. faithbench is measured only. `claims.py` says what",
        "counts as supported in each set, `support.py` how it is measured.",
        "",
        "| set | claims | supported | check | macro-F1 | balanced accuracy | AUROC | threshold |",
        "|---|---:|---:|---|---:|---:|---:|---:|",
    ]
    for name, ways in found["sets"].items():
        for way, each in {**ways, "ours, words only": found["words only"][name]}.items():
            first = f"**{name}** | {each['claims']:,} | {each['supported']:,}" if way == "ours" else " | | "
            cells = " | ".join(f"{each[cell]:.3f}" for cell in ("macro_f1", "balanced_accuracy", "auroc", "threshold"))
            lines.append(f"| {first} | {way} | {cells} |")
    lines += [
        "",
        "Share called supported, by the sets' own verdicts:",
        "",
        "| set | verdict | share |",
        "|---|---|---:|",
    ]
    start = "called supported: "
    for name, ways in found["sets"].items():
        lines += [
            f"| {name} | {cell.removeprefix(start)} | {share:.3f} |"
            for cell, share in ways["ours"].items()
            if cell.startswith(start)
        ]
    lines += [
        "",
        "Supported claims that a script made wrong, not called supported:",
        "",
        "| changed | claims | found |",
    ]
    lines += ["|---|---:|---:|"]
    rest = dict(found["altered"])
    sound = rest.pop("unaltered")
    lines += [f"| {kind} | {each['claims']} | {each['found']:.3f} |" for kind, each in rest.items()]
    lines += [
        "",
        "`name nearby` puts another name of the same evidence in the place of one.",
        f"Of the {sound['claims']:,} unaltered ones {sound['called supported']:.3f} are called supported.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
