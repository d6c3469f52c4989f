"""What is known of each candidate, added up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fuse import NAMES, WORDS, added
from index.search import asked_pages

ids = st.text(min_size=1, max_size=3)
cosines = st.dictionaries(ids, st.floats(-1, 1), max_size=20)
bm25 = st.dictionaries(ids, st.floats(0, 50), max_size=20)


def first_letter(key: str) -> str:
    return key[0]


@given(cosines, bm25, bm25)
def test_every_id_with_a_vector_comes_once_in_the_order_of_its_score(
    dense: dict[str, float], keyword: dict[str, float], names: dict[str, float]
) -> None:
    fused = added(dense, keyword, names, document_of=first_letter)
    assert fused.keys() == dense.keys()
    assert list(fused.values()) == sorted(fused.values(), reverse=True)


@given(cosines, bm25, st.floats(-1, 1))
def test_a_score_does_not_depend_on_what_else_was_found(
    dense: dict[str, float], keyword: dict[str, float], cosine: float
) -> None:
    alone = added({"mine": cosine}, keyword, {}, document_of=first_letter)
    among = added({**dense, "mine": cosine}, keyword, {}, document_of=first_letter)
    assert among["mine"] == alone["mine"]


def test_one_side_alone_keeps_its_order() -> None:
    dense = {"a": 0.2, "b": 0.9, "c": 0.5}
    assert list(added(dense, {}, {}, document_of=first_letter)) == ["b", "c", "a"]
    assert list(added(dict.fromkeys("abc", 0.3), {"a": 3.0, "c": 9.0}, {}, document_of=first_letter)) == ["c", "a", "b"]


def test_how_sure_a_side_is_counts() -> None:
    # By ranks "a" and "b" would tie; by scores the words are far surer of "b" than the vectors are of "a".
    fused = added({"a": 0.50, "b": 0.49, "c": 0.1}, {"b": 20.0, "a": 4.0}, {}, document_of=first_letter)
    assert list(fused) == ["b", "a", "c"]


def test_the_name_of_a_document_lifts_all_its_passages_and_no_other() -> None:
    dense = {"x1": 0.4, "x2": 0.3, "y1": 0.4}
    fused = added(dense, {}, {"y": 5.0}, document_of=first_letter)
    assert list(fused) == ["y1", "x1", "x2"]
    assert fused["x1"] == dense["x1"]


def test_standing_on_a_page_that_was_named_counts() -> None:
    dense = {"a": 0.5, "b": 0.4}
    assert list(added(dense, {}, {}, document_of=first_letter)) == ["a", "b"]
    assert list(added(dense, {}, {}, document_of=first_letter, placed={"b"})) == ["b", "a"]


@pytest.mark.parametrize(
    ("question", "pages"),
    [
        ("What date is on page 14?", [14]),
        ("Compare p. 3 with pp. 7 and page 9", [3, 7, 9]),
        ("Who is named on the cover page?", [1]),
        ("What does slide 2 show?", [2]),
        ("Was steht auf Seite 12?", [12]),
        ("How many pages has it?", []),
        ("What is on page 0?", []),
        ("homepage 3 of 2024", []),
    ],
)
def test_pages_that_a_question_names(question: str, pages: list[int]) -> None:
    assert asked_pages(question) == pages


def test_no_weight_is_left_out() -> None:
    assert WORDS > NAMES > 0
