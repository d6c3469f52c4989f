"""What the metrics of a report are called and mean, for readers who did not invent them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from qa.set_scores import LOWER_IS_BETTER, unit

GROUPS = ("Answers", "Citations", "Abstention", "Judge", "Retrieval", "Cost", "Other")
"""In the order in which a report shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A metric in plain words."""

    label: str
    group: str = "Other"
    meaning: str = ""
    """One sentence; empty for a metric that this module does not know."""


_KNOWN = {
    "right": Words(
        label="Right", group="Answers", meaning="Answers that are right, by the accepted answers or the evidence."
    ),
    "exact_match": Words(
        label="Exact match",
        group="Answers",
        meaning="The answer is an accepted answer, but for case, punctuation and articles.",
    ),
    "token_f1": Words(
        label="Token F1", group="Answers", meaning="How many words the answer and the closest accepted answer share."
    ),
    "contained": Words(label="Contained", group="Answers", meaning="An accepted answer stands within the answer."),
    "numbers_right": Words(
        label="Numbers right",
        group="Answers",
        meaning="The answer gives every number of an accepted answer, however it is written.",
    ),
    "citation_precision": Words(
        label="Citation precision", group="Citations", meaning="Of the citations, the share that lies on the evidence."
    ),
    "citation_recall": Words(
        label="Citation recall", group="Citations", meaning="Of the evidence, the share that some citation lies on."
    ),
    "supported": Words(
        label="Sentences supported",
        group="Citations",
        meaning="Of the sentences checked, the share that their sources carry.",
    ),
    "broken_citations": Words(
        label="Broken citations",
        group="Citations",
        meaning="Of the citations that the model wrote, the share that points nowhere; they were removed.",
    ),
    "answered": Words(label="Answered", group="Abstention", meaning="Questions that were answered and not refused."),
    "confidence": Words(
        label="Confidence", group="Abstention", meaning="How sure the system was of each answer, before it gave it."
    ),
    "coverage": Words(
        label="Coverage",
        group="Abstention",
        meaning="The share of the questions that got an answer.",
    ),
    "risk": Words(
        label="Risk",
        group="Abstention",
        meaning="Of the answers given, the share that is wrong.",
    ),
    "refusal_precision": Words(
        label="Refusal precision",
        group="Abstention",
        meaning="Of the refusals, the share whose question has no answer in the documents.",
    ),
    "refusal_recall": Words(
        label="Refusal recall",
        group="Abstention",
        meaning="Of the questions without an answer in the documents, the share that was refused.",
    ),
    "refusal_f1": Words(label="Refusal F1", group="Abstention", meaning="Both of these as one: their harmonic mean."),
    "confidence_auroc": Words(
        label="AUROC of confidence",
        group="Abstention",
        meaning="How often a question with an answer in the documents has more confidence than one without: 0.5 is "
        "chance, 1 is always.",
    ),
    "aurc": Words(
        label="Area under risk–coverage",
        group="Abstention",
        meaning="The mean risk, if one answered only the surest question, the two surest, and so on to all.",
    ),
    "judge_faithfulness": Words(
        label="Faithfulness", group="Judge", meaning="By the judge model: the sources carry what the answer says."
    ),
    "judge_correctness": Words(
        label="Correctness", group="Judge", meaning="By the judge model: the answer agrees with an accepted one."
    ),
    "judge_completeness": Words(
        label="Completeness", group="Judge", meaning="By the judge model: the answer leaves nothing out."
    ),
    "retrieve_ms": Words(label="Search time", group="Cost", meaning="Until the passages are found."),
    "first_token_ms": Words(
        label="Time to the first words", group="Cost", meaning="From the question to the first words."
    ),
    "whole_ms": Words(label="Time to the whole answer", group="Cost", meaning="From the question to the last word."),
    "prompt_tokens": Words(label="Tokens of the prompt", group="Cost", meaning="What the model was given to read."),
    "reply_tokens": Words(label="Tokens of the reply", group="Cost", meaning="What the model wrote."),
}
_RANKED = {
    "hit": ("Hit rate", "One of the first {k} {things} is {relevant}."),
    "recall": ("Recall", "Of the {things} to be found, the share that is among the first {k}."),
    "mrr": ("MRR", "1 over the rank of the first of the {things} to be found; 0 if none is among the first {k}."),
    "ndcg": ("nDCG", "How high the {things} to be found stand among the first {k}; 1 where they lead."),
}
_LEVELS = {
    "": ("", "documents", "one of the evidence"),
    "page_": (", pages", "pages", "one of the evidence"),
    "passage_": (", passages", "passages", "one that holds the quote"),
}
_AT = re.compile(r"(?P<level>page_|passage_|)(?P<base>hit|recall|mrr|ndcg)@(?P<k>\d+)")
_PERCENTILE = re.compile(r"(?P<base>\w+_ms)_p(?P<share>\d+)")


def words(metric: str) -> Words:
    """What to call a metric. One that is not known keeps its name."""
    known = _KNOWN.get(metric)
    if known is not None:
        return known
    ranked = _AT.fullmatch(metric)
    if ranked:
        label, meaning = _RANKED[ranked["base"]]
        level, things, relevant = _LEVELS[ranked["level"]]
        return Words(
            label=f"{label} at {ranked['k']}{level}",
            group="Retrieval",
            meaning=meaning.format(k=ranked["k"], things=things, relevant=relevant),
        )
    timed = _PERCENTILE.fullmatch(metric)
    if timed and timed["base"] in _KNOWN:
        base = words(timed["base"])
        share = int(timed["share"])
        of = "Half of the questions take no longer" if share == 50 else f"{share} of 100 questions take no longer"
        name = "median" if share == 50 else f"{share} of 100"
        return replace(base, label=f"{base.label}, {name}", meaning=f"{base.meaning} {of}.")
    if metric.startswith("judge_"):
        return Words(label=metric.removeprefix("judge_").replace("_", " ").capitalize(), group="Judge")
    return Words(label=metric)


def falls(metric: str) -> bool:
    """Whether lower is better."""
    return metric in LOWER_IS_BETTER


def figure(value: float, metric: str) -> str:
    """A metric's value as a reader wants to see it."""
    kind = unit(metric)
    if kind == "ms":
        return f"{value:,.1f} ms" if abs(value) < 10 else f"{value:,.0f} ms"
    return f"{value:,.0f}" if kind == "tokens" else f"{value:.3f}"


def counted(count: int, what: str) -> str:
    """``1 question``, ``2 questions``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
