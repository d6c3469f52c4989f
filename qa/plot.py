"""Line plots as SVG text: no script, no fetched font, readable in a light and in a dark page and on paper. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 24, 56
_COLOURS = ("#1b6f62", "#b4552d", "#4a5fa8", "#8a6d1d", "#7d3f78", "#46763a", "#a33b4a")
"""Told apart by people who see few colours as well: each line has its own dashes besides."""

_DASHES = ("", "7 4", "2 3", "10 3 2 3", "1 4", "12 5", "4 2")
_LINE = 18
"""Units of height that a line of the legend takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A named line through points, in the order in which they are joined."""

    label: str
    points: tuple[tuple[float, float], ...]


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
    height = _HEIGHT + _LINE * len(legend)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' role='img' "
        f"aria-label='{escape(title)}' font-family='system-ui, sans-serif' font-size='13' fill='currentColor'>",
        f"<title>{escape(title)}</title>",
        *_axes(x_label, y_label),
    ]
    for place, line in enumerate(lines):
        points = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in line.points)
        parts.append(f"<polyline points='{points}' fill='none' {_stroke(place)}/>")
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


def _axes(x_label: str, y_label: str) -> list[str]:
    parts = []
    for step in range(6):
        share = step / 5
        parts += [
            f"<path d='M{_x(share):.1f} {_y(0):.1f}V{_y(1):.1f}M{_x(0):.1f} {_y(share):.1f}H{_x(1):.1f}' fill='none' "
            "stroke='currentColor' stroke-opacity='.15'/>",
            f"<text x='{_x(share):.1f}' y='{_y(0) + 18:.1f}' text-anchor='middle'>{share:.0%}</text>",
            f"<text x='{_x(0) - 8:.1f}' y='{_y(share) + 4:.1f}' text-anchor='end'>{share:.0%}</text>",
        ]
    middle = _y(0.5)
    return [
        *parts,
        f"<text x='{_x(0.5):.1f}' y='{_y(0) + 38:.1f}' text-anchor='middle'>{escape(x_label)}</text>",
        f"<text transform='translate(16 {middle:.1f}) rotate(-90)' text-anchor='middle'>{escape(y_label)}</text>",
    ]


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
