"""Mailboxes in one file: a section a message."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.readers.content import Blocks, Content
from index.readers.mail import MailWriter, parse, subject
from index.readers.options import Context

# A line that begins with "From " and holds a time begins a message where it follows a blank line.
_BEGINS = re.compile(rb"(?:\A\s*|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]*\d:\d\d[^\r\n]*\r?\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def read(data: bytes, context: Context) -> Content:
    """All messages in their order, each below a heading with its subject; empty where none has words."""
    blocks = Blocks()
    writer = MailWriter(blocks, context)
    said = False
    for number, each in enumerate(messages(data), start=1):
        message = parse(each)
        blocks.add(subject(message) or f"Message {number}", level=1)
        said |= writer.add(message, level=2)
    return blocks.content() if said else Content(text="")


def messages(data: bytes) -> Iterator[bytes]:
    """The messages without the lines that divide them. Content without any such line is one message."""
    starts = [(match.start(), match.end()) for match in _BEGINS.finditer(data)] or [(0, 0)]
    ends = [start for start, _ in starts[1:]] + [len(data)]
    for (_, start), end in zip(starts, ends, strict=True):
        message = data[start:end]
        yield _QUOTED.sub(rb"\1", message) if b"\n>" in message else message
