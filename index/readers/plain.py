"""Plain text."""

from __future__ import annotations

from index.readers.clean import verbatim
from index.readers.content import Content, first_line_title
from index.readers.encoding import decode


def read(data: bytes) -> Content:
    """The text as it stands; its title is the first line where that looks like one."""
    text = verbatim(decode(data))
    return Content(text=text, title=first_line_title(text))
