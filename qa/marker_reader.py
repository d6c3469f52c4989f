"""A model's text while it streams: citation markers found, checked and renumbered; links and images made inert.

The reader takes one character at a time, so that its result cannot depend on how the text was cut into pieces. It
holds back only what may still turn out to be a marker, a link or code.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from qa import markers as forms

_LONGEST_MARKER = 60
"""In characters. A bracket of another kind than ``[`` that is longer than this is text."""

_LONGEST_LABEL = 200
"""As above for ``[``, which may also open the label of a link."""

_LONGEST_TARGET = 1000
"""A link's address and title together."""

_LONGEST_CODE = 120
"""Inline code. A backtick without a partner within this is a backtick."""

_LINE_KEPT, _TAIL_KEPT = 80, 40

_BLANKS = " \t\u00a0\u202f\u3000"
_BREAKS = "\n\r"  # The empty string, which stands for the end of the text, is found in it too.
_WIDE_BRACKETS = {"\u3010": "\u3011", "\uff3b": "\uff3d", "\u3014": "\u3015"}
_PARENS = {"(": ")", "\uff08": "\uff09"}
_SPECIAL = re.escape("[(`\\!:~\uff08" + _BLANKS + _BREAKS + "".join(_WIDE_BRACKETS))
_PLAIN = re.compile(rf"[^{_SPECIAL}](?:[^{_SPECIAL}]| (?=[^{_SPECIAL}]))*")
_PLAIN_CODE = re.compile(rf"[^(:{_BREAKS}]+")

_OPENER = re.compile(r"(?:^|[\s(\[{])[\"'*_\u2018\u201c\u00ab]+$|[(\[{\u2018\u201c\u00ab\u300c\u300e\uff08]$")
_NO_SPACE_BEFORE = ".,;!?\u3002\uff0c\uff1b\uff01\uff1f\u3001"
_FENCE_END = re.compile(r"[ \t>]*(?:`*|~*)[ \t]*")


class MarkerReader:
    """Reads a model's text, to which so many passages were ``shown``, numbered from ``first`` on.

    ``feed`` and ``finish`` return text that is final: joined, their results are the answer. In it every known
    marker, in whatever form it came, stands as ``[n]``, numbered from 1 in order of first use; unknown ones are gone
    together with the space before them; links and images are reduced to their words. Markers in code are left alone.
    Takes any text.
    """

    def __init__(self, shown: int, *, first: int = 1) -> None:
        self.order: list[int] = []
        """The passages cited, counted from 1 as they were shown. The printed ``[n]`` means ``order[n - 1]``."""

        self.removed = 0
        """Numbers that pointed at no passage; a range counts once."""

        self.markers: list[tuple[int, int]] = []
        """Where in the answer each marker begins, and the number printed there."""

        self._shown = range(first, first + shown)
        # What was written.
        self._out: list[str] = []
        self._length = 0
        self._tail = ""  # the last characters
        self._line = ""  # the first characters of the line being written
        self._cluster: set[int] = set()  # the numbers of the markers that the output ends with
        self._gone = False  # a marker was removed here
        # What was learned of this model's ways.
        self._attaches = False  # puts markers right behind a word
        self._brackets = False  # writes markers in brackets
        self._parens = True  # may mean (1) as a marker
        # What is being read.
        self._space = ""  # blanks that are not yet written
        self._fence = ""  # what opened the code block
        self._held = ""
        self._holder: Callable[[str], str] | None = None  # reads the next character of what is held
        self._closed = False  # the held bracket is complete
        self._label = ""  # the held bracket before a held address
        self._target = forms.LinkTarget()

    def feed(self, delta: str) -> str:
        """Take the next piece of the model's text; return what became final by it."""
        self._take(delta)
        return self._collect()

    def finish(self) -> str:
        """The text is over: return the rest. A marker that was begun and not closed is dropped."""
        while self._holder is not None:
            self._take(self._holder(""))
        if self._space:
            self._print(self._space)
            self._space = ""
        return self._collect()

    def _collect(self) -> str:
        text, self._out = "".join(self._out), []
        return text

    def _take(self, text: str) -> None:
        stack = [(text, 0)]
        while stack:
            text, at = stack.pop()
            while at < len(text):
                if self._holder is not None:
                    again = self._holder(text[at])
                else:
                    plain = (_PLAIN_CODE if self._fence else _PLAIN).match(text, at)
                    if plain and (self._line or not self._fence):
                        self._write(plain.group())
                        at = plain.end()
                        continue
                    again = self._open(text[at])
                at += 1
                if again:
                    stack.append((text, at))
                    text, at = again, 0

    # Reading. Each method takes one character, or "" at the end of the text, and returns text to be read again.

    def _open(self, ch: str) -> str:
        after_bracket = self._tail.endswith("]") and not self._space
        if ch in _BREAKS:
            self._print(self._space + ch)
            self._space = ""
        elif self._fence and not self._line:
            self._hold("", self._read_fence_end)
            return ch
        elif self._fence and ch == "(" and after_bracket:
            self._hold(ch, self._read_code_target)
        elif ch == ":" and after_bracket and self._may_define():
            self._write(" :")
        elif self._fence:
            self._write(ch)
        elif ch in _BLANKS:
            self._space += ch
            if len(self._space) > _LONGEST_MARKER:
                self._print(self._space)
                self._space = ""
        elif ch == "(" and (after_bracket or (self._gone and not self._space)):
            self._hold_target("")
        elif ch in _PARENS:
            self._hold(ch, self._read_paren)
        elif ch in _WIDE_BRACKETS:
            self._hold(ch, self._read_wide)
        elif ch in "[!":
            self._hold(ch, self._read_bracket)
        elif ch == "`" or (ch == "~" and self._at_line_start()):
            self._hold(ch, self._read_code)
        elif ch == "\\":
            self._hold(ch, self._read_escape)
        else:
            self._write(ch)
        return ""

    def _hold(self, text: str, holder: Callable[[str], str]) -> None:
        self._held, self._holder, self._closed = text, holder, False

    def _hold_target(self, label: str) -> None:
        self._hold("(", self._read_target)
        self._label, self._target = label, forms.LinkTarget()

    def _drop(self) -> str:
        """Hold nothing any longer; return what was held."""
        held, self._held, self._holder = self._held, "", None
        return held

    def _give_up(self, opening: int, ch: str) -> str:
        """What is held is no construct: write its first characters and read the others again."""
        held = self._drop()
        self._write(held[:opening])
        return held[opening:] + ch

    def _read_escape(self, ch: str) -> str:
        """A backslash, and what it takes the meaning from; a marker in brackets so escaped is one all the same."""
        held = self._held + ch
        if ch and forms.is_escaped_start(held):
            self._held = held
            return ""
        self._drop()
        if held.endswith("\\]") and self._mark(held[2:-2], attachable=False):
            return ""
        taken = 1 if held[1:2] in _BREAKS + _BLANKS else 2
        self._write(held[:taken])
        return held[taken:]

    def _read_bracket(self, ch: str) -> str:
        """``[``, or ``!`` that may stand before it: a marker, a link, an image, a bracket."""
        held = self._held
        if held == "!" and ch != "[":
            return self._give_up(1, ch)
        if self._closed:
            if ch == "(":
                self._hold_target(held)
                return ""
            self._write(self._drop())
            return ch
        opening = held.find("[") + 1
        if not ch and forms.is_unfinished(held[opening:].lstrip("[")):
            self._drop()
            if opening > 1:
                self._write(held[: opening - 1])
            self._space = ""
            return ""
        double = held.startswith("[[")
        broken = ch in "\n\r`\\" or (ch == "[" and held not in ("[", "!")) or len(held) > _LONGEST_LABEL
        if broken or (double and held.endswith("]") and ch != "]"):
            return self._give_up(opening, ch)
        self._held += ch
        if ch != "]" or (double and not held.endswith("]")):
            return ""
        self._closed = True
        return self._close_bracket(self._held[2:-2] if double else self._held[opening:-1], double)

    def _close_bracket(self, inner: str, double: bool) -> str:
        """A bracket is complete: it is a marker, or is held on to until what follows shows whether it is a link."""
        bang = self._held.startswith("!")
        if bang and forms.read_marker(inner, self._shown):
            self._write("!")  # "Great![1]"
        if self._mark(inner, attachable=not (bang or double)):
            self._drop()
        elif double:
            return self._give_up(1, "")
        return ""

    def _read_wide(self, ch: str) -> str:
        """Brackets of Chinese and Japanese type: a marker, or a title."""
        if not ch and forms.is_unfinished(self._held[1:]):
            self._drop()
            self._space = ""
            return ""
        if ch in _BREAKS or ch in _WIDE_BRACKETS or len(self._held) > _LONGEST_MARKER:
            return self._give_up(1, ch)
        if ch != _WIDE_BRACKETS[self._held[0]]:
            self._held += ch
            return ""
        number, dagger, _ = self._held[1:].partition("\u2020")
        if not self._mark(number, attachable=False):
            if not dagger:
                return self._give_up(1, ch)
            self._cite((), 1)  # a marker for certain, but of another numbering
        self._drop()
        return ""

    def _read_paren(self, ch: str) -> str:
        """``(1)``: a marker only where it can hardly be anything else, as ``(Passage 1)`` is anywhere."""
        held = self._held
        labelled = forms.is_labelled(held[1:] + ch)
        if self._closed:
            self._drop()
            numbers = forms.read_paren(held[1:-1], self._shown)
            spaced = bool(self._space) or held[0] != "("
            if numbers and (labelled or (spaced and forms.paren_cites(self._line, self._tail, ch))):
                self._cite(numbers, 0)
            else:
                self._parens = self._parens and labelled
                self._write(held)
            return ch
        self._closed = ch == _PARENS[held[0]] and forms.is_number_list(held[1:])
        may_cite = ch and len(held) <= _LONGEST_MARKER and (labelled or (self._parens and not self._brackets))
        if not (may_cite and (self._closed or forms.may_be_number_list(held[1:] + ch))):
            return self._give_up(1, ch)
        self._held += ch
        return ""

    def _read_target(self, ch: str) -> str:
        """``(`` right after ``]``: the address of a link, or text."""
        is_link = self._target.take(ch) if ch else False
        self._held += ch
        if is_link is None and len(self._held) <= _LONGEST_TARGET:
            return ""
        held, label = self._drop(), self._label
        if is_link:
            # A label is read again as text of its own. Where there is none, a marker or a bracket was written before.
            return label.removeprefix("!")[1:-1]
        if label:
            self._write(label)
        # With a space between them, nobody can take the two for a link.
        self._write(" (")
        return held[1:]

    def _read_code(self, ch: str) -> str:
        """Backticks: inline code, the first line of a code block, or just backticks. Tildes: a block or nothing."""
        held = self._held
        mark = held[0]
        run = len(held) - len(held.lstrip(mark))
        if run == len(held) <= _LONGEST_CODE and ch == mark:
            self._held += ch
            return ""
        if run >= 3 and self._at_line_start() and (mark == "~" or "`" not in held[run:] + ch):
            if ch in _BREAKS or len(held) > _LONGEST_CODE:
                self._write(forms.inert_code(self._drop(), self._line))
                self._fence = mark * run
                return ch
        elif mark == "~":
            return self._give_up(run, ch)
        elif ch != mark and run < len(held) and len(held) - len(held.rstrip(mark)) == run:
            self._write(forms.inert_code(self._drop(), self._line))
            return ch
        elif ch in _BREAKS or len(held) > _LONGEST_CODE:
            return self._give_up(run, ch)
        self._held += ch
        return ""

    def _read_fence_end(self, ch: str) -> str:
        """The beginning of a line in a code block."""
        held = self._held
        if ch in _BREAKS:
            self._drop()
            run = held.strip(" \t>")
            if len(run) >= len(self._fence) and run[0] == self._fence[0]:
                self._fence = ""
            if held:
                self._print(held)
            return ch
        if len(held) <= _LINE_KEPT and _FENCE_END.fullmatch(held + ch):
            self._held += ch
            return ""
        self._print(self._drop() or ch)
        return ch if held else ""

    def _read_code_target(self, ch: str) -> str:
        """``](`` in a code block, left alone unless it leads elsewhere."""
        held = self._held + ch
        outside = forms.OUTSIDE.match(held, 1) is not None or (len(held) > _LONGEST_MARKER and not held[1:].strip())
        over = not ch or ch == ")" or (ch.isspace() and held[1:].strip()) or len(held) > _LONGEST_MARKER
        if not outside and not over:
            self._held = held
            return ""
        self._drop()
        self._print(" (" if outside else "(")
        return held[1:]

    # Deciding and writing.

    def _at_line_start(self) -> bool:
        return forms.LINE_PREFIX.fullmatch(self._line + self._space) is not None

    def _may_define(self) -> bool:
        """Whether a colon here could give an address to every bracket of this name: ``[1]: http://...``."""
        return "[" not in self._line or forms.opens_with_bracket(self._line)

    def _mark(self, content: str, *, attachable: bool) -> bool:
        """Cite what a bracket points at; False where it is no marker."""
        marker = forms.read_marker(content, self._shown)
        if not marker:
            return False
        last = self._tail[-1:]
        if attachable and not marker.named and not self._space and not self._gone and (last.isalnum() or last == "_"):
            # "a[5]" is a place in a list, unless this model has been writing "growth[1]" all along.
            if not marker.known and not self._attaches and not forms.WIDE.match(last):
                return False
            self._attaches = True
        self._brackets = True
        self._cite(marker.known, marker.unknown)
        return True

    def _cite(self, numbers: tuple[int, ...], unknown: int) -> None:
        self.removed += unknown
        space = self._space
        self._space = ""
        if not numbers:
            self._gone = True
            return
        if self._cluster or _OPENER.search(self._tail):
            space = ""
        elif self._line:
            space = " "
        cluster = set(self._cluster)
        for number in numbers:
            passage = number - self._shown.start + 1
            if passage not in self.order:
                self.order.append(passage)
            number = self.order.index(passage) + 1
            if number in cluster:
                continue
            cluster.add(number)
            self.markers.append((self._length + len(space), number))
            self._print(f"{space}[{number}]")
            space = ""
        self._cluster = cluster

    def _write(self, text: str) -> None:
        """Write text, and before it the blanks that were held back, unless they stood before a removed marker."""
        if self._space:
            beside = self._cluster or self._gone
            if not ((beside and text[0] in _NO_SPACE_BEFORE) or (self._gone and not self._line)):
                self._print(self._space)
            self._space = ""
        self._print(text)

    def _print(self, text: str) -> None:
        self._out.append(text)
        self._length += len(text)
        self._tail = (self._tail + text)[-_TAIL_KEPT:]
        self._cluster, self._gone = set(), False
        line = text[max(text.rfind("\n"), text.rfind("\r")) + 1 :]
        self._line = line[:_LINE_KEPT] if len(line) < len(text) else (self._line + line)[:_LINE_KEPT]
