"""Plots are well-formed, say what they were told, and put each point where its figures say."""

from __future__ import annotations

import pytest
from lxml import etree

from qa.plot import Bars, Line, Mark, bar_plot, line_plot

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


def bars(*rows: Bars, ticks: tuple[str, ...], label: str = "x") -> etree._Element:
    return etree.fromstring(bar_plot(rows, ticks, x_label=label, y_label=label, title=label))


def test_bars_are_as_high_as_their_counts() -> None:
    svg = bars(Bars(label="n", counts=(4, 0, 8)), ticks=("a", "b", "c"))
    first, last = svg.iter(f"{SVG}rect")
    assert float(last.attrib["height"]) == pytest.approx(2 * float(first.attrib["height"]), abs=0.1)
    texts = {str(each.text): each for each in svg.iter(f"{SVG}text")}
    middle = float(first.attrib["x"]) + float(first.attrib["width"]) / 2
    assert float(texts["a"].attrib["x"]) == pytest.approx(middle, abs=0.1)
    assert float(texts["8"].attrib["y"]) == pytest.approx(float(last.attrib["y"]), abs=5)
    assert "0" in texts


@pytest.mark.parametrize("most", [1, 3, 6, 7, 99, 1000, 123_456])
def test_the_counts_of_the_axis_are_whole_few_and_reach_the_highest_bar(most: int) -> None:
    svg = bars(Bars(label="n", counts=(most,)), ticks=("from", "to"))
    ends = [str(each.text) for each in svg.iter(f"{SVG}text") if each.get("text-anchor") == "end"]
    counts = [int(each.replace(",", "")) for each in ends]
    assert counts == sorted(set(counts)) and counts[0] == 0
    assert most <= counts[-1] < most + counts[1] and len(counts) <= 8


def test_two_rows_of_bars_are_told_apart_without_colours_and_named() -> None:
    svg = bars(Bars(label="right", counts=(1, 2)), Bars(label="not", counts=(2, 1)), ticks=("0", "0.5", "1"))
    assert len({bar.attrib["fill-opacity"] for bar in svg.iter(f"{SVG}rect")}) == 2
    assert {"right", "not"} <= {str(each.text) for each in svg.iter(f"{SVG}text")}


def test_labels_of_many_bars_do_not_run_into_each_other() -> None:
    ticks = tuple(f"{at} seconds" for at in range(30))
    svg = bars(Bars(label="n", counts=(1,) * 30), ticks=ticks)
    places = [float(each.attrib["x"]) for each in svg.iter(f"{SVG}text") if str(each.text).endswith("seconds")]
    assert 2 < len(places) < 10 and places == sorted(places)


@pytest.mark.parametrize("counts, ticks", [((), ("a",)), ((1, 2), ("a",)), ((1,), ("a", "b", "c"))])
def test_bars_that_do_not_fit_their_ticks_are_refused(counts: tuple[int, ...], ticks: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="counts"):
        bar_plot([Bars(label="n", counts=counts)], ticks, x_label="x", y_label="y", title="t")
