"""What a number counts, where a unit, a currency or a share stands beside it."""

from __future__ import annotations

import re

Unit = tuple[str, float]
"""What is measured, and how much of it one is; two units of one kind can be compared."""

_UNITS: tuple[tuple[str, float, str], ...] = (
    ("time", 1 / 3600, "second seconds sec secs Sekunde Sekunden seconde secondes segundo segundos secondi"),
    ("time", 1 / 60, "minute minutes min mins Minuten minuto minutos minuti"),
    ("time", 1.0, "hour hours hr hrs Stunde Stunden heure heures hora horas ora ore"),
    ("time", 24.0, "day days Tag Tage Tagen jour jours día días giorno giorni"),
    ("time", 168.0, "week weeks Woche Wochen semaine semaines semana semanas settimana settimane"),
    ("time", 730.5, "month months Monat Monate Monaten Monats mois mes meses mese mesi"),
    ("time", 8766.0, "year years yr yrs Jahr Jahre Jahren ans année années año años anno anni"),
    ("length", 0.001, "mm millimetre millimetres millimeter millimeters"),
    ("length", 0.01, "cm centimetre centimetres centimeter centimeters Zentimeter"),
    ("length", 1.0, "metre metres meter meters mètre mètres metro metros metri"),
    ("length", 1000.0, "km kilometre kilometres kilometer kilometers kilomètre kilomètres kilómetros chilometri"),
    ("length", 0.0254, "inch inches"),
    ("length", 0.3048, "foot feet ft"),
    ("length", 0.9144, "yard yards"),
    ("length", 1609.344, "mile miles mi Meilen"),
    ("mass", 0.001, "mg milligram milligrams Milligramm"),
    ("mass", 1.0, "g gram grams gramme grammes Gramm gramos grammi"),
    ("mass", 1000.0, "kg kilo kilos kilogram kilograms Kilogramm kilogrammes kilogramos"),
    ("mass", 28.349523, "oz ounce ounces"),
    ("mass", 453.59237, "lb lbs pound pounds Pfund"),
    ("volume", 0.001, "ml millilitre millilitres milliliter milliliters"),
    ("volume", 0.01, "cl"),
    ("volume", 1.0, "l litre litres liter liters litro litros litri"),
    ("volume", 3.785412, "gallon gallons"),
    ("data", 1e3, "kB KB kilobyte kilobytes"),
    ("data", 1e6, "MB megabyte megabytes"),
    ("data", 1e9, "GB gigabyte gigabytes"),
    ("data", 1e12, "TB terabyte terabytes"),
    ("degrees Celsius", 1.0, "°C Celsius"),
    ("degrees Fahrenheit", 1.0, "°F Fahrenheit"),
    ("dollars", 1.0, "$ US$ USD dollar dollars"),
    ("euros", 1.0, "€ EUR euro euros"),
    ("pounds", 1.0, "£ GBP pound pounds Pfund libras livres"),
    ("yen", 1.0, "¥ JPY yen"),
    ("rupees", 1.0, "₹ INR rupee rupees"),
    ("percent", 1.0, "% percent per_cent pct Prozent"),
    ("points", 1.0, "percentage_points percentage_point Prozentpunkte Prozentpunkten"),
)


def _by_word() -> dict[str, tuple[Unit, ...]]:
    found: dict[str, tuple[Unit, ...]] = {}
    for kind, size, line in _UNITS:
        for word in line.replace("_", "\n").split(" "):
            key = _key(word.replace("\n", " "))
            found[key] = (*found.get(key, ()), (kind, size))
    return found


def _key(word: str) -> str:
    """Capitals tell short signs apart, and no longer words."""
    return word if len(word) <= 2 else " ".join(word.lower().split())


_KNOWN = _by_word()
_WORDS = "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(_KNOWN, key=len, reverse=True))
_AFTER = re.compile(
    rf"[-\s]?(?P<which>(?:working|business|calendar|full|whole|consecutive|more)\s)?"
    rf"(?:(?:degrees?|°|Grad|degrés|grados|gradi)\s?(?P<scale>C|F|Celsius|Fahrenheit)(?!\w)|(?P<unit>{_WORDS})(?!\w))",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"(US\$|[$€£¥₹]|\b(?:EUR|USD|GBP|JPY|INR))\s?\Z")


def units_of(text: str, start: int, end: int) -> tuple[Unit, ...]:
    """What the number between two characters of a text counts: nothing where no unit stands beside it, and all that it
    may be where the word leaves it open, as pounds do."""
    return _beside(text, start, end)[0]


def with_unit(text: str, start: int, end: int) -> tuple[int, int]:
    """Where that number begins and ends together with its unit; one that is told apart, as a working day is from a day,
    is not taken in."""
    return _beside(text, start, end)[1:]


def _beside(text: str, start: int, end: int) -> tuple[tuple[Unit, ...], int, int]:
    before = _BEFORE.search(text, max(0, start - 5), start)
    if before:
        return _KNOWN[_key(before[1])], before.start(), end
    after = _AFTER.match(text, end)
    if not after:
        return (), start, end
    if after["scale"]:
        units = _KNOWN["°C" if after["scale"][0] in "cC" else "°F"]
    else:
        units = _KNOWN.get(_key(after["unit"]), ())
    return units, start, after.end() if units and not after["which"] else end


def factors(mine: tuple[Unit, ...], theirs: tuple[Unit, ...]) -> list[float]:
    """By what a number of ``theirs`` is to be multiplied to count what one of ``mine`` does, in every way that the two
    can be understood; nothing where they measure different things, 1 where one of them has no unit."""
    if not mine or not theirs:
        return [1.0]
    return [size / own for kind, own in mine for other, size in theirs if kind == other]
