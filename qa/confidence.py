"""How a question's candidates are ordered, and how likely the best of them answers it. Pure.

All weights are found by ``python -m tests.bench.answers --fit`` on public question sets, and rounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.languages import QUESTION_WORDS
from qa.signals import Candidate, Signals

THRESHOLD = 0.092
"""Confidence below which the answer is a refusal: no more than one in twenty of the questions that
have an answer, on whatever set."""

RANK = {
    "meaning": 2.6, "whole": 5.8, "met": 6.7, "nearby": 8.7, "least": 1.7, "reach": 11.0, "shared": 0.8,
    "around": 1.2, "passage": 0.8, "kind": 1.9, "length": 3.0, "ended": 1.3,
}  # fmt: skip
"""Weights of the order: a softmax over the sentences of a question, of which one holds the answer. ``length`` is by
hand: the public sets are all prose, and in other documents a word or two is seldom an answer."""


def rank(signals: Signals, weights: Mapping[str, float] = RANK) -> float:
    """One number to order sentences by; differences are log-odds."""
    return sum(weight * float(getattr(signals, name)) for name, weight in weights.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is known of the best candidate as an answer. The first eleven are its signals."""

    meaning: float
    whole: float
    met: float
    nearby: float
    least: float
    reach: float
    around: float
    passage: float
    about: float
    name: float
    number: float

    far: float
    """By how much another sentence comes nearer in meaning."""

    negation: float
    """1 where the question denies something: documents say what is."""

    plain: float
    """How many words the question has that are no names, numbers or small words, as the logarithm of one more."""


TOPIC = {
    "meaning": 5.1, "whole": 4.1, "met": 2.0, "nearby": -0.6, "least": 3.7, "reach": 4.5, "around": 2.7,
    "passage": 2.0, "about": 5.1, "far": 5.2,
}  # fmt: skip
TOPIC_OFFSET = -10.8
"""Whether the documents speak of what is asked: questions with an answer against questions of other collections. Moved
a third of the way towards weights under which fewer of the shipped questions are refused, whose words are not the
text's."""

NEAR = {"about": 2.1, "negation": -1.9, "number": 5.9, "name": 2.2, "plain": 0.3}
NEAR_OFFSET = -7.5
"""Whether they say what is asked: questions with an answer against such as were written so that none is there."""

ENOUGH = 2.5
"""Log-odds of ``TOPIC`` from which on being nearer still says nothing."""

LEEWAY = 0.4
"""Log-odds of ``NEAR`` that count at most, either way: what it is fitted on is of one kind."""

SCALE, OFFSET = 0.78, -0.54
"""From the sum of both to log-odds (Platt 1999)."""

_NEGATION = re.compile(r"\b(?:not|never|no|nor|none|without|except|cannot|unable)\b|n['’]t\b", re.IGNORECASE)
_PLAIN = re.compile(r"\b[^\W\d_A-Z]+\b")


def trust(question: str, ordered: Sequence[Candidate]) -> Trust:
    """What tells whether the first of ``ordered``, best first, answers the question."""
    best = ordered[0].signals
    return Trust(
        meaning=best.meaning,
        whole=best.whole,
        met=best.met,
        nearby=best.nearby,
        least=best.least,
        reach=best.reach,
        around=best.around,
        passage=best.passage,
        about=best.about,
        name=best.name,
        number=best.number,
        far=max(each.signals.meaning for each in ordered) - best.meaning,
        negation=float(_NEGATION.search(question) is not None),
        plain=math.log1p(sum(word not in QUESTION_WORDS for word in _PLAIN.findall(question))),
    )


def confidence(known: Trust) -> float:
    """How likely the sentence answers the question, 0 to 1."""
    return 1 / (1 + math.exp(-(SCALE * weighed(known) + OFFSET)))


def weighed(known: Trust) -> float:
    """What speaks for an answer less what speaks against it, before it is made a probability."""
    topic = TOPIC_OFFSET + sum(weight * float(getattr(known, name)) for name, weight in TOPIC.items())
    near = NEAR_OFFSET + sum(weight * float(getattr(known, name)) for name, weight in NEAR.items())
    return combined(topic, near)


def combined(topic: float, near: float) -> float:
    """One figure of both log-odds: ``topic`` levelling off at ``ENOUGH``, ``near`` at ``LEEWAY`` either way.

    What is off the subject stays so, whatever else it has.
    """
    levelled = ENOUGH - math.log1p(math.exp(min(50.0, ENOUGH - topic)))
    return levelled + LEEWAY * math.tanh(near / LEEWAY)
