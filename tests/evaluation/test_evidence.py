"""Evidence: where a quote stands, when a passage holds it, and what a ranking scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evidence import Expected, Place, expected, holds, locate, score
from qa.questions import DocumentNames, Evidence, Question


@pytest.mark.parametrize(
    ("quote", "text", "spans"),
    [
        ("a b", "x a  b y a\nb", [(2, 6), (9, 12)]),
        ("Swiss  Alps.", "the Swiss\nAlps. And", [(4, 15)]),
        ("co-operate “now”", 'We cooperate "now".', [(3, 17)]),
        ("cooperate “now”", 'We CO-OPERATE "now".', [(3, 18)]),
        ("no", "another nod", [(1, 3), (8, 10)]),
        ("NO", "another nod. No.", [(13, 15)]),
        ("(.*", "a (.* b", [(2, 5)]),
        ("", "text", []),
        ("…", "text", []),
        ("何時", "今何時ですか", [(1, 3)]),
    ],
)
def test_where_a_quote_stands(quote: str, text: str, spans: list[tuple[int, int]]) -> None:
    assert locate(quote, text) == spans


@given(st.text(alphabet="abc é\n.,-", max_size=60), st.data())
def test_a_quote_cut_from_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = text[start:end]
    places = locate(quote, text)
    assert all(0 <= begin < stop <= len(text) for begin, stop in places)
    assert all(text[begin:stop].split() == quote.split() for begin, stop in places)
    assert bool(places) is bool(quote.strip())


@pytest.mark.parametrize(
    ("span", "held"),
    [
        ((110, 120), True),  # within the passage
        ((195, 205), True),  # half of it
        ((196, 206), False),  # less than half
        ((0, 1000), True),  # the passage is within it
        ((151, 400), False),  # neither: 49 of the passage's 100
        ((200, 210), False),  # beside it
    ],
)
def test_when_a_passage_holds_a_place(span: tuple[int, int], held: bool) -> None:
    place = Place(document="a", page=None, start=100, end=200, score=1)
    assert holds(place, {"a": [span]}) is held
    assert holds(place, {"b": [span]}) is False


def places(*found: tuple[str, int | None, int, int]) -> list[Place]:
    return [Place(document=name, page=page, start=start, end=end, score=1) for name, page, start, end in found]


def look_up(*evidence: Evidence, texts: dict[str, str]) -> Expected:
    return expected(Question(id="q", question="?", evidence=evidence), DocumentNames(texts), texts.__getitem__)


def test_levels_are_scored_apart() -> None:
    wanted = look_up(Evidence(document="b", page=2, quote="needle"), texts={"a": "", "b": "hay " * 10 + "needle"})
    found = score(places(("a", 1, 0, 9), ("b", 1, 0, 20), ("b", 2, 20, 40), ("b", 2, 40, 46)), wanted)
    assert found["hit@1"] == 0 and found["hit@3"] == 1
    assert found["mrr@10"] == 0.5
    assert found["page_mrr@10"] == pytest.approx(1 / 3)
    assert found["passage_mrr@10"] == 0.25
    assert (found["page_hit@3"], found["passage_hit@3"], found["passage_hit@5"]) == (1, 0, 1)


def test_without_pages_and_quotes_there_are_no_such_metrics() -> None:
    found = score(places(("a", None, 0, 9)), look_up(Evidence(document="a"), texts={"a": ""}))
    assert found["hit@1"] == 1
    assert not [name for name in found if name.startswith(("page", "passage"))]


def test_a_quote_that_is_not_in_its_document_says_nothing() -> None:
    wanted = look_up(Evidence(document="a", quote="nothing of the kind"), texts={"a": "some text"})
    assert wanted.unplaced == 1
    assert "passage_hit@5" not in score(places(("a", None, 0, 9)), wanted)


def test_a_document_that_is_not_there_is_not_found() -> None:
    wanted = look_up(Evidence(document="a"), Evidence(document="gone", page=3), texts={"a": ""})
    found = score(places(("a", None, 0, 9)), wanted)
    assert wanted.absent == ("gone",)
    assert (found["recall@10"], found["page_hit@10"]) == (0.5, 0)


def test_a_name_that_means_two_documents_is_found_in_either_and_counts_once() -> None:
    texts = {"x/a.txt": "one", "y/a.txt": "two", "b.txt": ""}
    wanted = look_up(Evidence(document="a.txt", quote="two"), texts=texts)
    assert score(places(("b.txt", None, 0, 1), ("y/a.txt", None, 0, 3)), wanted)["recall@5"] == 1
    found = score(places(("x/a.txt", None, 0, 3), ("y/a.txt", None, 0, 3)), wanted)
    assert (found["ndcg@10"], found["passage_mrr@10"]) == (1, 0.5)
