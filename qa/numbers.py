"""The numbers and months of a text, however they are written, and whether two are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number as a text gives it."""

    text: str
    start: int
    end: int
    values: tuple[float, ...]
    """Several where the writing leaves it open: 1.200 is one and a fifth, or twelve hundred."""

    exact: bool = True
    """False where words such as "about" or "more than" stand before it."""

    is_date: bool = False
    """A year, or a day beside the name of a month."""

    is_own_count: bool = False
    """A small number before a word such as "reasons" or "main": the claim counts what the source need not count."""


_SMALL = {
    word: value
    for value, words in enumerate(
        (
            *("zero", "one", "two zwei deux dos", "three drei trois tres", "four vier quatre cuatro"),
            *("five fünf cinq cinco", "six sechs seis", "seven sieben sept siete", "eight acht huit ocho"),
            *("nine neun neuf nueve", "ten zehn dix diez", "eleven elf onze once", "twelve zwölf douze doce"),
            *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
        )
    )
    for word in words.split()
    # Words of other languages that are common English ones too, or nearly so.
    if word not in ("dos", "once", "dix", "sept", "elf", "tres")
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_SCALES = {
    "hundred": 1e2,
    **dict.fromkeys(("thousand", "k", "tausend", "mille", "mil"), 1e3),
    **dict.fromkeys(("million", "millions", "mn", "mio", "millionen", "millones", "m"), 1e6),
    **dict.fromkeys(("billion", "billions", "bn", "b", "milliarde", "milliarden", "milliard", "milliards"), 1e9),
    **dict.fromkeys(("trillion", "trillions", "tn"), 1e12),
    "lakh": 1e5,
    "crore": 1e7,
    "dozen": 12.0,
}
_WORD_SCALES = ("hundred", "thousand", "million", "billion", "trillion", "dozen")
_ORDINALS = {
    word: value
    for value, word in enumerate(
        (
            *("third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
            *("thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
            "twentieth",
        ),
        start=3,
    )
}

# A comma before four figures or more parts two numbers (2009,2010), but for a share of one (0,0025).
_DIGITS = re.compile(
    r"(?<![^\W\d_])(?<!\d)(?P<digits>\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3}(?!\d))+(?:\.\d+|,\d{1,3}(?!\d))?"
    r"|0,\d+|\d+(?:\.\d+|,\d{1,3}(?!\d))?)"
    r"(?P<tail>(?:st|nd|rd|th|s|e|er|ème|\.º|º)\b)?"
    r"(?:[-\s]?(?P<scale>hundred|thousands?|millions?|billions?|trillions?|dozen|tausend|Millionen|Mio|Milliarden?"
    r"|milliards?|millones|lakh|crore|bn|mn|tn|k|m|b)\b)?",
    re.IGNORECASE,
)
_SPELLED_UNIT = rf"(?:{'|'.join(sorted((*_SMALL, *_TENS), key=len, reverse=True))}|{'|'.join(_WORD_SCALES)})"
_SPELLED = re.compile(
    rf"(?<![\w])(?:an?\s+(?=(?:{'|'.join(_WORD_SCALES)})\b))?{_SPELLED_UNIT}s?(?:(?:[-\s]+(?:and\s+)?){_SPELLED_UNIT})*"
    rf"(?![\w])|(?<!\w)(?:{'|'.join(_ORDINALS)})(?!\w)",
    re.IGNORECASE,
)
_SHORT_RANGE = re.compile(r"(?<!\d)(1[0-9]|20)(\d\d)\s?[-–—/]\s?(\d\d)(?!\d)")
_VAGUE = re.compile(
    r"(?:about|around|approximately|approx\.?|roughly|nearly|almost|over|under|more than|less than|fewer than|some"
    r"|up to|at least|at most|close to|an estimated|estimated|circa|ca\.?|c\.|below|above|exceed\w*|~|≈|>|<|±)"
    r"\s*[$€£]?\s*\Z",
    re.IGNORECASE,
)
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_MONTH = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"\s*\(?\d{1,2}[.)]\s+(?=[^\W\d_])")
_COUNTED = re.compile(
    r"\s+(?:main|major|key|different|distinct|separate|reasons?|ways?|types?|kinds?|things|topics|points|examples|factors"
    r"|aspects|parts|options|individuals)\b",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")

_PRECISION = 2e-6
"""Share of the larger by which two numbers may differ and be the same, so that the sums done here part none. This and
the next three were chosen on the development sets."""

_VAGUE_BY = 0.12
"""Share by which a number after "about" or "more than" may differ from the source's."""

_VAGUE_FROM = 20
"""Up to this a number of the source is met exactly even so."""

_ROUNDED_BY = 0.05
"""Share by which rounding may change a number."""


def numbers(text: str) -> list[Number]:
    """The numbers of a text in order, in figures of any script or in English words."""
    figures = _ascii_digits(text)
    found: list[Number] = []
    listed = _LIST_MARK.match(figures)
    for match in _DIGITS.finditer(figures, listed.end() if listed else 0):
        unit = (match["scale"] or "").lower()
        scale = _SCALES.get(unit) or _SCALES.get(unit.removesuffix("s"), 1.0)
        values = _readings(match["digits"])
        scaled = tuple(dict.fromkeys(value * scale for value in values))
        if scale != 1.0 and unit in ("k", "m", "b"):  # may be metres just as well
            scaled = (*values, *scaled)
        found.append(_number(text, match.start(), match.end(), scaled, digits=match["digits"]))
    for match in _SHORT_RANGE.finditer(figures):  # 1992-93 is 1992 and 1993
        value = float(match[1] + match[3])
        found.append(_number(text, match.start(3), match.end(3), (value, float(match[3])), digits=match[3]))
    for match in _SPELLED.finditer(text):
        spelled = _spelled(match.group())
        if spelled is not None:
            found.append(_number(text, match.start(), match.end(), (spelled,), digits=""))
    return sorted(found, key=lambda number: (number.start, number.end))


def _number(text: str, start: int, end: int, values: tuple[float, ...], *, digits: str) -> Number:
    year = len(digits) == 4 and 1000 <= values[0] <= 2100
    beside = _MONTH.search(text, max(0, start - 10), min(len(text), end + 10)) is not None
    return Number(
        text=text[start:end],
        start=start,
        end=end,
        values=values,
        exact=_VAGUE.search(text, max(0, start - 18), start) is None,
        is_date=year or (beside and values[0] <= 31 and bool(digits)),
        is_own_count=values[0] <= 12 and _COUNTED.match(text, end) is not None,
    )


def _ascii_digits(text: str) -> str:
    """The text with figures of any script written 0 to 9, of unchanged length."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(mark)) if not mark.isascii() and unicodedata.decimal(mark, None) is not None else mark
        for mark in text
    )


def _readings(digits: str) -> tuple[float, ...]:
    """What a run of figures, commas, stops and spaces may mean."""
    bare = re.sub(r"['’\u00a0\u202f ]", "", digits)[:40]
    marks = [mark for mark in bare if mark in ",."]
    if not marks:
        return (float(bare),)
    last = marks[-1]
    whole, _, part = bare.rpartition(last)
    joined = float(re.sub(r"[.,]", "", bare))
    point = float(f"{re.sub(r'[.,]', '', whole)}.{part}")
    if len(marks) == 1 and len(part) == 3:
        return (joined, point) if last == "," else (point, joined)
    return (joined,) if len(set(marks)) == 1 and len(marks) > 1 else (point,)


def _spelled(words: str) -> float | None:
    """The value of a number in English words; None for a lone "one", which is a pronoun, and for a bare scale."""
    parts = [part for part in re.split(r"[-\s]+", words.lower()) if part not in ("and", "a", "an")]
    if len(parts) == 1:
        word = parts[0]
        if word in _ORDINALS:
            return float(_ORDINALS[word])
        if word == "one" or (word.removesuffix("s") in _WORD_SCALES and words.lower().split()[0] not in ("a", "an")):
            return None
    total = current = 0.0
    for part in parts:
        word = part if part in _SMALL or part in _TENS else part.removesuffix("s")
        if word in _SMALL:
            current += _SMALL[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word == "hundred":
            current = (current or 1) * 100
        elif word in _SCALES:
            total += (current or 1) * _SCALES[word]
            current = 0.0
    return total + current


def has_number(number: Number, others: Iterable[Number]) -> bool:
    """Whether one of ``others`` is the same, or is rounded to it."""
    return any(_same(number, other) for other in others)


def _same(number: Number, other: Number) -> bool:
    for value in number.values:
        for known in other.values:
            if abs(value - known) <= _PRECISION * max(abs(value), abs(known)):
                return True
            if number.is_date or other.is_date:
                continue
            if _rounds(known, value, number.text):
                return True
            if not number.exact and known and abs(value - known) <= _VAGUE_BY * abs(known) and abs(known) > _VAGUE_FROM:
                return True
    return False


def _rounds(exact: float, value: float, text: str) -> bool:
    """Whether ``value``, written as ``text``, is ``exact`` at fewer figures; two at least."""
    figures = re.sub(r"\D", "", text).strip("0")
    if len(figures) < 2 or not value or abs(exact - value) > _ROUNDED_BY * abs(value):
        return False
    return float(f"{exact:.{len(figures) - 1}e}") == float(f"{value:.{len(figures) - 1}e}")


def months(text: str) -> set[int]:
    """The months that a text names, 1 to 12; those of dates such as 2010-05-31 as well. "may" counts in capitals only,
    and "march" too, so that verbs are left alone."""
    found = set()
    for match in _MONTH.finditer(text):
        word = match[1]
        if word.lower() in ("may", "march", "mar", "dec", "jan", "oct", "sep") and not word[0].isupper():
            continue
        if word.lower() == "may" and not re.search(r"\d", text[max(0, match.start() - 8) : match.end() + 8]):
            continue
        found.add(next(at for at, name in enumerate(_MONTH_NAMES, 1) if name.startswith(word.lower()[:3])))
    found |= {int(match[2]) for match in _ISO.finditer(text) if 1 <= int(match[2]) <= 12}
    return found


def month_name(month: int) -> str:
    """In English, for a reason shown to the reader."""
    return _MONTH_NAMES[month - 1].capitalize()
