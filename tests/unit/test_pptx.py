"""Slides: what stands on them from top to bottom, their tables, charts and notes."""

from __future__ import annotations

from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation as Deck
from pptx.shapes.shapetree import GroupShapes, SlideShapes
from pptx.util import Inches

from tests.unit.office_files import changed, slide, slides, talk
from tests.unit.reading import read


def box(shapes: SlideShapes | GroupShapes, text: str, left: float, top: float) -> None:
    shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(1)).text_frame.text = text


def test_slides_are_pages_with_titles_and_notes() -> None:
    document = read(slides(talk), "talk.pptx")
    assert document.text.strip() == (
        "About kettles\n\nA subtitle\n\nKinds\n\n- Electric\n  - With a base\n- Stove\n\nNotes: Say it slowly."
    )
    assert [(heading.level, heading.text) for heading in document.headings] == [(1, "About kettles"), (1, "Kinds")]
    assert len(document.pages) == 3
    assert document.page_at(document.text.index("Say it")) == 2
    assert document.title == "About kettles"


def test_shapes_are_read_from_top_to_bottom() -> None:
    def build(deck: Deck) -> None:
        shapes = slide(deck, 5, "Title first").shapes
        box(shapes, "below", 1, 5)
        box(shapes, "right", 5, 2.1)
        box(shapes, "left", 1, 2.2)
        group = shapes.add_group_shape()
        box(group.shapes, "group right", 5, 3.6)
        box(group.shapes, "group left", 1, 3.5)

    document = read(slides(build), "a.pptx")
    assert document.text.split("\n\n") == ["Title first", "left", "right", "group left", "group right", "below"]


def test_tables_and_charts_are_rows() -> None:
    def build(deck: Deck) -> None:
        shapes = slide(deck, 6).shapes
        table = shapes.add_table(3, 3, Inches(1), Inches(1), Inches(6), Inches(1)).table
        for place, words in enumerate(["Kind", "Price", "Since", "Electric", "20 €", "2020", "all of them", "", ""]):
            table.cell(place // 3, place % 3).text = words
        table.cell(2, 0).merge(table.cell(2, 1))
        data = CategoryChartData()
        data.categories = ["2022", "2023"]
        data.add_series("Sales", (4.3, 5))
        data.add_series("Costs", (1, None))
        chart = shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(3), data).chart
        chart.has_title = True
        chart.chart_title.text_frame.text = "Growth"

    assert read(slides(build), "a.pptx").text == (
        "Kind | Price | Since\nElectric | 20 € | 2020\nall of them\n\nGrowth\n| Sales | Costs\n2022 | 4.3 | 1\n2023 | 5"
    )


def test_slides_are_in_the_order_of_the_talk_and_found_without_it() -> None:
    def build(deck: Deck) -> None:
        for number in range(11):
            slide(deck, 5, f"Slide {number}")
        order = deck.slides._sldIdLst
        order.insert(0, order[-1])

    data = slides(build)
    first = ["Slide 10", *(f"Slide {number}" for number in range(10))]
    assert read(data, "a.pptx").text.split("\n\n") == first
    lost = changed(data, lambda name, part: None if name == "ppt/_rels/presentation.xml.rels" else part)
    assert read(lost, "a.pptx").text.split("\n\n") == [f"Slide {number}" for number in range(11)]
