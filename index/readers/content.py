"""What a reader hands to the door, and how the readers of structured formats put their text together."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from index.readers.clean import clean, one_line
from index.values import Heading

LONGEST_HEADING = 300
"""Characters. What is longer was made a heading by its looks, and is a paragraph."""

_LONGEST_TITLE = 300
_LONGEST_FIRST_LINE = 120
_WRAPPED = 60
"""A line at least this long with another right under it is taken for running text."""

_PLACEHOLDER = re.compile(
    r"(?:untitled|unnamed|unknown|no title|title|document|doc|presentation|powerpoint presentation|workbook|book"
    r"|slide|page|blank|blank page|scan|scanned document|layout|template|print|image|microsoft word)"
    r"(?: document| page)?[ _-]*\(?\d*\)?",
    re.IGNORECASE,
)
_PROGRAM = re.compile(r"microsoft (?:office )?(?:word|excel|powerpoint)\b.* - ", re.IGNORECASE)
_FILE_NAME = re.compile(
    r"\.(?:docx?|pdf|pptx?|xlsx?|csv|odt|rtf|txt|tex|dvi|ps|eps|indd|qxd|pmd|ai|cdr|html?|xml|jpe?g|png|tiff?|gif"
    r"|bmp|fm|wpd|pub|tmp)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The text of one file and what is known about it, before it has a name."""

    text: str
    """Clean (see ``index.readers.clean``), possibly empty."""

    title: str = ""
    """Empty where the file names none."""

    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()


class Blocks:
    """Puts a document's blocks one under the other and notes where headings and pages begin."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._pages: list[int] = []
        self._pending_pages = 0

    def add(self, text: str, *, level: int = 0, tight: bool = False) -> None:
        """Append ``text`` after a blank line, or on the next line if ``tight``; as a heading if ``level``."""
        text = one_line(text) if level else clean(text)
        if not text:
            return
        if len(text) > LONGEST_HEADING:
            level = 0
        if self._parts:
            self._append("\n" if tight else "\n\n")
        self._pages += [self._length] * self._pending_pages
        self._pending_pages = 0
        if level:
            self._headings.append(Heading(start=self._length, level=level, text=text))
        self._append(text)

    def include(self, content: Content, *, below: int = 0) -> None:
        """Append all that was read of another file as it stands, its headings that many levels further down.

        Its pages are left out: they would be pages of two files in one count.
        """
        text = content.text.strip("\n")
        if not text:
            return
        if self._parts:
            self._append("\n\n")
        self._pages += [self._length] * self._pending_pages
        self._pending_pages = 0
        shift = self._length - (len(content.text) - len(content.text.lstrip("\n")))
        self._headings += [
            replace(heading, start=heading.start + shift, level=heading.level + below) for heading in content.headings
        ]
        self._append(text)

    def page(self) -> None:
        """Begin a page. One without text begins where the next one does, and so holds nothing."""
        self._pending_pages += 1

    def content(self, title: str = "") -> Content:
        """All of it. The title falls back to the outermost of the first headings."""
        if self._parts and self._pending_pages:
            # Blank pages at the end: they get the line end behind the last text, so that each page begins
            # inside the text and all visible text stays on its own page.
            self._pages += [self._length] * self._pending_pages
            self._append("\n")
        return Content(
            text="".join(self._parts),
            title=title or first_heading(self._headings),
            pages=tuple(self._pages),
            headings=tuple(self._headings),
        )

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def first_heading(headings: list[Heading]) -> str:
    """The text of the first heading of the outermost level, empty where there are none."""
    return min(headings, key=lambda heading: heading.level).text[:_LONGEST_TITLE] if headings else ""


def stated_title(title: str | None) -> str:
    """A title that a file's metadata state, cleaned; empty where it is a placeholder, a file name or a number."""
    title = one_line(title or "")
    letters = sum(char.isalpha() for char in title)
    if (
        letters < (3 if title.isascii() else 2)
        or letters < 0.4 * len(title.replace(" ", ""))
        or _PLACEHOLDER.fullmatch(title)
        or _PROGRAM.match(title)
        or _FILE_NAME.search(title)
        or re.search(r"\w_\w", title)
    ):
        return ""
    return title[:_LONGEST_TITLE]


def first_line_title(text: str) -> str:
    """The first line of ``text`` that says anything, if it looks like a title; otherwise empty."""
    for match in re.finditer(r"[^\n]+", text[:2000]):
        line = match[0].strip(" \t=-*#_~+|>")
        if any(char.isalnum() for char in line):
            break
    else:
        return ""
    # Hard-wrapped prose goes on in a line about as long; a title above unwrapped text is followed by a far longer one.
    below = text[match.end() + 1 : match.end() + 1000].partition("\n")[0].strip()
    wrapped = len(line) >= _WRAPPED and 0 < len(below) < 1.5 * len(line)
    if (
        wrapped
        or len(line) > _LONGEST_FIRST_LINE
        or line[0].islower()
        or line.endswith((".", ",", ";", ":", "。", "、", "\uff0c"))
        or not any(char.isalpha() for char in line)
    ):
        return ""
    return one_line(line)
