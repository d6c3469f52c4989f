"""How good quoted answers are without a model: what they hold, how long they take, and what their confidence is worth.

    python -m tests.bench.answers [--sets squad_v2_dev,docs_site] [--questions 300] [--fit] [--out FOLDER]

Every set's own questions are asked of it, and a draw of each other set's questions, which it does not answer.
``--fit`` finds the weights of ``qa/confidence.py`` anew and prints them, with figures by cross-validation in which all
questions of an article are left out together. Libraries are those of the retrieval bench, made when they are missing.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import Library
from qa.confidence import NEAR, RANK, THRESHOLD, TOPIC, Trust, combined, rank, trust, weighed
from qa.evaluation import bring_in_line
from qa.extract import chosen
from qa.metrics import percentile
from qa.plot import Line, line_plot
from qa.questions import Question, read_questions
from qa.signals import Candidate, candidates
from qa.view import asked_words
from tests.bench.fitting import Floats, Marks, auroc, fit_choice, fit_logistic, risk_coverage
from tests.bench.retrieval import ROOT, WORK
from tests.bench.tables import conditions

RESULTS = Path(__file__).parent / "results"
PLOT = "risk-coverage.svg"
PASSAGES = 6
"""As the product's default."""

FOREIGN = 100
"""Questions of each other set that a set is asked."""

FOLDS = 8
SETS = {
    "squad_v2_dev": ("documents", "questions.jsonl"),
    "nq_passages": ("corpus.jsonl", "questions.jsonl"),
    "clapnq_dev": ("corpus.jsonl", "questions.jsonl"),
    "docs_site": ("corpus.jsonl", "questions.jsonl"),
    "hotpotqa_small": ("corpus.jsonl", "questions.jsonl"),
    "scifact": ("corpus.jsonl", "questions_train.jsonl"),
}
SHIPPED = "seeds"
"""The documents that the project ships with, and the questions about them: few, and in other words than the text."""

HOLDING = ("squad_v2_dev", "nq_passages", SHIPPED)
"""Sets whose accepted answers are the documents' own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question asked of one set."""

    of: str
    source: str
    question: Question
    group: str
    """The article, where it is known, that it was written about."""

    found: tuple[Candidate, ...]
    holds: tuple[bool, ...]
    """Which candidates hold an accepted answer."""

    strict: tuple[bool, ...]
    """The same, in a document of the evidence."""

    quoted: tuple[bool, ...]
    """Which of the quotes that the product shows hold an accepted answer."""

    confidence: float
    seconds: float

    @property
    def answerable(self) -> bool:
        return self.of == self.source and self.question.answerable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", help="names, separated by commas (default: all)")
    parser.add_argument("--questions", type=int, help="a sample of so many of each set's own, always the same")
    parser.add_argument("--fit", action="store_true", help="find the weights anew")
    parser.add_argument("--out", type=Path, help="folder of the results (default: beside this file, samples elsewhere)")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the sets")
    options = parser.parse_args()
    names = options.sets.split(",") if options.sets else [*SETS, SHIPPED]
    if unknown := [name for name in names if name not in (*SETS, SHIPPED)]:
        raise SystemExit(f"There is no set {unknown[0]!r}. These are: {', '.join([*SETS, SHIPPED])}")
    asked: list[Asked] = []
    for name in names:
        began = time.monotonic()
        asked += ask_set(name, names, options.data, options.questions)
        print(f"{name}: {len(asked)} questions so far, {time.monotonic() - began:.0f} s", flush=True)
    figures = measured(asked, {id(each): each.confidence for each in asked})
    figures["conditions"] = conditions(PASSAGES)
    figures["sample"] = options.questions
    out: Path = options.out or (WORK / "sample" if options.questions else RESULTS)
    out.mkdir(parents=True, exist_ok=True)
    (out / "answers.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (out / "answers.md").write_text(markdown(figures), encoding="utf-8")
    (out / PLOT).write_text(plot(figures), encoding="utf-8")
    print(markdown(figures))
    if options.fit:
        fit(asked)


def ask_set(name: str, others: Sequence[str], data: Path, limit: int | None) -> list[Asked]:
    """A set's own questions and a draw of the others', asked of its library."""
    documents = ROOT / "seeds" if name == SHIPPED else data / name / SETS[name][0]
    own = _questions(data, name)
    groups: dict[str, str] = {}
    last = ""
    for question in own:  # questions on one article stand together, and those without an answer have no evidence
        last = question.evidence[0].document if question.evidence else last
        groups[question.id] = last
    if limit is not None and limit < len(own):
        own = random.Random(0).sample(own, limit)
    asked = [(name, question) for question in own]
    for other in others:
        if other not in (name, SHIPPED):
            foreign = [question for question in _questions(data, other) if question.answerable]
            asked += [(other, each) for each in random.Random(0).sample(foreign, min(FOREIGN, len(foreign)))]
    folder = "seeds-200" if name == SHIPPED else f"data-{name}-{documents.stem}-200"  # the retrieval bench's names
    found = []
    with Library.open(WORK / "libraries" / folder) as library:
        bring_in_line(library, documents)
        library.search("the first search loads the model", 1)
        for source, question in asked:
            began = time.perf_counter()
            hits = library.search(question.question, PASSAGES)
            seen = candidates(asked_words(question.question, library), hits, library)
            answer = chosen(question.question, seen)
            seconds = time.perf_counter() - began
            wanted = {each.document for each in question.evidence}
            holds = [_holds(each.text, question.answers) for each in seen]
            found.append(
                Asked(
                    of=name, source=source, question=question,
                    group=groups.get(question.id, "") if source == name else source, found=tuple(seen),
                    holds=tuple(holds),
                    strict=tuple(
                        is_held and _named(each.hit.passage.document, wanted)
                        for is_held, each in zip(holds, seen, strict=True)
                    ),
                    quoted=tuple(_holds(quote.text, question.answers) for quote in answer.quotes),
                    confidence=answer.confidence, seconds=seconds,
                )
            )  # fmt: skip
    return found


def _questions(data: Path, name: str) -> list[Question]:
    """In the product's format; what a set has more is left out."""
    path = ROOT / "tests" / "questions" / "seeds.jsonl" if name == SHIPPED else data / name / SETS[name][1]
    questions, bad = read_questions(path)
    if bad:
        raise SystemExit(f"{path}: {len(bad)} bad lines; {bad[0]}")
    return questions


def _holds(text: str, answers: Sequence[str]) -> bool:
    folded = " ".join(text.casefold().split())
    return any(" ".join(answer.casefold().split()) in folded for answer in answers if answer.strip())


def _named(document: str, wanted: set[str]) -> bool:
    return document in wanted or document.partition("#")[2] in wanted


def measured(asked: Sequence[Asked], trusted: dict[int, float]) -> dict[str, Any]:
    """All figures, with the confidence that ``trusted`` gives each question."""
    figures: dict[str, Any] = {"quotes": {}, "unanswerable": {}, "foreign": {}, "refused": {}, "refused_foreign": {}}
    sets = list(dict.fromkeys(each.of for each in asked))
    for name in sets:
        here = [each for each in asked if each.of == name]
        own = [each for each in here if each.answerable]
        times = [1000 * each.seconds for each in here if each.source == name]
        entry = {"questions": len(own), "ms_p50": percentile(times, 0.5), "ms_p95": percentile(times, 0.95)}
        if name in HOLDING:
            entry |= {
                "first_quote": _share([any(each.quoted[:1]) for each in own]),
                "one_of_three": _share([any(each.quoted) for each in own]),
                "first_sentence_alone": _share([_best(each)[0] for each in own]),
                "first_sentence_alone_in_evidence": _share([_best(each)[1] for each in own]),
            }
        figures["quotes"][name] = entry
        figures["refused"][name] = _share([trusted[id(each)] < THRESHOLD for each in own])
        figures["refused_foreign"][name] = _share(
            [trusted[id(each)] < THRESHOLD for each in here if each.source != name]
        )
        near = [each for each in here if each.source == name and not each.question.answerable]
        if near:
            both = [*own, *near]
            figures["unanswerable"][name] = {
                "questions": len(near),
                "refused": _share([trusted[id(each)] < THRESHOLD for each in near]),
                "auroc": auroc([each.answerable for each in both], [trusted[id(each)] for each in both]),
                "risk_coverage": risk_coverage(
                    [any(each.quoted[:1]) or (name not in HOLDING and each.answerable) for each in both],
                    [trusted[id(each)] for each in both],
                ),
            }
        figures["foreign"][name] = {
            other: auroc(
                [each.answerable for each in [*own, *foreign]], [trusted[id(each)] for each in [*own, *foreign]]
            )
            for other in sets
            if (foreign := [each for each in here if each.source == other and other != name])
        }
    return figures


def _best(asked: Asked) -> tuple[bool, bool]:
    if not asked.found:
        return False, False
    place = max(range(len(asked.found)), key=lambda at: rank(asked.found[at].signals))
    return asked.holds[place], asked.strict[place]


def _share(verdicts: Sequence[bool]) -> float:
    return sum(verdicts) / max(1, len(verdicts))


def markdown(figures: dict[str, Any]) -> str:
    """All figures as tables."""
    lines = [
        "# Quoted answers", "",
        "Made by `python -m tests.bench.answers`. A quote holds the answer where an accepted answer stands in it; the",
        "first columns are of quotes as shown, *alone* is the best sentence without neighbours joined to it. Times are",
        "of a whole answer, search included. Refused are those below the shipped threshold: of the questions that the",
        "set answers, and of other sets' questions asked of it.", "",
        "| set | answerable | first quote | one of three | first alone | alone, in the evidence's document | refused"
        " | others' refused | ms p50 | ms p95 |", "|---|" + "---:|" * 9,
    ]  # fmt: skip
    if sample := figures.get("sample"):
        lines[2:2] = [f"Of each set at most {sample} of its own questions were asked, always the same.", ""]
    for name, entry in figures["quotes"].items():
        shares = ("first_quote", "one_of_three", "first_sentence_alone", "first_sentence_alone_in_evidence")
        cells = [f"{entry[each]:.3f}" if each in entry else "" for each in shares]
        lines.append(
            f"| {name} | {entry['questions']} | {' | '.join(cells)} | {figures['refused'][name]:.3f} "
            f"| {figures['refused_foreign'][name]:.3f} "
            f"| {entry['ms_p50']:.0f} | {entry['ms_p95']:.0f} |"
        )
    lines += [
        "",
        "## Confidence",
        "",
        "AUROC of answerable questions against the unanswerable ones of the same set:",
        "",
    ]
    lines += [
        f"- {name}: {each['auroc']:.3f} ({each['questions']} unanswerable, {each['refused']:.0%} of them refused)"
        for name, each in figures["unanswerable"].items()
    ]
    rows = {name: row for name, row in figures["foreign"].items() if row}
    sets = list(dict.fromkeys(other for row in rows.values() for other in row))
    lines += [
        "",
        "Against questions of another set (columns) asked of a set (rows):",
        "",
        "| | " + " | ".join(sets) + " |",
    ]
    lines.append("|---|" + "---:|" * len(sets))
    for name, row in rows.items():
        cells = [f"{row[other]:.3f}" if other in row else "" for other in sets]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "## Risk and coverage", ""]
    lines += [
        "Of the questions answered, those with the highest confidence first, the share answered wrongly: what has no",
        "answer and, where answers are the documents' own words, what the first quote does not hold.",
        "",
    ]
    lines += [f"![Risk against coverage]({PLOT})", ""]
    for name, each in figures["unanswerable"].items():
        points = ", ".join(f"{coverage:.0%}: {risk:.3f}" for coverage, risk in each["risk_coverage"])
        lines.append(f"- {name}: {points}")
    return "\n".join([*lines, ""])


def plot(figures: dict[str, Any]) -> str:
    """Risk against coverage of each set as an SVG picture on white, for whatever page it is shown in."""
    drawn = line_plot(
        [
            Line(label=name, points=tuple((coverage, risk) for coverage, risk in each["risk_coverage"]))
            for name, each in figures["unanswerable"].items()
        ],
        x_label="questions answered, the surest first",
        y_label="answers that are wrong",
        title="Risk against coverage of quoted answers",
    )
    return drawn.replace("<svg ", "<svg style='background:#fff;color:#222' ", 1) + "\n"


# Fitting


def fit(asked: Sequence[Asked]) -> None:
    """Print weights of the order and of the confidence, and the figures that they give by cross-validation."""
    import numpy as np

    orders = []
    for name in HOLDING[:2]:  # each alone, and the mean of both: their questions are of different kinds
        groups = [
            (np.array([[getattr(one.signals, signal) for signal in RANK] for one in each.found]), np.array(each.strict))
            for each in asked
            if each.of == name and each.answerable and any(each.strict)
        ]
        if groups:
            orders.append(fit_choice(groups))
    print("RANK =", _rounded(RANK, np.mean(orders, axis=0)))
    used = [each for each in asked if each.found]
    known = [_trust(each) for each in used]
    topics = np.array([[getattr(each, name) for name in TOPIC] for each in known])
    nears = np.array([[getattr(each, name) for name in NEAR] for each in known])
    answerable = np.array([each.answerable for each in used])
    foreign = np.array([each.of != each.source for each in used])
    of = np.array([each.of for each in used])
    adversarial = ~foreign & (of == "squad_v2_dev")
    names = sorted({f"{each.of} {each.group}" for each in used})
    fold = np.array([names.index(f"{each.of} {each.group}") % FOLDS for each in used])

    def parts(inside: Marks) -> tuple[tuple[Floats, float], tuple[Floats, float]]:
        apart = inside & (foreign | answerable) & (of != SHIPPED)
        topic = fit_logistic(topics[apart], answerable[apart], _even(of[apart], answerable[apart]))
        both = inside & adversarial
        near = fit_logistic(nears[both], answerable[both], _even(of[both], answerable[both]))
        return topic, near

    sums = np.zeros(len(used))
    for number in range(FOLDS):
        (topic, topic_offset), (near, near_offset) = parts(fold != number)
        for at in np.flatnonzero(fold == number):
            sums[at] = combined(topics[at] @ topic + topic_offset, nears[at] @ near + near_offset)
    (topic, topic_offset), (near, near_offset) = parts(np.ones(len(used), dtype=bool))
    print("TOPIC =", _rounded(TOPIC, topic), round(topic_offset, 1))
    print("NEAR =", _rounded(NEAR, near), round(near_offset, 1))
    kinds = np.array([f"{each.of} {each.of == each.source}" for each in used])
    scale, offset = fit_logistic(sums[:, None], answerable, _even(kinds, answerable))
    shipped = np.array([[weighed(each)] for each in known])
    shipped_scale, shipped_offset = fit_logistic(shipped, answerable, _even(kinds, answerable))
    print("SCALE, OFFSET =", _rounded(["scale"], shipped_scale), round(shipped_offset, 2), "for the shipped weights")
    held = 1 / (1 + np.exp(-(scale[0] * sums + offset)))
    values = 1 / (1 + np.exp(-(shipped_scale[0] * shipped[:, 0] + shipped_offset)))
    lowest = {name: float(np.quantile(values[answerable & (of == name)], 0.05)) for name in sorted(set(of))}
    print(
        "THRESHOLD that refuses one in twenty answerable questions:",
        {str(each): round(v, 3) for each, v in lowest.items()},
    )
    trusted = {id(each): 0.0 for each in asked} | {
        id(each): float(value) for each, value in zip(used, held, strict=True)
    }
    print("By cross-validation:")
    print(markdown(measured(asked, trusted)))


def _rounded(names: Iterable[str], weights: Floats) -> dict[str, float]:
    return {name: round(float(weight), 2) for name, weight in zip(names, weights, strict=True)}


def _trust(asked: Asked) -> Trust:
    return trust(asked.question.question, sorted(asked.found, key=lambda each: -rank(each.signals)))


def _even(sets: Any, truth: Marks) -> Floats:
    """Weights under which each set counts alike, and in it what is true as much as what is not."""
    import numpy as np

    kinds = np.array([f"{name} {each}" for name, each in zip(sets, truth, strict=True)])
    _, place, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    weights: Floats = 1.0 / counts[place]
    weights *= len(kinds) / weights.sum()
    return weights


if __name__ == "__main__":
    main()
