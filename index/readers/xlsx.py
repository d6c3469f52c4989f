"""Excel workbooks, read from their XML row by row.

openpyxl is not used: it takes more than twice as long, finds no sheets in files in the strict dialect, and walks
through all columns and rows between the first cell and the last. python-calamine is far faster, but does not tell how
numbers are shown, and runs out of memory where those cells lie far apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from lxml import etree

from index.errors import UnreadableDocument
from index.readers.clean import one_line
from index.readers.content import Blocks, Content, stated_title
from index.readers.grid import Grid, Row, words_of
from index.readers.number_formats import BUILT_IN, shown
from index.readers.package import Package, attribute, child, local

_KIND = "Excel (.xlsx)"
_COLUMNS = 16_384
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?ref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_LONGEST_MERGE = 200
"""Bytes of such an element."""

_MOST_MERGES = 20_000
_WIDEST_MERGE = 50
_NUMBERED_NAME = re.compile(r"\w+\s?\(?\d+\)?")
"""What programs call a new sheet, in any language: Sheet1, Tabelle 2, シート3."""

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How a text holds characters that XML cannot."""


@dataclass(slots=True)
class _Book:
    """What the sheets refer to."""

    strings: list[str]
    formats: list[str]
    """The format code of each cell style."""

    since_1904: bool


class _Merges:
    """What merged cells show in the other cells that they cover, so that each row says what it belongs to."""

    def __init__(self) -> None:
        self._starts: dict[int, list[tuple[int, int, int]]] = {}  # first row -> first and last column, last row
        self._down: dict[int, tuple[int, str]] = {}  # column -> last row that a merge from above covers, its words

    def add(self, top: int, left: int, bottom: int, right: int) -> None:
        """A merge from one corner to the other."""
        self._starts.setdefault(top, []).append((left, min(right, left + _WIDEST_MERGE), bottom))

    def fill(self, number: int, row: Row) -> Row:
        """The row ``number`` completed. Asked in the order of the rows.

        Downwards the words are repeated in every row; sideways only where a row groups columns more than once, for a
        single wide cell is a caption.
        """
        if not row or not self._starts:
            return row
        cells = dict(row)
        for column, (last, words) in list(self._down.items()):
            if number > last:
                del self._down[column]
            else:
                cells.setdefault(column, words)
        merges = self._starts.get(number, [])
        groups = sum(right > left for left, right, _ in merges) > 1
        for left, right, bottom in merges:
            if left not in cells:
                continue
            for column in range(left, right + 1 if groups else left + 1):
                cells.setdefault(column, cells[left])
                if bottom > number:
                    self._down[column] = bottom, cells[left]
        return sorted(cells.items())


def read(data: bytes) -> Content:
    """Each sheet is a page under its name, hidden ones too. Formulas give the values that were last computed."""
    package = Package(data, _KIND)
    main = package.related("", "officeDocument") or "xl/workbook.xml"
    root = package.part(main)
    if root is None or local(root) != "workbook":
        raise UnreadableDocument(f"cannot be read as {_KIND}: it is damaged or another format")
    relations = package.relations(main)
    parts = {kind: name for kind, name in relations.values()}
    settings = child(root, "workbookPr")
    book = _Book(
        strings=[_text(each) for each in package.each(parts.get("sharedStrings", "xl/sharedStrings.xml"), "si")],
        formats=_formats(package.part(parts.get("styles", "xl/styles.xml"))),
        since_1904=settings is not None and attribute(settings, "date1904") in ("1", "true"),
    )
    blocks = Blocks()
    grid = Grid()
    names = []
    sheets = child(root, "sheets")
    for sheet in sheets if sheets is not None else ():
        kind, part = relations.get(_reference(sheet), ("", ""))
        blocks.page()
        if kind == "worksheet" and (text := grid.text(_rows(package, part, book))):
            name = one_line(attribute(sheet, "name") or "")
            names.append(name)
            blocks.add(name, level=1)
            blocks.add(text)
    core = package.related("", "core-properties")
    stated = child(package.part(core), "title") if core else None
    title = stated_title(stated.text if stated is not None else "")
    only = names[0] if len(names) == 1 and not _NUMBERED_NAME.fullmatch(names[0]) else ""
    content = blocks.content()
    return Content(
        text=content.text,
        title=title or stated_title(grid.caption) or stated_title(only),
        pages=content.pages,
        headings=content.headings,
    )


def _reference(sheet: etree._Element) -> str:
    """The id of the sheet's relationship: the one attribute ``id`` that has a namespace."""
    return next((str(value) for key, value in sheet.items() if str(key).endswith("}id")), "")


def _formats(root: etree._Element | None) -> list[str]:
    codes = dict(BUILT_IN)
    own = child(root, "numFmts")
    for each in own if own is not None else ():
        codes[_integer(attribute(each, "numFmtId"))] = attribute(each, "formatCode") or ""
    styles = child(root, "cellXfs")
    return [codes.get(_integer(attribute(each, "numFmtId")), "") for each in (styles if styles is not None else ())]


def _integer(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 9 else 0


def _text(element: etree._Element) -> str:
    """The words of a string, whose runs may differ in looks; not how they are pronounced."""
    parts = []
    for each in element.iter("{*}t"):
        parent = each.getparent()
        if each.text and (parent is None or local(parent) != "rPh"):
            parts.append(each.text)
    return _line("".join(parts))


def _line(text: str) -> str:
    if "_x" in text:
        text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return words_of(text)


def _rows(package: Package, part: str, book: _Book) -> Iterator[Row]:
    merges = _merges(package, part)
    at = 0
    for element in package.each(part, "row"):
        number = _integer(element.get("r")) or at + 1
        row: Row = []
        column = -1
        for cell in element:
            column = _column(cell.get("r")) if cell.get("r") else column + 1
            if 0 <= column < _COLUMNS and (words := _words(cell, book)):
                row.append((column, words))
        if any(left >= right for (left, _), (right, _) in pairwise(row)):
            row = sorted(dict(row).items())  # cells out of order, or one twice
        if number != at + 1:
            yield []
        yield merges.fill(number, row)
        at = number


def _column(reference: str | None) -> int:
    """The column of ``BC12``, from 0."""
    column = 0
    for char in reference or "":
        if not "A" <= char <= "Z":
            break
        column = column * 26 + ord(char) - ord("A") + 1
    return column - 1


def _words(cell: etree._Element, book: _Book) -> str:
    """What a cell shows."""
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = next((each.text for each in cell if local(each) == "v"), None)
    if not value:
        return ""
    if kind == "s":
        place = int(value) if value.strip().isdecimal() and len(value) < 10 else -1
        return book.strings[place] if 0 <= place < len(book.strings) else ""
    if kind == "b":
        return "TRUE" if value.strip() in ("1", "true") else "FALSE"
    if kind == "d":
        return words_of(value.removesuffix("T00:00:00").replace("T", " "))
    if kind != "n":
        return _line(value)
    style = _integer(cell.get("s"))
    code = book.formats[style] if style < len(book.formats) else ""
    try:
        return words_of(shown(float(value), code, since_1904=book.since_1904))
    except ValueError:
        return _line(value)


def _merges(package: Package, part: str) -> _Merges:
    """They come after the rows that they are about, and so are looked for before, without building anything."""
    merges = _Merges()
    count = 0
    rest = b""
    for piece in package.chunks(part):
        piece = rest + piece
        end = 0
        for match in _MERGE.finditer(piece):
            end = match.end()
            left, right = (_column(match[place].decode()) for place in (1, 3))
            merges.add(int(match[2]), left, int(match[4]), right)
            count += 1
            if count >= _MOST_MERGES:
                return merges
        rest = piece[max(end, len(piece) - _LONGEST_MERGE) :]
    return merges
