"""Where the sentences of a text begin and end.

A sentence ends at its final punctuation, at a blank line, and at the end of a heading, list item or table row.
A single line break ends one only where the line was meant to end there: the lines of a paragraph that was wrapped
to a width, as PDF files give them, run on.
"""

from __future__ import annotations

import re

LONGEST = 1000
"""A sentence longer than this, in characters, is cut where a reader would pause."""

_SHORTEST_PART = 400
"""Parts of a sentence that is too long are not cut shorter than this while there is a better place further on."""

_SHORTEST_WRAP = 36
"""Lines of prose are not wrapped to fewer characters than this; shorter ones are addresses, lists and verse."""

_LONGEST_WRAP = 200
"""Lines longer than this were not wrapped to a width: each is a paragraph."""

_SHORTEST_WIDE_WRAP = 18
"""As ``_SHORTEST_WRAP`` for Chinese and Japanese, whose characters say more and stand wider."""

_SHORT_LINE = 20
"""A lower-case line joins the one before it unless that one is shorter than this."""

_LONGEST_ROW = 300
"""A table row longer than this is split at its sentences as well."""

_NEIGHBOURS = 3
"""How many lines before and after a line break are looked at for the width they were wrapped to."""

_FAR = 1000
"""How far the ends of a line are looked for, so that a text without line breaks costs no more than others."""

_CLOSERS = "\"'\u2019\u201d\u00bb)\\]}*_\u300d\u300f\u3011\uff09\uff3d\u3009\u300b"
_WIDE_STOPS = "\u3002\uff01\uff1f\uff61\u06d4\u061f\u0964\u0965\u1362\u104b\u17d4"
_STOPS = ".!?\u2026\uff0e"
_BREAKS = "\n\r\f\v\x85\u2028\u2029"
_BOUNDARY = re.compile(
    # One class of characters first: the engine skips to the next of them.
    rf"[{_STOPS}{_WIDE_STOPS}{_BREAKS}]"
    # Stops that need no space after them: Chinese, Japanese, Urdu, Arabic, Hindi, Amharic, Burmese, Khmer.
    rf"(?:(?<=[{_WIDE_STOPS}])(?P<wide>[{_WIDE_STOPS}]*[{_CLOSERS}]*)"
    rf"|(?<=[{_BREAKS}])(?P<line>\s*)"
    # Stops that need one, looked for by the caller: a run that is tried twice would cost its length squared.
    # Footnote numbers printed right after the stop belong to the sentence.
    rf"|(?P<stop>[{_STOPS}]*[{_CLOSERS}]*(?:\[\d{{1,3}}\])*))"
)
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_IS_WIDE = re.compile(f"[{_WIDE}]")
_QUOTED_ON = re.compile(r"[\u3068\u3063\u306a\u306e]")
"""Hiragana that carry on after a Japanese quotation: "... he said"."""

_STRUCTURE = re.compile(
    r"(?:[-*+\u2022\u2023\u25e6\u25aa\u25cf\u25cb\u00b7\u2013\u2014]\s"  # list bullets
    r"|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]\s"  # numbered items
    r"|\#{1,6}\s|>|```|~~~|={3,}|-{3,})"  # headings, quotations, code and rules of Markdown
)
_LAST_TOKEN = re.compile(r"[^\s()\[\]{}\"\u201c\u201d\u2018'/,;:\u2013\u2014]+\Z")
_FIRST_WORD = re.compile(r"[\"'\u2018\u201c\u00ab(\[*_]*([^\W_]+)")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]|[A-Z]")
_ORDINAL = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})\)?\Z")
_REFERENCE = re.compile(r"[\d\u00a7#(\[]|[A-Z]{1,2}\b|[ivxIVX]+\b")
_PAUSES = tuple(re.compile(pattern) for pattern in (r"\n\s*", r";\s+", r"[,:\u3001\uff0c\uff1b]\s*", r"\s+"))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Never the last word of a sentence.
_TITLES = _words(
    "mr mrs ms messrs dr prof rev hon fr gen col maj lt capt cpt cmdr adm sgt cpl gov sen rep pres amb supt"
    " e.g i.e eg ie viz vs v cf ca c approx resp esp incl al. fa st mt ft z.b d.h u.a bzw bspw mme mlle sr. sra"
)
# The last word unless something that it numbers follows.
_NUMBERED = _words(
    "no nos nr fig figs eq eqs vol vols p pp pg ch chap sec sect art arts para paras cl app tab ex ref refs"
    " jan feb mar apr jun jul aug sep sept oct nov dec abs nris kap bd s"
)
# The last word where the next one is a usual first word of a sentence.
_EITHER = _words(
    "inc ltd co corp bros plc llc jr sr esq al ave blvd rd dept univ assn est dist ed eds trans"
    " mon tue tues wed thu thur thurs fri sat sun ph.d"
)
_OPENERS = _words(
    "the this that these those it its he she they we you i his her their our your my a an in on at by as if"
    " when while after before since because although though however but and or so yet for from with without"
    " there here what who which how why where both each all some many most few no not to under during then"
    " thus also according instead meanwhile moreover furthermore in addition today later one two three once"
    " der die das ein eine er sie es wir im am auf le la les un une il elle nous el los las en se"
)
_GERMAN_MONTHS = _words("januar februar m\u00e4rz april mai juni juli august september oktober november dezember")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the sentences of ``text``, in order.

    They do not overlap, begin and end with a visible character, and leave no visible character out.
    """
    spans: list[tuple[int, int]] = []
    lines = _Lines(text)
    start = 0
    for match in _BOUNDARY.finditer(text):
        kind = match.lastgroup
        if kind == "line":
            ends = lines.ends(match.start(), match.end(), start)
            cut = match.start()
        elif kind == "wide":
            ends, cut = _wide_stop_ends(text, match), match.end()
        else:
            cut = match.end()
            if cut < len(text) and not text[cut].isspace():
                continue
            ends = not lines.in_row(match.start()) and _stop_ends(text, match, start)
        if ends:
            _add(text, start, cut, spans)
            start = cut
    _add(text, start, len(text), spans)
    return spans


def _add(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    """Append ``text[start:end]`` without the white space around it, in parts where it is too long."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    while end - start > LONGEST:
        cut = _pause(text, start)
        low, high = start, cut
        while text[high - 1].isspace():
            high -= 1
        spans.append((low, high))
        start = cut
        while text[start].isspace():
            start += 1
    if start < end:
        spans.append((start, end))


def _pause(text: str, start: int) -> int:
    """Where to cut a sentence that begins at ``start`` and is too long."""
    for pattern in _PAUSES:
        best = 0
        for match in pattern.finditer(text, start + _SHORTEST_PART, start + LONGEST):
            best = match.end()
        if best:
            return best
    return start + LONGEST


def _wide_stop_ends(text: str, match: re.Match[str]) -> bool:
    closed = match.group()[-1] in "\u300d\u300f\u201d\uff09"
    return not (closed and _QUOTED_ON.match(text, match.end()))


def _stop_ends(text: str, match: re.Match[str], start: int) -> bool:
    """Whether the stop that ``match`` found ends the sentence that begins at ``start``."""
    after = _skip_space(text, match.end())
    if after == len(text):
        return True
    follows = text[after]
    gap = text[match.end() : after]
    if follows in _STOPS or (follows.islower() and "\n" not in gap):
        return False
    mark = match.group()
    if mark.startswith(("...", "\u2026")):
        # A pause more often than an end; "I" is upper case inside a sentence too.
        word = _FIRST_WORD.match(text, after)
        return not (follows.islower() or (word and word.group(1) == "I"))
    if mark[0] != ".":
        return not follows.islower()
    if match.start() - start < 16 and _ORDINAL.match(text[start : match.start()].strip()) and "\n" not in gap:
        return False  # "1. Open the lid": the number of an item, not a sentence.
    return not _abbreviated(text, match.start(), after)


def _abbreviated(text: str, dot: int, after: int) -> bool:
    """Whether the full stop at ``dot`` belongs to an abbreviation inside a sentence that goes on at ``after``."""
    found = _LAST_TOKEN.search(text, max(0, dot - 24), dot)
    if not found:
        return False
    token = found.group().lstrip("*_\u00ab\u2018\u00bf")
    lower = token.lower()
    if lower in _TITLES or lower.startswith(("e.g", "i.e")):
        return True
    initial = _INITIALS.fullmatch(token) is not None
    if text[after].islower():
        # Only over a line break, where the stop may also end an item in lower case.
        return initial or lower in _NUMBERED or lower in _EITHER
    if lower in _NUMBERED and not initial:
        return _REFERENCE.match(text, after) is not None
    if not (initial or lower in _EITHER or token.isdecimal()):
        return False
    word = _FIRST_WORD.match(text, after)
    first = word.group(1).lower() if word else ""
    if token.isdecimal():
        return len(token) <= 2 and first in _GERMAN_MONTHS
    if token == "I" and not (word and text.startswith(".", word.end())):
        return False
    return first not in _OPENERS


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


class _Lines:
    """Decides which line breaks of a text end a sentence. Asked from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = (0, 0, False)
        """Start and end of the line looked at last, and whether it is a table row."""

    def in_row(self, at: int) -> bool:
        """Whether ``at`` lies in a table row, which is kept whole."""
        low, high, row = self._line
        if not low <= at < high:
            low, high = self._begin(at), self._end(at)
            row = high - low <= _LONGEST_ROW and self._is_row(low, high)
            self._line = (low, high, row)
        return row

    def ends(self, start: int, end: int, sentence: int) -> bool:
        """Whether the break ``text[start:end]`` ends the sentence that begins at ``sentence``."""
        text = self._text
        if end == len(text) or _skip_space(text, sentence) >= start:
            return True
        if len((text[start:end] + ".").splitlines()) > 2:
            return True  # a blank line
        low, high = self._begin(start), start
        after, after_end = end, self._end(end)
        if _STRUCTURE.match(text, after) or self._is_row(after, after_end) or self._is_row(low, high):
            return True
        before = text[low:high].strip()
        if not before or before.startswith("#"):
            return True
        last = before[-1]
        if last in ",;(-\u2010\u2013\u2014\u3001\uff0c":
            return False
        long_enough = len(before) >= _SHORT_LINE
        if text[after].islower():
            return not long_enough and after_end - after < _SHORT_LINE
        if last == ":":
            return True
        return not self._wrapped(low, len(before), after, after_end)

    def _wrapped(self, low: int, length: int, after: int, after_end: int) -> bool:
        """Whether a line ends where it does only because the next word did not fit."""
        text = self._text
        width = max(length, after_end - after)
        # The lines around, as far as the paragraph goes: the longest of them shows the width.
        edge = low
        for _ in range(_NEIGHBOURS):
            previous = self._begin(max(0, edge - 1))
            if edge == 0 or not text[previous : edge - 1].strip():
                break
            width, edge = max(width, edge - 1 - previous), previous
        edge = after_end
        for _ in range(_NEIGHBOURS):
            following = self._end(edge + 1)
            if following <= edge + 1:
                break
            width, edge = max(width, following - edge - 1), following
        wide = bool(_IS_WIDE.match(text, after)) and bool(_IS_WIDE.search(text, low, low + length))
        if not (_SHORTEST_WIDE_WRAP if wide else _SHORTEST_WRAP) <= width <= _LONGEST_WRAP:
            return False
        if wide:
            return length >= width - 2
        space = after
        while space < after_end and not text[space].isspace():
            space += 1
        # Proportional type gives lines of one width different numbers of characters.
        return length + 1 + (space - after) > 0.85 * width

    def _begin(self, at: int) -> int:
        """Where the line that holds ``at`` begins, or a place in it that makes it long."""
        low = max(0, at - _FAR)
        found = self._text.rfind("\n", low, at)
        return low if found < 0 else found + 1

    def _end(self, at: int) -> int:
        """Where the line that holds ``at`` ends, or a place in it that makes it long."""
        high = min(len(self._text), at + _FAR)
        found = self._text.find("\n", at, high)
        return high if found < 0 else found

    def _is_row(self, low: int, high: int) -> bool:
        line = self._text[low:high].strip()
        return "|" in line or "\t" in line
