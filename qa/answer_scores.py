"""Scores of one answer against what its question expects. Pure: text and places in, numbers out.

Each gives None, not 0, where the question gives it nothing to go on, so that means are taken over the questions that a
metric can say something about. All are within 0 and 1 but for tokens and times.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from index.languages import UNSPACED
from qa.evidence import Expected, Stretch, in_item
from qa.numbers import Number, has_number, numbers, single_units
from qa.questions import Question
from qa.results import Outcome
from qa.values import Answer

PageOf = Callable[[str, int], int | None]
"""A document's name and an offset into its text to the page there, where it has pages."""

_SIGNS = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_MARKER = re.compile(r"\s*\[(\d{1,6})\]")
_ROUND = re.compile(r"\d[.,]000(?!\d)")


# Text against accepted answers


def normalised(text: str) -> str:
    """Without case, punctuation, articles and superfluous white space, as SQuAD's scripts compare answers.

    Rajpurkar et al. 2016. They know ASCII's punctuation and symbols only; here those of all scripts go, since a
    document's own quotation marks and dashes must not decide, and what is not seen with them. An accent written as a
    character of its own is joined to its letter. On ASCII the two are the same.
    """
    folded = unicodedata.normalize("NFC", text.casefold())
    if folded.isascii():
        kept = folded.translate(_SIGNS)
    else:
        kinds = [(sign, unicodedata.category(sign)) for sign in folded]
        kept = "".join(sign for sign, kind in kinds if kind[0] not in "PS" and kind != "Cf")
    return " ".join(_ARTICLES.sub(" ", kept).split())


def answer_tokens(text: str) -> list[str]:
    """The words of a normalised text; where a script is written without spaces, its characters."""
    return UNSPACED.sub(lambda match: f" {' '.join(match[0])} ", normalised(text)).split()


def exact_match(text: str, accepted: Sequence[str]) -> float | None:
    """1 where the text is an accepted answer, both normalised."""
    known = _comparable(accepted)
    if not known:
        return None
    said = normalised(text)
    return float(any(normalised(answer) == said for answer in known))


def token_f1(text: str, accepted: Sequence[str]) -> float | None:
    """The harmonic mean of precision and recall of the text's tokens, as a bag; the best over the accepted answers."""
    said = Counter(answer_tokens(text))
    best = None
    for answer in _comparable(accepted):
        wanted = Counter(answer_tokens(answer))
        common = (said & wanted).total()
        best = max(best or 0.0, 2 * common / (said.total() + wanted.total()))
    return best


def contained(text: str, accepted: Sequence[str]) -> float | None:
    """1 where an accepted answer stands in the text as whole words, in a row."""
    known = _comparable(accepted)
    if not known:
        return None
    said = f" {' '.join(answer_tokens(text))} "
    return float(any(f" {' '.join(answer_tokens(answer))} " in said for answer in known))


def numbers_right(text: str, accepted: Sequence[str]) -> float | None:
    """1 where the text has all numbers of an accepted answer, however they are written; None where none holds any, or
    where one that holds none is in the text."""
    with_numbers = {answer: found for answer in accepted if (found := _plain(numbers(answer)))}
    if not with_numbers or contained(text, [answer for answer in accepted if answer not in with_numbers]):
        return None
    said = _plain([*numbers(text), *single_units(text)])
    return float(any(all(has_number(number, said) for number in found) for found in with_numbers.values()))


def _comparable(accepted: Sequence[str]) -> list[str]:
    """Those that anything is left of: SQuAD's scripts pass over the others too."""
    return [answer for answer in accepted if normalised(answer)]


def _plain(found: Iterable[Number]) -> list[Number]:
    """Without the reading of 12,000 as twelve, which no one writes with three noughts."""
    return [
        replace(each, values=(max(each.values),)) if len(each.values) > 1 and _ROUND.search(each.text) else each
        for each in found
    ]


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

    Wrong where the documents do not answer the question. Otherwise right where an accepted answer is contained, with
    the same numbers; where the set names none, where anything of the evidence is cited.
    """
    if not question.answerable:
        return False
    holds = contained(text, question.answers)
    if holds and numbers_right(text, question.answers) == 0:
        return _stands_in(text, question.answers)  # "35 m" and "3.5 m" are the same to SQuAD's rules
    if holds is not None:
        return bool(holds)
    if not question.evidence:
        return None
    return any(is_evidence(each, wanted, page_of) for each in cited)


def _stands_in(text: str, accepted: Sequence[str]) -> bool:
    """Whether an accepted answer stands in the text to the letter."""
    return any(re.search(rf"(?<![\w.,]){re.escape(answer)}(?!\w)", text, re.IGNORECASE) for answer in accepted)


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
