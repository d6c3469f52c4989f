"""What is quoted around the best sentence, and what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Hit, Passage
from index.sentences import sentence_spans
from qa.confidence import NEAR, RANK, TOPIC, Trust, confidence, trust
from qa.extract import MOST, chosen, complete
from qa.signals import Candidate, Signals, is_heading, is_question


def passage(text: str, *, start: int = 0, document: str = "a.txt", title: str = "A", heading: str = "") -> Passage:
    return Passage(
        id=f"{document}-{start}", document=document, title=title, heading=heading, text=text, start=start,
        end=start + len(text), page=None,
    )  # fmt: skip


def candidates(where: Passage, *, at: dict[str, float]) -> list[Candidate]:
    """The sentences of a passage; those that begin with a key of ``at`` come so near to the question, others do not."""
    hit = Hit(passage=where, score=1.0, similarity=0.5, dense_rank=1, keyword_rank=1)
    found = []
    for start, end in sentence_spans(where.text):
        near = next((value for key, value in at.items() if where.text.startswith(key, start)), 0.0)
        found.append(Candidate(hit=hit, start=start, end=end, signals=signals(near)))
    return found


def signals(near: float) -> Signals:
    return Signals(
        meaning=near, whole=near, met=near, nearby=near, least=near, reach=near, shared=near, around=near,
        passage=near, kind=0.5, name=near, number=near, about=near, length=1.0, ended=1.0,
    )  # fmt: skip


def completed(text: str, sentence: str, *, wants_list: bool = False, heading: str = "") -> str:
    where = passage(text, heading=heading)
    start = text.index(sentence)
    low, high = complete(where, start, start + len(sentence), wants_list=wants_list)
    return text[low:high]


@pytest.mark.parametrize(
    "sentence", ["It was opened in 1990.", "However, the rent doubled.", "These rules apply.", "The former was sold."]
)
def test_a_sentence_that_cannot_stand_alone_brings_the_one_before(sentence: str) -> None:
    assert completed(f"The first one is old. {sentence} Nothing else.", sentence) == f"The first one is old. {sentence}"


def test_a_sentence_that_stands_alone_is_quoted_alone() -> None:
    assert completed("The hall is old. The bridge was opened in 1990. It rusts.", "The bridge was opened in 1990.") == (
        "The bridge was opened in 1990."
    )


def test_nothing_is_joined_across_a_paragraph_or_from_a_heading() -> None:
    assert completed("The hall is old.\n\nIt was opened in 1990.", "It was opened in 1990.") == "It was opened in 1990."
    assert completed("Opening\nIt was opened in 1990.", "It was opened in 1990.", heading="Opening") == (
        "It was opened in 1990."
    )


LIST = "Bring the following:\n- a passport\n- two photographs\n- the fee\n\nThe office opens at nine."


def test_a_question_for_a_list_quotes_it_whole_with_its_lead_in() -> None:
    whole = LIST[: LIST.index("\n\n")]
    assert completed(LIST, "- two photographs", wants_list=True) == whole
    assert completed(LIST, "- two photographs") == "- two photographs"


def test_a_lead_in_alone_says_nothing() -> None:
    assert completed(LIST, "Bring the following:") == LIST[: LIST.index("\n\n")]


def test_the_line_above_a_list_that_does_not_lead_in_is_left_out() -> None:
    text = "The office is closed today.\n- a passport\n- the fee"
    assert completed(text, "- the fee", wants_list=True) == "- a passport\n- the fee"


STEPS = "Descale it often.\n\n1. Empty the tray.\n2. Fill the tank. Wait.\n3. Rinse.\n\nThen it is done."


@pytest.mark.parametrize("asked", ["How do I descale the machine?", "What are the steps?"])
def test_a_question_for_steps_quotes_all_of_them(asked: str) -> None:
    found = chosen(asked, candidates(passage(STEPS), at={"2.": 0.9}))
    assert found.quotes[0].text == STEPS[STEPS.index("1.") : STEPS.index("\n\nThen")]
    assert (
        chosen("How big is the tank?", candidates(passage(STEPS), at={"2.": 0.9})).quotes[0].text.startswith("2. Fill")
    )


def test_how_something_is_done_is_not_answered_by_a_list_without_order() -> None:
    assert chosen("How do I pay the fee?", candidates(passage(LIST), at={"- the": 0.9})).quotes[0].text == "- the fee"


def test_a_short_item_brings_what_stands_on_its_line() -> None:
    text = "- Orange: the tank is empty.\n- Red: overheated. Let it cool for 20 minutes.\n- Blue: change the filter."
    for sentence in ("- Red: overheated.", "Let it cool for 20 minutes."):
        assert completed(text, sentence) == "- Red: overheated. Let it cool for 20 minutes."
    clause = "5. Pets. No pets are allowed. Guide dogs are exempt."
    assert completed(clause, "No pets are allowed.") == "No pets are allowed."


def test_clauses_apart_are_no_list() -> None:
    text = "1. Rent. The rent is due monthly. Pay it.\n\n2. Pets. No pets are allowed."
    assert completed(text, "The rent is due monthly.", wants_list=True) == text[: text.index("\n\n")]


@given(st.text(alphabet="abIt T.:-\n1)#", max_size=120), st.booleans())
def test_what_is_joined_holds_the_sentence_and_ends_where_sentences_end(text: str, wants_list: bool) -> None:
    spans = sentence_spans(text)
    for start, end in spans:
        low, high = complete(passage(text), start, end, wants_list=wants_list)
        assert low <= start and end <= high
        assert low in {span[0] for span in spans}
        assert high in {span[1] for span in spans}


def test_quotes_are_the_text_at_their_place_and_best_first() -> None:
    where = passage("The hall is old. Rent is due monthly. Snow fell in May.", start=100)
    found = chosen("When is rent due?", candidates(where, at={"Rent": 0.9, "Snow": 0.85, "The": 0.1})).quotes
    assert [quote.text for quote in found] == ["Rent is due monthly.", "Snow fell in May."]
    for quote in found:
        assert where.text[quote.start - 100 : quote.end - 100] == quote.text


def test_what_says_the_same_is_quoted_once() -> None:
    one = passage("Rent is due on the first day of every month.")
    other = passage("Rent is due on the first day of each month.", document="b.txt")
    found = [*candidates(one, at={"Rent": 0.9}), *candidates(other, at={"Rent": 0.89})]
    assert [quote.passage.document for quote in chosen("When is rent due?", found).quotes] == ["a.txt"]


def test_what_differs_in_a_number_does_not_say_the_same() -> None:
    one = passage("Rent was 900 dollars a month in the year 2018.")
    other = passage("Rent was 950 dollars a month in the year 2019.", document="b.txt")
    found = [*candidates(one, at={"Rent": 0.9}), *candidates(other, at={"Rent": 0.89})]
    assert len(chosen("What was the rent?", found).quotes) == 2


def test_a_neighbour_that_was_joined_is_not_quoted_again() -> None:
    where = passage("The hall is old. It was opened in 1990.")
    (quote,) = chosen("When was it opened?", candidates(where, at={"It": 0.9, "The": 0.89})).quotes
    assert quote.text == where.text


def test_a_sentence_that_leans_on_one_quoted_widens_that_quote() -> None:
    text = "Parents may take 16 weeks of leave. It must be announced early. Snow fell in May."
    near = {"Parents": 0.9, "It": 0.85, "Snow": 0.8}
    found = chosen("How long is parental leave?", candidates(passage(text, start=50), at=near)).quotes
    assert [quote.text for quote in found] == [text[: text.index(" Snow")], "Snow fell in May."]
    assert [(quote.start, quote.end) for quote in found] == [
        (50, 50 + text.index(" Snow")),
        (50 + text.index("Snow"), 50 + len(text)),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Soup\n\nServes 4.\n\n## Ingredients\n\n- one onion", "## Ingredients"),
        ("**Delivery and return**\nIt takes three days.", "**Delivery and return**"),
        ("4. Deposit. The tenant pays a deposit.", "4. Deposit."),
        ("\u00a75 Termination for cause. Either party may leave.", "\u00a75 Termination for cause."),
        ("Machine\n\nError lights\n\nThe red light means heat.", "Error lights"),
        ("Name | Room | Extension\nAnna Keller | B-204 | 4411", "Name | Room | Extension"),
        ("Ask them.\n\n| Topic | Person |\n|---|---|\n| Pay | Marcus |", "| Topic | Person |"),
    ],
)
def test_what_only_names_the_place_of_an_answer_is_not_quoted(text: str, line: str) -> None:
    where = passage(text)
    assert is_heading(where, text.index(line), text.index(line) + len(line))
    quotes = chosen("What?", candidates(where, at={line: 0.9})).quotes
    assert quotes and line not in [quote.text for quote in quotes]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1. Open the lid.\n2. Rinse it.\n3. Close the lid.", "2. Rinse it."),
        ("**Never open it.** It is hot.", "**Never open it.**"),
        ("**Weight: 12 kg**", "**Weight: 12 kg**"),
        ("Owner\n\nJane Smith\n\nShe lives here.", "Jane Smith"),
        ("Anna | Legal | 12\nBert | Sales | 14", "Anna | Legal | 12"),
        ("Weight | heavy\nSize | 12 cm", "Weight | heavy"),
        ("Name | Room | Call\nAnna | B | 4411\nBert | C | 4412", "Anna | B | 4411"),
    ],
)
def test_what_says_something_may_be_quoted(text: str, line: str) -> None:
    assert not is_heading(passage(text), text.index(line), text.index(line) + len(line))


def test_the_first_row_of_a_passage_inside_a_table_is_not_its_head() -> None:
    text = "Anna | Legal | Room\nBert | Sales | 14"
    row = text.index("\n")
    assert is_heading(passage(text), 0, row)
    assert not is_heading(passage(text, start=500), 0, row)


def test_a_question_of_the_document_is_quoted_only_where_there_is_nothing_else() -> None:
    text = "**Who pays for the return?**\nThe customer does."
    near = {"**Who": 0.9, "The": 0.5}
    assert [each.text for each in chosen("Who pays?", candidates(passage(text), at=near)).quotes] == [
        "The customer does."
    ]
    alone = passage(text.partition("\n")[0])
    assert [each.text for each in chosen("Who pays?", candidates(alone, at=near)).quotes] == [alone.text]
    assert is_question("He asked \u201cwhy?\u201d") and not is_question("Why not. He did.")


def test_a_heading_counts_for_whether_the_documents_speak_of_the_matter() -> None:
    text = "## Ingredients\n\n- one onion"
    found = candidates(passage(text), at={"##": 0.9, "- one": 0.2})
    assert chosen("What?", found).confidence > chosen("What?", found[1:]).confidence
    assert chosen("What?", found).quotes == chosen("What?", found[1:]).quotes


def test_no_more_is_quoted_than_fits() -> None:
    where = passage("Rent is due. Snow fell. Bread rose. Ships sank. Time flew.")
    near = {"Rent": 0.9, "Snow": 0.9, "Bread": 0.9, "Ships": 0.9, "Time": 0.9}
    assert len(chosen("What happened?", candidates(where, at=near)).quotes) == MOST


def test_without_a_sentence_there_is_nothing_to_trust() -> None:
    assert chosen("What?", []).confidence == 0.0
    assert chosen("What?", []).quotes == ()


def test_what_comes_nearer_is_trusted_more() -> None:
    def trusted(near: float) -> float:
        found = candidates(passage("Rent is due monthly."), at={"Rent": near})
        return confidence(trust("When is rent due?", found))

    assert 0 <= trusted(0.1) < trusted(0.5) < trusted(0.9) <= 1


def test_the_order_weighs_only_what_is_known() -> None:
    assert set(RANK) <= set(Signals.__dataclass_fields__)
    assert {*TOPIC, *NEAR} <= set(Trust.__dataclass_fields__)


def test_of_a_table_only_rows_of_what_is_asked_about_are_quoted() -> None:
    text = "City: Rome | Price: 12\nCity: Oslo | Price: 15\nCity: Bonn | Price: 17"
    rows = candidates(passage(text, document="towns.csv"), at={"City: Rome": 0.9, "City: Oslo": 0.8, "City: Bonn": 0.8})
    assert [quote.text for quote in chosen("What is the price in Rome?", rows).quotes] == ["City: Rome | Price: 12"]
    assert len(chosen("What are the prices of the cities?", rows).quotes) == 3
    elsewhere = candidates(passage("City: Ulm | Price: 9", document="other.csv"), at={"City: Ulm": 0.8})
    assert len(chosen("What is the price in Rome?", [rows[0], *elsewhere]).quotes) == 2
