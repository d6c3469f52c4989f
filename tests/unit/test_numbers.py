"""Numbers, dates, times and units as texts write them, and which of them are the same."""

from __future__ import annotations

import pytest

from qa.dates import months, times, weekdays
from qa.numbers import has_number, numbers, single_units
from qa.units import units_of


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("in 24 months", "two years", True),
        ("24 months", "three years", False),
        ("1.2 kg", "1200 g", True),
        ("3 km", "3,000 metres", True),
        ("64 km", "40 miles", True),
        ("90 minutes", "1.5 hours", True),
        ("12 days", "12 hours", False),
        ("12 cm", "12 mm", False),
        ("14 working hours", "14 working days", False),
        ("140 dollars", "140 euros", False),
        ("1,500 euros", "EUR 1500", True),
        ("€1.5k", "EUR 1,500", True),
        ("$5 million", "5 million pounds", False),
        ("£40", "40 pounds", True),
        ("180 °F", "180 °C", False),
        ("180 degrees Celsius", "180 °C", True),
        ("5 percent", "5 %", True),
        ("5 percent", "5 percentage points", False),
        ("5 percent", "a share of 5", True),
        ("16 GB", "16 MB", False),
        ("-5 °C", "5 °C", False),
        ("-5 °C", "minus 5 °C", True),
        ("pages 10-15", "15 pages", True),
        ("over 1,100", "1,000", False),
        ("over 1,000", "1,100", True),
        ("more than 112", "100", False),
        ("no more than 100", "95", True),
        ("no more than 100", "105", False),
        ("less than 90", "100", False),
        ("less than 100", "95", True),
        ("about 95", "100", True),
        ("Version 2.10", "version 2.1", False),
        ("Version 2.10", "version 2.10", True),
        ("2.10 metres", "2.1 metres", True),
    ],
)
def test_units_signs_and_bounds_are_compared(one: str, other: str, same: bool) -> None:
    assert has_number(numbers(one)[-1], numbers(other)) is same


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("3 pm", "15:00", True),
        ("3 p.m.", "at 15:00", True),
        ("3 pm", "3 am", False),
        ("12 am", "0:00", True),
        ("9 to 5", "9:00 to 17:00", True),
        ("9 Uhr", "9:00 Uhr", True),
        ("18 Uhr", "18:00", True),
        ("10:45", "10:54", False),
        ("15h30", "3:30 pm", True),
        ("5 pm", "15:00 in room 4", False),
        ("5 pm", "5 days", False),
    ],
)
def test_times_of_day_are_compared(one: str, other: str, same: bool) -> None:
    assert has_number(numbers(one)[-1], numbers(other)) is same


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("31.03.2025", "March 31, 2025", True),
        ("31.03.2025", "2025-03-31", True),
        ("5/3/2024", "5 March 2024", True),
        ("3/5/2024", "5 March 2024", True),
        ("5th of March 2024", "05.03.2024", True),
        ("le 31 mars 2025", "31/03/2025", True),
        ("5 de marzo de 2024", "05.03.2024", True),
        ("im Dezember 2020", "15.12.2020", True),
        ("30.03.2025", "March 31, 2025", False),
        ("31.05.2025", "March 31, 2025", False),
        ("31.03.2024", "March 31, 2025", False),
        ("13/3/2024", "5 March 2024", False),
    ],
)
def test_dates_are_compared_however_they_are_written(one: str, other: str, same: bool) -> None:
    there = numbers(other)
    days = all(has_number(each, there) for each in numbers(one))
    named = all(any(set(mine) & set(theirs) for theirs in months(other)) for mine in months(one))
    assert (days and named) is same


def test_what_is_no_date_stays_a_number() -> None:
    assert numbers("31.03 and 45.13.2020")[0].values == (31.03,)
    assert months("45.13.2020 and 1.2.3") == set()


def test_months_of_other_languages_are_found_and_other_words_are_not() -> None:
    assert months("am 5. März, le 8 mai, el 3 de enero, il 4 luglio") == {(3,), (5,), (1,), (7,)}
    assert months("Mars 2020 is a rover; Avril sang; Mai came; the mayo is off") == set()


def test_times_and_weekdays() -> None:
    assert [hours for _, _, hours in times("9 am, 12:30, 25:00, 3.15 pm, 2:1")] == [9.0, 12.5, 15.25]
    assert weekdays("Closed on Sundays and Monday's holiday").keys() == {6, 0}
    assert weekdays("open Mon-Fri").keys() == {0, 1, 2, 3, 4}
    assert weekdays("Friday to Monday").keys() == {4, 5, 6, 0}
    assert weekdays("on weekdays").keys() == set(range(5))
    assert weekdays("am Dienstag und samstags, le mercredi").keys() == {1, 5, 2}
    assert weekdays("The sun sat on the month") == {}


def test_one_before_a_unit_counts_for_the_source_only() -> None:
    (mine,) = numbers("1 month")
    assert has_number(mine, single_units("one month's notice"))
    assert not has_number(mine, single_units("one day's notice"))
    assert numbers("one of us") == single_units("one of us") == []


@pytest.mark.parametrize(
    "text, values",
    [
        ("は320人", [320]),
        ("約1,200円です", [1200]),
        ("5人300円", [5, 300]),
        ("人口は1億2000万人、面積は5千km", [120_000_000, 5_000]),
        ("3.2万人", [32_000]),
        ("320명이", [320]),
        ("2만 5000명", [25_000]),
        ("有๕๐คน", [50]),
        ("2019年", [2019]),
    ],
)
def test_numbers_of_scripts_without_spaces(text: str, values: list[float]) -> None:
    found = numbers(text)
    assert [number.values[0] for number in found] == values
    assert all(text[number.start : number.end] == number.text for number in found)


def test_units_stand_before_or_after() -> None:
    assert units_of("5 pounds", 0, 1) == (("mass", 453.59237), ("pounds", 1.0))
    assert units_of("£5", 1, 2) == (("pounds", 1.0),)
    assert units_of("12-year-old", 0, 2) == (("time", 8766.0),)
    assert units_of("5 engineers", 0, 1) == ()
