"""The source beside the chat, as HTML: a document's text or page with the span marked. Pure; everything is escaped."""

from __future__ import annotations

import re

from qa.web.markup import escaped, foreign, label
from qa.web.render import titled
from qa.web.rows import rows_shown
from qa.web.source import Window

_STEPS = (
    "<span class='fn-steps'><button type='button' class='fn-step' data-do='previous' aria-label='Previous citation' "
    "title='Previous citation (Alt+↑)'>↑</button><button type='button' class='fn-step' data-do='next' "
    "aria-label='Next citation' title='Next citation (Alt+↓)'>↓</button></span>"
)
_PARAGRAPH = re.compile(r"[^\n]{140,}\n(?=[^\n])")
"""A line too long to be one of a wrapped paragraph is a paragraph, and gets some room below."""


def source(window: Window, page: str = "") -> str:
    """A document's text with the span marked; ``page`` is the page that it stands on as HTML, where there is one. Of a
    table its rows are drawn."""
    drawn, kind = (page, "Page") if page else (rows_shown(window), "Table")
    span = window.span
    place = [] if span.page is None else [f"page {span.page}"]
    exactly = f" title='Characters {span.start:,} to {span.end:,}'" if span.quote else ""
    if not span.quote:
        place = [f"{window.length:,} characters"]
    number = f"<span class='fn-number'>{span.number}</span>" if span.number is not None else ""
    has_title = titled(span.title, span.document)
    name = label(span.title if has_title else span.document)
    if has_title:
        place.insert(0, label(span.document))
    note = f"<p class='fn-note'>{foreign(window.note)}</p>" if window.note else ""
    return (
        f"<div class='fn-source-head'>{number}<div class='fn-source-name'><h2>{name}</h2>"
        f"<p class='fn-meta'{exactly}>{' · '.join(place)}</p></div>"
        f"{_STEPS if span.number is not None else ''}"
        "<button type='button' class='fn-close' aria-label='Close the source'>×</button></div>"
        f"{note}{_sheet(drawn, kind)}"
        "<div class='fn-text' tabindex='0' role='document' aria-label='Text of the source' dir='auto'>"
        f"{_marked(window)}</div>"
    )


def _sheet(drawn: str, kind: str) -> str:
    """The page as it is printed, or the table, and the choice between it and the text."""
    if not drawn:
        return ""
    buttons = "".join(
        f"<button type='button' class='fn-tool' data-view='{view}' aria-pressed='{pressed}'>{shown}</button>"
        for view, pressed, shown in (("page", "true", kind), ("text", "false", "Text"))
    )
    return (
        f"<div class='fn-tools fn-views' role='group' aria-label='Show the source as'>{buttons}</div>"
        f"<div class='fn-paper' tabindex='0' role='document' aria-label='{kind} of the source'>{drawn}</div>"
    )


def no_source(message: str) -> str:
    """The source's half of the page when there is nothing to show in it."""
    return f"<p class='fn-hint'>{foreign(message)}</p>"


def _marked(window: Window) -> str:
    """The window's text. What is added to it is empty, so that the text of the mark is the quote and nothing else."""
    text = window.before + window.span.quote + window.after
    start = len(window.before)
    end = start + len(window.span.quote)
    made: list[str] = []
    last = 0
    cuts = [(match.end(), 1, "<span class='fn-gap'></span>") for match in _PARAGRAPH.finditer(text)]
    cuts += [(at, 1, f"<span class='fn-page' data-page='{page}'></span>") for at, page in window.pages]
    if start < end:
        cuts += [(start, 2, "<mark class='fn-mark'>"), (end, 0, "</mark>")]
    for at, _, tag in sorted(cuts):
        made += [escaped(text[last:at]), tag]
        last = at
    made.append(escaped(text[last:]))
    return "".join(made)
