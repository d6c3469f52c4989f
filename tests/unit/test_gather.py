"""Neighbours become one hit, and what says the same is put under the better one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.gather import MOST_JOINED, gather
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


NOTICE = (
    "The tenant may end the contract at any time with a notice of three months to the end of a month. "
    "The notice must be given in writing and signed by hand."
)


def test_copies_are_named_under_the_better_one() -> None:
    first, copy = row(0, text=NOTICE), row(5, document="copy.txt", text=NOTICE.replace("at any time", "at any  time"))
    (hit,) = gathered([first, copy])
    assert hit.passage.document == "a.txt"
    assert [passage.document for passage in hit.also] == ["copy.txt"]


def same(one: str, other: str) -> bool:
    found = gathered([row(0, text=one), row(5, document="copy.txt", text=other)])
    return len(found) == 1


def test_one_word_that_matters_makes_a_difference() -> None:
    assert same(NOTICE, NOTICE.upper())
    assert same(NOTICE, NOTICE.replace("signed by hand", "signed by hand there"))
    assert not same(NOTICE, NOTICE.replace("may end", "may not end"))
    assert not same(NOTICE + " The rent is 900.", NOTICE + " The rent is 950.")
    assert not same(NOTICE + " It is let by Smith.", NOTICE + " It is let by Jones.")
    assert not same(NOTICE, "Something else altogether is said here, at about the same length, of other things.")
    assert not same("...", "...")


def test_many_passages_are_gathered_in_a_moment() -> None:
    rows = [row(0, document=f"{n}.txt", text=f"{n} {NOTICE} {NOTICE[n % 90 :]} {n}.") for n in range(2_000)]
    assert len(gathered(rows, 2_000)) == 2_000
