"""Questions to begin with, taken from the documents."""

from __future__ import annotations

from index import Library
from index.values import Document, DocumentInfo, Heading
from qa.chat import ask
from qa.settings import QASettings
from qa.web.examples import MOST, example_questions, examples


def document(name: str, title: str, text: str = "", headings: tuple[str, ...] = ()) -> Document:
    found = tuple(Heading(start=place, level=1, text=heading) for place, heading in enumerate(headings))
    return Document(name=name, title=title, text=text, headings=found)


def made(*documents: Document) -> list[str]:
    infos = [
        DocumentInfo(name=each.name, title=each.title, passages=1, characters=1, pages=0, bytes=1) for each in documents
    ]
    return examples(infos, documents)


def test_titles_names_and_headings_are_asked_about() -> None:
    text = "In spring the Northern Railway Company went on strike.\nThen the Northern Railway Company gave in."
    asked = made(document("a.md", "The Great Strike", text, ("Causes of it all", "The outcome")))
    assert asked == [
        "What is “The Great Strike” about?",
        "What is said about Northern Railway Company?",
        "What does it say about Causes of it all?",
        "What does it say about The outcome?",
    ]


def test_file_names_and_single_words_are_no_titles() -> None:
    assert made(document("000_9593.txt", "000_9593"), document("scan 12.pdf", "scan 12.pdf")) == []


def test_the_same_name_in_another_form_is_asked_about_once() -> None:
    text = "We met North Korea's envoy.\nIt was a North Korean envoy who met North Korea there, it seems."
    assert made(document("a.txt", "a", text)) == ["What is said about North Korea?"]


def test_headlines_hold_no_names() -> None:
    assert made(document("a.txt", "a", "How the West Was Won in a Day and Lost Again")) == []


def test_there_are_never_too_many() -> None:
    many = [document(f"{place}.txt", f"Report number {word}") for place, word in enumerate(("one", "two", "six") * 5)]
    assert len(made(*many)) == len(set(made(*many))) <= 2 * MOST
    assert made() == []


def test_only_questions_that_are_answered_are_offered(library: Library) -> None:
    settings = QASettings(openai_base_url="http://127.0.0.1:9/v1")  # nothing listens there, and nothing is asked there
    offered = example_questions(library, settings)
    assert 2 <= len(offered) <= MOST
    for question in offered:
        assert ask(question, library, settings=QASettings()).found, question
