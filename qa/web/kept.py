"""What the page does with its list of conversations: look through it, open, rename, delete, save one."""

from __future__ import annotations

import re
from typing import TypedDict

import gradio as gr

from qa.errors import QAError
from qa.web import listing
from qa.web.conversation import Conversation
from qa.web.export import as_markdown
from qa.web.history import History, Kept
from qa.web.page import Page, SourceView, View, owner_of, told

_NO_FILE = re.compile(r"[^\w .,()-]+")
"""What a file's name does not hold on any system."""

_NOT_KEPT = "There is no such conversation (any more), or it is somebody else's."


class ListView(TypedDict):
    """The conversations as the page's script takes them."""

    html: str
    name: str
    text: str
    """A file to be saved, with its name; both empty where there is none."""

    version: int
    """Grows with each list: that of words typed before may come after that of all words."""


class Conversations:
    """The list of what each person has asked."""

    def __init__(self, page: Page, history: History) -> None:
        self._page = page
        self._history = history

    def look_through(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> ListView:
        """What is kept, or what of it holds certain words."""
        conversation.owner = owner_of(request)
        return self._listed(conversation, told(event, "words"))

    def recall(
        self, conversation: Conversation, event: gr.EventData, request: gr.Request
    ) -> tuple[View, SourceView, ListView]:
        """Go on with a conversation that is kept."""
        conversation.owner = owner_of(request)  # a link may be faster than the page's own first look
        id_ = told(event, "conversation")
        notice = ""
        try:
            exchanges = self._history.exchanges(conversation.owner, id_)
        except QAError as exc:
            exchanges, notice = [], str(exc)
        if exchanges:
            conversation.recall(id_, exchanges)
            self._page.windows.show(conversation)
            self._page.is_stale(conversation)
        elif id_ != conversation.id:
            conversation.notice = notice or _NOT_KEPT
        return *self._page.anew(conversation), self._listed(conversation)

    def rename(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> ListView:
        """Give a conversation another name."""
        conversation.owner = owner_of(request)
        try:
            self._history.rename(conversation.owner, told(event, "conversation"), told(event, "name"))
        except QAError as exc:
            return self._listed(conversation, problem=str(exc))
        return self._listed(conversation)

    def remove(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> tuple[View, ListView]:
        """Forget a conversation; the one that is open is closed with it."""
        conversation.owner = owner_of(request)
        id_ = told(event, "conversation")
        try:
            self._history.delete(conversation.owner, id_)
        except QAError as exc:
            return self._page.view(conversation), self._listed(conversation, problem=str(exc))
        if id_ == conversation.id:
            conversation.stop()
            conversation.clear()
        return self._page.view(conversation), self._listed(conversation)

    def export(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> ListView:
        """A conversation as a Markdown file."""
        conversation.owner = owner_of(request)
        id_ = told(event, "conversation")
        view = self._listed(conversation)
        try:
            exchanges = self._history.exchanges(conversation.owner, id_)
            name = next((each.name for each in self._history.listed(conversation.owner) if each.id == id_), "")
        except QAError as exc:
            return self._listed(conversation, problem=str(exc))
        if exchanges:
            name = name or exchanges[0].question
            view["name"] = f"{_NO_FILE.sub(' ', name).strip()[:60] or 'conversation'}.md"
            view["text"] = as_markdown(name, exchanges)
        return view

    def _listed(self, conversation: Conversation, words: str = "", *, problem: str = "") -> ListView:
        conversation.lists += 1
        version = conversation.lists
        kept: list[Kept] = []
        try:
            kept = [] if problem else self._history.listed(conversation.owner, words)
        except QAError as exc:
            problem = str(exc)
        html = listing.conversations(kept, current=conversation.id, words=words, problem=problem)
        return ListView(html=html, name="", text="", version=version)
