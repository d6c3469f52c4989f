"""Plots of lines and of bars as SVG text: no script, no fetched font, readable in a light and in a dark page and on
paper. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 32, 20, 64
_COLOURS = ("#23867a", "#c05f35", "#5f78c8", "#97793a", "#a35fa3", "#57893f", "#c2546a")
"""At least three times as bright or dark as a white and as a dark ground. Told apart by people who see few colours as
well: each line has its own dashes besides, and bars are full or hollow."""

_DASHES = ("", "7 4", "2 3", "10 3 2 3", "1 4", "12 5", "4 2")
_LINE = 20
"""Units of height that a line of the legend takes."""

_LETTER = 8
"""Units of width of a letter, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A named line through points, in the order in which they are joined."""

    label: str
    points: tuple[tuple[float, float], ...]
    dotted: bool = False
    """Whether each point is shown besides: for few points, of which there may be only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A named row of counts."""

    label: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A single named point."""

    label: str
    at: tuple[float, float]


def line_plot(lines: Sequence[Line], *, x_label: str, y_label: str, title: str, marks: Sequence[Mark] = ()) -> str:
    """An ``<svg>`` element of lines over shares from 0 to 1 on both axes, with marks on top and a legend.

    Every label is escaped. ``title`` is what a screen reader says of it.
    """
    legend = [*(line.label for line in lines), *(mark.label for mark in marks)]
    shares = [(step / 5, f"{step / 5:.0%}") for step in range(6)]
    parts = [_opened(title, len(legend)), *_grid(shares, shares), *_named(x_label, y_label)]
    for place, line in enumerate(lines):
        points = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in line.points)
        parts.append(f"<polyline points='{points}' fill='none' {_stroke(place)}/>")
        if line.dotted:
            colour = _COLOURS[place % len(_COLOURS)]
            parts += [f"<circle cx='{_x(x):.1f}' cy='{_y(y):.1f}' r='4' fill='{colour}'/>" for x, y in line.points]
    for place, mark in enumerate(marks):
        parts.append(_dot(place, _x(mark.at[0]), _y(mark.at[1])))
    for row, label in enumerate(legend):
        y = _HEIGHT + _LINE * row
        if row < len(lines):
            parts.append(f"<path d='M{_LEFT} {y}h34' fill='none' {_stroke(row)}/>")
        else:
            parts.append(_dot(row - len(lines), _LEFT + 17, y))
        parts.append(f"<text x='{_LEFT + 44}' y='{y + 4}'>{escape(label)}</text>")
    return "".join((*parts, "</svg>"))


def bar_plot(rows: Sequence[Bars], ticks: Sequence[str], *, x_label: str, y_label: str, title: str) -> str:
    """An ``<svg>`` element of counts, as many in each row, that stand side by side; two rows have a legend.

    ``ticks`` are one a count, or one more where they are the limits between which each counts. At most two rows: the
    bars of the first are full, those of the second hollow.

    Every label is escaped. ``title`` is what a screen reader says of it.
    """
    if not 1 <= len(rows) <= 2 or len({len(row.counts) for row in rows}) != 1:
        raise ValueError("bars are one or two rows of as many counts")
    groups = len(rows[0].counts)
    limits = len(ticks) == groups + 1
    if not groups or not (limits or len(ticks) == groups):
        raise ValueError(f"{groups} counts need as many ticks or one more, not {len(ticks)}")
    step = _step(max(max(row.counts) for row in rows))
    top = step * max(1, math.ceil(max(max(row.counts) for row in rows) / step))
    legend = [row.label for row in rows] if len(rows) > 1 else []
    heights = [(count / top, f"{count:,}") for count in range(0, top + 1, step)]
    places = [(at / groups if limits else (at + 0.5) / groups, tick) for at, tick in enumerate(ticks)]
    parts = [_opened(title, len(legend)), *_grid((), heights), *_named(x_label, y_label)]
    # Where they would run into each other only every second or third is written.
    room = (_x(1) - _x(0)) / groups
    every = math.ceil((_LETTER * max(map(len, ticks)) + _LETTER) / room)
    parts += [
        f"<text x='{_x(x):.1f}' y='{_y(0) + 20:.1f}' text-anchor='middle'>{escape(tick)}</text>"
        for x, tick in places[::every]
    ]
    width = 0.86 / groups / len(rows)
    for place, row in enumerate(rows):
        for at, count in enumerate(row.counts):
            if count:
                left, right = _x((at + 0.07) / groups + width * place), _x((at + 0.07) / groups + width * (place + 1))
                parts.append(
                    f"<rect x='{left + 1:.1f}' y='{_y(count / top):.1f}' width='{right - left - 2:.1f}' "
                    f"height='{_y(0) - _y(count / top):.1f}' {_bar(place)}/>"
                )
    for place, label in enumerate(legend):
        y = _HEIGHT + _LINE * place
        parts.append(f"<rect x='{_LEFT + 8}' y='{y - 6}' width='18' height='12' {_bar(place)}/>")
        parts.append(f"<text x='{_LEFT + 44}' y='{y + 4}'>{escape(label)}</text>")
    return "".join((*parts, "</svg>"))


def _opened(title: str, legend: int) -> str:
    """The start of a plot with as many lines of legend."""
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {_HEIGHT + _LINE * legend}' role='img' "
        f"aria-label='{escape(title)}' font-family='system-ui, sans-serif' font-size='15' fill='currentColor'>"
        f"<title>{escape(title)}</title>"
    )


def _grid(columns: Sequence[tuple[float, str]], rows: Sequence[tuple[float, str]]) -> list[str]:
    """Lines across, each with its label, at shares of the width and of the height."""
    path = "".join(f"M{_x(share):.1f} {_y(0):.1f}V{_y(1):.1f}" for share, _ in columns)
    path += "".join(f"M{_x(0):.1f} {_y(share):.1f}H{_x(1):.1f}" for share, _ in rows)
    return [
        f"<path d='{path}' fill='none' stroke='currentColor' stroke-opacity='.15'/>",
        *(
            f"<text x='{_x(share):.1f}' y='{_y(0) + 20:.1f}' text-anchor='middle'>{label}</text>"
            for share, label in columns
        ),
        *(
            f"<text x='{_x(0) - 8:.1f}' y='{_y(share) + 4:.1f}' text-anchor='end'>{label}</text>"
            for share, label in rows
        ),
    ]


def _named(x_label: str, y_label: str) -> list[str]:
    return [
        f"<text x='{_x(0.5):.1f}' y='{_y(0) + 44:.1f}' text-anchor='middle'>{escape(x_label)}</text>",
        f"<text transform='translate(16 {_y(0.5):.1f}) rotate(-90)' text-anchor='middle'>{escape(y_label)}</text>",
    ]


def _step(most: int) -> int:
    """A round distance between lines, so that at most six lie within ``most``."""
    step = 1
    for factor in (2, 2.5, 2) * 20:
        if most / step <= 6:
            break
        step = round(step * factor)
    return step


def _bar(place: int) -> str:
    """The first row is full, the second hollow."""
    colour = _COLOURS[place]
    return f"fill='{colour}' fill-opacity='{0.08 if place else 1}' stroke='{colour}' stroke-width='2'"


def _stroke(place: int) -> str:
    dashes = _DASHES[place % len(_DASHES)]
    return f"stroke='{_COLOURS[place % len(_COLOURS)]}' stroke-width='2'" + (
        f" stroke-dasharray='{dashes}'" if dashes else ""
    )


def _dot(place: int, x: float, y: float) -> str:
    """The first mark is a ring, the second is filled, and so on by turns."""
    inside = "none" if place % 2 == 0 else "currentColor"
    return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='5.5' fill='{inside}' stroke='currentColor' stroke-width='2'/>"


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)
