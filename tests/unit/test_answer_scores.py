"""Scores of one answer: its citations by hand and by counting, and what becomes of a whole answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.values import Passage
from qa.accepted import numbers_right
from qa.answer_scores import answer_metrics, citation_precision, citation_recall, is_right, outcome
from qa.evidence import Expected, Stretch, expected
from qa.questions import DocumentNames, Evidence, Question
from qa.values import Answer, Citation, Label, Sentence, Support, Tokens

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
        ("It costs $48.5 million.", ["never that", "48,500,000 dollars"], True),
    ],
)
def test_right_means_the_same_number(text: str, accepted: list[str], right: bool) -> None:
    asked = replace(ASKED, answers=tuple(accepted))
    assert is_right(asked, text, [], wanted_of(), page_of) is right
    assert numbers_right(text, accepted) in ((None, 1.0) if right else (0.0,))
