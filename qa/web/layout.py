"""The page: what is where, and which event is answered by what. Imported only when it is served."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from importlib.resources import files
from typing import Any

import gradio as gr

from index.errors import LibraryError
from index.library import Library
from qa.following import Following
from qa.model import Model
from qa.settings import QASettings
from qa.web.changes import follow
from qa.web.conversation import Conversation
from qa.web.documents import Documents
from qa.web.header import ICON
from qa.web.history import History
from qa.web.kept import Conversations
from qa.web.page import Page, SourceView
from qa.web.receive import Receiver
from qa.web.runs import Runs
from qa.web.sets import QuestionSets
from qa.web.windows import Windows

_AT_ONCE = 200
"""Sessions in which an answer is on its way or waits in our line. Gradio's default is one; more wait unseen."""

THREADS = 2 * _AT_ONCE
"""Each of these takes one of Gradio's threads while it waits for news."""

_CHAT = """
<div class="fn-log" role="log" aria-live="off" aria-label="Conversation" tabindex="0">
<div class="fn-welcome"></div><div class="fn-turns"></div><div class="fn-notice"></div>
</div><div class="fn-sr" role="status" aria-live="polite"></div>
"""
_SOURCE = '<section class="fn-source" aria-label="Source" tabindex="-1"></section>'
_SHELF = """
<aside class="fn-aside" aria-label="Documents" hidden>
<div class="fn-aside-head"><h2>Documents</h2>
<button type="button" class="fn-close" aria-label="Close the documents">×</button></div>
<input type="search" class="fn-find" aria-label="Search the documents" placeholder="Name or title">
<label class="fn-drop"><input type="file" multiple class="fn-files">
<span>Add files: drop them here or choose them</span></label>
<ul class="fn-adding" aria-label="Files being added"></ul><div class="fn-sr" role="status"></div>
<div class="fn-listed"></div></aside>
"""
_SETS = """
<aside class="fn-aside" aria-label="Question sets" hidden>
<div class="fn-aside-head"><h2>Question sets</h2>
<button type="button" class="fn-close" aria-label="Close the question sets">×</button></div>
<label class="fn-drop"><input type="file" accept=".jsonl" class="fn-files">
<span>Run a question set: choose its .jsonl file</span></label>
<div class="fn-running"></div><div class="fn-sr" role="status"></div>
<div class="fn-listed"></div></aside>
"""
_DRAWER = """
<aside class="fn-aside" aria-label="Conversations" hidden>
<div class="fn-aside-head"><h2>Conversations</h2>
<button type="button" class="fn-close" aria-label="Close the conversations">×</button></div>
<input type="search" class="fn-find" aria-label="Search the conversations" placeholder="Search">
<div class="fn-listed"></div></aside>
"""


def build(
    library: Library,
    settings: QASettings,
    model: Model | None,
    history: History,
    receiver: Receiver,
    following: Following,
    runs: Runs,
    windows: Windows,
) -> gr.Blocks:
    """The page over ``library``, ready to be mounted. Without ``model`` answers are quoted."""
    page = Page(library, settings, model, history, windows)
    documents = Documents(page, library, receiver, following)
    kept = Conversations(page, history)
    question_sets = QuestionSets(page, runs)
    with suppress(LibraryError):  # the page says it to whoever opens it
        page.look()  # now, so that nobody waits for it, and everything that answers is in memory
    blocks: gr.Blocks
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True, fill_width=True) as blocks:
        conversation = gr.State(Conversation())
        header = gr.HTML(
            elem_id="fn-header",
            js_on_load=_starts("header", "element, trigger", events="fresh choose follow"),
            apply_default_css=False,
        )
        drawer = gr.HTML(
            elem_id="fn-drawer",
            html_template=_DRAWER,
            js_on_load=_starts("drawer", "element, trigger, props, watch", events="recall remove look rename export"),
            apply_default_css=False,
        )
        shelf = gr.HTML(
            elem_id="fn-shelf",
            html_template=_SHELF,
            js_on_load=_starts("shelf", "element, trigger, props, watch", events="look choose open remove"),
            apply_default_css=False,
        )
        sets = gr.HTML(
            elem_id="fn-sets",
            html_template=_SETS,
            js_on_load=_starts("sets", "element, trigger, props, watch", events="look start stop remove"),
            apply_default_css=False,
        )
        syncing = gr.HTML(elem_id="fn-sync", apply_default_css=False)
        with gr.Row(elem_id="fn-halves", equal_height=True):
            with gr.Column(elem_id="fn-left", min_width=0):
                # The templates are fixed text: Gradio compiles what stands in a template, and the script below puts
                # the value, escaped, where it belongs.
                chat = gr.HTML(
                    elem_id="fn-chat",
                    html_template=_CHAT,
                    js_on_load=_starts(
                        "chat", "element, trigger, props, watch", events="example revise again cite rate"
                    ),
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
                    stop = gr.Button("Stop", elem_id="fn-stop", min_width=0)
            with gr.Column(elem_id="fn-right", min_width=0):
                source = gr.HTML(
                    SourceView(html="", opened=0),
                    elem_id="fn-source",
                    html_template=_SOURCE,
                    js_on_load=_starts("source", "element, props, watch"),
                    apply_default_css=False,
                )

        answering = [
            _on(event, handler, inputs, [chat], queue=True, trigger_mode="multiple")
            for event, handler, inputs in (
                (box.submit, page.ask, [box, conversation]),
                (send.click, page.ask, [box, conversation]),
                (chat.example, page.ask_example, [conversation]),
                (chat.revise, page.ask_revised, [conversation]),
                (chat.again, page.ask_again, [conversation]),
            )
        ]
        leaving: list[tuple[Any, Any, list[Any]]] = [
            (stop.click, page.stop, [chat]),
            (header.fresh, page.begin_anew, [chat, source]),
            (drawer.recall, kept.recall, [chat, source, drawer]),
            (drawer.remove, kept.remove, [chat, drawer]),
        ]
        for event, handler, outputs in leaving:
            _on(event, handler, [conversation], outputs, cancels=answering)
        looking: list[tuple[Any, Any, list[Any]]] = [
            (shelf.open, documents.open, [source]),
            (drawer.rename, kept.rename, [drawer]),
            (drawer.export, kept.export, [drawer]),
            (shelf.remove, documents.remove, [shelf]),
            (sets.look, question_sets.look, [sets]),
            (sets.start, question_sets.start, [sets]),
            (sets.stop, question_sets.stop, [sets]),
            (sets.remove, question_sets.remove, [sets]),
            (blocks.load, page.arrive, [header, chat]),
        ]
        for event, handler, outputs in looking:
            _on(event, handler, [conversation], outputs)
        # By default what is triggered while the same is under way is forgotten, and "always_last" repeats the first
        # one's data: then the last click or the last word would not count.
        counting: list[tuple[Any, Any, list[Any]]] = [
            (chat.cite, page.open_source, [source]),
            (header.choose, page.choose, [header, chat]),
            (chat.rate, page.rate, [chat]),
            (shelf.look, documents.look, [shelf]),
            (shelf.choose, documents.choose, [chat, shelf]),
            (drawer.look, kept.look_through, [drawer]),
        ]
        for event, handler, outputs in counting:
            _on(event, handler, [conversation], outputs, trigger_mode="multiple")
        following_it = partial(follow, documents, question_sets)
        shown = [header, syncing, shelf, chat, sets]
        _on(header.follow, following_it, [conversation], shown, trigger_mode="always_last")
    blocks.queue(default_concurrency_limit=_AT_ONCE)
    return blocks


def _on(event: Any, handler: Any, inputs: list[Any], outputs: list[Any], *, queue: bool = False, **more: Any) -> Any:
    """Let ``handler`` answer an event, without Gradio's signs of work. What is queued is an answer on its way.

    Every handler is reachable over HTTP whatever is said here; "private" only keeps it out of the listing.
    """
    if queue:
        more["concurrency_id"] = "ask"
    else:
        more["queue"] = False
    return event(handler, inputs, outputs, show_progress="hidden", api_visibility="private", **more)


def _starts(part: str, arguments: str, *, events: str = "") -> str:
    """What begins a part of the page's script. Gradio knows those events whose names it finds in there, quoted."""
    named = " ".join(f"'{event}'" for event in events.split())
    return f"footnote.{part}({arguments}); // {named}"


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
    scripts = "".join(_file(f"{name}.js") for name in ("script", "lists", "hints"))
    return f"{ICON}<style>{_file('style.css')}</style><script>{scripts}</script>"


def _file(name: str) -> str:
    return (files("qa.web") / name).read_text(encoding="utf-8")
