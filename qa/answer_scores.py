"""Scores of one answer against what its question expects. Pure: text and places in, numbers out.

Each gives None, not 0, where the question gives it nothing to go on, so that means are taken over the questions that a
metric can say something about. All are within 0 and 1 but for tokens and times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from qa.accepted import contained, exact_match, gives, numbers_right, token_f1
from qa.evidence import Expected, Stretch, in_item
from qa.questions import Question
from qa.results import Outcome
from qa.values import Answer

PageOf = Callable[[str, int], int | None]
"""A document's name and an offset into its text to the page there, where it has pages."""

_MARKER = re.compile(r"\s*\[(\d{1,6})\]")


# Citations against evidence


def citation_precision(cited: Sequence[Stretch], wanted: Expected, page_of: PageOf) -> float | None:
    """The share of the citations that are of the evidence; None without citations, or where no evidence is placed."""
    if not cited or not _is_placed(wanted):
        return None
    return sum(is_evidence(each, wanted, page_of) for each in cited) / len(cited)


def citation_recall(cited: Sequence[Stretch], wanted: Expected, page_of: PageOf) -> float | None:
    """The share of the entries of the evidence that a citation is of; None where no evidence is placed.

    An entry in a document that the library does not hold cannot be cited, and counts.
    """
    if not _is_placed(wanted):
        return None
    covered = sum(any(in_item(each, item, wanted, page_of) for each in cited) for item in wanted.items)
    return covered / len(wanted.items)


def is_evidence(stretch: Stretch, wanted: Expected, page_of: PageOf) -> bool:
    """Whether a stretch is of any entry of the evidence."""
    return any(in_item(stretch, item, wanted, page_of) for item in wanted.items)


def is_right(question: Question, text: str, cited: Sequence[Stretch], wanted: Expected, page_of: PageOf) -> bool | None:
    """Whether what was answered to a question is right, as far as its set tells; None where it does not.

    Wrong where the documents do not answer the question. Otherwise right where the text gives an accepted answer (see
    ``qa.accepted.gives``); where the set names none, where anything of the evidence is cited.
    """
    if not question.answerable:
        return False
    known = [answer for answer in question.answers if answer.strip()]
    if known:
        return any(gives(text, answer) for answer in known)
    if not question.evidence:
        return None
    return any(is_evidence(each, wanted, page_of) for each in cited)


def _is_placed(wanted: Expected) -> bool:
    held = set(wanted.labels.values())
    return any(item.label in held for item in wanted.items)


# All of an answer


def answer_metrics(
    question: Question,
    answer: Answer,
    wanted: Expected,
    page_of: PageOf,
    *,
    first_token_seconds: float | None = None,
) -> dict[str, float]:
    """The scores of an answer by name, as far as the question allows them.

    A refusal scores 0 against accepted answers. What an answer's citations and sentences are worth is only asked where
    it is none.
    """
    values: dict[str, float | None] = {}
    text = spoken(answer) if answer.found else ""
    cited = stretches(answer)
    if question.answerable:
        for name, score in _AGAINST_ACCEPTED.items():
            values[name] = score(text, question.answers)
    if answer.found:
        if question.answerable:  # what stands near a question that nothing answers is no answer to it
            values["citation_precision"] = citation_precision(cited, wanted, page_of)
            values["citation_recall"] = citation_recall(cited, wanted, page_of)
        labels = [sentence.support.label for sentence in answer.sentences if sentence.support is not None]
        values["supported"] = labels.count("supported") / len(labels) if labels else None
        made = sum(len(sentence.citations) for sentence in answer.sentences) + answer.removed_markers
        if answer.mode == "llm" and made:
            values["broken_citations"] = answer.removed_markers / made
        right = is_right(question, text, cited, wanted, page_of)
        values["right"] = None if right is None else float(right)
    values["answered"] = float(answer.found)
    values["confidence"] = answer.confidence
    if answer.model is not None and (answer.tokens.prompt or answer.tokens.reply):
        values["prompt_tokens"] = float(answer.tokens.prompt)
        values["reply_tokens"] = float(answer.tokens.reply)
    values["first_token_ms"] = None if first_token_seconds is None else 1000 * first_token_seconds
    values["whole_ms"] = 1000 * answer.seconds
    return {name: value for name, value in values.items() if value is not None}


_AGAINST_ACCEPTED: Mapping[str, Callable[[str, Sequence[str]], float | None]] = {
    "exact_match": exact_match,
    "token_f1": token_f1,
    "contained": contained,
    "numbers_right": numbers_right,
}


def spoken(answer: Answer) -> str:
    """An answer's text without the markers of its citations. Other numbers in brackets are the text's own."""
    made = {citation.number for citation in answer.citations}
    return _MARKER.sub(lambda match: "" if int(match[1]) in made else match[0], answer.text)


def stretches(answer: Answer) -> list[Stretch]:
    """What an answer rests on, each place once: a passage that several sentences cite may be cited in several."""
    cited = [citation for sentence in answer.sentences for citation in sentence.citations] or answer.citations
    return list(
        dict.fromkeys(
            Stretch(document=citation.passage.document, start=citation.start, end=citation.end) for citation in cited
        )
    )


def outcome(question: Question, metrics: Mapping[str, float]) -> Outcome:
    """What became of a question, from its metrics."""
    if "answered" not in metrics:
        return "searched"
    if not metrics["answered"]:
        return "refused_wrongly" if question.answerable else "refused_rightly"
    if "right" not in metrics:
        return "answered"
    return "right" if metrics["right"] else "wrong"
