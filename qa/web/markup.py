"""The little Markdown that models write, as HTML that can do nothing. Pure.

Every character of the text is escaped: only the tags written in this file ever come out. Paragraphs, lists, headings,
tables, bold, italics, inline and fenced code are understood. Links, images, formulas and HTML stay the text they are.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise

from index.text import whole_characters

Cite = Callable[[int, int], str | None]
"""From a marker's number and its place in the text to the HTML that stands for it, or None to leave it as text."""

STOP = "\ue000"
"""A place in a text at which ``Cite`` is asked with the number 0; it has no sign of its own. In code it is left out."""

_REACH = 300
"""Longest stretch of bold, italics or code, in characters. Keeps the search linear on text made to be slow."""

_INLINE = re.compile(
    rf"`(?P<code>[^`\n]{{1,{_REACH}}})`"
    rf"|\*\*(?P<bold>\S(?:[^\n]{{0,{_REACH}}}?\S)?)\*\*"
    rf"|(?<![\w*])\*(?P<italic>[^\s*](?:[^*\n]{{0,{_REACH}}}?[^\s*])?)\*(?![\w*])"
    r"|\[(?P<marker>\d{1,4})\]"
    rf"|(?P<stop>{STOP})"
)
_SIGN = r"<(?:button|span) [^<>]*class='fn-(?:cite|check)[^<>]*>[^<>]*</(?:button|span)>[^\s<>]{0,3}"
_SIGNS = re.compile(rf"(?:(?<![^\s<>])[^\s<>]{{1,30}} ?)?(?:{_SIGN})+")
"""What is cited or judged, as far as its last word, and the numbers and signs behind it."""

_PLACE = re.compile(r"(['\"])(?:/|[A-Za-z]:\\)[^'\"\n]*?([^/\\'\"\n]+)[/\\]*\1")
"""A path from the root, in quotes."""

_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.*?)[\s#]*$")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+•]|(?P<number>\d{1,4})[.)])[ \t]+(?P<text>\S.*)$")
_FENCE = re.compile(r"\s{0,3}(?:```+|~~~+)")
_RULE = re.compile(r"\s{0,3}(?:-{3,}|\*{3,}|_{3,})\s*$")

_TABLE_BAR = re.compile(r"[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$")
"""The line below the head of a table."""

_CELL = re.compile(r"(?:\\.|[^|])*")
"""What stands between two bars; a bar of the text itself has a backslash before it."""

_DEEPEST = 3
"""Lists nest no deeper than this on the page: what is deeper is shown at this depth."""

# Characters that turn the direction of the text around them, or that end a line where none should end.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def escaped(text: str) -> str:
    """``text`` as HTML that shows exactly it, between tags and inside quoted attributes alike."""
    # Without this a parser drops or changes these three: NUL, lone surrogates (not even JSON) and carriage returns.
    text = whole_characters(text.replace("\0", "\ufffd"))
    return html.escape(text, quote=True).replace("\r", "&#13;")


def foreign(text: str) -> str:
    """Foreign text inside a line of ours: it cannot turn the direction of what follows."""
    return f"<bdi>{escaped(text)}</bdi>"


def label(text: str) -> str:
    """A name or title as HTML on one line; what would turn or break the line is shown as a replacement character."""
    return foreign(one_line(text))


def one_line(text: str) -> str:
    """A name or title, not yet HTML, with a replacement character for all that would turn or break the line."""
    return "".join(
        "\ufffd" if character in _TURNING or unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character
        for character in text
    )


def held(made: str) -> str:
    """HTML of this package in which no line begins with a citation's number or the sign of a check: they stay with the
    word before them."""
    return _SIGNS.sub(r"<span class='fn-held'>\g<0></span>", made)


def without_paths(text: str) -> str:
    """A message for readers: of a place on the server, which is quoted in it, only the last part."""
    return _PLACE.sub(r"\1\2\1", text)


def blocks(text: str, cite: Cite) -> list[str]:
    """The text's paragraphs, lists, tables and code, each as one element of HTML, in order."""
    found: list[str] = []
    items: list[str] = []
    lines: list[str] = []
    rows: list[str] = []

    def end_paragraph() -> None:
        if lines:
            found.append(f"<p>{'<br>'.join(lines)}</p>")
            lines.clear()

    def end_list() -> None:
        if items:
            found.append(f"<ul class='fn-list'>{''.join(items)}</ul>")
            items.clear()

    def end_table() -> None:
        if rows:
            found.append(f"<div class='fn-scroll'><table class='fn-table'>{''.join(rows)}</table></div>")
            rows.clear()

    fence: list[str] | None = None
    for line, at, below in _lines(text):
        if fence is None and _is_row(line) and (rows or _TABLE_BAR.match(below)):
            end_paragraph()
            end_list()
            if not _TABLE_BAR.match(line):
                rows.append(_row(line, at, cite, "td" if rows else "th"))
            continue
        end_table()
        if _FENCE.match(line):
            end_paragraph()
            end_list()
            if fence is not None:
                found.append(_code(fence))
            fence = [] if fence is None else None
            continue
        if fence is not None:
            fence.append(line)
            continue
        item = _ITEM.match(line)
        heading = _HEADING.match(line)
        if not line.strip() or _RULE.match(line):
            end_paragraph()
            continue
        if item:
            end_paragraph()
            items.append(_item(item, at, cite))
        elif heading:
            end_paragraph()
            end_list()
            found.append(f"<p class='fn-heading'>{inline(heading['text'], at + heading.start('text'), cite)}</p>")
        elif items and line[0] in " \t" and not lines:
            # An indented line goes on with the item above it.
            items[-1] = items[-1].removesuffix("</li>") + f"<br>{inline(line.strip(), at + _lead(line), cite)}</li>"
        else:
            end_list()
            lines.append(inline(line.strip(), at + _lead(line), cite))
    if fence is not None:
        found.append(_code(fence))
    end_table()
    end_paragraph()
    end_list()
    return found


def inline(text: str, at: int, cite: Cite) -> str:
    """One line's bold, italics, code and markers. ``at`` is where the line begins in the whole text."""
    made: list[str] = []
    last = 0
    for match in _INLINE.finditer(text):
        made.append(escaped(text[last : match.start()]))
        last = match.end()
        if match["code"] is not None:
            made.append(f"<code>{escaped(match['code'].replace(STOP, ''))}</code>")
        elif match["stop"] is not None:
            made.append(cite(0, at + match.start()) or "")
        elif match["marker"] is not None:
            made.append(cite(int(match["marker"]), at + match.start()) or escaped(match[0]))
        else:
            # Bold may hold italics and the other way round; no pattern can match inside itself again, so this ends.
            kind = "bold" if match["bold"] is not None else "italic"
            tag = "strong" if kind == "bold" else "em"
            made.append(f"<{tag}>{inline(match[kind], at + match.start(kind), cite)}</{tag}>")
    made.append(escaped(text[last:]))
    return "".join(made)


def _lines(text: str) -> Iterator[tuple[str, int, str]]:
    """Each line with its place in the text and the line below it."""
    at = 0
    for line, below in pairwise([*text.split("\n"), ""]):
        yield line, at, below
        at += len(line) + 1


def _lead(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_row(line: str) -> bool:
    return line.lstrip(" \t").startswith("|")


def _row(line: str, at: int, cite: Cite, tag: str) -> str:
    """A line of a table. What stands behind its last bar belongs to its last cell."""
    cells: list[str] = []
    start = line.index("|") + 1
    while start <= len(line):
        match = _CELL.match(line, start)
        text = match[0] if match else ""
        made = inline(text.strip(), at + start + _lead(text), cite).replace("\\|", "|")
        if cells and not text.strip(f" \t{STOP}") and start + len(text) == len(line):
            cells[-1] += made
        else:
            cells.append(made)
        start += len(text) + 1
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"


def _item(match: re.Match[str], at: int, cite: Cite) -> str:
    width = len(match["indent"].expandtabs(4))
    depth = min(_DEEPEST, width // 2)
    number = match["number"]
    # The number is the writer's own: models count on across paragraphs, which <ol> would begin anew.
    mark = f"{number}." if number else "•"
    text = inline(match["text"], at + match.start("text"), cite)
    return f"<li class='fn-depth-{depth}'><span class='fn-bullet'>{mark}</span>{text}</li>"


def _code(lines: list[str]) -> str:
    return f"<pre><code>{escaped(chr(10).join(lines).replace(STOP, ''))}</code></pre>"
