"""The rows of a table around a quote, drawn as a table with the quote's own rows marked. Pure; all is escaped."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from qa.web.markup import escaped
from qa.web.source import Window

_TABLES = frozenset((".csv", ".tsv", ".xlsx"))
_REACH = 30
"""Rows shown above the quote's, and below."""

_OPENED = 300
"""Rows shown of a table that is opened without a quote."""

_MOST_COLUMNS = 60
_CELL = re.compile(r" ?\| ?")
_LABELLED = re.compile(r"([^:]{1,80}): (.*)", re.DOTALL)


def rows_shown(window: Window) -> str:
    """The table as HTML; empty where the source is none, or the quote is no longer in it."""
    quote = window.span.quote
    if PurePosixPath(window.span.document).suffix.lower() not in _TABLES or not window.length:
        return ""
    if quote and not quote.strip():
        return ""
    above = window.before.split("\n")
    begun = above.pop()
    below = window.after.split("\n")
    ended = below.pop(0)
    own = f"{begun}{quote}{ended}".split("\n")
    above, before = _until_blank(above[::-1], _REACH)
    below, after = _until_blank(below, _REACH if quote else _OPENED)
    lines = [*above[::-1], *own, *below]
    marked = range(len(above), len(above) + len(own) if quote else len(above))
    columns = _columns(lines)
    rows = []
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        cells = _CELL.split(line)[:_MOST_COLUMNS]
        current = " aria-current='true'" if place in marked and (columns is None or _is_labelled(cells)) else ""
        if columns is None:
            tag = "th" if place == 0 and not before and place not in marked and len(lines) > 1 else "td"
            rows.append(f"<tr{current}>{''.join(f'<{tag}>{escaped(cell)}</{tag}>' for cell in cells)}</tr>")
        elif _is_labelled(cells):
            values = dict(_parted(cell, columns, at) for at, cell in enumerate(cells))
            shown = "".join(f"<td>{escaped(values.get(column, ''))}</td>" for column in columns)
            rows.append(f"<tr{current}>{shown}</tr>")
    head = ""
    if columns is not None:
        head = f"<thead><tr>{''.join(f'<th>{escaped(column)}</th>' for column in columns)}</tr></thead>"
    note = "".join(
        f"<p class='fn-note'>{said}</p>"
        for more, said in ((before, "More rows above."), (after, "More rows below."))
        if more
    )
    return f"<table class='fn-table' dir='auto'>{head}<tbody>{''.join(rows)}</tbody></table>{note}"


def _until_blank(lines: list[str], most: int) -> tuple[list[str], bool]:
    """The lines that belong to the same table, as far as they are shown; and whether it goes on."""
    kept: list[str] = []
    for line in lines:
        if not line.strip():
            return kept, False
        if len(kept) == most:
            return kept, True
        kept.append(line)
    return kept, False


def _columns(lines: list[str]) -> list[str] | None:
    """The labels that the rows' cells carry, in order; None where cells stand without labels."""
    rows = [_CELL.split(line) for line in lines if line.strip()]
    labelled = [row for row in rows if _is_labelled(row)]
    if len(labelled) < max(1, len(rows) - 2):
        return None
    found = dict.fromkeys(match[1] for row in labelled for cell in row if (match := _LABELLED.fullmatch(cell)))
    return list(found) if 1 < len(found) <= _MOST_COLUMNS else None


def _is_labelled(cells: list[str]) -> bool:
    return sum(_LABELLED.fullmatch(cell) is not None for cell in cells) > len(cells) / 2


def _parted(cell: str, columns: list[str], at: int) -> tuple[str, str]:
    """The column and the value of a cell; one without a label stands in the column of its place."""
    match = _LABELLED.fullmatch(cell)
    return (match[1], match[2]) if match else (columns[min(at, len(columns) - 1)], cell)
