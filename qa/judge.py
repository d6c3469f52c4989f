"""What a judge model thinks of an answer, beside the scores that need none.

It is asked for its reason before its score, and for nothing that the material gives it nothing to go on. What it says
is one opinion: ``disagreements`` lists where the scores without a model say otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from qa.answer_scores import spoken
from qa.errors import BadModelReply
from qa.model import Model, complete
from qa.prompts import judge_messages
from qa.questions import Question
from qa.results import Judgement, QuestionResult
from qa.values import Answer

SCORES = (0.0, 0.5, 1.0)

_LONGEST_REASON = 1_000
"""Characters that are kept."""

_OPENING = re.compile(r'\{\s*"')
_TRIED = 200
"""Places of a reply at which an object may begin: each one is read as far as it goes."""

_CONTRADICTED_BY = {"faithfulness": "supported", "correctness": "right"}
"""Scores that ask the same without a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A question of which the judge says the opposite of a score."""

    id: str
    aspect: str
    judgement: Judgement
    metric: str
    value: float


def judge(question: Question, answer: Answer, model: Model) -> dict[str, Judgement]:
    """What ``model`` thinks of an answer, by what it judged; empty for a refusal, which says nothing to judge.

    ``faithfulness`` to the quotes it cites, where it cites any; ``correctness`` against the accepted answers, where
    there are any; ``completeness``: whether it answers all that was asked.

    Raises:
        BadModelReply: the reply cannot be read as judgements.
        QAError: the model cannot be asked.
    """
    if not answer.found:
        return {}
    cited = [citation for sentence in answer.sentences for citation in sentence.citations] or answer.citations
    quotes = list(dict.fromkeys(citation.quote for citation in cited))
    accepted = question.answers if question.answerable else ()
    aspects = [
        *(["faithfulness"] if quotes else []),
        *(["correctness"] if accepted else []),
        "completeness",
    ]
    reply = complete(model, judge_messages(answer.standalone_question, spoken(answer), quotes, accepted, aspects))
    return read_judgements(reply, aspects)


def read_judgements(reply: str, aspects: Sequence[str]) -> dict[str, Judgement]:
    """The judgements of a reply, whatever stands around them; the last where it holds several.

    Raises:
        BadModelReply: an aspect is missing, has no reason, or a score that is none of those allowed.
    """
    fault = "holds no JSON object"
    for found in reversed(list(_objects(reply))):
        try:
            return {aspect: _judgement(found, aspect) for aspect in aspects}
        except ValueError as exc:
            fault = str(exc)
    raise BadModelReply(
        f"The judge's reply {fault}. Another QA_JUDGE_MODEL may keep to the form it is asked for.", raw=reply
    )


def _objects(text: str) -> Iterator[Mapping[str, object]]:
    """The JSON objects of a text that stand in no other."""
    decoder = json.JSONDecoder()
    end = 0
    for opening in islice(_OPENING.finditer(text), _TRIED):
        if opening.start() >= end:
            try:
                value, end = decoder.raw_decode(text, opening.start())
            except (ValueError, RecursionError):
                continue
            yield value


def _judgement(found: Mapping[str, object], aspect: str) -> Judgement:
    entry = found.get(aspect)
    if not isinstance(entry, dict):
        raise ValueError(f"says nothing of {aspect}")
    reason, score = entry.get("reason"), entry.get("score")
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"gives no reason for its score of {aspect}")
    try:
        value = float(score) if isinstance(score, (int, float, str)) and not isinstance(score, bool) else None
    except (ValueError, OverflowError):
        value = None
    if value not in SCORES:
        raise ValueError(f"scores {aspect} with {str(score)[:20]!r}, which is none of 0, 0.5 and 1")
    return Judgement(reason=" ".join(reason.split())[:_LONGEST_REASON], score=value)


def disagreements(results: Sequence[QuestionResult]) -> list[Disagreement]:
    """Where the judge gives all and a score without a model gives nothing, or the other way round, as the set goes."""
    return [
        Disagreement(id=result.id, aspect=aspect, judgement=result.judgements[aspect], metric=metric, value=value)
        for result in results
        for aspect, metric in _CONTRADICTED_BY.items()
        if result.judgements and aspect in result.judgements and (value := result.metrics.get(metric)) is not None
        if {result.judgements[aspect].score, value} == {0.0, 1.0}
    ]
