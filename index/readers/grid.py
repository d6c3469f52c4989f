"""Sheets and files of comma-separated values as text that is understood in any part of it.

A small table is read as it stands: a line a row, ``|`` between the cells. In a long one each cell is labelled with
its column's header (``City: Oslo | Price: 12``), for a passage from far down does not hold the header row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from statistics import median

from index.errors import UnreadableDocument
from index.readers.clean import one_line
from index.readers.reasons import TOO_LARGE

Row = list[tuple[int, str]]
"""The cells that hold anything, in the order of their columns (from 0), each one line without spaces around it."""

_SAMPLE = 60
"""Rows of a table that say whether it has a header and which columns it uses."""

_SMALL = 600
"""Characters. A table up to here fits into one passage, header and all."""

_LONGEST_LINE = 400
"""Characters of a labelled row, more than which are broken into several lines, each beginning with its first cell."""

_BATCH = 4096
_LONGEST_HEADER = 80
_LONGEST_LABEL = 40
_LONGEST_KEY = 60
_MOST_CAPTIONS = 5
_MOST_CHARACTERS = 400_000_000
"""Of one file's text. Cells may share their text, so that a small file can hold far more than this."""

_VALUE = re.compile(
    r"[-+(]*\s?[^\w\s]?\s?\d[\d.,'\u2019 ]*\s?(?:%|[€$£¥]|[A-Za-z°µ]{1,3}|E[-+]?\d+)?\)?"
    r"|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ]\d{1,2}:\d\d.*)?|\d{1,2}:\d\d(?::\d\d)?"
    r"|true|false|yes|no|n/?a|null|none|-+|#[A-Z/0!?]+",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20|21)\d\d")


def words_of(cell: str) -> str:
    """A cell's text as one clean line: ``one_line``, but fast for the many cells that are one already."""
    cell = cell.strip()
    return cell if cell.isascii() and cell.isprintable() and "  " not in cell else one_line(cell)


class Grid:
    """The text of one file's tables, one after the other."""

    def __init__(self) -> None:
        self.caption = ""
        """The line above the first table, where that table has one."""

        self._labels: dict[int, str] = {}
        self._first = True
        self._characters = 0

    def text(self, rows: Iterable[Row]) -> str:
        """The rows of one sheet. Each empty row ends a table. Raises UnreadableDocument for a text without measure."""
        self._labels = {}
        pieces: list[str] = []
        lines: list[str] = []
        for line in self._lines(iter(rows)):
            self._characters += len(line) + 1
            if self._characters > _MOST_CHARACTERS:
                raise UnreadableDocument(f"{TOO_LARGE}: its tables come to far too much text. Split it")
            lines.append(line)
            if len(lines) == _BATCH:  # a string takes fifty bytes beside its characters: not one for each line
                pieces.append("\n".join(lines))
                lines.clear()
        return "\n".join([*pieces, *lines])

    def _lines(self, rows: Iterator[Row]) -> Iterator[str]:
        while table := list(islice(_table(rows), _SAMPLE)):
            yield ""
            captions = 0
            while captions < min(_MOST_CAPTIONS, len(table) - 1) and len(table[captions]) == 1:
                captions += 1
            alone = all(len(row) == 1 for row in table)
            if self._first and (captions or len(table) == 1) and (not alone or len(table) <= _MOST_CAPTIONS):
                self.caption = table[0][0][1] if len(table[0]) == 1 else ""
            self._first = False
            if alone:
                captions = 0
            for row in table[:captions]:
                yield row[0][1]
            ends = len(table) < _SAMPLE
            yield from self._table(table[captions:], iter(()) if ends else _table(rows), small=ends)

    def _table(self, sample: list[Row], rest: Iterator[Row], *, small: bool) -> Iterator[str]:
        small = small and sum(len(words) + 3 for row in sample for _, words in row) <= _SMALL
        headers, labels = _header(sample)
        if headers:
            self._labels = {} if small else labels
        elif all(column in self._labels for row in sample for column, _ in row):
            labels = self._labels  # the table above goes on, after an empty row
        labelled = bool(labels) and not (headers and small)
        columns = sorted({column for row in sample for column, _ in row})
        for row in sample[:headers]:
            yield _plain(row, columns)
        for row in chain(sample[headers:], rest):
            if labelled:
                yield from _labelled(row, labels)
            else:
                yield _plain(row, columns)


def _table(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows up to the next empty one, from the first one that is not."""
    begun = False
    for row in rows:
        if row:
            begun = True
            yield row
        elif begun:
            return


def _plain(row: Row, columns: list[int]) -> str:
    """The row with its cells in their columns, as ``index.readers.tables`` writes them."""
    cells = dict(row)
    last = row[-1][0]
    if not cells.keys() <= set(columns):
        columns = sorted({*columns, *cells})
    parts = []
    for column in columns:
        if column > last:
            break
        parts.append(cells.get(column, ""))
    return " | ".join(parts).replace("|  |", "| |").replace("|  |", "| |").lstrip()


def _labelled(row: Row, labels: dict[int, str]) -> Iterator[str]:
    cells = []
    for column, words in row:
        label = labels.get(column)
        cells.append(f"{label}: {words}" if label and label != words else words)
    if sum(map(len, cells)) + 3 * len(cells) <= _LONGEST_LINE:
        yield " | ".join(cells)
        return
    key = cells[0] if len(cells[0]) <= _LONGEST_KEY else ""
    line: list[str] = []
    length = 0
    for cell in cells:
        if line and length + len(cell) > _LONGEST_LINE:
            yield " | ".join(line)
            line = [key] if key else []
            length = len(key)
        line.append(cell)
        length += len(cell) + 3
    yield " | ".join(line)


def _header(rows: list[Row]) -> tuple[int, dict[int, str]]:
    """How many of the first rows are headers (0, 1 or 2), and each column's label by them."""
    if len(rows) < 2 or not _names(rows[0]):
        return 0, {}
    first = dict(rows[0])
    second = dict(rows[1])
    if len(rows) > 2 and len(set(first.values())) < len(first) and _names(rows[1]) and first.keys() <= second.keys():
        # A group's name above each of its columns, as a merged cell is read.
        joined = {column: _joined(first.get(column, ""), words) for column, words in second.items()}
        if _describes(joined, rows[2:]):
            return 2, _cut(joined)
    return (1, _cut(first)) if _describes(first, rows[1:]) else (0, {})


def _joined(group: str, words: str) -> str:
    return words if not group or group == words else f"{group} {words}"


def _cut(labels: dict[int, str]) -> dict[int, str]:
    return {
        column: words if len(words) <= _LONGEST_LABEL else words[:_LONGEST_LABEL].rsplit(" ", 1)[0] + "…"
        for column, words in labels.items()
    }


def _names(row: Row) -> bool:
    """Whether a row's cells look like names of columns: several short ones, of which none is a value but years."""
    return (
        len(row) > 1
        and all(len(words) <= _LONGEST_HEADER and not words.endswith(":") for _, words in row)
        and all(not _VALUE.fullmatch(words) or _YEAR.fullmatch(words) or words in ("No", "NO") for _, words in row)
        and any(char.isalpha() for _, words in row for char in words)
    )


def _describes(labels: dict[int, str], below: list[Row]) -> bool:
    """Whether the rows below look like what ``labels`` name, and not like more of the same."""
    found: dict[int, list[str]] = {}
    for row in below:
        for column, words in row:
            found.setdefault(column, []).append(words)
    if any(words in found.get(column, ()) and not _YEAR.fullmatch(words) for column, words in labels.items()):
        return False
    if len(labels) < median(len(row) for row in below) / 2:
        return False
    for column, words in labels.items():
        cells = found.get(column, [])
        if not cells:
            continue
        values = sum(_VALUE.fullmatch(cell) is not None for cell in cells)
        long = median(map(len, cells))
        if values >= 0.9 * len(cells) or (long >= 20 and long >= 3 * len(words)):
            return True
    regular = sum(len(row) >= len(labels) - 1 for row in below)
    return len(labels) > 2 and regular >= 0.6 * len(below)
