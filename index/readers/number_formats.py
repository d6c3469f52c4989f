"""Numbers as a spreadsheet shows them. A file holds the bare number and, apart from it, a format code."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

# Formats that every program knows by their number and no file spells out (ECMA-376, 18.8.30). The dates among them
# are shown in the reader's own way; here they only need to be known as dates.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    **dict.fromkeys((14, 15, *range(27, 32), 36, 50, 51, 52, 53, 54, 57, 58), "yyyy-mm-dd"),
    16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm",
    32: "h:mm", 33: "h:mm:ss", 34: "yyyy-mm", 35: "yyyy-mm", 55: "yyyy-mm", 56: "yyyy-mm-dd",
    37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss",
}  # fmt: skip

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*)?|\.[0#?]+)|(?P<other>.)",
    re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*', re.DOTALL)
_LONGEST_TIME = 1e9
"""Days; a longer time is shown as the number that it is."""

_LAST_DAY = 2_958_466  # the first of the year 10000
_MOST_DECIMALS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fixed:
    """One section of a format: what stands around the digits and how many there are."""

    before: str
    after: str
    whole: int
    decimals: tuple[int, int]
    """At least and at most."""

    grouped: bool
    percent: bool
    digits: bool


def shown(number: float, code: str, *, since_1904: bool = False) -> str:
    """``number`` as the format ``code`` shows it; dates and times as ISO 8601 writes them.

    Fractions, scientific notation, scaling to thousands and conditions are not followed: the number is then shown
    in full. ``since_1904``: the file counts its days from 1904, not from 1900.
    """
    if not math.isfinite(number):
        return str(number)
    if kind := _time_parts(code):
        return _moment(number, kind, since_1904) or _general(number)
    sections = _sections(code)
    if sections and abs(number) < 1e15:
        place = 1 if number < 0 and len(sections) > 1 else 2 if number == 0 and len(sections) > 2 else 0
        if (section := sections[place]) is not None:
            return _fixed(number, section, signed=place == 0)
    return _general(number)


def _general(number: float) -> str:
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.15g}"


@lru_cache(maxsize=512)
def _time_parts(code: str) -> str:
    """The letters of a date's and time's parts that a code shows, such as ``ymd`` or ``hm``; empty for numbers."""
    first = _SECTION.match(code)
    letters = ""
    for token in _TOKEN.finditer(first[0] if first else ""):
        bracket = (token["bracket"] or "").lower()
        if bracket and set(bracket) <= set("hms"):
            letters += "e" + bracket[0]  # elapsed time, which goes beyond a day
        elif token["other"]:
            letters += token["other"].lower()
    if "general" in letters or not re.search("[ydhs]|mm?m?", letters):
        return ""
    letters = letters.replace("am/pm", "").replace("a/p", "")
    return "".join(sorted(set(letters) & set("ymdhse")))


def _moment(number: float, parts: str, since_1904: bool) -> str:
    """Empty where the number is no day of the calendar."""
    if "e" in parts and ("h" in parts or "s" in parts or "m" in parts) and not set(parts) & set("yd"):
        if abs(number) > _LONGEST_TIME:
            return ""
        seconds = round(abs(number) * 86_400)
        return f"{'-' if number < 0 else ''}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if not 0 <= number < _LAST_DAY - 1462 * since_1904:
        return ""
    # Day 60 of the calendar that begins in 1900 is a 29 February that there never was.
    epoch = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 31 if number < 60 else 30)
    moment = epoch + timedelta(seconds=round(number * 86_400))
    clock = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    timed = "h" in parts or "s" in parts
    if "y" in parts or "d" in parts or not timed:
        if not timed and "d" not in parts:
            return f"{moment:%Y-%m}" if "m" in parts else f"{moment:%Y}"
        return f"{moment:%Y-%m-%d} {clock}" if timed else f"{moment:%Y-%m-%d}"
    return clock


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[_Fixed | None, ...]:
    """The sections of a code, for positive numbers, negative ones and zero; None for what is not followed."""
    if not code or code.lower() == "general":
        return ()
    sections: list[_Fixed | None] = []
    start = 0
    while start <= len(code) and len(sections) < 3:
        match = _SECTION.match(code, start)
        end = match.end() if match else len(code)
        sections.append(_section(code[start:end]))
        start = end + 1
    return tuple(sections)


def _section(code: str) -> _Fixed | None:
    before, after, digits = "", "", ""
    percent = False
    for token in _TOKEN.finditer(code):
        if token["digits"]:
            if digits:
                return None  # a phone number, a fraction
            digits = token["digits"]
            continue
        if (token["bracket"] or "")[:1] in ("<", ">", "="):
            return None
        words = token["quoted"] or token["escaped"] or token["currency"] or token["other"] or ""
        if token["other"] and (words.isalpha() or words in "@/," or (words == "." and digits)):
            return None  # an exponent, text, a fraction, a scale
        percent = percent or token["other"] == "%"
        if digits:
            after += words
        else:
            before += words
    whole, _, decimals = digits.partition(".")
    if whole.endswith(",") or decimals.endswith(",") or (not digits and not (before + after).strip()):
        return None
    return _Fixed(
        before=before,
        after=after,
        whole=whole.count("0"),
        decimals=(min(decimals.count("0"), _MOST_DECIMALS), min(len(decimals), _MOST_DECIMALS)),
        grouped="," in whole,
        percent=percent,
        digits=bool(digits),
    )


def _fixed(number: float, section: _Fixed, *, signed: bool) -> str:
    if not section.digits:
        return (section.before + section.after).strip()
    value = abs(Decimal(repr(number))) * (100 if section.percent else 1)
    least, most = section.decimals
    value = value.quantize(Decimal(1).scaleb(-most), rounding=ROUND_HALF_UP)
    text = f"{value:{',' if section.grouped else ''}.{most}f}"
    if most > least:
        kept = len(text) - (most - least)
        text = (text[:kept] + text[kept:].rstrip("0")).rstrip(".")
    if not section.grouped and section.whole > 1:
        whole, point, rest = text.partition(".")
        text = whole.zfill(min(section.whole, 30)) + point + rest
    sign = "-" if signed and number < 0 and value else ""
    return f"{sign}{section.before}{text}{section.after}".strip()
