"""Follow-ups by rules: what leans on the questions before it gets their subject, and nothing else does."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.followup import standalone_by_rules
from qa.values import Turn

PUMPS = "How do heat pumps keep a house warm?"


def asked(*questions: str) -> list[Turn]:
    """A conversation in which every question got the same answer."""
    turns = []
    for question in questions:
        turns += [Turn(role="user", text=question), Turn(role="assistant", text="Zanzibar exports cloves.")]
    return turns


def added(question: str, *before: str) -> str:
    """What is added to the question; empty where it is left alone."""
    alone = standalone_by_rules(question, asked(*before))
    assert alone.startswith(question)
    rest = alone.removeprefix(question)
    if not rest:
        return ""
    assert rest.startswith(" (about: ") and rest.endswith(")")
    return rest.removeprefix(" (about: ").removesuffix(")")


@pytest.mark.parametrize(
    "question",
    [
        "Are they loud when the weather is bad?",
        "How much do these cost every year?",
        "Who invented them, and in which country was that?",
        "What is the main reason for that?",
        "Which one is the cheapest if I live in the mountains?",
        "And in winter?",
        "Why?",
        "What about the noise outside?",
        "Tell me more",
        "Price",
    ],
)
def test_what_points_back_goes_on_or_is_short_gets_the_subject(question: str) -> None:
    assert "heat pumps" in added(question, PUMPS)


@pytest.mark.parametrize(
    "question",
    [
        "Who won the football world championship in France?",
        "Is there a limit on the size of uploaded documents?",
        "How long does the warranty of the blue kettle last?",
        "When did the company that built the bridge go bankrupt?",
        "Changing the subject, what does this museum show?",
        "Another question: how is it that cats purr?",
        "Does the bishop of Trieste think that it is wise to build a tower?",
        "Both the mayor and the bishop signed which treaty first?",
    ],
)
def test_a_change_of_subject_is_left_alone(question: str) -> None:
    assert added(question, PUMPS) == ""


def test_the_subject_is_words_of_the_question_before_and_not_of_the_answer() -> None:
    subject = added("And in winter?", "Could you please tell me how the University of Salamanca chose its rector?")
    assert subject == "University of Salamanca chose rector"


def test_a_chain_of_follow_ups_reaches_back_to_the_question_that_stood_alone() -> None:
    subject = added("And why?", "Where is the harbour of Trieste?", PUMPS, "Are they loud?", "And in winter?")
    assert "heat pumps" in subject and "winter" in subject and "loud" in subject
    assert "Trieste" not in subject


def test_nothing_is_added_where_nothing_was_asked() -> None:
    assert standalone_by_rules("And in winter?", ()) == "And in winter?"
    said = [Turn(role="assistant", text="Hello, ask me about heat pumps."), Turn(role="user", text="  ")]
    assert standalone_by_rules("And in winter?", said) == "And in winter?"
    assert added("Why is that?", "Thanks, that was really good to know!") == ""


def test_a_long_history_is_bounded() -> None:
    long = asked(*(f"And what about item {number}, the {'very ' * 200} odd thing{number}?" for number in range(3000)))
    began = time.perf_counter()
    alone = standalone_by_rules("And it?", long)
    assert time.perf_counter() - began < 1
    assert len(alone) < 300
    assert "2999" in alone


def test_one_endless_word_is_not_taken() -> None:
    assert added("Why is that?", f"What does {'a' * 200} do to kettles?") == "kettles"


@pytest.mark.parametrize(
    "before, question, subject",
    [
        ("Wie funktioniert eine Wärmepumpe im Altbau?", "Und im Winter?", "Wärmepumpe"),
        (
            "Wie funktioniert eine Wärmepumpe im Altbau?",
            "Welche Vorteile hat man davon im Sommer?",
            "Altbau",
        ),
        ("Comment fonctionne une pompe à chaleur ?", "Et en hiver ?", "pompe"),
        ("¿Cómo funciona una bomba de calor?", "¿Y en invierno?", "bomba de calor"),
        ("Как работает тепловой насос?", "Почему зимой?", "насос"),
        ("热泵在冬天是怎么工作的?", "为什么?", "热泵"),
    ],
)
def test_other_languages_are_followed_too(before: str, question: str, subject: str) -> None:
    assert subject in added(question, before)


@pytest.mark.parametrize(
    "question",
    [
        "Welche Stadt wurde im Jahr 1902 Hauptstadt der Provinz?",
        "Quelle ville est devenue la capitale de la province en 1902 ?",
        "¿Qué ciudad fue la capital de la provincia en 1902?",
        "Какой город стал столицей провинции в 1902 году?",
        "1902年に州都となった都市はどこですか",
    ],
)
def test_a_change_of_subject_in_another_language_is_left_alone(question: str) -> None:
    assert added(question, PUMPS) == ""


@pytest.mark.parametrize(
    "before, question, subject",
    [
        ("How long is parental leave?", "And sick leave?", ""),
        ("How long is parental leave?", "Is it paid?", "parental leave"),
        ("What does error E4 mean?", "What about E5?", "error"),
        ("How many people lived in Berlin in 2019?", "And in 2020?", "people lived Berlin"),
        ("Who attended the meeting?", "Who didn't?", "attended the meeting"),
        ("Who founded Hartwell Mills?", "Who is Clara?", ""),
        ("Wie viele Tage Homeoffice sind erlaubt?", "Gilt das auch für Auszubildende?", "Tage Homeoffice erlaubt"),
        ("Wie hoch ist die Miete?", "Wann trat sie in Kraft?", "hoch Miete"),
        ("Quel est le loyer?", "Quand est-il dû?", "est le loyer"),
    ],
)
def test_what_is_asked_of_something_else_does_not_bring_what_it_replaces(
    before: str, question: str, subject: str
) -> None:
    assert added(question, before) == subject


@pytest.mark.parametrize("said", ["thanks", "Thank you!", "ok", "Ok, great, thanks a lot.", "Danke schön"])
def test_a_courtesy_asks_nothing(said: str) -> None:
    assert added(said, PUMPS) == ""


def test_half_a_character_is_no_word() -> None:
    assert added("And \udcff the noise?", "How loud are heat \ud800 pumps?") == "loud heat pumps"
    added("\udcff?", "\u70ed\u6cf5\udcff\u51ac").encode()


@given(question=st.text(max_size=200), before=st.lists(st.text(max_size=200), max_size=6))
def test_any_text_is_taken(question: str, before: list[str]) -> None:
    alone = standalone_by_rules(question, [Turn(role="user", text=text) for text in before])
    assert alone.startswith(question)
    assert len(alone) <= len(question) + 1000
    assert alone == question or alone.endswith(")")
