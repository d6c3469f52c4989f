"""Comma-separated values and their kin: split by semicolons, tabs or bars."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from index.readers.clean import verbatim
from index.readers.content import Blocks, Content, stated_title
from index.readers.encoding import decode
from index.readers.grid import Grid, Row, words_of

_DELIMITERS = ",;\t|"
_SAMPLE = 200
"""Lines that the delimiter is found from."""

_LONGEST_SAMPLE = 1 << 16
_LONGEST_VALUE = 50_000
"""Characters of a quoted cell. One that is longer began with a quotation mark that is none, as an inch mark is."""


def read(data: bytes) -> Content:
    """The rows; an empty one begins another table. The title is a line above the first table's header."""
    text = verbatim(decode(data))
    delimiter = ""
    if text[:4].lower() == "sep=" and text[5:6] in ("\n", ""):  # how Excel is told
        delimiter, text = text[4], text[6:]
    grid = Grid()
    rows = _rows(text, delimiter or _delimiter(text))
    del text  # the rows let go of it when they end, before their own text is joined
    blocks = Blocks()
    blocks.add(grid.text(rows))
    return Content(text=blocks.content().text, title=stated_title(grid.caption))


def _delimiter(text: str) -> str:
    """The delimiter by which most lines have the same number of cells; among such one that the first line, which may
    be a header without decimal commas, has as often, and that makes most cells."""
    sample = list(islice(_lines(text[:_LONGEST_SAMPLE]), _SAMPLE))
    if len(text) > _LONGEST_SAMPLE and len(sample) > 1:
        sample.pop()  # cut off, perhaps
    best, most = ",", (0.0, False, 0)
    for delimiter in _DELIMITERS:
        widths = [len(row) for row in _split(iter(sample), delimiter) if any(cell.strip() for cell in row)]
        counts = Counter(widths)
        cells = {count: times for count, times in counts.items() if count > 1}
        if not cells:
            continue
        usual = max(cells, key=lambda count: (cells[count], count))
        fit = round(cells[usual] / len(widths), 1), widths[0] == usual, usual
        if fit > most:
            best, most = delimiter, fit
    return best


def _lines(text: str) -> Iterator[str]:
    """The lines with their ends, one by one, for a list of them would take several times the text's memory."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    for cells in _split(_lines(text), delimiter):
        row = []
        for column, cell in enumerate(cells):
            if cell and (words := words_of(cell)):
                row.append((column, words))
        yield row


def _split(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """The cells of each row. A quoted cell may go over lines, but not without end."""
    taken: list[str] = []  # the lines of the row in hand

    endless = False

    def noted() -> Iterator[str]:
        nonlocal endless
        length = 0
        for line in lines:
            length = length + len(line) if taken else len(line)
            taken.append(line)
            if length > _LONGEST_VALUE and len(taken) > 1:
                endless = True
                return
            yield line

    while True:
        taken.clear()
        endless = False
        reader = csv.reader(noted(), delimiter=delimiter)
        try:
            for row in reader:
                if endless or (len(taken) > 1 and not _closed("".join(taken))):
                    break
                yield row
                taken.clear()
        except csv.Error:
            pass  # a cell longer than the library takes
        if not taken:
            return
        # A quotation mark that nothing closes: it is one of the text. These lines are split without minding it.
        for line in taken:
            yield line.rstrip("\n").split(delimiter)


def _closed(lines: str) -> bool:
    """Whether the quoted cell at the end of a row that goes over lines was closed."""
    return lines.count('"') % 2 == 0
