"""Plots are well-formed, say what they were told, and put each point where its figures say."""

from __future__ import annotations

import pytest
from lxml import etree

from qa.plot import Line, Mark, line_plot

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*lines: Line, marks: tuple[Mark, ...] = (), label: str = "x") -> etree._Element:
    return etree.fromstring(line_plot(lines, x_label=label, y_label=label, title=label, marks=marks))


def test_points_are_where_their_figures_say() -> None:
    line = Line(label="one", points=((0, 0), (0.5, 0.25), (1, 1)))
    svg = drawn(line, marks=(Mark(label="here", at=(0.5, 0.25)),))
    (shown,) = svg.iter(f"{SVG}polyline")
    points = str(shown.attrib["points"]).split()
    (left, low), (x, y), (right, high) = (map(float, point.split(",")) for point in points)
    assert x == pytest.approx((left + right) / 2, abs=0.1)
    assert y == pytest.approx(low + (high - low) / 4, abs=0.1)
    assert high < low and left < right
    dot = next(svg.iter(f"{SVG}circle"))
    assert (float(dot.attrib["cx"]), float(dot.attrib["cy"])) == (x, y)
    width, height = (float(each) for each in svg.attrib["viewBox"].split()[2:])
    for each in svg.iter(f"{SVG}text"):
        assert 0 <= float(each.get("x", 0)) <= width and 0 <= float(each.get("y", 0)) <= height


def test_lines_can_be_told_apart_without_colours() -> None:
    svg = drawn(*(Line(label=str(place), points=((0, 0), (1, 1))) for place in range(7)))
    dashes = [line.get("stroke-dasharray") for line in svg.iter(f"{SVG}polyline")]
    assert len(set(dashes)) == 7


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a' onload='x", "&amp; ]]> \u202e"])
def test_labels_stay_text(text: str) -> None:
    svg = drawn(Line(label=text, points=()), marks=(Mark(label=text, at=(0, 0)),), label=text)
    assert [each.text for each in svg.iter(f"{SVG}text")].count(text) == 4
    assert svg.attrib["aria-label"] == text
    tags = {etree.QName(each).localname for each in svg.iter()}
    assert tags == {"svg", "title", "path", "polyline", "circle", "text"}
