"""Word documents, read from their XML.

python-docx is not used: it does not open files in the strict dialect or with a broken reference to some picture,
and knows neither text boxes nor notes nor the numbers of numbered paragraphs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from index.errors import UnreadableDocument
from index.readers.clean import one_line
from index.readers.content import LONGEST_HEADING, Blocks, Content, first_line_title, stated_title
from index.readers.numbering import Numbering, numbering_of
from index.readers.package import Package, attribute, child, local
from index.readers.tables import LONGEST_CELL, Rows

_KIND = "Word (.docx)"

# Settings, and text that the reader of the document does not see: deleted, moved away, instructions of fields,
# pronunciation above a word.
_SKIPPED = frozenset((
    "pPr", "tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "sdtPr", "sdtEndPr",
    "del", "moveFrom", "delText", "instrText", "delInstrText", "rt", "docPr", "rPr",
))  # fmt: skip
_MATH = {"sup": "^", "sub": "_", "den": "/", "nary": "", "d": ""}
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Style:
    level: int | None
    """Heading level from 1; 0 for what is expressly no heading, None where the style does not say."""

    title: bool
    based_on: str | None
    numbered: tuple[str | None, int | None]
    """The list that paragraphs of this style belong to and their depth in it, None where not said."""


@dataclass(slots=True)
class _Paragraph:
    level: int = 0
    title: bool = False
    marker: str = ""
    """The number or bullet in front of it."""

    depth: int = 0
    listed: bool = False
    parts: list[str] = field(default_factory=list)


def read(data: bytes) -> Content:
    """The body in its order, then the notes. Headers, footers and comments are left out."""
    package = Package(data, _KIND)
    main = package.related("", "officeDocument") or "word/document.xml"
    root = package.part(main)
    if root is None or local(root) != "document":
        raise UnreadableDocument(f"cannot be read as {_KIND}: it is damaged or another format")

    def part(kind: str) -> etree._Element | None:
        name = package.related(main, kind)
        return package.part(name) if name else None

    story = _Story(_styles(part("styles")), numbering_of(part("numbering")))
    story.read(root)
    for kind, note in (("footnotes", "footnote"), ("endnotes", "endnote")):
        notes = part(kind)
        for each in notes if notes is not None else ():
            if local(each) == note and attribute(each, "type") in (None, "normal"):
                story.read(each)
    content = story.blocks.content()
    core = package.related("", "core-properties")
    stated = child(package.part(core), "title") if core else None
    return Content(
        text=content.text,
        title=stated_title(stated.text if stated is not None else "")
        or story.title
        or content.title
        or first_line_title(content.text),
        headings=content.headings,
    )


def _styles(root: etree._Element | None) -> dict[str, _Style]:
    styles = {}
    for element in root if root is not None else ():
        key = attribute(element, "styleId")
        if local(element) != "style" or not key:
            continue
        name = _value(element, "name") or ""
        properties = child(element, "pPr")
        level = _outline_level(properties)
        if match := _HEADING.fullmatch(name):
            level = int(match[1])
        title = name.lower() == "title"
        styles[key] = _Style(1 if title else level, title, _value(element, "basedOn"), _list_of(properties))
    return styles


def _outline_level(properties: etree._Element | None) -> int | None:
    value = _integer(_value(properties, "outlineLvl"))
    if value is None:
        return None
    return value + 1 if 0 <= value < 9 else 0


def _list_of(properties: etree._Element | None) -> tuple[str | None, int | None]:
    numbered = child(properties, "numPr")
    return _value(numbered, "numId"), _integer(_value(numbered, "ilvl"))


def _value(element: etree._Element | None, name: str) -> str | None:
    """The ``val`` of a child."""
    found = child(element, name)
    return attribute(found, "val") if found is not None else None


def _integer(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() and len(value) < 9 else None


class _Story:
    """Turns a part's elements into blocks, without recursion: boxes may lie in boxes."""

    def __init__(self, styles: dict[str, _Style], numbering: Numbering) -> None:
        self.blocks = Blocks()
        self.title = ""
        self._styles = styles
        self._numbering = numbering
        self._open: list[_Paragraph] = []
        self._boxed: list[_Paragraph] = []  # paragraphs of text boxes, kept until their anchor's paragraph ends
        self._table: Rows | None = None
        self._cell: list[str] = []
        self._after_list = False

    def read(self, root: etree._Element) -> None:
        """Append all that ``root`` holds."""
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            if event == "end":
                self._end(element)
            elif _skipped(element):
                walker.skip_subtree()
            else:
                self._start(element)

    def _start(self, element: etree._Element) -> None:
        name = local(element)
        if name == "p":
            self._open.append(self._paragraph(element))
        elif name == "tbl" and self._table is None and not self._open and _is_data(element, self._styles):
            self._table = Rows()
        elif self._table is not None and name == "tr":
            self._table.start_row()
            if before := _integer(_value(child(element, "trPr"), "gridBefore")):
                self._table.start_cell(columns=before)
                self._table.end_cell("")
        elif self._table is not None and name == "tc":
            self._table.start_cell(columns=_integer(_value(child(element, "tcPr"), "gridSpan")) or 1)
        elif self._open:
            self._open[-1].parts.append(_characters(element, name))

    def _end(self, element: etree._Element) -> None:
        name = local(element)
        if self._open and name == "d" and _is_math(element):
            self._open[-1].parts.append(_value(child(element, "dPr"), "endChr") or ")")
        if name == "p" and self._open:
            paragraph = self._open.pop()
            if self._open:
                self._boxed.append(paragraph)
            else:
                self._emit(paragraph)
                for boxed in self._boxed:
                    self._emit(boxed)
                self._boxed.clear()
        elif self._table is not None and name == "tc":
            self._table.end_cell(one_line(" ".join(self._cell)))
            self._cell.clear()
        elif self._table is not None and name == "tbl":
            self.blocks.add(self._table.text())
            self._table = None
            self._after_list = False

    def _emit(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.parts).strip()
        if not text:
            return
        if self._table is not None:
            self._cell.append(paragraph.marker + text)
            return
        if paragraph.level and len(text) <= LONGEST_HEADING:
            self.blocks.add(paragraph.marker + text, level=paragraph.level)
            if paragraph.title and not self.title:
                self.title = one_line(text)
        elif paragraph.listed:
            indent = "  " * min(paragraph.depth, 8)
            lines = text.replace("\n", "\n" + indent + "  ")
            self.blocks.add(indent + paragraph.marker + lines, tight=self._after_list)
        else:
            self.blocks.add(text)
        self._after_list = paragraph.listed and not paragraph.level

    def _paragraph(self, element: etree._Element) -> _Paragraph:
        properties = child(element, "pPr")
        style = _value(properties, "pStyle")
        level = _outline_level(properties)
        key, depth = _list_of(properties)
        title = False
        named = style
        for _ in range(20):  # styles may be based on each other in a circle
            if named is None or (inherited := self._styles.get(named)) is None:
                break
            level = inherited.level if level is None else level
            key = inherited.numbered[0] if key is None else key
            depth = inherited.numbered[1] if depth is None else depth
            title = title or (inherited.title and named == style)
            named = inherited.based_on
        paragraph = _Paragraph(level=level or 0, title=title)
        if key not in (None, "0") and "".join(_texts(element)).strip():
            depth = self._numbering.depth_of(key, style) if depth is None else depth
            paragraph.marker = self._numbering.marker(key, depth)
            paragraph.depth = depth
            paragraph.listed = True
        return paragraph


def _skipped(element: etree._Element) -> bool:
    name = local(element)
    if name in _SKIPPED:
        return True
    if name == "r":
        hidden = child(child(element, "rPr"), "vanish")
        return hidden is not None and attribute(hidden, "val") not in ("0", "false", "off")
    if name in ("Choice", "Fallback"):
        # The same content for newer and for older programs: the first that holds any text.
        parent = element.getparent()
        return parent is not None and any(
            "".join(_texts(earlier)).strip() for earlier in element.itersiblings(preceding=True)
        )
    return False


def _texts(element: etree._Element) -> list[str]:
    return [each.text or "" for each in element.iter("{*}t")]


def _characters(element: etree._Element, name: str) -> str:
    """What an element inside a paragraph adds to its text."""
    if name == "t":
        return str(element.text or "")
    if name == "tab" or name == "ptab":
        return "\t"
    if name in ("br", "cr"):
        return "\n"
    if name == "noBreakHyphen":
        return "-"
    if name in _MATH and _is_math(element):
        # Formulas in one line, so that x² and x₂ and x/2 are still told apart.
        if name == "nary":
            return _value(child(element, "naryPr"), "chr") or "∫"
        if name == "d":
            return _value(child(element, "dPr"), "begChr") or "("
        return _MATH[name] if "".join(_texts(element)) else ""
    return ""


def _is_math(element: etree._Element) -> bool:
    return str(element.tag).partition("}")[0].endswith("/math")


def _is_data(table: etree._Element, styles: dict[str, _Style]) -> bool:
    """Whether a table holds data, not a layout: several columns of short cells without headings and tables."""
    if next(table.iterdescendants("{*}tbl"), None) is not None:
        return False
    for style in table.iter("{*}pStyle"):
        known = styles.get(attribute(style, "val") or "")
        if known is not None and known.level:
            return False
    rows = [row for row in table if local(row) == "tr"]
    if all(sum(local(cell) == "tc" for cell in row) < 2 for row in rows):
        return False
    return all(sum(map(len, _texts(cell))) <= LONGEST_CELL for cell in table.iter("{*}tc"))
