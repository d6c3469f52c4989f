"""Tables in plain text: rows whose cells stay apart, and headers that each row of a long one says."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UnreadableDocument
from tests.unit.reading import read


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_small_table_is_a_line_a_row(delimiter: str, encoding: str) -> None:
    rows = [["City", "Price, net", "Since"], ["Zürich", "1,50", "2020-01-02"], ["Oslo", '2" pipe', "a; b | c"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    document = read(out.getvalue().encode(encoding), "prices.csv")
    assert document.text.split("\n") == [" | ".join(row) for row in rows]
    assert document.title == "prices"


def test_each_row_of_a_long_table_says_its_headers() -> None:
    rows = ["Name;Price;Town"] + [f"Item {number};{number},50;{'' if number % 2 else 'Oslo'}" for number in range(100)]
    lines = read("\n".join(rows), "a.csv").text.split("\n")
    assert lines[0] == "Name | Price | Town"
    assert lines[71] == "Name: Item 70 | Price: 70,50 | Town: Oslo"
    assert lines[72] == "Name: Item 71 | Price: 71,50"
    assert len(lines) == 101


def test_a_long_table_without_headers_gets_none() -> None:
    rows = [f"{number},{number * 2},{number * 3}" for number in range(300)]
    assert read("\n".join(rows), "a.csv").text.split("\n")[200] == "200 | 400 | 600"


def test_parts_of_a_wide_row_name_the_row() -> None:
    header = ["Country", *(f"Measure number {number}" for number in range(60))]
    rows = [[f"Land {row}", *(f"{row}.{number}" for number in range(60))] for row in range(30)]
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    lines = read(out.getvalue(), "a.csv").text.split("\n")
    line = next(line for line in lines if "Measure number 59: 17.59" in line)
    assert line.startswith("Country: Land 17 | ")
    assert max(map(len, lines[1:])) < 500


def test_a_line_above_the_table_is_its_title() -> None:
    document = read("Stanley cups,,\nTeam,Town,Cups\nBlues,STL,1\n", "x.csv")
    assert document.title == "Stanley cups"
    assert document.text == "Stanley cups\nTeam | Town | Cups\nBlues | STL | 1"


def test_quoted_line_ends_and_ragged_rows_keep_their_cells() -> None:
    text = 'a,b\r\n1,"two\r\nlines"\r\n\r\n3\r\n4,5,6\r\n'
    assert read(text, "a.csv").text == "a | b\n1 | two lines\n\n3\n4 | 5 | 6"


def test_a_quotation_mark_that_nothing_closes_keeps_the_rows_apart() -> None:
    text = 'size,kind\n1,"round\n2,square\n3,flat\n'
    assert read(text, "a.csv").text == 'size | kind\n1 | "round\n2 | square\n3 | flat'
    many = "\n".join(f"{number},row {number}" for number in range(20_000))
    lines = read('size,kind\n0,"round\n' + many, "a.csv").text.split("\n")
    assert len(lines) == 20_002
    assert lines[-1].endswith("row 19999")


def test_the_delimiter_may_be_said() -> None:
    assert read("sep=|\na|b,c\n1|2", "a.csv").text == "a | b,c\n1 | 2"


@given(st.lists(st.lists(st.text(alphabet='ab1 ,;|"\n\téß\u3000', max_size=6), max_size=5), max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_word_of_a_table_is_lost(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    try:
        text = read(out.getvalue(), "a.csv").text
    except UnreadableDocument:
        return
    kept = sorted(char for char in text if char.isalnum())
    assert kept == sorted(char for row in rows for cell in row for char in cell if char.isalnum())


def test_a_large_table_is_read_in_time() -> None:
    data = b"Name,City,Price,Share\n" + b"Somebody Else,Oslo,12.50,0.75\n" * 200_000  # 6 MB
    began = time.process_time()
    assert read(data, "a.csv").text.count("City: Oslo") == 200_000
    assert time.process_time() - began < 20
