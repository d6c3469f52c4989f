"""Mail: who wrote to whom and when, the message, and the files that came with it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from pathlib import PurePosixPath
from typing import TypeAlias

from index.errors import UnreadableDocument
from index.readers import html
from index.readers.clean import clean, has_text, one_line, verbatim
from index.readers.content import Blocks, Content, first_line_title
from index.readers.encoding import decode
from index.readers.options import Context
from index.readers.reasons import too_large

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_MOST_DEEP = 5
"""A message in a message in a message: up to here."""

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SUFFIXES = {
    "application/pdf": ".pdf",
    "application/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
    "text/tab-separated-values": ".tsv",
}
"""Endings for attachments that have a name without one, by the type that the message states."""

_Part: TypeAlias = "Message[str, str]"


def read(data: bytes, context: Context) -> Content:
    """The message as one document, titled by its subject; empty where neither it nor its attachments have words."""
    blocks = Blocks()
    writer = MailWriter(blocks, context)
    message = parse(data)
    if not writer.add(message):
        return Content(text="")
    content = blocks.content()
    return Content(
        text=content.text, title=subject(message) or first_line_title(writer.first_words), headings=content.headings
    )


def parse(data: bytes) -> _Part:
    """The message in ``data``, which may be text in UTF-16 and may begin with an mbox's line."""
    if data.startswith(_MARKS):
        data = decode(data).encode("utf-8", errors="replace")
    data = data.lstrip(b" \t\r\n")
    if data.startswith((b"From ", b">From ")):
        data = data.partition(b"\n")[2]
    return message_from_bytes(data)


def subject(message: _Part) -> str:
    """One line, empty where there is none."""
    return header(message, "Subject")


def header(message: _Part, name: str) -> str:
    """A header's words in one line: encoded words decoded, bare bytes guessed. Several of the name are joined."""
    values = [value for each, value in message.raw_items() if each.lower() == name.lower()]
    return ", ".join(filter(None, map(_decoded, values)))


def _decoded(value: str) -> str:
    """The words of a header or a file's name as the email package has it: halves of pairs stand for bare bytes."""
    try:
        text = _guessed(value.encode("ascii", errors="surrogateescape"))
    except UnicodeEncodeError:
        text = value
    try:
        parts = decode_header(text)
    except (HeaderParseError, ValueError):
        return one_line(text)
    # What stands between encoded words is handed out as bytes, with anything beyond Latin-1 as an escape.
    return one_line(
        "".join(
            part if isinstance(part, str)
            else _guessed(part, charset) if charset
            else part.decode("raw_unicode_escape", errors="replace")
            for part, charset in parts
        )
    )  # fmt: skip


def _guessed(data: bytes, charset: str | None = None) -> str:
    try:
        return decode(data, charset)
    except UnreadableDocument:  # more control characters than any text has
        return data.decode("ascii", errors="replace")


class MailWriter:
    """Writes messages into blocks."""

    def __init__(self, blocks: Blocks, context: Context) -> None:
        self._blocks = blocks
        self._context = context
        self._written = 0
        self.first_words = ""
        """The first body that was written."""

    def add(self, message: _Part, *, level: int = 1, depth: int = 0) -> bool:
        """Write one message; headings in it are of ``level`` and below. Whether it has any words beyond its headers."""
        self._blocks.add(self._headers(message))
        return self._add_part(message, level=level, depth=depth)

    def _headers(self, message: _Part) -> str:
        lines = [f"{name}: {words}" for name in _SHOWN if (words := header(message, name))]
        if names := [name for part in _own_parts(message) if (name := _file_name(part))]:
            lines.append(f"Attachments: {', '.join(names)}")
        return "\n".join(lines)

    def _add_part(self, part: _Part, *, level: int, depth: int) -> bool:
        if depth > _MOST_DEEP:
            return False
        kind = part.get_content_type()
        inner = part.get_payload() if part.is_multipart() else None
        parts = [each for each in inner if isinstance(each, Message)] if isinstance(inner, list) else []
        if kind == "message/rfc822":
            return bool(parts) and self._add_enclosed(parts[0], level=level, depth=depth)
        if kind == "multipart/alternative" and parts:
            # The same words several times: plain text first, then the others from the richest down.
            parts = sorted(reversed(parts), key=lambda each: each.get_content_type() != "text/plain")
            return any(self._add_part(each, level=level, depth=depth) for each in parts)
        if parts:
            return any([self._add_part(each, level=level, depth=depth) for each in parts])
        if _file_name(part) or part.get_content_disposition() == "attachment":
            return self._add_file(part, level=level)
        if kind in ("text/plain", "text/html", "text/enriched", "text/markdown"):
            return self._add_body(part, kind, level=level)
        return False

    def _add_body(self, part: _Part, kind: str, *, level: int) -> bool:
        data = _bytes(part)
        charset = part.get_content_charset()
        try:
            if kind != "text/html":
                content = Content(text=clean(_unwrapped(decode(data, charset), part)))
            elif charset:
                # The part's own statement goes before the page's, which the mailer's template wrote.
                content = html.read(decode(data, charset).encode("utf-8", errors="replace"))
            else:
                content = html.read(data)
        except UnreadableDocument:  # one part that is no text; others may be
            return False
        return self._include(content, below=level)

    def _add_file(self, part: _Part, *, level: int) -> bool:
        """Files that cannot be read are named in the headers, and that is all."""
        name = _file_name(part)
        if PurePosixPath(name).suffix.lower() not in self._context.suffixes:
            name += _SUFFIXES.get(part.get_content_type(), "")
        try:
            content = self._context.inner(_bytes(part), name)
        except UnreadableDocument:
            return False
        if not has_text(content.text):
            return False
        self._blocks.add(one_line(_file_name(part)) or "Attachment", level=level)
        return self._include(content, below=level)

    def _add_enclosed(self, message: _Part, *, level: int, depth: int) -> bool:
        self._blocks.add(subject(message) or "Enclosed message", level=level)
        return self.add(message, level=level + 1, depth=depth + 1)

    def _include(self, content: Content, *, below: int) -> bool:
        if not has_text(content.text):
            return False
        self._written += len(content.text)
        limit = self._context.options.max_bytes
        if self._written > limit:
            raise UnreadableDocument(too_large("the text of its messages and attachments", self._written, limit))
        self.first_words = self.first_words or content.text
        self._blocks.include(content, below=below)
        return True


def _own_parts(message: _Part) -> Iterator[_Part]:
    """The parts of a message without those of messages that it encloses."""
    ahead = [message]
    while ahead:
        part = ahead.pop()
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list) and part.get_content_type() != "message/rfc822":
            ahead += reversed([each for each in inner if isinstance(each, Message)])
        else:
            yield part


def _file_name(part: _Part) -> str:
    try:
        name = part.get_filename() or ""
    except (UnicodeError, LookupError, ValueError, TypeError):  # parameters in parts that do not fit together
        name = ""
    return PurePosixPath(_decoded(name).replace("\\", "/")).name


def _bytes(part: _Part) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _unwrapped(text: str, part: _Part) -> str:
    """Text of which each line is as long as its paragraph, where the sender's program says how it wrapped them."""
    text = verbatim(text)
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    drops_space = str(part.get_param("delsp", "")).lower() == "yes"
    lines: list[str] = []
    flows = False
    for line in text.split("\n"):
        line = line.removeprefix(" ")
        goes_on = line.endswith(" ") and line != "-- " and not line.startswith(">")
        words = line[:-1] if goes_on and drops_space else line
        if flows and not line.startswith(">"):
            lines[-1] += words
        else:
            lines.append(words)
        flows = goes_on
    return "\n".join(lines)
