"""The window of a document's text that is shown beside the chat."""

from __future__ import annotations

from index.errors import LibraryError
from index.values import Document
from qa.web.conversation import Span
from qa.web.source import REACH, Window, find, open_window


class Folder:
    """Gives documents by name, as a library does."""

    def __init__(self, *documents: Document) -> None:
        self._documents = {document.name: document for document in documents}

    def document(self, name: str) -> Document:
        if name not in self._documents:
            raise LibraryError(f"no {name!r}")
        return self._documents[name]


def document(text: str, pages: tuple[int, ...] = ()) -> Document:
    return Document(name="a.txt", text=text, title="Title", pages=pages)


def span(quote: str, start: int) -> Span:
    return Span(document="a.txt", title="Old title", page=1, quote=quote, start=start, end=start + len(quote), number=1)


def opened(text: str, quote: str, start: int, pages: tuple[int, ...] = ()) -> Window:
    return open_window(Folder(document(text, pages)), span(quote, start))


def test_a_short_document_is_shown_whole() -> None:
    window = opened("abc def ghi", "def", 4)
    assert (window.before, window.span.quote, window.after) == ("abc ", "def", " ghi")
    assert (window.note, window.span.start, window.span.end) == ("", 4, 7)


def test_a_long_document_is_shown_around_the_span() -> None:
    line = "x" * 99 + "\n"
    text = line * 2000
    start = 100_000
    window = opened(text, text[start : start + 50], start)
    assert text[start - len(window.before) : start] == window.before
    assert text[start + 50 : start + 50 + len(window.after)] == window.after
    assert REACH - 500 <= len(window.before) <= REACH
    assert REACH - 500 <= len(window.after) <= REACH
    assert window.before[0] == "x" and window.after[-1] == "x"
    assert text[start - len(window.before) - 1] == "\n"
    assert "200,000" in window.note


def test_pages_are_those_of_the_document_at_the_span() -> None:
    text = "one." + "two." + "three."
    window = opened(text, "three.", 8, pages=(0, 4, 8))
    assert window.span.page == 3
    assert window.pages == ((0, 1), (4, 2), (8, 3))


def test_the_page_is_that_of_the_quote_not_of_its_passage() -> None:
    assert opened("aaaabbbb", "bbbb", 4, pages=(0, 4)).span.page == 2


def test_a_quote_that_moved_is_found_again() -> None:
    window = opened("new beginning. abc def ghi", "def", 4)
    assert window.before == "new beginning. abc " and window.span.start == 19
    assert window.span.title == "Title"


def test_of_several_places_the_nearest_is_taken() -> None:
    text = "def" + "." * 50 + "def" + "." * 50 + "def"
    assert find(text, span("def", 55)) == 53
    assert find(text, span("def", 100)) == 106
    assert find(text, span("def", 0)) == 0
    assert find(text, span("xyz", 0)) is None
    assert find("", span("def", 40)) is None


def test_a_quote_that_is_gone_is_shown_as_it_was() -> None:
    window = opened("something else", "def", 4)
    assert (window.before, window.span.quote, window.after) == ("", "def", "")
    assert "changed" in window.note


def test_a_document_that_is_gone_is_said_to_be() -> None:
    window = open_window(Folder(), span("def", 4))
    assert window.span.quote == "def" and "no longer in the library" in window.note
