"""The forms in which models write citation markers, and what each of them means. Pure; no state."""

from __future__ import annotations

import re
from dataclasses import dataclass

LABELS = (
    *("passages", "passage", "sources", "source", "documents", "document", "docs", "doc", "references", "reference"),
    *("refs", "ref", "citations", "citation", "cite", "excerpts", "excerpt", "quotes", "quote", "notes", "note"),
    *("quellen", "quelle", "fuentes", "fuente", "fontes", "fonte", "fonti"),
    # Source, source, literature and material, as Chinese and Japanese writers put it.
    *("\u6765\u6e90", "\u51fa\u5178", "\u6587\u732e", "\u8cc7\u6599", "\u8d44\u6599"),
)
"""Words that models put in front of the number."""

_LABEL = rf"(?:(?:{'|'.join(LABELS)})\.?\s*[:_-]?\s*(?:\#|no\.)?\s*)"
_DASHES = r"\-\u2010-\u2015\u2212~"
_ITEM = rf"\^?\#?\d{{1,9}}(?:\s*[{_DASHES}]\s*\d{{1,9}})?"
_SEPARATOR = r"(?:(?:\s*(?:[,;&/\u3001\uff0c\uff1b]|\b(?:and|or|und|oder|et|ou|y|e|o)\b))+\s*|\s+)"
_PAGE = r"(?:\s*[,:]?\s*(?:pp?|pages?|S|Seiten?|\u00a7)\.?\s*\d{1,5}(?:\s*[-\u2013]\s*\d{1,5})?)"
_MARKER = re.compile(
    rf"\s*(?P<named>\^|{_LABEL})?(?P<list>{_ITEM}(?:{_SEPARATOR}{_LABEL}?{_ITEM})*){_PAGE}?\s*"
    r"(?P<dagger>\u2020.+)?",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"(\d+)(?:\s*[{_DASHES}]\s*(\d+))?")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_UNFINISHED = re.compile(
    rf"\s*\^?([^\W\d_]*)\.?\s*:?\s*[\d\s,;&^#{_DASHES}]*(?:and\b[\d\s,;&^#]*)*(?:an?d?|(?<=\d)\u2020.*)?"
)
_PAREN_LABELS = ("passages", "sources", "excerpts", "quellen")
"""Words of which the number in parentheses can hardly mean anything else; cut short they are singular too."""

_PAREN_LABEL = r"(?:(?:passages?|sources?|excerpts?|quellen?)\.?\s*:?\s*)"
_PAREN_LIST = re.compile(
    rf"\s*(?P<label>{_PAREN_LABEL})?\d{{1,3}}(?:(?:\s*(?:[,;\u3001\uff0c]|\b(?:and|und)\b))+\s*{_PAREN_LABEL}?\d{{1,3}})*\s*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_ESCAPED = re.compile(r"\\(?:\[(?:\d{1,3}\\?)?)?")
_PAREN_SIGNS = re.compile(r"[\w\s.:,;\u3001\uff0c]*")


LINE_PREFIX = re.compile(r"(?:[ \t>]|(?:[-*+]|\d{1,9}[.)])[ \t])*")
"""What may stand before the text of a line in Markdown: quotation marks, bullets, the numbers of a list."""

_LINE_OPENS = re.compile(LINE_PREFIX.pattern + r"\[")

OUTSIDE = re.compile(r"\s*<?[^\s)]*?(?://|[:\\&])")
"""An address that leads elsewhere, or may do so once a browser has unescaped it."""

_LINK_IN_CODE = re.compile(rf"\]\((?={OUTSIDE.pattern})")

WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Scripts that put no space between words, or markers right behind them."""

_STOPS = ".!?\u2026\u3002\uff01\uff1f"
_NUMBERED_THING = re.compile(
    r"\b(?:eq|equations?|formulas?|tables?|fig|figures?|sections?|sec|articles?|art|clauses?|paragraphs?|para"
    r"|rules?|options?|steps?|points?|items?|parts?|chapters?|levels?|types?|class|phases?|cases?|notes?|or|and)\.?$",
    re.IGNORECASE,
)
_DEEPEST = 3
"""Parentheses inside parentheses of an address; text with more of them is not read again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What one marker points at."""

    known: tuple[int, ...]
    """Passages that were shown, in the order of the marker, each once."""

    unknown: int
    """How many of its numbers point at none; a range counts once."""

    named: bool
    """Whether it says what it is, as ``[source 2]`` and ``[^2]`` do."""


def read_marker(content: str, shown: range) -> Marker | None:
    """What stands between the brackets of a marker; None where it is no marker but text.

    ``shown`` are the numbers that the passages had. No marker are numbers written as people write amounts (``12,000``,
    ``007``), years, and intervals that begin with 0.
    """
    found = _MARKER.fullmatch(content)
    if not found:
        return None
    named, numbers = bool(found["named"] or found["dagger"]), found["list"]
    known: list[int] = []
    unknown = 0
    items = [(first, last or first) for first, last in _RANGE.findall(numbers)]
    for first, last in items:
        low, high = sorted((int(first), int(last)))
        inside = range(max(low, shown.start), min(high, shown.stop - 1) + 1)
        known += [number for number in inside if number not in known]
        unknown += not inside or inside[0] != low or inside[-1] != high
    if not named:
        written = [number for item in items for number in item]
        if _GROUPED.fullmatch(numbers) or any(number[0] == "0" != number for number in written):
            return None
        if not known and all(1000 <= int(number) < 3000 for number in written):
            return None
        if int(written[0]) == 0 and len(set(written)) > 1:
            return None
    return Marker(known=tuple(known), unknown=unknown, named=named)


def read_paren(content: str, shown: range) -> tuple[int, ...] | None:
    """The numbers of ``(1)`` and ``(1, 2)``, where all of them were shown; None for anything else."""
    if not _PAREN_LIST.fullmatch(content):
        return None
    numbers = tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", content)))
    return numbers if all(number in shown for number in numbers) else None


def paren_cites(line: str, tail: str, follows: str) -> bool:
    """Whether ``(1)`` is meant as a marker, between what stands on its line, the last of that, and the next character.

    It is where a sentence ends, and only after words that do not themselves ask for a number, as "equation" does.
    ``follows`` is empty at the end of the text.
    """
    words = LINE_PREFIX.sub("", line, count=1)
    if len(words.split()) < 2 and not WIDE.search(words):
        return False  # the number of an item, or a heading
    if _NUMBERED_THING.search(tail):
        return False
    if tail[-1:] in _STOPS:
        return follows.isspace() or not follows
    return follows in _STOPS or follows in "\r\n"


def is_number_list(content: str) -> bool:
    """Whether ``(content)`` looks like ``(1)`` or ``(1, 2)``, known or not, maybe with a label."""
    return _PAREN_LIST.fullmatch(content) is not None


def is_labelled(content: str) -> bool:
    """Whether ``(content)`` begins as ``(Passage 1)`` and ``(source: 1, 2)`` do."""
    first = _WORD.match(content.lstrip())
    return first is not None and any(label.startswith(first[0].lower()) for label in _PAREN_LABELS)


def may_be_number_list(content: str) -> bool:
    """Whether ``(content`` may yet become a list of numbers, with or without labels."""
    words = [word.lower() for word in _WORD.findall(content)]
    allowed = (*_PAREN_LABELS, "and", "und")
    return _PAREN_SIGNS.fullmatch(content) is not None and all(
        any(each.startswith(word) for each in allowed) for word in words
    )


def is_unfinished(content: str) -> bool:
    """Whether a marker may begin like this, the opening bracket left out."""
    found = _UNFINISHED.fullmatch(content)
    return found is not None and any(label.startswith(found[1].lower()) for label in LABELS)


def is_escaped_start(text: str) -> bool:
    r"""Whether ``\[1\]`` may begin like this, which some models write for ``[1]``."""
    return _ESCAPED.fullmatch(text) is not None


def opens_with_bracket(line: str) -> bool:
    """Whether the text of a line begins with ``[``, as ``[1]: http://...`` does, which gives an address to ``[1]``."""
    return _LINE_OPENS.match(line) is not None


def inert_code(code: str, line: str) -> str:
    """Code without what would be a link to whoever sees no code here; ``line`` is what stands before it."""
    code = _LINK_IN_CODE.sub("] (", code)
    return code.replace("]:", "] :") if opens_with_bracket(line) else code


class LinkTarget:
    """Reads what follows ``](`` in Markdown, one character at a time: an address, maybe a title, ``)``."""

    def __init__(self) -> None:
        self._depth = 0
        self._escaped = False
        self._address = ""
        self._closer = ""
        """What ends the part being read: nothing for a bare address."""

        self._over = False
        """Whether the address is over."""

    def take(self, ch: str) -> bool | None:
        """True when ``ch`` ends a link, False when this is none, None while it may become one."""
        if self._escaped:
            self._escaped = False
            return None
        if ch == "\\" and (self._closer or not self._over):
            self._escaped = True
            return None
        if self._closer:
            if ch == self._closer:
                self._closer, self._over = "", True
            return None
        if ch.isspace():
            self._over = self._over or bool(self._address)
            return False if self._depth else None
        if self._over:
            if ch in "\"'":
                self._closer = ch
                return None
            return ch == ")"
        if ch == "<" and not self._address:
            self._closer = ">"
        elif ch == "(":
            self._depth += 1
            if self._depth > _DEEPEST:
                return False
        elif ch == ")":
            if not self._depth:
                return True
            self._depth -= 1
        self._address = ch
        return None
