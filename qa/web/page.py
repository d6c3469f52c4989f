"""The page: what is where, and what happens when somebody does something. Imported only when it is served."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from typing import Any, TypedDict

import gradio as gr

from index.errors import LibraryError
from index.library import Library
from qa.model import Model
from qa.settings import QASettings
from qa.web import render
from qa.web.conversation import Conversation, Exchange, converse
from qa.web.examples import example_questions
from qa.web.source import open_window

_log = logging.getLogger(__name__)

_OFTEN = 1.0
"""Seconds between two looks of a page that is open at whether there are other documents now."""

_AT_ONCE = 16
"""Answers that may be on their way at the same time, of all sessions; more wait in line. Gradio's default is one."""

_CHAT = """
<div class="fn-log" role="log" aria-live="off" aria-label="Conversation" tabindex="0">
<div class="fn-welcome"></div><div class="fn-turns"></div><div class="fn-notice"></div>
</div><div class="fn-sr" role="status" aria-live="polite"></div>
"""
_SOURCE = '<section class="fn-source" aria-label="Source" tabindex="-1"></section>'
_HINT = "The source of an answer opens here, at the exact place. Click a number in an answer."
_GONE = "This answer is no longer in the conversation. Ask again to open its sources."
_UNREADABLE = "The source cannot be opened. The terminal where Footnote runs says why."


class Exchanges(TypedDict):
    """One question and its answer, as the page's script takes it."""

    id: int
    parts: list[str]


class View(TypedDict):
    """The conversation as the page's script takes it: HTML, but for ``status``, which is plain text."""

    welcome: str
    turns: list[Exchanges]
    notice: str
    status: str
    busy: bool
    version: int
    """Grows with each view: after a stop, Gradio still delivers what was on its way, and the page must not go back."""


class SourceView(TypedDict):
    """The source as the page's script takes it."""

    html: str
    opened: int


Asked = tuple[Any, Any, Any, Any]
"""The conversation, and updates of the text box and the two buttons."""


class Page:
    """What the page's controls do. Knows the library and the settings; each browser's conversation is handed in."""

    def __init__(self, library: Library, settings: QASettings, model: Model | None) -> None:
        self._library = library
        self._settings = settings
        self._model = model
        self._examples: tuple[int, list[str]] = (-1, [])
        self._header = ("", "")  # the library's stamp, and what was made of the library as it was then

    def look(self) -> None:
        """Think of example questions, unless the documents are still the same as the last time.

        Raises:
            LibraryError: the library cannot be read.
        """
        generation = self._library.status().generation
        if self._examples[0] != generation:
            self._examples = (generation, example_questions(self._library, self._settings))

    def arrive(self, conversation: Conversation) -> tuple[str, View]:
        """Somebody opened the page."""
        with suppress(LibraryError):  # the header says it
            self.look()
        return self.header(conversation), self.view(conversation)

    def header(self, conversation: Conversation) -> str:
        """The line above the page as it is now."""
        try:
            stamp = self._library.stamp()
            if self._header[0] != stamp:
                status, documents = self._library.status(), self._library.documents()
                self._header = (stamp, render.header(status, documents, self._settings))
        except LibraryError as exc:
            self._header = ("", render.header(None, [], self._settings, problem=str(exc)))
        conversation.header = self._header[1]
        return conversation.header

    def follow(self, conversation: Conversation) -> Any:
        """The header, where it is no longer what this browser shows."""
        before = conversation.header
        now = self.header(conversation)
        return gr.skip() if now == before else now

    def ask(self, question: str, conversation: Conversation) -> Iterator[Asked]:
        """Answer what is in the box, and show how far it is."""
        yield from self._ask(question, conversation, box="")

    def _ask(self, question: str, conversation: Conversation, *, box: Any, alone: bool = False) -> Iterator[Asked]:
        shown: Exchange | None = None
        for change in converse(conversation, question, self._library, self._settings, self._model, alone=alone):
            if change is None:  # not taken: the question stays in the box, to be mended
                yield self.view(conversation), gr.skip(), gr.skip(), gr.skip()
            elif change is shown:
                yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            elif shown is None:
                yield self.view(conversation), box, *_buttons(busy=True)
            elif change.waiting:
                yield self.view(conversation), gr.skip(), gr.skip(), gr.skip()
            else:
                yield self.view(conversation), gr.skip(), *_buttons(busy=False)
            shown = change

    def ask_example(self, conversation: Conversation, event: gr.EventData) -> Iterator[Asked]:
        """Ask one of the questions that the page offers."""
        yield from self._ask(_told(event, "question"), conversation, box=gr.skip())

    def ask_revised(self, conversation: Conversation, event: gr.EventData) -> Iterator[Asked]:
        """Ask what a follow-up was understood as, in the reader's own words."""
        yield from self._ask(_told(event, "question"), conversation, box=gr.skip(), alone=True)

    def stop(self, conversation: Conversation) -> tuple[View, Any, Any]:
        """No more of this answer."""
        conversation.stop()
        return self.view(conversation), *_buttons(busy=False)

    def begin_anew(self, conversation: Conversation) -> tuple[View, SourceView, Any, Any]:
        """Forget this conversation."""
        conversation.clear()
        conversation.opened += 1
        source = SourceView(html=render.no_source(_HINT), opened=-conversation.opened)
        return self.view(conversation), source, *_buttons(busy=False)

    def open_source(self, conversation: Conversation, event: gr.EventData) -> SourceView:
        """Show what a number points at."""
        conversation.opened += 1
        span = conversation.span(_told(event, "target"))
        try:
            html = render.source(open_window(self._library, span)) if span else render.no_source(_GONE)
        except LibraryError as exc:
            html = render.no_source(str(exc))
        except Exception:
            _log.exception("While opening a source")
            html = render.no_source(_UNREADABLE)
        return SourceView(html=html, opened=conversation.opened)

    def view(self, conversation: Conversation) -> View:
        """The conversation as it stands."""
        exchanges = conversation.exchanges
        conversation.views += 1
        welcome = render.welcome(self._examples[1], has_model=self._settings.has_model)
        return View(
            welcome="" if exchanges else welcome,
            turns=[Exchanges(id=exchange.id, parts=_parts(conversation, exchange)) for exchange in exchanges],
            notice=render.notice(conversation.notice),
            status=conversation.notice or (render.status(exchanges[-1]) if exchanges else ""),
            busy=conversation.busy,
            version=conversation.views,
        )


def build(library: Library, settings: QASettings, model: Model | None) -> gr.Blocks:
    """The page over ``library``, ready to be mounted. Without ``model`` answers are quoted."""
    page = Page(library, settings, model)
    with suppress(LibraryError):  # the page says it to whoever opens it
        page.look()  # now, so that nobody waits for it, and everything that answers is in memory
    script = _file("script.js")
    blocks: gr.Blocks
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True, fill_width=True) as blocks:
        conversation = gr.State(Conversation())
        header = gr.HTML(
            elem_id="fn-header",
            js_on_load=f"{script}\nfootnote.header(element, trigger);",
            apply_default_css=False,
        )
        with gr.Row(elem_id="fn-halves", equal_height=True):
            with gr.Column(elem_id="fn-left", min_width=0):
                # The templates are fixed text: Gradio compiles what stands in a template, and the script below puts
                # the value, escaped, where it belongs.
                chat = gr.HTML(
                    elem_id="fn-chat",
                    html_template=_CHAT,
                    js_on_load=f"{script}\nfootnote.chat(element, trigger, props, watch);",
                    apply_default_css=False,
                )
                with gr.Row(elem_id="fn-composer"):
                    box = gr.Textbox(
                        label="Your question",
                        placeholder="Ask your documents",
                        show_label=False,
                        container=False,
                        autofocus=True,
                        lines=1,
                        max_lines=8,
                        elem_id="fn-box",
                    )
                    send = gr.Button("Ask", variant="primary", elem_id="fn-send", min_width=0)
                    stop = gr.Button("Stop", visible=False, elem_id="fn-stop", min_width=0)
            with gr.Column(elem_id="fn-right", min_width=0):
                source = gr.HTML(
                    SourceView(html=render.no_source(_HINT), opened=0),
                    elem_id="fn-source",
                    html_template=_SOURCE,
                    js_on_load=f"{script}\nfootnote.source(element, props, watch);",
                    apply_default_css=False,
                )

        # Every handler is reachable over HTTP whatever is said here; "private" only keeps it out of the listing.
        asked = [chat, box, send, stop]
        answering = [
            gr.on(
                [box.submit, send.click],
                page.ask,
                [box, conversation],
                asked,
                concurrency_id="ask",
                show_progress="hidden",
                api_visibility="private",
            ),
            *(
                event(
                    handler,
                    [conversation],
                    asked,
                    concurrency_id="ask",
                    show_progress="hidden",
                    api_visibility="private",
                )
                for event, handler in ((chat.example, page.ask_example), (chat.revise, page.ask_revised))
            ),
        ]
        stop.click(
            page.stop,
            [conversation],
            [chat, send, stop],
            cancels=answering,
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        header.fresh(
            page.begin_anew,
            [conversation],
            [chat, source, send, stop],
            cancels=answering,
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        chat.cite(
            page.open_source,
            [conversation],
            [source],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        gr.Timer(_OFTEN).tick(
            page.follow,
            [conversation],
            [header],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        blocks.load(
            page.arrive,
            [conversation],
            [header, chat],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
    blocks.queue(default_concurrency_limit=_AT_ONCE)
    return blocks


def theme() -> gr.themes.Base:
    """Gradio's plainest theme in our colours, with the reader's own fonts: none is fetched."""
    sans = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
    mono = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
    return gr.themes.Base(font=sans, font_mono=mono).set(
        body_background_fill="#f7f6f3",
        body_background_fill_dark="#16181b",
        body_text_color="#23262a",
        body_text_color_dark="#e6e4df",
    )


def head() -> str:
    """What goes into the page's head."""
    return f"{_ICON}<style>{_file('style.css')}</style>"


_ICON = (
    "<link rel='icon' href=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'>"
    "<path d='M5 3h10l4 4v14H5z' fill='%23205d52'/></svg>\">"
)


def _parts(conversation: Conversation, exchange: Exchange) -> list[str]:
    """The exchange's HTML, made once for each state of it: a long conversation is shown many times."""
    known = conversation.rendered.get(exchange.id)
    if known is None or known[0] is not exchange:
        known = conversation.rendered[exchange.id] = (exchange, render.exchange_parts(exchange))
    return known[1]


def _buttons(*, busy: bool) -> tuple[Any, Any]:
    return gr.update(visible=not busy), gr.update(visible=busy)


def _told(event: gr.EventData, name: str) -> str:
    """A text that came with an event, whoever sent it."""
    data = event._data
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""


def _file(name: str) -> str:
    return (files("qa.web") / name).read_text(encoding="utf-8")
