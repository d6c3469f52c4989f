"""What the page does with its list of documents: look through it, choose what is asked, open one."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any, TypedDict

import gradio as gr

from index.errors import LibraryError
from index.library import Library
from qa.errors import QAError
from qa.following import Following
from qa.web import listing, render, source_view
from qa.web.conversation import Conversation, Span
from qa.web.markup import without_paths
from qa.web.page import UNREADABLE, Page, SourceView, View, told
from qa.web.picture import page_shown
from qa.web.receive import Receiver
from qa.web.source import open_window

_log = logging.getLogger(__name__)


class ShelfView(TypedDict):
    """The list as the page's script takes it."""

    html: str
    ticket: str
    """What the script must show to add files; empty where none are taken."""

    most: int
    """Bytes of a file at most."""

    version: int
    """Grows with each list: that of words typed before may come after that of all words."""


class Documents:
    """The list of a library's documents; what is chosen belongs to each browser's conversation."""

    def __init__(self, page: Page, library: Library, receiver: Receiver, following: Following) -> None:
        self._page = page
        self._library = library
        self._receiver = receiver
        self._following = following

    def look(self, conversation: Conversation, event: gr.EventData) -> ShelfView:
        """All documents, or those whose name or title holds certain words."""
        if self._receiver.most:
            conversation.ticket = self._receiver.ticket(conversation.ticket)
        conversation.looking = told(event, "words")
        return self._view(conversation)

    def follow(self, conversation: Conversation) -> tuple[Any, str, Any, Any]:
        """What has changed since this browser looked last: the header, how far a sync is, the list, the answers."""
        before = conversation.stamp
        header = self._page.follow(conversation)
        syncing = render.syncing(self._following.progress, self._following.problem)
        changed = conversation.stamp != before
        shelf = self._view(conversation) if changed and conversation.ticket else gr.skip()
        another = changed and (self._page.is_stale(conversation) or not conversation.exchanges)
        if another and not conversation.exchanges:
            with suppress(LibraryError):  # the header says it
                self._page.look()
        moved = self._page.moved(conversation)
        return header, syncing, shelf, self._page.view(conversation) if another or moved else gr.skip()

    def remove(self, conversation: Conversation, event: gr.EventData) -> ShelfView:
        """Delete a file that was added through the page."""
        try:
            self._receiver.remove(told(event, "document"))
        except (QAError, LibraryError) as exc:
            return self._view(conversation, problem=str(exc))
        return self._view(conversation)

    def choose(self, conversation: Conversation, event: gr.EventData) -> tuple[View, ShelfView]:
        """Ask only this one and those chosen before, or this one no more; without a name ask all again."""
        name = told(event, "document")
        if not name:
            conversation.only = ()
        else:
            others = tuple(each for each in conversation.only if each != name)
            conversation.only = (*others, name) if told(event, "chosen") == "yes" else others
        return self._page.view(conversation), self._view(conversation)

    def open(self, conversation: Conversation, event: gr.EventData) -> SourceView:
        """Show a document from its beginning."""
        conversation.opened += 1
        name = told(event, "document")
        span = Span(document=name, title=name, page=None, quote="", start=0, end=0, number=None)
        try:
            window = open_window(self._library, span)
            html = source_view.source(window, page_shown(self._library, window))
        except LibraryError as exc:
            html = source_view.no_source(without_paths(str(exc)))
        except Exception:
            _log.exception("While opening a document")
            html = source_view.no_source(UNREADABLE)
        return SourceView(html=html, opened=conversation.opened)

    def _view(self, conversation: Conversation, problem: str = "") -> ShelfView:
        conversation.lists += 1
        version, words = conversation.lists, conversation.looking
        try:
            status, found = self._library.status(), self._library.documents()
        except LibraryError as exc:
            html = render.notice(str(exc))
        else:
            wanted = words.casefold().split()

            def fits(text: str) -> bool:
                return all(word in text.casefold() for word in wanted)

            html = render.notice(problem) + listing.documents(
                status,
                [each for each in found if fits(f"{each.name} {each.title}")],
                [each for each in status.failed if fits(f"{each.document} {each.reason}")],
                set(conversation.only),
                may_remove=bool(self._receiver.most),
            )
        return ShelfView(html=html, ticket=conversation.ticket, most=self._receiver.most, version=version)
