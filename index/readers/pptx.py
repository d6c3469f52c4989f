"""PowerPoint slides, read from their XML.

python-pptx is not used: it does not open files in the strict dialect, stops at slides whose layout is lost, and gives
neither the words of diagrams and formulas nor the numbers of paragraphs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from index.errors import UnreadableDocument
from index.readers.clean import one_line
from index.readers.content import Blocks, Content, stated_title
from index.readers.package import Package, attribute, child, local
from index.readers.tables import Rows

_KIND = "PowerPoint (.pptx)"
_SLIDE = re.compile(r"ppt/slides/slide(\d{1,6})\.xml")

# Placeholders that stand on every slide alike.
_FURNITURE = frozenset(("dt", "ftr", "hdr", "sldNum", "sldImg"))
_TITLES = frozenset(("title", "ctrTitle"))
_DEEPEST = 40
"""Groups in groups. What lies deeper is left out."""

_MOST_POINTS = 2000
"""Of a chart; one with more is a picture of measurements, not a table to read."""


@dataclass(frozen=True, slots=True)
class _Shape:
    element: etree._Element
    kind: str
    """The kind of placeholder, ``body`` where it does not say; empty for what is no placeholder."""

    place: tuple[int, int, int] | None
    """Top, left and height in the units of what it lies in; None where the layout says."""


def read(data: bytes) -> Content:
    """Each slide is a page: its title, its texts from top to bottom, its notes. Hidden slides are read too."""
    package = Package(data, _KIND)
    main = package.related("", "officeDocument") or "ppt/presentation.xml"
    root = package.part(main)
    if root is None or local(root) != "presentation":
        raise UnreadableDocument(f"cannot be read as {_KIND}: it is damaged or another format")
    blocks = Blocks()
    for name in _slides(package, main, root):
        slide = package.part(name)
        blocks.page()
        if slide is not None:
            _Slide(package, name, blocks).read(slide)
    core = package.related("", "core-properties")
    stated = child(package.part(core), "title") if core else None
    return blocks.content(stated_title(stated.text if stated is not None else ""))


def _slides(package: Package, main: str, root: etree._Element) -> list[str]:
    """The slides' parts in the order in which they are shown."""
    relations = package.relations(main)
    order = child(root, "sldIdLst")
    slides = []
    for each in order if order is not None else ():
        key = next((str(value) for name, value in each.items() if str(name).endswith("}id")), "")
        kind, part = relations.get(key, ("", ""))
        if kind == "slide":
            slides.append(part)
    if slides:
        return slides
    numbered = [(int(match[1]), name) for name in package.names() if (match := _SLIDE.fullmatch(name))]
    return [name for _, name in sorted(numbered)]


class _Slide:
    """One slide, and what it refers to."""

    def __init__(self, package: Package, name: str, blocks: Blocks) -> None:
        self._package = package
        self._relations = package.relations(name)
        self._blocks = blocks

    def read(self, slide: etree._Element) -> None:
        """Append all that the slide shows and its notes."""
        tree = child(child(slide, "cSld"), "spTree")
        if tree is not None:
            self._read(tree, 0)
        for kind, part in self._relations.values():
            notes = self._package.part(part) if kind == "notesSlide" else None
            tree = child(child(notes, "cSld"), "spTree")
            bodies = [shape for shape in _shapes(tree) if shape.kind == "body"] if tree is not None else []
            texts = [text for shape in bodies if (text := _text(child(shape.element, "txBody")))]
            if texts:
                self._blocks.add("Notes: " + "\n".join(texts))

    def _read(self, tree: etree._Element, depth: int) -> None:
        for shape in _in_order(_shapes(tree)):
            element = shape.element
            name = local(element)
            if name == "grpSp" and depth < _DEEPEST:
                self._read(element, depth + 1)
            elif name == "graphicFrame":
                self._blocks.add(self._graphic(element))
            elif shape.kind in _TITLES:
                self._blocks.add(_text(child(element, "txBody")), level=1)
            elif shape.kind not in _FURNITURE:
                self._blocks.add(_text(child(element, "txBody"), listed=shape.kind == "body"))

    def _graphic(self, frame: etree._Element) -> str:
        """A table, the numbers of a chart or the words of a diagram."""
        data = child(child(frame, "graphic"), "graphicData")
        for element in data if data is not None else ():
            name = local(element)
            if name == "tbl":
                return _table(element)
            if name == "chart":
                return _chart(self._part(attribute(element, "id")))
            if name == "relIds":
                return _diagram(self._part(attribute(element, "dm")))
        return ""

    def _part(self, key: str | None) -> etree._Element | None:
        _, part = self._relations.get(key or "", ("", ""))
        return self._package.part(part) if part else None


def _shapes(tree: etree._Element) -> list[_Shape]:
    shapes = []
    for element in tree:
        if local(element) == "AlternateContent":
            # The same shape for newer and for older programs: the first that holds any text.
            choices = [each for each in element if next(each.iter("{*}t"), None) is not None]
            inner = choices[0] if choices else element
            shapes += _shapes(inner) if choices else []
        elif local(element) in ("sp", "grpSp", "graphicFrame"):
            shapes.append(_Shape(element, _placeholder(element), _place(element)))
    return shapes


def _placeholder(element: etree._Element) -> str:
    for each in element:
        if local(each).startswith("nv"):
            found = child(child(each, "nvPr"), "ph")
            if found is not None:
                return attribute(found, "type") or "body"
    return ""


def _place(element: etree._Element) -> tuple[int, int, int] | None:
    frame = child(element, "xfrm")
    if frame is None:
        frame = child(child(element, "grpSpPr" if local(element) == "grpSp" else "spPr"), "xfrm")
    corner, size = child(frame, "off"), child(frame, "ext")
    if corner is None or size is None:
        return None
    try:
        return int(corner.get("y", "0")), int(corner.get("x", "0")), int(size.get("cy", "0"))
    except ValueError:
        return None


def _in_order(shapes: list[_Shape]) -> list[_Shape]:
    """Titles, then what lies where the layout says, then from top to bottom and in each row from left to right."""
    titles = [shape for shape in shapes if shape.kind in _TITLES]
    rest = [shape for shape in shapes if shape.kind not in _TITLES]
    unplaced = [shape for shape in rest if shape.place is None]
    placed = sorted(
        ((shape.place, number, shape) for number, shape in enumerate(rest) if shape.place is not None),
        key=lambda each: each[:2],
    )
    ordered = [*titles, *unplaced]
    row: list[tuple[int, int, _Shape]] = []
    middle = 0
    for (top, left, height), number, shape in placed:
        if row and top >= middle:
            ordered += [each for _, _, each in sorted(row, key=lambda each: each[:2])]
            row = []
        if not row:
            middle = top + max(1, height // 2)
        row.append((left, number, shape))
    return ordered + [each for _, _, each in sorted(row, key=lambda each: each[:2])]


def _text(body: etree._Element | None, *, listed: bool = False) -> str:
    """The paragraphs of a shape, a line each. Several in a placeholder for ``listed`` text are list items."""
    paragraphs = [(each, _line(each)) for each in (body if body is not None else ()) if local(each) == "p"]
    paragraphs = [(each, line) for each, line in paragraphs if line.strip()]
    lines = []
    counts: dict[int, int] = {}
    for paragraph, line in paragraphs:
        properties = child(paragraph, "pPr")
        level = attribute(properties, "lvl") if properties is not None else None
        depth = min(int(level), 8) if level and level.isdecimal() and len(level) < 3 else 0
        counts = {place: count for place, count in counts.items() if place <= depth}
        marker = ""
        if (numbered := child(properties, "buAutoNum")) is not None:
            start = numbered.get("startAt", "1")
            first = int(start) if start.isdecimal() and len(start) < 6 else 1
            counts[depth] = counts.get(depth, first - 1) + 1
            marker = f"{counts[depth]}. "
        else:
            counts.pop(depth, None)
            bullet = child(properties, "buChar") is not None or (listed and len(paragraphs) > 1)
            if bullet and child(properties, "buNone") is None:
                marker = "- "
        indent = "  " * depth
        lines.append(indent + marker + line.strip().replace("\n", "\n" + indent + " " * len(marker)))
    return "\n".join(lines)


def _line(paragraph: etree._Element) -> str:
    parts = []
    for each in paragraph.iter("{*}t", "{*}br", "{*}tab"):
        if local(each) == "t" and not _is_fallback(each):
            parts.append(each.text or "")
        elif local(each) == "br":
            parts.append("\n")
    return "".join(parts).replace("\v", "\n")


def _is_fallback(element: etree._Element) -> bool:
    """Whether an older program's picture of a formula: the formula itself stands beside it."""
    nearest = next(element.iterancestors("{*}Fallback", "{*}p"), None)
    return nearest is not None and local(nearest) == "Fallback"


def _table(element: etree._Element) -> str:
    rows = Rows()
    for row in element:
        if local(row) != "tr":
            continue
        rows.start_row()
        for cell in row:
            if local(cell) == "tc":  # those that a merged cell covers are there too, without text
                rows.start_cell()
                rows.end_cell(one_line(_text(child(cell, "txBody"))))
    return rows.text()


def _chart(root: etree._Element | None) -> str:
    """The title of a chart, and its series as the columns of a table."""
    chart = child(root, "chart")
    if chart is None:
        return ""
    title = child(chart, "title")
    words = one_line(" ".join(each.text or "" for each in title.iter("{*}t"))) if title is not None else ""
    series = [each for each in chart.iter("{*}ser")]
    categories: dict[int, str] = {}
    columns = []
    for each in series:
        for name in ("cat", "xVal"):
            categories = _points(child(each, name)) | categories
        values = _points(child(each, "val")) or _points(child(each, "yVal"))
        name = " ".join(_points(child(each, "tx")).values())
        columns.append((name, values))
    places = sorted({*categories, *(place for _, values in columns for place in values)})
    rows = Rows()
    if len(places) * len(columns) <= _MOST_POINTS:
        lines = [["", *(name for name, _ in columns)]]
        lines += [[categories.get(place, ""), *(values.get(place, "") for _, values in columns)] for place in places]
        for line in lines:
            rows.start_row()
            for cell in line:
                rows.start_cell()
                rows.end_cell(one_line(cell))
    return "\n".join(text for text in (words, rows.text()) if text)


def _points(element: etree._Element | None) -> dict[int, str]:
    """The values that a chart keeps of the sheet it was made from, by their place."""
    points: dict[int, str] = {}
    for point in element.iter("{*}pt") if element is not None else ():
        place = attribute(point, "idx") or ""
        value = child(point, "v")
        if place.isdecimal() and len(place) < 9 and value is not None and value.text:
            points.setdefault(int(place), _number(value.text))
    return points


def _number(text: str) -> str:
    """A number without the digits by which it misses what was written: 4.3 and not 4.2999999999999998."""
    try:
        return f"{float(text):.15g}" if len(text) > 15 else text
    except ValueError:
        return text


def _diagram(root: etree._Element | None) -> str:
    """The words of a diagram's points, one a line."""
    points = child(root, "ptLst")
    lines = []
    for point in points if points is not None else ():
        if attribute(point, "type") in (None, "node", "asst") and (text := _text(child(point, "t"))):
            lines.append("- " + one_line(text))
    return "\n".join(lines)
