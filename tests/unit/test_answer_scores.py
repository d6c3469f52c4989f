"""Scores of one answer: by hand, by their properties, and against SQuAD's published rules written another way."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.values import Passage
from qa.answer_scores import (
    answer_metrics,
    citation_precision,
    citation_recall,
    contained,
    exact_match,
    is_right,
    normalised,
    numbers_right,
    outcome,
    token_f1,
)
from qa.evidence import Expected, Stretch, expected
from qa.questions import DocumentNames, Evidence, Question
from qa.values import Answer, Citation, Label, Sentence, Support, Tokens

Score = Callable[[str, Sequence[str]], float | None]
SCORES: tuple[Score, ...] = (exact_match, token_f1, contained, numbers_right)

words = st.lists(
    st.sampled_from(
        ["the", "a", "an", "cat", "dog", "Dog.", "sat,", "mat", "12,000", "It's", "...", "(red)", "A-B", "$5"]
    ),
    max_size=8,
)
phrases = words.map(" ".join) | st.text(st.sampled_from(string.printable), max_size=30)
accepted_answers = st.lists(phrases, max_size=4)


# SQuAD


def squad_words(text: str) -> list[str]:
    """Lower case, no punctuation, no articles, split at white space: Rajpurkar et al. 2016."""
    bare = [sign for sign in text.lower() if sign not in string.punctuation]
    return re.sub(r"\b(a|an|the)\b", " ", "".join(bare)).split()


def squad_f1(said: list[str], gold: list[str]) -> float:
    left = list(gold)
    same = 0
    for word in said:
        if word in left:
            left.remove(word)
            same += 1
    if not same:
        return 0.0
    precision, recall = same / len(said), same / len(gold)
    return 2 * precision * recall / (precision + recall)


@settings(deadline=None)
@given(phrases, accepted_answers)
def test_they_agree_with_squads_rules(text: str, accepted: list[str]) -> None:
    said = squad_words(text)
    golds = [gold for gold in map(squad_words, accepted) if gold]
    assert normalised(text).split() == said
    if not golds:
        assert exact_match(text, accepted) is token_f1(text, accepted) is contained(text, accepted) is None
        return
    assert exact_match(text, accepted) == max(float(said == gold) for gold in golds)
    assert token_f1(text, accepted) == pytest.approx(max(squad_f1(said, gold) for gold in golds))
    windows = [said[at : at + len(gold)] == gold for gold in golds for at in range(len(said))]
    assert contained(text, accepted) == float(any(windows))


@settings(deadline=None)
@given(st.text(max_size=40))
def test_what_is_not_ascii_is_compared_without_signs_too(text: str) -> None:
    kept = normalised(text)
    assert not any(unicodedata.category(sign)[0] in "PS" for sign in kept)
    assert kept == " ".join(kept.split())


@pytest.mark.parametrize(
    "text, accepted, expected_scores",
    [
        ("The Eiffel Tower.", ["eiffel tower"], (1, 1, 1)),
        ("“It was Denver”", ["Denver Broncos", "Denver"], (0, 0.5, 1)),
        ("«Été»", ["été"], (1, 1, 1)),
        ("E\u0301te\u0301", ["\u00e9t\u00e9"], (1, 1, 1)),
        ("STRASSE", ["Straße"], (1, 1, 1)),
        ("", ["Denver"], (0, 0, 0)),
        ("cats", ["cat"], (0, 0, 0)),
        ("東京は日本の首都です。", ["東京"], (0, 2 * 2 / 12, 1)),
        ("กรุงเทพมหานคร", ["กรุงเทพ"], (0, 2 * 7 / 20, 1)),
        ("大きな東京タワー", ["京東"], (0, 2 * 2 / 10, 0)),
    ],
)
def test_by_hand(text: str, accepted: list[str], expected_scores: tuple[float, float, float]) -> None:
    found = (exact_match(text, accepted), token_f1(text, accepted), contained(text, accepted))
    assert found == pytest.approx(expected_scores)


@pytest.mark.parametrize(
    "text, accepted, right",
    [
        ("They were twelve thousand.", ["12,000"], 1),
        ("They were 12.", ["12,000"], 0),
        ("They were 12 000 men.", ["twelve thousand"], 1),
        ("It took one month.", ["1 month"], 1),
        ("From 1914 on.", ["1914 to 1918"], 0),
        ("From 1914 until 1918.", ["1914 to 1918"], 1),
        ("In 1915.", ["1914", "1915"], 1),
        ("In 1914, or 1915.", ["in spring"], None),
        ("", ["12"], 0),
        ("Costs of $1.5 million", ["1,500,000 dollars"], 1),
    ],
)
def test_numbers_by_hand(text: str, accepted: list[str], right: float | None) -> None:
    assert numbers_right(text, accepted) == right


@settings(deadline=None)
@given(phrases, accepted_answers)
def test_bounds_and_orders(text: str, accepted: list[str]) -> None:
    turned = accepted[::-1]
    for score in SCORES:
        value = score(text, accepted)
        assert value is None or 0 <= value <= 1
        assert score(text, turned) == value
        more = score(text, [*accepted, "entirely other 77"])
        if more is None:  # what was accepted before stands there, and is no number
            assert score is numbers_right and contained(text, accepted) == 1
        else:
            assert more >= (value or 0)
        mine = score(text, [text])
        assert mine in (None, 1)
    exact, f1, holds = (score(text, accepted) for score in SCORES[:3])
    if exact is not None and f1 is not None and holds is not None:
        assert exact <= holds
        assert exact <= f1 + 1e-12
        assert f1 > 0 or holds == 0


# Citations

TEXTS = {"a.txt": "One two three. Four five six. One two three.", "b.pdf": "x" * 100, "twin.pdf": "x" * 100}


def wanted_of(*evidence: Evidence) -> Expected:
    names = DocumentNames(TEXTS)
    return expected(Question(id="q", question="?", evidence=evidence), names, TEXTS.__getitem__)


def page_of(document: str, offset: int) -> int | None:
    return offset // 50 + 1 if document.endswith(".pdf") else None


def stretch(document: str, start: int, end: int) -> Stretch:
    return Stretch(document=document, start=start, end=end)


QUOTE = Evidence(document="a.txt", quote="Four five six.")


@pytest.mark.parametrize(
    "evidence, cited, precision, recall",
    [
        ([QUOTE], [stretch("a.txt", 15, 20)], 1, 1),
        ([QUOTE], [stretch("a.txt", 0, 15), stretch("a.txt", 28, 40)], 0.5, 1),
        ([QUOTE], [stretch("a.txt", 0, 15)], 0, 0),
        ([QUOTE], [], None, 0),
        # A quote that stands twice may be cited at either place.
        ([Evidence(document="a.txt", quote="One two three.")], [stretch("a.txt", 35, 40)], 1, 1),
        ([QUOTE, Evidence(document="b.pdf", page=2)], [stretch("b.pdf", 60, 70)], 1, 0.5),
        ([Evidence(document="b.pdf", page=2)], [stretch("b.pdf", 10, 70)], 0, 0),
        ([Evidence(document="b.pdf")], [stretch("b.pdf", 0, 1), stretch("twin.pdf", 0, 1)], 0.5, 1),
        # Not in the document as it is: what else is said of the place counts.
        ([Evidence(document="b.pdf", quote="nowhere", page=1)], [stretch("b.pdf", 3, 9)], 1, 1),
        # What the library does not hold cannot be cited; alone it is nothing to go on.
        ([QUOTE, Evidence(document="gone.txt")], [stretch("a.txt", 15, 20)], 1, 0.5),
        ([Evidence(document="gone.txt")], [stretch("a.txt", 15, 20)], None, None),
        ([], [stretch("a.txt", 15, 20)], None, None),
    ],
)
def test_citations_by_hand(
    evidence: list[Evidence], cited: list[Stretch], precision: float | None, recall: float | None
) -> None:
    wanted = wanted_of(*evidence)
    assert citation_precision(cited, wanted, page_of) == precision
    assert citation_recall(cited, wanted, page_of) == recall


spans = st.tuples(st.integers(0, 90), st.integers(1, 10)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@settings(deadline=None)
@given(st.lists(spans, min_size=1, max_size=5), st.lists(spans, min_size=1, max_size=5), spans)
def test_citations_agree_with_counting_characters(
    places: list[tuple[int, int]], cited: list[tuple[int, int]], further: tuple[int, int]
) -> None:
    wanted = wanted_of(*(Evidence(document="b.pdf", start=start, end=end) for start, end in places))
    made = [stretch("b.pdf", *each) for each in cited]
    known, said = [set(range(*each)) for each in places], [set(range(*each)) for each in cited]
    precision = sum(any(one & other for other in known) for one in said) / len(said)
    recall = sum(any(one & other for other in said) for one in known) / len(known)
    assert citation_precision(made, wanted, page_of) == pytest.approx(precision)
    assert citation_recall(made, wanted, page_of) == pytest.approx(recall)
    assert citation_recall(made[::-1], wanted, page_of) == pytest.approx(recall)
    more = citation_recall([*made, stretch("b.pdf", *further)], wanted, page_of)
    assert more is not None and more >= recall


# Whole answers


def answered(text: str, *labels: Label | None, mode: str = "llm", removed: int = 0, cited: bool = True) -> Answer:
    """An answer of one sentence a label, that cites ``QUOTE``'s place with number 1."""
    passage = Passage(id="p", document="a.txt", title="A", page=None, heading="", text=TEXTS["a.txt"], start=0, end=44)
    citations = (Citation(number=1, passage=passage, quote="Four five six.", start=15, end=29),) if cited else ()
    sentences = tuple(
        Sentence(
            text=text,
            start=0,
            end=len(text),
            citations=citations,
            support=None if label is None else Support(label=label, score=0.5, reason="so"),
        )
        for label in labels
    )
    return Answer(
        question="?",
        standalone_question="?",
        text=text,
        found=True,
        mode="llm" if mode == "llm" else "extractive",
        confidence=0.75,
        sentences=sentences,
        citations=citations,
        hits=(),
        model="m" if mode == "llm" else None,
        tokens=Tokens(prompt=90, reply=7) if mode == "llm" else Tokens(),
        seconds=1.5,
        prompt_version="v",
        removed_markers=removed,
    )


ASKED = Question(id="q", question="?", answers=("12,000",), evidence=(QUOTE,))


def test_an_answer_has_every_score_that_its_question_allows() -> None:
    answer = answered("12,000 [1].", "supported", "weak", None, removed=1)
    metrics = answer_metrics(ASKED, answer, wanted_of(QUOTE), page_of, first_token_seconds=0.25)
    assert metrics == {
        **dict.fromkeys(("exact_match", "token_f1", "contained", "numbers_right"), 1.0),
        **dict.fromkeys(("citation_precision", "citation_recall", "right", "answered"), 1.0),
        "supported": 0.5,
        "broken_citations": 0.25,
        "confidence": 0.75,
        "prompt_tokens": 90.0,
        "reply_tokens": 7.0,
        "first_token_ms": 250.0,
        "whole_ms": 1500.0,
    }
    assert outcome(ASKED, metrics) == "right"


def test_a_refusal_scores_nothing_against_accepted_answers_and_has_no_citations_to_score() -> None:
    refusal = replace(answered("The documents do not say: 12,000.", mode="extractive", cited=False), found=False)
    metrics = answer_metrics(ASKED, refusal, wanted_of(QUOTE), page_of)
    assert metrics == {
        **dict.fromkeys(("exact_match", "token_f1", "contained", "numbers_right", "answered"), 0.0),
        "confidence": 0.75,
        "whole_ms": 1500.0,
    }
    assert outcome(ASKED, metrics) == "refused_wrongly"
    nothing = Question(id="q", question="?", answerable=False)
    metrics = answer_metrics(nothing, refusal, wanted_of(), page_of)
    assert set(metrics) == {"answered", "confidence", "whole_ms"}
    assert outcome(nothing, metrics) == "refused_rightly"
    # What stands near such a question is no evidence that could be cited rightly.
    near = replace(nothing, evidence=(QUOTE,))
    metrics = answer_metrics(near, answered("12,000 [1].", "supported"), wanted_of(QUOTE), page_of)
    assert not {"citation_precision", "citation_recall"} & set(metrics) and outcome(near, metrics) == "wrong"


def test_numbers_in_brackets_that_are_no_citations_stay() -> None:
    metrics = answer_metrics(
        replace(ASKED, answers=("see [7]",)), answered("See [7] [1]", "supported"), wanted_of(), page_of
    )
    assert metrics["exact_match"] == 1 and "citation_recall" not in metrics


def test_what_is_right_follows_from_what_the_set_says() -> None:
    answer = answered("Twelve.", "supported", mode="extractive")
    for question, became in (
        (replace(ASKED, answers=("twelve",)), "right"),
        (ASKED, "wrong"),
        (replace(ASKED, answers=()), "right"),
        (replace(ASKED, answers=(), evidence=(Evidence(document="b.pdf"),)), "wrong"),
        (replace(ASKED, answers=(), evidence=()), "answered"),
        (Question(id="q", question="?", answerable=False), "wrong"),
    ):
        metrics = answer_metrics(question, answer, wanted_of(*question.evidence), page_of)
        assert outcome(question, metrics) == became
        assert "broken_citations" not in metrics and "prompt_tokens" not in metrics
    assert outcome(ASKED, {"hit@1": 1.0}) == "searched"
    assert is_right(replace(ASKED, answers=(), evidence=()), "x", [], wanted_of(), page_of) is None


@pytest.mark.parametrize(
    ("text", "accepted", "right"),
    [
        ("It is 3.5 m long.", ["35 m"], False),
        ("It is 35 m long.", ["35 m"], True),
        ("It opened in 2019.", ["last year", "2019"], True),
        ("It opened last year.", ["last year", "2019"], True),
        ("The G8 met.", ["G8"], True),
        ("It costs 1,200 euros.", ["1,200 euros"], True),
    ],
)
def test_right_means_the_same_number(text: str, accepted: list[str], right: bool) -> None:
    asked = replace(ASKED, answers=tuple(accepted))
    assert is_right(asked, text, [], wanted_of(), page_of) is right
    assert numbers_right(text, accepted) in ((None, 1.0) if right else (0.0,))
