"""Which question a sentence gives without a model, and which give none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.alike import Alike
from qa.draft_rules import draft

COMMON = frozenset({"the", "bridge", "bridges", "claims", "claim", "deposits"})

GOOD = [
    ("The Tower Bridge was opened in 1894.", "When was the Tower Bridge opened?", "1894"),
    ("In March 2014, Apple acquired Beats, a maker of headphones.", "When did Apple acquire Beats?", "March 2014"),
    ("Claims for damage must be sent to Acme within 30 days.", "Within how many days must claims for damage be sent to"
     " Acme?", "30 days"),
    ("The Logan Center was designed by Tod Williams in 2012.", "Who designed the Logan Center in 2012?",
     "Tod Williams"),
    ("About 12,500 visitors came to Lake Garda last summer.", "How many visitors came to Lake Garda last summer?",
     "12,500"),
    ("Roughly 42% of Norwegians have a boat, studies say.", "What percentage of Norwegians have a boat?", "42%"),
    ("Yosemite National Park contains 27 lakes.", "How many lakes does Yosemite National Park contain?", "27"),
    ("There are 14 bridges in Bremen.", "How many bridges are there in Bremen?", "14"),
    ("The Rialto Bridge is 48 metres long.", "How long is the Rialto Bridge?", "48 metres"),
    ("The Museum of Glass is located in Tacoma, Washington.", "Where is the Museum of Glass located?",
     "Tacoma, Washington"),
    ("Ann Marsh is the director of the Museum of Glass.", "Who is the director of the Museum of Glass?", "Ann Marsh"),
    ("Revenue of Acme grew by 12% in 2021.", "By what percentage did Revenue of Acme grow in 2021?", "12%"),
    ("A Turing machine is a mathematical model of computation.", "What is a Turing machine?",
     "a mathematical model of computation"),
    ("They met the World Health Organization (WHO) there.", "What does WHO stand for?", "World Health Organization"),
    ("However, deposits at Acme are kept for 90 days.", "For how long are deposits at Acme kept?", "90 days"),
    ("The Harrow Line is 148 km long and 12 metres wide.", "How long is the Harrow Line?", "148 km"),
    ("The walk from Ely to Bourne takes 27 days.", "How long does the walk from Ely to Bourne take?", "27 days"),
    ("The Aldham course lasts for 12 weeks.", "How long does the Aldham course last?", "12 weeks"),
    ("The council built 1,204 homes in Ardley.", "How many homes did the council build in Ardley?", "1,204"),
    ("In 2019 the hatchery released 17,300 salmon.", "How many salmon did the hatchery release in 2019?", "17,300"),
    ("Employees must report accidents within 24 hours.", "Within how many hours must employees report accidents?",
     "24 hours"),
    ("Claims cost $4,500 in Norfolk in 2021.", "How much did claims cost in Norfolk in 2021?", "$4,500"),
    ("Officials said that 1,200 soldiers have crossed into Poland, near Lublin.",
     "How many soldiers have crossed into Poland?", "1,200"),
]  # fmt: skip


@pytest.mark.parametrize("sentence, question, answer", GOOD, ids=[each[1] for each in GOOD])
def test_a_sentence_gives_a_question_as_a_person_would_ask_it(sentence: str, question: str, answer: str) -> None:
    found = draft(sentence, COMMON)
    assert found is not None
    assert (found.question, found.answer) == (question, answer)


@pytest.mark.parametrize(
    "sentence",
    [
        "It was opened in 1894 by the Prince of Wales.",  # what was?
        "The company was founded in 1932.",
        "The council built 1,204 homes.",
        "Repairs cost $4,500 in 2021.",  # are they a name?
        "This bridge was opened in 1894.",
        "The bridge, which was opened in 1894, is long.",
        "When was the Tower Bridge opened in 1894?",
        "Opened in 1894 and closed in 1932.",
        "The total was 40 in 2015 dollars.",
        "De brug werd in 1932 geopend.",
        "Die Brücke wurde 1932 in Bremen eröffnet.",
        "| Bridge | 1894 | London | was opened in 1894.",
        "See https://example.com, which was opened in 1894.",
        "2 are clear substances with a light colour of their own.",
        "Fifty Shades is a series of novels by an author.",
        "no capital, was opened in 1894.",
        "",
    ],
)
def test_what_no_rule_is_sure_of_gives_none(sentence: str) -> None:
    assert draft(sentence, COMMON) is None


@given(st.text(alphabet=st.sampled_from("The Apple was opened in 1932 by (30%) und $5 days. Ä\n"), max_size=300))
def test_any_text_gives_an_answer_that_it_holds_or_nothing(text: str) -> None:
    found = draft(text, frozenset())
    if found is not None:
        assert found.answer.lower() in " ".join(text.split()).lower()
        assert found.question.endswith("?") and "\n" not in found.question


@pytest.mark.parametrize(
    "sentence", ["A" + "a " * 158 + ".", "In 1932 " * 39 + ".", "(" * 300 + "A.", "The A " + "by A " * 60 + "was."]
)
def test_no_sentence_takes_long(sentence: str) -> None:
    begin = time.process_time()
    for _ in range(20):
        draft(sentence, COMMON)
    assert time.process_time() - begin < 1


def test_questions_are_alike_by_their_words_and_not_by_other_figures() -> None:
    alike = Alike()
    first = "When did the Museum of Glass in Tacoma open its new northern wing to visitors?"
    assert alike.earlier(first, 1) is None
    assert alike.earlier("When did the Museum of Glass at Tacoma open its new northern wing to the visitors?", 2) == 1
    assert alike.earlier("Who paid for the roof?", 3) is None
    assert alike.earlier("What did the Museum of Glass in Tacoma earn with tickets in 2019?", 4) is None
    assert alike.earlier("What did the Museum of Glass in Tacoma earn with tickets in 2020?", 5) is None
    assert alike.earlier("???", 6) is None


def test_many_questions_are_compared_in_little_time() -> None:
    alike = Alike()
    begin = time.process_time()
    found = [alike.earlier(f"How long is the bridge over the river near town{at}?", at) for at in range(4_000)]
    assert time.process_time() - begin < 4
    assert sum(each is not None for each in found) == 0, "towns with other numbers are other towns"
    named = [
        alike.earlier(f"Who built {chr(97 + at % 26)}{chr(97 + at // 26)}x castle on its hill?", at)
        for at in range(600)
    ]
    again = [
        alike.earlier(f"Who built the {chr(97 + at % 26)}{chr(97 + at // 26)}x castle on a hill?", at)
        for at in range(600)
    ]
    assert named == [None] * 600 and again == list(range(600))
