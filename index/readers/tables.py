"""Tables as text: a line a row, ``|`` between the cells."""

from __future__ import annotations

import re

LONGEST_CELL = 1500
"""Characters. A table with longer cells lays out a page: its cells are read as paragraphs."""

_EMPTY = re.compile(r"\|  (?=\|)")
_MOST_COLUMNS = 50
"""Spans are believed up to here. A table may have more columns, but not by a cell that claims to fill them."""


class Rows:
    """Rows of cells, kept in their columns where cells span several."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._spans: dict[int, int] = {}  # column -> rows that a cell further up still reaches into
        self._open: tuple[int, int] | None = None
        self._loose: list[str] = []  # text outside any cell

    def start_row(self) -> None:
        """Begin a row."""
        self._rows.append([])

    def start_cell(self, *, columns: int = 1, rows: int = 1) -> None:
        """Begin a cell that spans so many columns and rows."""
        if not self._rows:
            self.start_row()
        self._open = (columns, rows)

    def end_cell(self, words: str) -> None:
        """Close the cell with its text, one line. Text where no cell is open is kept above the rows."""
        if self._open is None:
            if words:
                self._loose.append(words)
            return
        columns, rows = self._open
        self._open = None
        row = self._rows[-1]
        while self._spans.get(len(row), 0):
            self._spans[len(row)] -= 1
            row.append("")
        for offset in range(max(1, min(columns, _MOST_COLUMNS - len(row)))):
            if rows > 1 and len(row) < _MOST_COLUMNS:
                self._spans[len(row)] = rows - 1
            row.append("" if offset else words)

    def text(self) -> str:
        """All rows that hold anything; empty cells at the end of a row are left out."""
        lines = list(self._loose)
        for row in self._rows:
            while row and not row[-1]:
                row.pop()
            if row:
                lines.append(_EMPTY.sub("| ", " | ".join(row)).lstrip())
        return "\n".join(lines)
