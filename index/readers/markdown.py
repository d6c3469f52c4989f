"""Markdown: the text stays the source, which people read as it is; headings are noted."""

from __future__ import annotations

import re
from dataclasses import replace

from index.readers.clean import one_line, verbatim
from index.readers.content import LONGEST_HEADING, Content, first_heading, first_line_title
from index.readers.encoding import decode
from index.values import Heading

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
_NOT_A_PARAGRAPH = re.compile(r" {0,3}(?:[>|#]|[-+*][ \t]|\d+[.)][ \t]|<)|\t| {4}")
_YAML_LINE = re.compile(r"[\w\"'][^:]*:(?:\s|$)|\s|-\s|#|[\]}]|$")
_TOML_LINE = re.compile(r"[\w\"'.-]+\s*=|\s|\[|#|[\]}]|$")
_FRONT_TITLE = re.compile(r"title\s*[:=]\s*(.*)", re.IGNORECASE)

_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_MARKS = re.compile(r"(\*\*|__|~~|\*|`+)(?=\S)(.+?)(?<=\S)\1|(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)")
_ATTRIBUTES = re.compile(r"\s*\{[#.:][^{}]*\}\s*$")


def read(data: bytes) -> Content:
    """The source as it stands. Title: front matter, outermost first heading, first line."""
    text = verbatim(decode(data))
    length, title = _front_matter(text)
    headings = [replace(heading, start=heading.start + length) for heading in _headings(text[length:])]
    return Content(
        text=text,
        title=title or first_heading(headings) or first_line_title(text[length:]),
        headings=tuple(headings),
    )


def _front_matter(text: str) -> tuple[int, str]:
    """How long the YAML (``---``) or TOML (``+++``) block at the head is, 0 for none, and the title it names."""
    lines = [line.rstrip() for line in text[:100_000].split("\n")]
    line_of = {"---": _YAML_LINE, "+++": _TOML_LINE}.get(lines[0])
    if line_of is None:
        return 0, ""
    title = ""
    for number, line in enumerate(lines[1:], start=1):
        if line == lines[0] or (line == "..." and lines[0] == "---"):
            if number == 1:
                break
            return sum(len(each) + 1 for each in text.split("\n", number + 1)[: number + 1]), title
        if not line_of.match(line):
            break  # a rule and then text: no front matter
        if not title and (match := _FRONT_TITLE.match(line)):
            title = one_line(match[1].strip().strip("\"'"))
            title = "" if title in ("|", ">", "|-", ">-") else title
    return 0, ""


def _headings(text: str) -> list[Heading]:
    """ATX and setext headings outside code fences."""
    headings: list[Heading] = []
    fence = ""
    above = ""  # the line above when it is one that an underline makes a heading
    above_start = 0
    after_blank = True
    for match in re.finditer(r"[^\n]*(?:\n|\Z)", text):
        line, start = match[0].rstrip("\n"), match.start()
        opening = _FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not opening[2].strip():
                fence = ""
            above = ""
        elif opening and not (opening[1][0] == "`" and "`" in opening[2]):
            fence, above = opening[1], ""
        elif atx := _ATX.fullmatch(line):
            if words := _bare(re.sub(r"(?:^|[ \t]+)#+[ \t]*$", "", atx[2] or "")):
                headings.append(Heading(start=start, level=len(atx[1]), text=words))
            above, after_blank = "", True
            continue
        elif above and (underline := _UNDERLINE.fullmatch(line)):
            if words := _bare(above):
                level = 1 if underline[1][0] == "=" else 2
                headings.append(Heading(start=above_start, level=level, text=words))
            above, after_blank = "", True
            continue
        elif after_blank and line.strip() and not _NOT_A_PARAGRAPH.match(line):
            above, above_start = line, start
        else:
            above = ""
        after_blank = not line.strip()
    return headings


def _bare(words: str) -> str:
    """A heading's words without emphasis, code marks, links and attributes; empty where they are no heading."""
    if len(words) > 2 * LONGEST_HEADING:
        return ""
    words = _IMAGE_OR_LINK.sub(r"\1", _ATTRIBUTES.sub("", words))
    for _ in range(3):  # marks inside marks
        words = _MARKS.sub(lambda match: match[2] or match[3], words)
    words = one_line(words)
    return words if len(words) <= LONGEST_HEADING else ""
