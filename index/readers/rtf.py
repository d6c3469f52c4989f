"""Rich Text Format, read by striprtf; what that leaves out or does not know is put into the text for it beforehand."""

from __future__ import annotations

import re
from typing import NamedTuple

from striprtf.striprtf import rtf_to_text

from index.errors import UnreadableDocument
from index.readers.content import Blocks, Content, first_line_title, stated_title

_TOKEN = re.compile(rb"[{}]|\\(?:([a-z]+)(-?\d+)? ?|'[0-9a-f]{2}|[^a-z])", re.IGNORECASE)
_MARK = 0xFDD0
"""Code points from here on, which are no characters, stand for the levels of headings on the way through."""

_MOVED = re.compile(rb"\{(?:\\\*)?\\(?:footnote|shptxt)(?![a-z]) ?")
"""Groups of text that striprtf leaves out, footnotes and text boxes: they follow the body."""

_UNSEEN = re.compile(rb"\{(?:\\[a-z]+-?\d*)*?\\(?:deleted|v)(?![a-z0-9])")
_TITLE = re.compile(rb"\{\\title(?![a-z]) ?")
_DEFINITIONS = (b"stylesheet", b"listtable", b"fonttbl", b"colortbl")
_MARKED = re.compile(f"[{chr(_MARK)}-{chr(_MARK + 15)}]")
_LINK = re.compile(rb"(\\fldinst[^{}]{0,20}(?:\{[^{}]{0,200}?)?)HYPERLINK")
"""What striprtf would write behind a link's words: its address."""

_BARS = re.compile(r" *\| *")
"""What striprtf puts behind each cell of a table."""


def read(data: bytes) -> Content:
    """The text with its headings, then the notes and text boxes. Deleted and hidden text is left out."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        raise UnreadableDocument("cannot be read as RTF: it looks damaged or is another format")
    source, title = _prepared(data)
    text = rtf_to_text(source.decode("latin-1"), errors="replace")
    # Characters beyond the first plane come in halves.
    text = text.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
    blocks = Blocks()
    paragraph: list[str] = []
    for line in [*text.split("\n"), ""]:
        mark = _MARKED.search(line)
        words = _MARKED.sub("", line)
        if mark or not words.strip():
            blocks.add("\n".join(paragraph))
            paragraph.clear()
        if mark:
            blocks.add(words, level=ord(mark[0]) - _MARK + 1)
        elif words.strip():
            paragraph.append(_BARS.sub(" | ", words).rstrip(" |") if "|" in words else words)
    content = blocks.content(title)
    return Content(text=content.text, title=content.title or first_line_title(content.text), headings=content.headings)


def _prepared(data: bytes) -> tuple[bytes, str]:
    """The source with notes and text boxes behind the body and with marks at headings; and the title it states.

    One pass over the tokens: groups nest deeply, and a file may be large.
    """
    out: list[bytes] = []
    behind: list[bytes] = []
    title = b""
    groups: list[_Group] = []
    done = place = 0
    while match := _TOKEN.search(data, place):
        token, word, number = match[0], match[1], int(match[2] or 0)
        out.append(data[done : match.start()])
        done = place = match.end()
        if token == b"{":
            inherited = bool(groups) and groups[-1].definitions
            groups.append(_Group(len(out), data[match.start() : match.start() + 200], inherited))
        elif token == b"}" and groups:
            group = groups.pop()
            if moved := _MOVED.match(group.head):
                behind.append(b"{\\par\\pard " + b"".join(out[group.begin :])[moved.end() :] + b"}")
            elif len(groups) == 2 and _TITLE.match(group.head):
                title = title or b"".join(out[group.begin :])
            if moved or _UNSEEN.match(group.head):
                del out[group.begin :]
                continue
        elif word == b"bin":
            # So many raw bytes follow, and braces among them mean nothing.
            done = place = min(len(data), place + max(0, number))
            continue
        elif word in _DEFINITIONS and groups:
            groups[-1] = groups[-1]._replace(definitions=True)
        elif word == b"outlinelevel" and 0 <= number < 9 and not (groups and groups[-1].definitions):
            token += b"{\\uc0\\u%d }" % (_MARK + number)
        elif word == b"field":
            token = b"\n" + token  # striprtf looks for links up to the end of the line, from every field anew
        out.append(token)
    out.append(data[done:])
    whole = b"".join(out).rstrip(b"\0 \r\n")
    whole = _LINK.sub(rb"\1LINK", whole.removesuffix(b"}") + b"".join(behind) + b"}")
    stated = _TITLE.sub(b"{", title).decode("latin-1")
    return whole, stated_title(rtf_to_text("{\\rtf1 " + stated, errors="replace")) if stated else ""


class _Group(NamedTuple):
    """An open group: where it begins in what is written, how it begins, whether it defines styles or lists."""

    begin: int
    head: bytes
    definitions: bool
