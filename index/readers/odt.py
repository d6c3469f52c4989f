"""OpenDocument texts, read from their XML.

odfpy is not used: it is no faster, builds a tree of Python objects, does not open files that lack one of their parts,
and its own conversion to text knows neither lists nor tables and keeps what was deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from index.errors import UnreadableDocument
from index.readers.clean import one_line
from index.readers.content import LONGEST_HEADING, Blocks, Content, first_line_title, stated_title
from index.readers.numbering import written
from index.readers.package import Package, attribute, child, local
from index.readers.reasons import ENCRYPTED
from index.readers.tables import LONGEST_CELL, Rows

_KIND = "OpenDocument text (.odt)"

# What the reader of the document does not see where it stands: what was deleted, comments, pronunciation above a word,
# settings, what a program keeps of embedded objects.
_SKIPPED = frozenset((
    "tracked-changes", "annotation", "ruby-text", "forms", "sequence-decls", "variable-decls", "user-field-decls",
    "event-listeners", "image", "object", "object-ole", "plugin", "desc", "note-citation", "script",
    "index-title-template", "table-of-content-source", "alphabetical-index-source", "hidden-text",
))  # fmt: skip
_NUMBERS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_MOST_REPEATED = 50
"""Cells or spaces that one element may stand for. Empty cells fill sheets by the thousand."""


@dataclass(frozen=True, slots=True)
class _Style:
    parent: str | None
    name: str
    """As people see it."""

    hidden: bool


@dataclass(frozen=True, slots=True)
class _Level:
    """How the items of a list are marked at one depth."""

    format: str
    """As ``index.readers.numbering`` names it; empty for a bullet."""

    before: str
    after: str
    start: int
    shown: int
    """How many depths' numbers stand in front of an item: 2 for 3.1."""


@dataclass(slots=True)
class _Paragraph:
    text: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    """Text boxes that hang on it, and are read after it."""

    def add(self, text: str) -> None:
        """Append text that may begin with a space, which is dropped after another."""
        if text:
            after_space = bool(self.text) and self.text[-1][-1:].isspace()
            self.text.append(text.lstrip(" ") if after_space else text)


@dataclass(slots=True)
class _List:
    style: str
    depth: int
    count: int
    marked: bool = False
    """Whether the item in hand has had its number or bullet."""


def read(data: bytes) -> Content:
    """The body in its order, then the notes. Headers, footers, comments and deleted text are left out."""
    package = Package(data, _KIND)
    manifest = package.part("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
        raise UnreadableDocument(f"{ENCRYPTED} with a password: save a copy without one")
    root = package.part("content.xml")
    text = child(child(root, "body"), "text")
    if root is None or text is None:
        raise UnreadableDocument(f"cannot be read as {_KIND}: it is damaged or another format")
    styles = [root, package.part("styles.xml")]
    story = _Story(_styles(styles), _lists(styles))
    try:
        story.read(text)
        while story.notes:
            notes, story.notes = story.notes, []
            for note in notes:
                story.read(note)
    except RecursionError as exc:
        raise UnreadableDocument("nests its elements too deeply to be read") from exc
    content = story.blocks.content()
    meta = package.part("meta.xml")
    stated = next(meta.iter("{http://purl.org/dc/elements/1.1/}title"), None) if meta is not None else None
    return Content(
        text=content.text,
        title=stated_title(stated.text if stated is not None else "")
        or story.title
        or content.title
        or first_line_title(content.text),
        headings=content.headings,
    )


def _styles(roots: list[etree._Element | None]) -> dict[str, _Style]:
    styles = {}
    for root in roots:
        for element in root.iter("{*}style") if root is not None else ():
            if (key := attribute(element, "name")) and attribute(element, "family") in ("paragraph", "text"):
                properties = child(element, "text-properties")
                hidden = properties is not None and attribute(properties, "display") == "none"
                name = attribute(element, "display-name") or key
                styles[key] = _Style(attribute(element, "parent-style-name"), name, hidden)
    return styles


def _lists(roots: list[etree._Element | None]) -> dict[str, dict[int, _Level]]:
    """The levels of each list style, by their depth from 1."""
    lists: dict[str, dict[int, _Level]] = {}
    for root in roots:
        for element in root.iter("{*}list-style") if root is not None else ():
            levels = {}
            for each in element:
                format = _NUMBERS.get(attribute(each, "num-format") or "", "")
                levels[_integer(attribute(each, "level"), 1)] = _Level(
                    format if local(each) == "list-level-style-number" else "",
                    attribute(each, "num-prefix") or "",
                    attribute(each, "num-suffix") or "",
                    _integer(attribute(each, "start-value"), 1),
                    _integer(attribute(each, "display-levels"), 1),
                )
            lists.setdefault(attribute(element, "name") or "", levels)
    return lists


def _integer(value: str | None, default: int) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 9 else default


class _Story:
    """Turns elements into blocks."""

    def __init__(self, styles: dict[str, _Style], lists: dict[str, dict[int, _Level]]) -> None:
        self.blocks = Blocks()
        self.title = ""
        self.notes: list[etree._Element] = []
        self._styles = styles
        self._levels = lists
        self._lists: list[_List] = []
        self._counts: dict[str, int] = {}  # last number of each list style, for lists that go on
        self._after_list = False

    def read(self, root: etree._Element) -> None:
        """Append all that ``root`` holds."""
        for element in root:
            name = local(element)
            if _skipped(element):
                continue
            if name in ("p", "h"):
                self._paragraph(element, name)
            elif name == "list":
                self._list(element)
            elif name == "table" and _is_data(element):
                self.blocks.add(self._table(element))
                self._after_list = False
            else:  # a section, an index, a frame, a table that lays out a page
                self.read(element)

    def _list(self, element: etree._Element) -> None:
        style = attribute(element, "style-name") or (self._lists[-1].style if self._lists else "")
        depth = len(self._lists) + 1
        level = self._levels.get(style, {}).get(depth)
        goes_on = attribute(element, "continue-numbering") == "true" or attribute(element, "continue-list")
        key = f"{style} {depth}"
        count = self._counts.get(key, 0) if goes_on else (level.start - 1 if level else 0)
        self._lists.append(_List(style, depth, count))
        for item in element:
            if local(item) in ("list-item", "list-header"):
                here = self._lists[-1]
                here.marked = local(item) == "list-header"
                here.count = _integer(attribute(item, "start-value"), here.count + (not here.marked))
                self.read(item)
        self._counts[key] = self._lists.pop().count

    def _marker(self) -> str:
        """What stands in front of the first paragraph of a list item; spaces in front of its others."""
        here = self._lists[-1]
        indent = "  " * min(here.depth - 1, 8)
        if here.marked:
            return indent + "  "
        here.marked = True
        level = self._levels.get(here.style, {}).get(here.depth)
        if level is None or not level.format:
            return indent + "- "
        numbers = []
        for each in self._lists[-max(1, level.shown) :]:
            outer = self._levels.get(each.style, {}).get(each.depth)
            if outer is not None and outer.format:
                numbers.append(written(each.count, outer.format))
        return f"{indent}{level.before}{'.'.join(numbers)}{level.after} "

    def _paragraph(self, element: etree._Element, name: str) -> None:
        paragraph = _Paragraph()
        self._inline(element, paragraph)
        text = "".join(paragraph.text).strip()
        if text and not self._is(element, hidden=True):
            level = _integer(attribute(element, "outline-level"), 1) if name == "h" else 0
            title = self._is(element, hidden=False)
            level = 1 if title else level
            if level and len(text) <= LONGEST_HEADING:
                marker = self._marker().strip() + " " if self._numbered() else ""
                self.blocks.add(marker + text, level=max(1, level))
                self._after_list = False
                if title and not self.title:
                    self.title = one_line(text)
            elif self._lists:
                marker = self._marker()
                self.blocks.add(marker + text.replace("\n", "\n" + " " * len(marker)), tight=self._after_list)
                self._after_list = True
            else:
                self.blocks.add(text)
                self._after_list = False
        for box in paragraph.boxes:
            self.read(box)

    def _numbered(self) -> bool:
        """Whether the paragraph in hand begins an item with a number."""
        if not self._lists or self._lists[-1].marked:
            return False
        level = self._levels.get(self._lists[-1].style, {}).get(self._lists[-1].depth)
        return level is not None and bool(level.format)

    def _is(self, element: etree._Element, *, hidden: bool) -> bool:
        """Whether an element's style hides it, or makes it the document's title."""
        key = attribute(element, "style-name")
        for _ in range(20):  # styles may have each other as parents
            style = self._styles.get(key or "")
            if style is None:
                return False
            if style.hidden if hidden else style.name == "Title":
                return True
            key = style.parent
        return False

    def _inline(self, element: etree._Element, paragraph: _Paragraph) -> None:
        paragraph.add(_spaced(element.text))
        for each in element:
            name = local(each)
            if name == "s":
                paragraph.text.append(" " * min(_integer(attribute(each, "c"), 1), _MOST_REPEATED))
            elif name == "tab":
                paragraph.text.append("\t")
            elif name == "line-break":
                paragraph.text.append("\n")
            elif name == "note":
                body = child(each, "note-body")
                if body is not None:
                    self.notes.append(body)
            elif _skipped(each) or (name == "span" and self._is(each, hidden=True)):
                pass
            elif name == "text-box" or child(each, "p") is not None:
                paragraph.boxes.append(each)
            else:
                self._inline(each, paragraph)
            paragraph.add(_spaced(each.tail))

    def _cell(self, element: etree._Element) -> str:
        parts = []
        for each in element:
            if local(each) in ("p", "h"):
                paragraph = _Paragraph()
                self._inline(each, paragraph)
                parts += ["".join(paragraph.text), *(self._cell(box) for box in paragraph.boxes)]
            elif not _skipped(each):
                parts.append(self._cell(each))
        return " ".join(parts)

    def _table(self, table: etree._Element) -> str:
        rows = Rows()
        for row in table.iter("{*}table-row"):
            rows.start_row()
            for cell in row:
                if local(cell) not in ("table-cell", "covered-table-cell"):
                    continue
                words = one_line(self._cell(cell))
                for _ in range(min(_integer(attribute(cell, "number-columns-repeated"), 1), _MOST_REPEATED)):
                    rows.start_cell()
                    rows.end_cell(words)
        return rows.text()


def _skipped(element: etree._Element) -> bool:
    name = local(element)  # empty for an entity, which stands for text that is not looked up
    # Two elements are called title: the name of a picture and a field that shows the document's title.
    return not name or name in _SKIPPED or (name == "title" and "svg" in str(element.tag))


def _spaced(text: str | None) -> str:
    """Text as the format means it: any run of white space is one space."""
    if not text:
        return ""
    return (" " if text[0].isspace() else "") + one_line(text) + (" " if text[-1].isspace() and text.strip() else "")


def _is_data(table: etree._Element) -> bool:
    """Whether a table holds data, not a layout: several columns of short cells without headings and tables."""
    if next(table.iterdescendants("{*}table", "{*}h"), None) is not None:
        return False
    rows = list(table.iter("{*}table-row"))
    if all(sum(local(cell).endswith("table-cell") for cell in row) < 2 for row in rows):
        return False
    return all(sum(len(str(text)) for text in cell.itertext()) <= LONGEST_CELL for cell in table.iter("{*}table-cell"))
