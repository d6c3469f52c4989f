"""What the page does with its list of documents: look through it, choose what is asked, open one."""

from __future__ import annotations

import logging
from typing import TypedDict

import gradio as gr

from index.errors import LibraryError
from index.library import Library
from qa.web import listing, render
from qa.web.conversation import Conversation, Span
from qa.web.page import UNREADABLE, Page, SourceView, View, told
from qa.web.source import open_window

_log = logging.getLogger(__name__)


class ShelfView(TypedDict):
    """The list as the page's script takes it."""

    html: str


class Documents:
    """The list of a library's documents; what is chosen belongs to each browser's conversation."""

    def __init__(self, page: Page, library: Library) -> None:
        self._page = page
        self._library = library

    def look(self, conversation: Conversation, event: gr.EventData) -> ShelfView:
        """All documents, or those whose name or title holds certain words."""
        return self._view(conversation, told(event, "words"))

    def choose(self, conversation: Conversation, event: gr.EventData) -> tuple[View, ShelfView]:
        """Ask only this one and those chosen before, or this one no more; without a name ask all again."""
        name = told(event, "document")
        if not name:
            conversation.only = ()
        else:
            others = tuple(each for each in conversation.only if each != name)
            conversation.only = (*others, name) if told(event, "chosen") == "yes" else others
        return self._page.view(conversation), self._view(conversation, told(event, "words"))

    def open(self, conversation: Conversation, event: gr.EventData) -> SourceView:
        """Show a document from its beginning."""
        conversation.opened += 1
        name = told(event, "document")
        span = Span(document=name, title=name, page=None, quote="", start=0, end=0, number=None)
        try:
            html = render.source(open_window(self._library, span))
        except LibraryError as exc:
            html = render.no_source(str(exc))
        except Exception:
            _log.exception("While opening a document")
            html = render.no_source(UNREADABLE)
        return SourceView(html=html, opened=conversation.opened)

    def _view(self, conversation: Conversation, words: str) -> ShelfView:
        try:
            status, found = self._library.status(), self._library.documents()
        except LibraryError as exc:
            return ShelfView(html=render.notice(str(exc)))
        wanted = words.casefold().split()
        found = [each for each in found if all(word in f"{each.name} {each.title}".casefold() for word in wanted)]
        return ShelfView(html=listing.documents(status, found, set(conversation.only)))
