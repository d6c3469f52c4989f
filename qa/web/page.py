"""What the page does when somebody does something. Imported only when it is served."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any, TypedDict

import gradio as gr

from index.errors import LibraryError
from index.library import Library
from index.text import whole_characters
from index.values import Status
from qa.answer import checked
from qa.errors import QAError
from qa.feedback import Feedback
from qa.model import Model
from qa.settings import QASettings
from qa.threshold import threshold_for
from qa.web import listing, render, source_view
from qa.web.choices import Models, read_choices
from qa.web.conversation import Conversation, Exchange
from qa.web.converse import converse
from qa.web.examples import example_questions
from qa.web.freshness import stale_citations
from qa.web.header import header
from qa.web.history import History
from qa.web.keeper import Keeper
from qa.web.line import Line
from qa.web.markup import without_paths
from qa.web.pace import Pace
from qa.web.picture import page_shown
from qa.web.server import COOKIE
from qa.web.source import open_window
from qa.web.windows import Windows

_log = logging.getLogger(__name__)

_GONE = "This answer is no longer in the conversation. Ask again to open its sources."
_LONGEST_NOTE = 2000
_USER = "user:"
UNREADABLE = "The source cannot be opened. The terminal where Footnote runs says why."


class Exchanges(TypedDict):
    """One question and its answer, as the page's script takes it."""

    id: int
    parts: list[str]


class View(TypedDict):
    """The conversation as the page's script takes it: HTML, but for ``status``, which is plain text."""

    welcome: str
    turns: list[Exchanges]
    notice: str
    scope: str
    status: str
    busy: bool
    taken: int
    """Grows when the question in the box was taken: then the box is emptied."""
    conversation: str
    """Its id, for a link to it; empty before the first question."""
    version: int
    """Grows with each view: after a stop, Gradio still delivers what was on its way, and the page must not go back."""


class SourceView(TypedDict):
    """The source as the page's script takes it."""

    html: str
    opened: int


class Page:
    """What the page's controls do. Knows the library and the settings; each browser's conversation is handed in."""

    def __init__(
        self, library: Library, settings: QASettings, model: Model | None, history: History, windows: Windows
    ) -> None:
        self._library = library
        self._history = history
        self._settings = settings
        self._models = Models(settings, model)
        self._pace = Pace(settings.questions_per_minute)
        self._line = Line(settings.at_once)
        self.windows = windows
        self._examples: tuple[int, list[str]] = (-1, [])
        self._status: tuple[str, Status | None] = ("", None)  # of the library, and the stamp that it had then

    def look(self) -> None:
        """Think of example questions, unless the documents are still the same as the last time.

        Raises:
            LibraryError: the library cannot be read.
        """
        generation = self._library.status().generation
        if self._examples[0] != generation:
            self._examples = (generation, example_questions(self._library, self._settings))

    def arrive(self, conversation: Conversation, request: gr.Request) -> tuple[str, View]:
        """Somebody opened the page."""
        conversation.owner = owner_of(request)
        with suppress(LibraryError):  # the header says it
            self.look()
        return self.header(conversation), self.view(conversation)

    def header(self, conversation: Conversation) -> str:
        """The line above the page as it is now."""
        problem = ""
        try:
            stamp = self._library.stamp()
            if self._status[0] != stamp:
                self._status = (stamp, self._library.status())
        except LibraryError as exc:
            self._status = ("", None)
            problem = without_paths(str(exc))
        conversation.stamp, status = self._status
        name = conversation.owner.removeprefix(_USER) if conversation.owner.startswith(_USER) else ""
        conversation.header = header(status, self._settings, conversation.choices, problem=problem, name=name)
        return conversation.header

    def follow(self, conversation: Conversation) -> Any:
        """The header, where it is no longer what this browser shows."""
        before = conversation.header
        now = self.header(conversation)
        return gr.skip() if now == before else now

    def is_stale(self, conversation: Conversation) -> bool:
        """Look whether the sources of the answers are as they were; whether what the page says of that is to change."""
        before = conversation.stale
        with suppress(LibraryError):  # the header says it
            conversation.stale = stale_citations(self._library, conversation.exchanges)
        return conversation.stale != before

    def ask(self, question: str, conversation: Conversation, request: gr.Request) -> Iterator[View]:
        """Answer what is in the box, and show how far it is."""
        yield from self._ask(question, conversation, request, from_box=True)

    def ask_example(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[View]:
        """Ask one of the questions that the page offers."""
        yield from self._ask(told(event, "question"), conversation, request)

    def ask_revised(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[View]:
        """Ask what a follow-up was understood as, in the reader's own words."""
        yield from self._ask(told(event, "question"), conversation, request, alone=True)

    def ask_again(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> Iterator[View]:
        """Ask a question of the conversation once more, as it was or changed: what came after it is forgotten."""
        first = told(event, "exchange")
        old = next((each for each in conversation.exchanges if str(each.id) == first), None)
        changed = isinstance(event._data, dict) and "question" in event._data
        question = told(event, "question") if changed or old is None else old.question
        yield from self._ask(question, conversation, request, instead=old)

    def _ask(
        self,
        question: str,
        conversation: Conversation,
        request: gr.Request,
        *,
        from_box: bool = False,
        alone: bool = False,
        instead: Exchange | None = None,
    ) -> Iterator[View]:
        """Answer; ``instead`` of an exchange and all after it, which go once it is clear that the question is taken."""
        conversation.owner = owner_of(request)
        wait = self._pace.wait_for(conversation.owner)
        if wait:
            conversation.notice = f"More questions than are taken in a minute. Ask again in {math.ceil(wait)} seconds."
            yield self.view(conversation)
            return
        if problem := self._gone(conversation):
            conversation.notice = problem
            yield self.view(conversation)
            return
        self.catch_up(conversation)
        if instead is not None and not conversation.busy and _is_taken(question, self._settings):
            conversation.take_back(instead.id)
            with suppress(QAError):  # is said when the new one cannot be kept either
                self._history.drop(conversation.owner, conversation.id, first=instead.id)
        settings, model = self.asked_with(conversation)
        keeper = Keeper(conversation, self._history, self.windows, self._described(settings))
        answered = converse(
            conversation, question, self._library, settings, model, line=self._line, alone=alone, keeper=keeper
        )
        taken = False
        for change in answered:
            if change is not None and not taken:  # else it stays in the box, to be mended
                taken = True
                conversation.taken += from_box
            yield self.view(conversation)

    def asked_with(self, conversation: Conversation) -> tuple[QASettings, Model | None]:
        """How this reader's questions are answered, and by which model."""
        return self._models.asked(conversation.choices)

    def moved(self, conversation: Conversation) -> bool:
        """The same, asked often: only where another window has told of something is it looked for."""
        return self.windows.moved(conversation.id) != conversation.seen and self.catch_up(conversation)

    def catch_up(self, conversation: Conversation) -> bool:
        """Take in what other windows have made of this conversation; whether they have made anything of it."""
        moved = self.windows.moved(conversation.id)
        with suppress(QAError):  # is said when the next question cannot be kept either
            kept = self._history.numbers(conversation.owner, conversation.id)
            if kept and (moved != conversation.seen or kept != [each.id for each in conversation.exchanges]):
                conversation.catch_up(self._history.exchanges(conversation.owner, conversation.id))
                conversation.seen = moved
                return True
        return False

    def _gone(self, conversation: Conversation) -> str:
        """Says which of the chosen documents are gone; then the others are asked, or all."""
        if not conversation.only:
            return ""
        with suppress(LibraryError):
            held = {info.name for info in self._library.documents()}
            gone = [name for name in conversation.only if name not in held]
            if gone:
                conversation.only = tuple(name for name in conversation.only if name in held)
                left = "the others of your choice are asked" if conversation.only else "all documents are asked again"
                return f"{', '.join(gone)} {'is' if len(gone) == 1 else 'are'} gone. From now on {left}."
        return ""

    def stop(self, conversation: Conversation) -> View:
        """No more of this answer."""
        self.windows.stop(conversation)
        return self.view(conversation)

    def begin_anew(self, conversation: Conversation) -> tuple[View, SourceView]:
        """Leave this conversation and begin another."""
        conversation.stop()
        conversation.clear()
        return self.anew(conversation)

    def anew(self, conversation: Conversation) -> tuple[View, SourceView]:
        """Another conversation is shown, and no source."""
        conversation.opened += 1
        source = SourceView(html="", opened=-conversation.opened)
        return self.view(conversation), source

    def rate(self, conversation: Conversation, event: gr.EventData) -> View:
        """Keep what somebody thinks of an answer, or nothing any more."""
        good = {"yes": True, "no": False}.get(told(event, "good"))
        note = whole_characters(told(event, "note").strip()[:_LONGEST_NOTE]) if good is not None else ""
        exchange = conversation.rate(told(event, "exchange"), good, note)
        if exchange is not None and exchange.answer is not None:
            id_ = f"{conversation.id}.{exchange.id}"
            try:
                if good is None:
                    self._history.drop_feedback(id_)
                else:
                    settings = dict(exchange.settings) or self._described(self.asked_with(conversation)[0])
                    self._history.put_feedback(
                        Feedback(
                            id=id_,
                            good=good,
                            note=exchange.note,
                            answer=exchange.answer,
                            settings=settings,
                            at=time.time(),
                        )
                    )
                self._history.put(conversation.owner, conversation.id, exchange)
            except QAError as exc:
                conversation.notice = str(exc)
        return self.view(conversation)

    def _described(self, settings: QASettings) -> dict[str, str | int | float | None]:
        """What could explain a difference between an answer and a later one."""
        status = self._status[1]
        library: dict[str, str | int] = {}
        if status is not None:
            library = {"embedder": status.embedder, "generation": status.generation}
        return {
            "passages": settings.passages,
            "model": settings.model if settings.has_model else None,
            "temperature": settings.temperature,
            "threshold": threshold_for(self._library, settings),
            **library,
        }

    def choose(self, conversation: Conversation, event: gr.EventData) -> tuple[str, View]:
        """Answer as this reader wants to try it."""
        data = event._data
        conversation.notice = ""
        try:
            conversation.choices = read_choices(data if isinstance(data, dict) else {})
        except QAError as exc:
            conversation.notice = str(exc)
        return self.header(conversation), self.view(conversation)

    def open_source(self, conversation: Conversation, event: gr.EventData) -> SourceView:
        """Show what a number points at."""
        conversation.opened += 1
        span = conversation.span(told(event, "target"))
        try:
            window = open_window(self._library, span) if span else None
            html = (
                source_view.source(window, page_shown(self._library, window))
                if window
                else source_view.no_source(_GONE)
            )
        except LibraryError as exc:
            html = source_view.no_source(without_paths(str(exc)))
        except Exception:
            _log.exception("While opening a source")
            html = source_view.no_source(UNREADABLE)
        return SourceView(html=html, opened=conversation.opened)

    def _is_empty(self) -> bool:
        status = self._status[1]
        return status is not None and not status.documents and not status.failed

    def view(self, conversation: Conversation) -> View:
        """The conversation as it stands."""
        exchanges = conversation.exchanges
        conversation.views += 1
        welcome = render.welcome(self._examples[1], has_model=self._settings.has_model, is_empty=self._is_empty())
        return View(
            welcome="" if exchanges else welcome,
            turns=[Exchanges(id=exchange.id, parts=_parts(conversation, exchange)) for exchange in exchanges],
            notice=render.notice(conversation.notice),
            scope=listing.scope(conversation.only),
            status=conversation.notice or (render.status(exchanges[-1]) if exchanges else ""),
            busy=conversation.busy,
            taken=conversation.taken,
            conversation=conversation.id if exchanges else "",
            version=conversation.views,
        )


def owner_of(request: gr.Request) -> str:
    """Whose conversations somebody sees: those of their name, else those of their browser."""
    if request.username:
        return owner_of_user(request.username)
    browser = request.cookies.get(COOKIE, "")
    return f"browser:{sha256(browser.encode()).hexdigest()}" if browser else f"session:{request.session_hash}"


def owner_of_user(name: str) -> str:
    """The same of somebody who has signed in."""
    return f"{_USER}{name}"


def _parts(conversation: Conversation, exchange: Exchange) -> list[str]:
    """The exchange's HTML, made once for each state of it: a long conversation is shown many times."""
    known = conversation.rendered.get(exchange.id)
    stale = conversation.stale
    if known is None or known[0] is not exchange or known[1] is not stale:
        known = conversation.rendered[exchange.id] = (exchange, stale, render.exchange_parts(exchange, stale))
    return known[2]


def _is_taken(question: str, settings: QASettings) -> bool:
    try:
        return bool(checked(question, settings))
    except QAError:
        return False


def told(event: gr.EventData, name: str) -> str:
    """A text that came with an event, whoever sent it."""
    data = event._data
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""
