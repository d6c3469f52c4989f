"""Neighbours become one hit, and what says the same is put under the better one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.gather import MOST_JOINED, gather, parse_id
from index.passages import passage_id
from index.records import Row
from index.values import Hit, Passage

TEXT = "".join(f"Section {number} tells of matter number {number} and of nothing else. " for number in range(12))
SIZE = len(TEXT) // 12


def row(seq: int, *, document: str = "a.txt", page: int | None = None, text: str | None = None) -> Row:
    start = seq * SIZE
    text = TEXT[start : start + SIZE] if text is None else text
    return Row(
        passage=Passage(
            id=passage_id(document, start, text),
            document=document,
            title="A",
            heading="",
            text=text,
            start=start,
            end=start + len(text),
            page=page,
        ),
        version="1",
        seq=seq,
    )


def gathered(rows: list[Row], k: int = 8) -> list[Hit]:
    places = {id(each): place for place, each in enumerate(rows)}
    return gather(rows, k, about=lambda each: (1.0 / (1 + places[id(each)]), 0.5, None, None))


def test_neighbours_become_one_passage_of_the_text() -> None:
    (hit,) = gathered([row(4), row(5), row(3)])
    assert (hit.passage.start, hit.passage.end) == (3 * SIZE, 6 * SIZE)
    assert hit.passage.text == TEXT[3 * SIZE : 6 * SIZE]
    assert [part.start // SIZE for part in hit.parts] == [4, 5, 3]
    assert hit.score == 1.0


def test_what_stands_apart_stays_apart() -> None:
    assert len(gathered([row(1), row(3)])) == 2
    assert len(gathered([row(1), row(2, document="b.txt")])) == 2
    assert len(gathered([row(1, page=1), row(2, page=2)])) == 2


def test_no_more_than_a_few_are_joined() -> None:
    hits = gathered([row(seq) for seq in range(2 * MOST_JOINED)])
    assert [len(hit.parts) for hit in hits] == [MOST_JOINED, MOST_JOINED]


def test_a_neighbour_below_the_last_hit_is_not_asked_for() -> None:
    hits = gathered([row(1), row(7), row(4), row(2)], 2)
    assert [len(hit.parts) for hit in hits] == [1, 1]


@given(st.permutations(list(range(12))), st.integers(1, 6))
def test_every_hit_is_a_stretch_of_the_text(order: list[int], k: int) -> None:
    hits = gathered([row(seq) for seq in order], k)
    assert 1 <= len(hits) <= k
    for hit in hits:
        assert hit.passage.text == TEXT[hit.passage.start : hit.passage.end]
    covered = [place for hit in hits for part in hit.parts for place in range(part.start, part.end)]
    assert len(covered) == len(set(covered))


def test_what_stands_under_another_heading_stays_apart() -> None:
    under = [replace(row(seq), passage=replace(row(seq).passage, heading=f"Part {seq // 2}")) for seq in range(4)]
    assert [len(hit.parts) for hit in gathered(under)] == [2, 2]


def test_the_id_of_a_joined_hit_says_what_it_joins() -> None:
    (hit,) = gathered([row(4), row(5)])
    assert parse_id(hit.passage.id) == (row(4).passage.id, 2)
    assert parse_id(row(4).passage.id) == (row(4).passage.id, 1)
    (other,) = gathered([row(4), row(5, text="Something else. ")])
    assert other.passage.id != hit.passage.id
    for wrong in (f"{row(4).passage.id}+0", f"{row(4).passage.id}+{'9' * 5000}", f"{row(4).passage.id}+2", "+", "+2-x"):
        assert parse_id(wrong)[1] == 0


NOTICE = (
    "The tenant may end the contract at any time with a notice of three months to the end of a month. "
    "The notice must be given in writing and signed by hand. The rent is $900, and -5 % on time."
)


def test_copies_are_named_under_the_better_one() -> None:
    first, copy = row(0, text=NOTICE), row(5, document="copy.txt", text=NOTICE.upper().replace(" ", "  "))
    (hit,) = gathered([first, copy])
    assert hit.passage.document == "a.txt"
    assert [passage.document for passage in hit.also] == ["copy.txt"]


def test_copies_of_several_passages_are_named_too() -> None:
    rows = [row(seq, document=document) for seq in range(3) for document in ("a.txt", "copy.txt")]
    (hit,) = gathered(rows)
    assert len(hit.parts) == len(hit.also) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("may end", "may not end"),
        ("three months", "six months"),
        ("$900", "€900"),
        ("-5 %", "5 %"),
        ("tenant may end the contract", "contract may end the tenant"),
        ("must be", "must"),
    ],
)
def test_one_word_or_sign_makes_a_difference(one: str, other: str) -> None:
    assert one in NOTICE
    assert len(gathered([row(0, text=NOTICE), row(5, document="b.txt", text=NOTICE.replace(one, other))])) == 2


def test_what_has_no_words_is_no_copy() -> None:
    assert len(gathered([row(0, text="..."), row(5, document="b.txt", text="...")])) == 2
