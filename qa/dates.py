"""Calendar dates, months, weekdays and times of day as texts write them, in a few languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.facts import fold, word_set

# --- months -------------------------------------------------------------------------------------------------------

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_ENGLISH = "jan feb mar apr may jun jul aug sept sep oct nov dec"
_GERMAN = "januar februar märz april mai juni juli august september oktober november dezember"
_OTHERS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
)


def _numbered() -> dict[str, int]:
    """Of each word, without accents, the month that it names."""
    found = {name: at for at, name in enumerate(MONTHS, 1)}
    for line in (_GERMAN, *_OTHERS):
        for at, name in enumerate(line.split(), 1):
            found.setdefault(fold(name), at)
    for name in _ENGLISH.split():
        found[name] = next(at for at, whole in enumerate(MONTHS, 1) if whole.startswith(name[:3]))
    return found


_NUMBERED = _numbered()
_WRITTEN = sorted({*MONTHS, *_ENGLISH.split(), *_GERMAN.split(), *" ".join(_OTHERS).split(), *_NUMBERED}, reverse=True)
_MONTH = re.compile(rf"\b(?:{'|'.join(_WRITTEN)})\b\.?", re.IGNORECASE)
_CAPITAL = word_set("may march mar dec jan oct sep")
"""Months in capitals only, so that verbs and the like are left alone."""

_DATED = frozenset(fold(word) for word in ("may", "mai", *" ".join(_OTHERS).split()))
"""Months only beside a figure: words, or names of people, in some language."""


def month_at(text: str, start: int, end: int) -> bool:
    """Whether the name of a month stands between two of a text's characters."""
    return _MONTH.search(text, max(0, start), min(len(text), end)) is not None


def months(text: str) -> set[tuple[int, ...]]:
    """The months that a text names, each 1 to 12, those of dates such as 2010-05-31 as well; of 5/3/2010 both that it
    may be."""
    found: set[tuple[int, ...]] = set()
    for match in _MONTH.finditer(text):
        written = match.group().rstrip(".")
        word = fold(written)
        if word in _CAPITAL and not written[0].isupper():
            continue
        if word == "mars" and written[0].isupper():  # the planet
            continue
        if word in _DATED and not re.search(r"\d", text[max(0, match.start() - 8) : match.end() + 8]):
            continue
        found.add((_NUMBERED[word],))
    return found | {date.months for date in written_dates(text)}


def month_name(month: int) -> str:
    """In English, for a reason shown to the reader."""
    return MONTHS[month - 1].capitalize()


# --- dates in figures ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDate:
    """A day, a month and a year in figures. Where the writing leaves open which is the day, both are given."""

    span: tuple[int, int]
    day: tuple[int, int]
    """Where the day stands."""

    year: tuple[int, int]
    days: tuple[int, ...]
    months: tuple[int, ...]


_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<second>\d\d)-(?P<first>\d\d)(?!\d)")
_CHINESE = re.compile(r"(?<!\d)(?P<year>\d{4})[年년] ?(?P<second>\d{1,2})[月월] ?(?P<first>\d{1,2})[日일]")
_DOTTED = re.compile(r"(?<![\d.])(?P<first>\d{1,2})\. ?(?P<second>\d{1,2})\. ?(?P<year>\d{4})(?!\.?\d)")
_SLASHED = re.compile(
    r"(?<![\d/-])(?P<first>\d{1,2})(?P<mark>[/-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4})(?![\d/-])"
)


def written_dates(text: str) -> Iterator[WrittenDate]:
    """Dates such as 2024-03-05, 2024年3月5日, 05.03.2024 and 5/3/2024; the last may have the month first."""
    for pattern in (_ISO, _CHINESE, _DOTTED, _SLASHED):
        for match in pattern.finditer(text):
            first, second = int(match["first"]), int(match["second"])
            orders = [(first, second), (second, first)] if pattern is _SLASHED else [(first, second)]
            valid = [(day, month) for day, month in orders if 1 <= day <= 31 and 1 <= month <= 12]
            if valid:
                yield WrittenDate(
                    span=match.span(),
                    day=match.span("first"),
                    year=match.span("year"),
                    days=tuple(day for day, _ in valid),
                    months=tuple(month for _, month in valid),
                )


# --- calendar days ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDate:
    """A month with its day, its year or both, in words or figures."""

    span: tuple[int, int]
    year: int | None
    days: frozenset[tuple[int | None, int]]
    """Day and month; several where the writing leaves open which is which."""

    def is_in(self, other: CalendarDate) -> bool:
        """Whether ``other`` says this, and maybe more: 14 March 2019 is in March 2019."""
        return self.year in (None, other.year) and any(
            month == there and day in (None, on) for day, month in self.days for on, there in other.days
        )


_NAMED_DAY = r"(?<![\w.,/])(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|º)?"
_NAMED_YEAR = r"(?P<year>\d{4})(?!\w|[.,]\d)"
_OF = r"(?:of\s|de\s|del\s)?"
_NAMED = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NAMED_DAY}\s?{_OF}(?P<month>{_MONTH.pattern})(?:,?\s?{_OF}{_NAMED_YEAR})?",
        rf"(?P<month>{_MONTH.pattern})\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\w%]|[.,:/-]\d)(?:,?\s?{_NAMED_YEAR})?",
        rf"(?P<month>{_MONTH.pattern}),?\s?{_OF}{_NAMED_YEAR}",
    )
]


def calendar_dates(text: str) -> list[CalendarDate]:
    """Dates such as March 14, 2019, 14 March, March 2019 and those of ``written_dates``, in order."""
    found = [
        CalendarDate(
            span=date.span,
            year=int(text[slice(*date.year)]),
            days=frozenset(zip(date.days, date.months, strict=True)),
        )
        for date in written_dates(text)
    ]
    for pattern in _NAMED:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            word, day, year = match["month"].rstrip("."), parts.get("day"), parts["year"]
            taken = any(low < match.end() and match.start() < high for low, high in (each.span for each in found))
            if taken or (fold(word) in _CAPITAL and not word[0].isupper()) or (day and not 1 <= int(day) <= 31):
                continue
            days = frozenset([(int(day) if day else None, _NUMBERED[fold(word)])])
            found.append(CalendarDate(span=match.span(), year=int(year) if year else None, days=days))
    return sorted(found, key=lambda date: date.span)


# --- times of day -------------------------------------------------------------------------------------------------

_TIME = re.compile(
    r"(?<![\d:.,/])(?P<hour>\d{1,2})(?:"
    r"(?:[:.](?P<minute>\d\d))?\s?(?:(?P<half>[ap])\.?m\b|Uhr\b(?:\s(?P<after>\d\d)\b)?)"
    r"|(?::|\s?h\s?)(?P<bare>\d\d)(?![\d:]|[.,]\d)(?:\s?Uhr\b)?)",
    re.IGNORECASE,
)


def times(text: str) -> Iterator[tuple[int, int, float]]:
    """Times of day such as 15:00, 3 pm and 15 Uhr: where they stand, and hours since midnight."""
    for match in _TIME.finditer(text):
        hour, minute = int(match["hour"]), int(match["minute"] or match["after"] or match["bare"] or 0)
        if hour > 24 or minute > 59 or (match["half"] and not 1 <= hour <= 12):
            continue
        if match["half"]:
            hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
        yield match.start(), match.end(), hour + minute / 60


# --- weekdays -----------------------------------------------------------------------------------------------------

_WEEKDAYS = (
    "monday mondays montag montags lundi lunes lunedì",
    "tuesday tuesdays dienstag dienstags mardi martes martedì",
    "wednesday wednesdays mittwoch mittwochs mercredi miércoles mercoledì",
    "thursday thursdays donnerstag donnerstags jeudi jueves giovedì",
    "friday fridays freitag freitags vendredi viernes venerdì",
    "saturday saturdays samstag samstags sonnabend sonnabends samedi sábado sábados",
    "sunday sundays sonntag sonntags dimanche domingo domingos",
)
_SHORT = ("mon", "tue tues", "wed", "thu thur thurs", "fri", "sat", "sun")
_SPANS = {"weekday": range(5), "weekdays": range(5), "weekend": range(5, 7), "weekends": range(5, 7)}
_DAYS = {fold(word): at for at, line in enumerate(_WEEKDAYS) for word in line.split()}
_SHORT_DAYS = {word: at for at, line in enumerate(_SHORT) for word in line.split()}
_DAY = "|".join(sorted({word for line in _WEEKDAYS for word in line.split()}, key=len, reverse=True))
_SHORT_DAY = "|".join(sorted(_SHORT_DAYS, key=len, reverse=True))
_WEEKDAY = re.compile(rf"\b(?:{_DAY}|{'|'.join(_SPANS)})\b", re.IGNORECASE)
_RANGE = re.compile(
    rf"\b({_DAY}|{_SHORT_DAY})\.?\s*(?:[-–—]|to|through|thru|until|till|bis|à|au|al?)\s*({_DAY}|{_SHORT_DAY})\b",
    re.IGNORECASE,
)


def weekdays(text: str) -> dict[int, str]:
    """The days of the week that a text names, 0 for Monday, each with the words that do; of a range all days."""
    found: dict[int, str] = {}
    for match in _RANGE.finditer(text):
        first, last = (_day(word) for word in match.groups())
        for day in range(first, last + 1 if last >= first else last + 8):
            found.setdefault(day % 7, match.group())
    for match in _WEEKDAY.finditer(text):
        word = fold(match.group())
        for day in _SPANS.get(word) or (_DAYS[word],):
            found.setdefault(day, match.group())
    return found


def _day(word: str) -> int:
    word = fold(word)
    return _DAYS[word] if word in _DAYS else _SHORT_DAYS[word]
