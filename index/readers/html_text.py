"""A web page's elements as text."""

from __future__ import annotations

import re
from collections.abc import Set

from lxml import etree

from index.readers.clean import one_line
from index.readers.content import Blocks, Content
from index.readers.html_parts import NEVER_TEXT
from index.readers.tables import LONGEST_CELL, Rows

_BLOCKS = frozenset((
    "html", "body", "p", "div", "section", "article", "main", "header", "footer", "aside", "hgroup",
    "address", "blockquote", "figure", "figcaption", "center", "form", "fieldset", "legend", "details",
    "summary", "dialog", "search", "dl", "ul", "ol", "menu", "dir", "table", "caption", "thead", "tbody",
    "tfoot", "tr", "td", "th", "hr", "title",
))  # fmt: skip
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_VERBATIM = frozenset(("pre", "listing", "xmp", "plaintext"))

_FORMULA_IMAGE = re.compile(r"math|(?:la)?tex\b", re.IGNORECASE)
"""Class of an image whose alternative text is a formula, without which the sentence around it is torn."""

_DISPLAY_STYLE = re.compile(r"^\{\\displaystyle (.*)\}$")
_WHITE = re.compile(r"[ \t\n\r\f]+")

# Numeric references between 128 and 159 name bytes of cp1252, as the HTML standard has it.
_C1 = {code: bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)}


def render(root: etree._Element, dropped: Set[etree._Element]) -> Content:
    """The text of an element, without the elements in ``dropped`` and those that never are text."""
    page = _Page()
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        left_out = element in dropped or element.tag in NEVER_TEXT or element.tag == "head"
        if event == "start" and left_out:
            walker.skip_subtree()
        elif event == "start":
            page.start(element)
            page.text(element.text)
        else:
            if not left_out:
                page.end(element)
            if element is not root:
                page.text(element.tail)
    page.flush()
    return page.blocks.content()


class _Page:
    """Turns the starts, ends and texts of elements into blocks. Holds its own stacks: pages nest deeply."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self._line: list[str] = []  # what has been read of the current block
        self._verbatim = 0
        self._level = 0  # of the heading that is open
        self._lists: list[int | None] = []  # the next number of each open list, None where items have bullets
        self._marker = ""  # what the next block of a list item begins with
        self._tight = False  # whether the next block belongs to the same list as the last
        self._table: Rows | None = None

    def text(self, text: str | None) -> None:
        if text:
            text = text.translate(_C1) if not text.isascii() else text
            self._line.append(text if self._verbatim else _WHITE.sub(" ", text))

    def start(self, element: etree._Element) -> None:
        tag = element.tag
        if self._table is not None:
            self._start_in_table(element, self._table)
        elif tag == "br":
            self._line.append("\n")
        elif tag == "img" and _FORMULA_IMAGE.search(element.get("class", "")):
            self._line.append(_DISPLAY_STYLE.sub(r"\1", one_line(element.get("alt", ""))))
        elif tag == "q":
            self._line.append("“")
        elif tag in _LEVELS:
            self.flush()
            self._level = _LEVELS[tag]
        elif tag in _VERBATIM:
            self.flush()
            self._verbatim += 1
        elif tag in _LISTS:
            self.flush()
            self._lists.append(_number(element.get("start"), 1) if tag == "ol" else None)
        elif tag == "li":
            self._start_item(element)
        elif tag in ("dt", "dd"):
            self.flush()
            self._tight = tag == "dd"
        elif tag == "table" and _is_data(element):
            self.flush()
            self._table = Rows()
        elif tag in _BLOCKS:
            self.flush()

    def end(self, element: etree._Element) -> None:
        tag = element.tag
        if self._table is not None:
            self._end_in_table(tag, self._table)
        elif tag == "q":
            self._line.append("”")
        elif tag in _LEVELS:
            self.flush()
            self._level = 0
        elif tag in _VERBATIM:
            self.flush()
            self._verbatim -= 1
        elif tag in _LISTS:
            self.flush()
            if self._lists:
                self._lists.pop()
            if not self._lists:
                self._tight = False
            self._marker = ""
        elif tag == "li":
            self.flush()
            self._marker = ""
        elif tag in _BLOCKS or tag in ("dt", "dd"):
            self.flush()

    def flush(self) -> None:
        """End the current block."""
        whole = "".join(self._line)
        self._line.clear()
        if not self._verbatim:
            whole = "\n".join([_WHITE.sub(" ", line).strip() for line in whole.split("\n")])
        whole = whole.strip("\n")
        if not whole.strip():
            return
        if self._level:
            self.blocks.add(whole, level=self._level)
            self._tight = False
            return
        if self._lists or self._marker:
            indent = "  " * min(max(len(self._lists) - 1, 0), 6)
            first = indent + self._marker if self._marker else indent + "  "
            whole = first + whole.replace("\n", "\n" + indent + "  ")
            self._marker = ""
        self.blocks.add(whole, tight=self._tight)
        self._tight = bool(self._lists)

    def _start_item(self, element: etree._Element) -> None:
        self.flush()
        self._marker = "- "
        if self._lists and (number := self._lists[-1]) is not None:
            number = _number(element.get("value"), number)
            self._marker = f"{number}. "
            self._lists[-1] = number + 1

    def _start_in_table(self, element: etree._Element, table: Rows) -> None:
        if element.tag == "tr":
            table.end_cell(self._cell())
            table.start_row()
        elif element.tag in ("td", "th"):
            table.end_cell(self._cell())
            table.start_cell(columns=_number(element.get("colspan"), 1), rows=_number(element.get("rowspan"), 1))
        elif element.tag in _BLOCKS or element.tag in _LEVELS or element.tag in ("br", "li", "dt", "dd", "pre"):
            self._line.append(" ")

    def _end_in_table(self, tag: str, table: Rows) -> None:
        if tag == "table":
            table.end_cell(self._cell())
            self._table = None
            self._line.append(table.text())
            self._flush_table()
        elif tag == "caption":
            self.blocks.add(self._cell())
        elif tag in ("td", "th"):
            table.end_cell(self._cell())
        elif tag in _BLOCKS or tag in _LEVELS or tag in ("li", "dt", "dd", "pre"):
            self._line.append(" ")

    def _cell(self) -> str:
        words = "".join(self._line)
        self._line.clear()
        return one_line(words) if words and not words.isspace() else ""

    def _flush_table(self) -> None:
        rows = "".join(self._line)
        self._line.clear()
        self._marker = ""
        self.blocks.add(rows, tight=False)
        self._tight = bool(self._lists)


def _is_data(table: etree._Element) -> bool:
    """Whether a table holds data, not the layout of a page: several columns of short cells, none of them a table."""
    if table.get("role") in ("presentation", "none"):
        return False
    inner = table.iter("table", "tr", "td", "th", "h1", "h2", "h3", "form")
    next(inner)
    columns = widest = 0
    cells: list[etree._Element] = []
    for element in inner:
        if element.tag in ("table", "h1", "h2", "h3", "form"):
            return False
        if element.tag == "tr":
            columns = 0
        else:
            columns += 1
            cells.append(element)
            widest = max(widest, columns)
    return widest > 1 and all(sum(map(len, cell.itertext())) <= LONGEST_CELL for cell in cells)


def _number(value: str | None, default: int) -> int:
    try:
        return max(-(10**6), min(int(value or default), 10**6))
    except ValueError:
        return default
