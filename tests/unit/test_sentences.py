"""Sentence boundaries: nothing lost, nothing twice, and the hard cases of real documents."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import LONGEST, sentence_spans

WORDS = st.sampled_from(
    [
        *("a", "The", "U.S.", "Mr.", "e.g.", "3.14", "1.", "No.", "end", "Dr", "Smith", "[1]", "\U0001f642"),
        *("-", "#", "|", "\t", " ", "\n", "\r\n", "\f", "\u2028", "\u00a0", ";", ",", ":", ")", "("),
        *(".", "...", "\u2026", "!", "?", '."', "\u3002", "\u300d", "\u3053\u308c", "\u0964"),
    ]
)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)))
def test_sentences_are_in_order_trimmed_and_leave_nothing_out(text: str) -> None:
    spans = sentence_spans(text)
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert end - start <= LONGEST
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize(
    "expected",
    [
        ["Mr. and Mrs. Smith met Dr. Jones.", "They left."],
        ["The U.S. Army grew.", "It is in the U.S.", "The law changed."],
        ["J. K. Rowling wrote it.", "So did J.R.R. Tolkien."],
        ["It costs 3.14 dollars.", "Version 1.2.3 is out."],
        ["See Fig. 2 and Eq. (3), pp. 4-5, No. 7.", "Then stop."],
        ["The answer is no.", "Ask again."],
        ["Did he say no?", "He did!", "Good."],
        ['He said "Stop."', "Then he left."],
        ['"Really?" she asked.', '"Yes."'],
        ["Smith et al. (2019) found it.", "We agree."],
        ["It was e.g. Paris or i.e. London.", "Done."],
        ["Go to https://example.com/a.b?c=d.e now.", "Open file.tar.gz first."],
        ["He waited... and left.", "Then\u2026 nothing."],
        ["Acme Inc. reported growth.", "The firm grew."],
        ["On Jan. 5, 2020 it rained.", "It was cold."],
        ["At 5 p.m. Eastern it closed.", "Nobody came."],
        ["(It grew by 5%.)", "Then it fell."],
        ["It grew.[1][2]", "Then it fell."],
        ["In 2019.", "The next year it fell."],
        ["So am I.", "Then we left."],
        ["Am 5. Mai 2020 begann es.", "Dann endete es."],
        ["Wait . . . what?", "Yes."],
        ["This is odd !", "So is this ."],
        ["St. Louis, Mo. grew, cf. Dr. No.", "It did."],
        [
            "\u4eca\u65e5\u306f\u6674\u308c\u3002",
            "\u660e\u65e5\u306f\u96e8\uff01",
            "\u300c\u672c\u5f53\uff1f\u300d\u3068\u805e\u3044\u305f\u3002",
        ],
        ["\u092f\u0939 \u090f\u0915 \u0939\u0948\u0964", "\u092f\u0939 \u0926\u0942\u0938\u0930\u093e\u0964"],
        ["\u0645\u0627 \u0647\u0630\u0627\u061f", "\u0644\u0627 \u0623\u0639\u0631\u0641."],
    ],
    ids=lambda expected: expected[0][:20],
)
def test_hard_cases(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_wide_stops_need_no_space() -> None:
    assert sentences("\u4eca\u65e5\u306f\u6674\u308c\u3002\u660e\u65e5\u306f\u96e8\uff01\u7d42") == [
        "\u4eca\u65e5\u306f\u6674\u308c\u3002",
        "\u660e\u65e5\u306f\u96e8\uff01",
        "\u7d42",
    ]


def test_lines_that_end_where_they_were_meant_to() -> None:
    lines = [
        "# Growth in brief",
        "The army grew. It",
        "1. Open the lid.",
        "2. Go on",
        "- small thing",
        "* Another",
        "\u2022 third",
        "Jane Smith",
        "12 Long Street",
        "London",
        "Name | Size | See p. 4. Then",
        "--- | ---",
        "Acme\t12",
        "apples",
        "pears",
    ]
    assert sentences("\n".join(lines)) == [
        *["# Growth in brief", "The army grew.", "It"],
        *["1. Open the lid.", "2. Go on", "- small thing"],
        *lines[5:],
    ]


def test_a_blank_line_always_ends_a_sentence() -> None:
    assert sentences("the army\n\ngrew to\n \t\nmany\r\n\r\nmen") == ["the army", "grew to", "many", "men"]


PROSE = (
    "The deployment could grow to a total of twelve thousand soldiers across four brigades in the Kursk region,"
    " Zelenskyy said. North Korea sent small contingents before. Analysts like Sam Cranny-Evans of the Royal United"
    " Services Institute suggest supportive roles such as logistics and engineering for Russia and its army."
)


@pytest.mark.parametrize("width", [45, 60, 80, 100])
@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_wrapped_prose_has_the_sentences_it_had_before(width: int, break_: str) -> None:
    wrapped = break_.join(textwrap.wrap(PROSE, width))
    assert [" ".join(sentence.split()) for sentence in sentences(wrapped)] == sentences(PROSE)


def test_wrapped_prose_under_a_heading_and_before_another_paragraph() -> None:
    wrapped = "\n".join(textwrap.wrap(PROSE, 80))
    found = [" ".join(sentence.split()) for sentence in sentences(f"Growth in Brief\n{wrapped}\n\n{wrapped}")]
    assert found == ["Growth in Brief", *sentences(PROSE), *sentences(PROSE)]


def test_wrapped_japanese_runs_on() -> None:
    line = "\u3053\u308c\u306f\u9577\u3044\u6587\u7ae0\u3067\u6539\u884c\u3055\u308c\u3066\u3044\u308b\u3082\u306e"
    line *= 2
    assert len(sentences(f"{line}\n{line}\n\u3067\u3059\u3002")) == 1


def test_paragraphs_of_one_line_each_stay_apart() -> None:
    assert sentences(f"{PROSE} And so on\n{PROSE}") == [*sentences(PROSE), "And so on", *sentences(PROSE)]


def test_what_is_too_long_is_cut_where_a_reader_would_pause() -> None:
    clause = "it grew and grew and " * 20
    text = f"{clause}grew; {clause}grew, {clause}grew; {clause}grew."
    found = sentences(text)
    assert [part[-1] for part in found] == [";", ";", "."]
    assert " ".join(found) == text
    assert [len(part) for part in sentences("x" * 2500)] == [1000, 1000, 500]
