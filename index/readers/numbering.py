"""The numbers and bullets that Word puts in front of paragraphs; they are not in the text of the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from index.readers.package import attribute, child, local

_DEPTHS = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(slots=True)
class _Level:
    format: str = "bullet"
    text: str = ""
    """Such as ``%1.%2.``, each number standing for that of a depth."""

    start: int = 1
    style: str | None = None
    """The paragraph style that belongs to this depth."""


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """The lists of one document. Asked in the order of the text, for it counts."""

    def __init__(self, lists: dict[str, _List], starts: dict[str, dict[int, int]]) -> None:
        self._lists = lists
        self._starts = starts  # list -> depth -> the number it starts again with

    def depth_of(self, key: str, style: str | None) -> int:
        """The depth at which the list ``key`` puts paragraphs of a style, 0 where it says nothing."""
        known = self._lists.get(key)
        levels = known.levels if known else {}
        return next((depth for depth, level in levels.items() if style and level.style == style), 0)

    def marker(self, key: str, depth: int) -> str:
        """What stands in front of the next paragraph of the list ``key``, with a space; it is counted."""
        known = self._lists.get(key)
        level = known.levels.get(depth) if known else None
        if known is None or level is None or level.format == "bullet":
            return "- "
        for place, start in self._starts.pop(key, {}).items():
            known.counts[place] = start - 1
        known.counts[depth] = known.counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in known.counts if each > depth]:
            del known.counts[deeper]
        if level.format == "none":
            return ""

        def number(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            at = known.levels.get(place, _Level(format="decimal"))
            return written(known.counts.get(place, at.start), at.format)

        marker = _PLACE.sub(number, level.text).strip()
        return f"{marker} " if marker else ""


def numbering_of(root: etree._Element | None) -> Numbering:
    """The lists that a document's numbering part defines; none without one."""
    abstract: dict[str, _List] = {}
    lists: dict[str, _List] = {}
    starts: dict[str, dict[int, int]] = {}
    elements = list(root) if root is not None else []
    for element in elements:
        if local(element) == "abstractNum":
            abstract[attribute(element, "abstractNumId") or ""] = _List(levels=dict(_levels(element)))
    for element in elements:
        key = attribute(element, "numId")
        if local(element) != "num" or key is None:
            continue
        chosen = child(element, "abstractNumId")
        lists[key] = abstract.get((attribute(chosen, "val") or "") if chosen is not None else "", _List())
        for override in element:
            start = child(override, "startOverride")
            if start is not None:
                depth = _integer(attribute(override, "ilvl"), 0)
                starts.setdefault(key, {})[depth] = _integer(attribute(start, "val"), 1)
    return Numbering(lists, starts)


def _levels(element: etree._Element) -> list[tuple[int, _Level]]:
    levels = []
    for each in element:
        if local(each) != "lvl":
            continue
        level = _Level()
        for setting in each:
            value = attribute(setting, "val")
            name = local(setting)
            if name == "numFmt":
                level.format = value or "decimal"
            elif name == "lvlText":
                level.text = value or ""
            elif name == "start":
                level.start = _integer(value, 1)
            elif name == "pStyle":
                level.style = value
        levels.append((min(_integer(attribute(each, "ilvl"), 0), _DEPTHS), level))
    return levels


def _integer(value: str | None, default: int) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 9 else default


def written(number: int, format: str) -> str:
    if format.endswith("Letter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 10)
        return letter.upper() if format.startswith("upper") else letter
    if format.endswith("Roman") and 0 < number < 4000:
        roman = ""
        for value, letters in _ROMAN:
            roman += letters * (number // value)
            number %= value
        return roman.upper() if format.startswith("upper") else roman
    return f"{number:02d}" if format == "decimalZero" else str(number)
