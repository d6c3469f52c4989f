"""Markers in a model's text, the sentences that carry them, and the spans that they rest on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.sentences import sentence_spans
from index.values import Passage
from qa.cite import MarkerReader, answer_sentences, place

SHOWN = 3


def read(text: str, shown: int = SHOWN) -> tuple[str, MarkerReader]:
    reader = MarkerReader(shown)
    return reader.feed(text) + reader.finish(), reader


@pytest.mark.parametrize(
    "written, text, order, removed",
    [
        # The forms that models write.
        ("It grew [2].", "It grew [1].", [2], 0),
        ("It grew[2]. It fell [1, 3].", "It grew [1]. It fell [2][3].", [2, 1, 3], 0),
        ("It grew. [3] Then[3][1] more", "It grew. [1] Then [1][2] more", [3, 1], 0),
        ("a [1,2 and 3]. b [1; 2] c [1 2]", "a [1][2][3]. b [1][2] c [1][2]", [1, 2, 3], 0),
        ("a [1-3], b [2\u20133]", "a [1][2][3], b [2][3]", [1, 2, 3], 0),
        ("a [^1] b [^2, ^3].", "a [1] b [2][3].", [1, 2, 3], 0),
        ("a \u30101\u3011 b \u30102\u2020source\u3011.", "a [1] b [2].", [1, 2], 0),
        ("\u5897\u3048\u305f\u30101\u3011\u3002", "\u5897\u3048\u305f [1]\u3002", [1], 0),
        ("[Passage 1] a [passage 1, 2] b [source: 2]", "[1] a [1][2] b [2]", [1, 2], 0),
        ("a [Source 1, Source 2] b [Doc. 3] c [ 1 ]", "a [1][2] b [3] c [1]", [1, 2, 3], 0),
        ("a [1, p. 5] b [2 pp. 3-4]", "a [1] b [2]", [1, 2], 0),
        ("a [[1]] b [[2]](http://x.example)", "a [1] b [2]", [1, 2], 0),
        ("a [1](http://x.example) b [2](#two)", "a [1] b [2]", [1, 2], 0),
        ("a [1] [2]  [3] .", "a [1][2][3].", [1, 2, 3], 0),
        ("a [1, 2, and 3] b [1 and 2, or 3]", "a [1][2][3] b [1][2][3]", [1, 2, 3], 0),
        ("a [1\u2020source]. b [2\u2020L1-4] [9\u2020source]", "a [1]. b [2]", [1, 2], 1),
        ("[passage-1] a [source_2]", "[1] a [2]", [1, 2], 0),
        ("a \\[1\\]. b\\[2\\](http://x.example)", "a [1]. b [2]", [1, 2], 0),
        ("a [1][1] b [1, 1]", "a [1] b [1]", [1], 0),
        ('**[1]** "[2]" ([3]) \u201c[1]\u201d', '**[1]** "[2]" ([3]) \u201c[1]\u201d', [1, 2, 3], 0),
        ('**Big**[1] "so"[2]', '**Big** [1] "so" [2]', [1, 2], 0),
        ("- [2] a\n- [1] b\n1. [3]", "- [1] a\n- [2] b\n1. [3]", [2, 1, 3], 0),
        ("| a [1] | b [2] |", "| a [1] | b [2] |", [1, 2], 0),
        ("Great![1]", "Great! [1]", [1], 0),
        ("", "", [], 0),
        # Markers that point nowhere.
        ("grew [9]. By [9] half [7, 8][1] in [1, 99].", "grew. By half [1] in [1].", [1], 5),
        ("a [1-999999999] b [0] c", "a [1][2][3] b c", [1, 2, 3], 2),
        ("[9] Grew.\n[9] Fell.", "Grew.\nFell.", [], 2),
        ("a [Passage 9] [^7] \u30109\u3011 \u30104:0\u2020source\u3011.", "a.", [], 4),
        ("a [1] [9] [2]", "a [1][2]", [1, 2], 1),
        ("grew [9]\n\nfell", "grew\n\nfell", [], 1),
        ("growth[1]. decline[9].", "growth [1]. decline.", [1], 1),
        ("a [9](http://x.example) b", "a b", [], 1),
        ("so [9]: yes", "so: yes", [], 1),
        # Numbers that are no markers.
        ("a[5] and [2019] and [12,000] in [0, 1], [007]", "a[5] and [2019] and [12,000] in [0, 1], [007]", [], 0),
        ("[sic] [x] [ ] [] [2.5] [1.] [a1] [-1]", "[sic] [x] [ ] [] [2.5] [1.] [a1] [-1]", [], 0),
        ("\\[ 1 \\] and \\[ x \\] \\[1 \\]", "\\[ 1 \\] and \\[ x \\] \\[1 \\]", [], 0),
        ("\u3010\u91cd\u8981\u3011 [1]", "\u3010\u91cd\u8981\u3011 [1]", [1], 0),
        # Code.
        ("`a[1]` and `[2]` [1]", "`a[1]` and `[2]` [1]", [1], 0),
        ("``a ` [1]`` [2]", "``a ` [1]`` [1]", [2], 0),
        ("```py\nx = [1]\n```\nso [2]", "```py\nx = [1]\n```\nso [1]", [2], 0),
        ("~~~\n[1]\n```\n[2]\n~~~\n[3]", "~~~\n[1]\n```\n[2]\n~~~\n[1]", [3], 0),
        ("- ```\n  [1]\n  ```\n[1]", "- ```\n  [1]\n  ```\n[1]", [1], 0),
        ("```\nx [1]", "```\nx [1]", [], 0),
        ("``so'' he said [1], 5` long [2]", "``so'' he said [1], 5` long [2]", [1, 2], 0),
        # Parentheses.
        ("It grew (1). It fell (2, 3).", "It grew [1]. It fell [2][3].", [1, 2, 3], 0),
        ("It grew. (1) It fell. (2)", "It grew. [1] It fell. [2]", [1, 2], 0),
        ("\u589e\u957f\u4e86\uff081\uff09\u3002", "\u589e\u957f\u4e86 [1]\u3002", [1], 0),
        ("(1) first, (2) second (1).", "(1) first, (2) second (1).", [], 0),
        ("See equation (1). And f(1).", "See equation (1). And f(1).", [], 0),
        ("It grew in that year (2019).", "It grew in that year (2019).", [], 0),
        ("It grew a lot (9).", "It grew a lot (9).", [], 0),
        ("It grew (Passage 1). It fell [2] (sources: 1, 3).", "It grew [1]. It fell [2][1][3].", [1, 2, 3], 0),
        ("(1) it grew (Passage 1, Passage 2)", "(1) it grew [1][2]", [1, 2], 0),
        ("It grew (passage 9), (passages of it), (a), (See Note 1).",) * 2 + ([], 0),
        ("It grew (1) p", "It grew (1) p", [], 0),
        ("It grew [1]. It fell again (2).", "It grew [1]. It fell again (2).", [1], 0),
        # Broken off.
        ("It grew [1", "It grew", [], 0),
        ("It grew [", "It grew", [], 0),
        ("It grew [1][2, ", "It grew [1]", [1], 0),
        ("It grew [Pass", "It grew", [], 0),
        ("It grew \u30101\u2020", "It grew", [], 0),
        ("It grew [1, 2, and", "It grew", [], 0),
        ("It grew [1\u2020sou", "It grew", [], 0),
        ("It grew (Passage 1", "It grew (Passage 1", [], 0),
        ("It grew \\[1", "It grew \\[1", [], 0),
        ("It grew [sic", "It grew [sic", [], 0),
        ("It grew [1 and fell", "It grew [1 and fell", [], 0),
        ("It grew [1\nand fell [2]", "It grew [1\nand fell [1]", [2], 0),
        ("It grew (1", "It grew (1", [], 0),
        ("It grew `a [1", "It grew `a", [], 0),
        # Links and images.
        ("a [see this](http://x.example/a_(b)) b", "a see this b", [], 0),
        ('a ![alt](<http://x.example> "t") b ![](//x.example)', "a alt b", [], 0),
        ("[![alt](//x.example/i.png)](//x.example)", "[alt]", [], 0),
        ("a [text](not a link) b [1](see below)", "a [text] (not a link) b [1] (see below)", [1], 0),
        ("[1]: http://x.example\n[a]: //x.example", "[1] : http://x.example\n[a] : //x.example", [1], 0),
        ("See [1]: it grew.", "See [1]: it grew.", [1], 0),
        ("`[a](http://x.example)` `f[a](b)`", "`[a] (http://x.example)` `f[a](b)`", [], 0),
        ("<img src=//x.example> & <b>", "<img src=//x.example> & <b>", [], 0),
    ],
)
def test_what_becomes_of_a_text(written: str, text: str, order: list[int], removed: int) -> None:
    found, reader = read(written)
    assert found.rstrip(" ") == text
    assert (reader.order, reader.removed) == (order, removed)


def test_no_passage_was_shown() -> None:
    text, reader = read("It grew [1]. It fell (1).", shown=0)
    assert text == "It grew. It fell (1)."
    assert (reader.order, reader.removed) == ([], 1)


PARTS = st.sampled_from(
    [
        *(
            "[",
            "]",
            "(",
            ")",
            "!",
            "`",
            "``",
            "```",
            "~~~",
            "\n",
            "\n\n",
            "\r",
            " ",
            "  ",
            "\t",
            "\u00a0",
            "\\",
            "<",
            ">",
        ),
        *(":", "http://e.example", "//e.example", "1", "2", "9", ", ", "-", "[1]", "[9]", "[1, 2]", "[^1]", "(1)", "."),
        *(
            "\u30101\u3011",
            "\u3010",
            "\u3011",
            "\uff081\uff09",
            "a",
            "word",
            '"',
            "'",
            "- ",
            "> ",
            "1. ",
            "*",
            "**",
            "^",
        ),
        *("](http://e.example)", "![x](//e.example)", "[f]: http://e.example", "[1]: //e.example", "](\n", "](<//e>"),
        *("(Passage 1)", "(Source: ", "\\[1\\]", "\\[", "\\]", "[1\u2020s]", ", and ", "passage-"),
        *("&#58;", "]:", ' "t")', "Passage ", "\u5897", "\u3002", "2019", "\u2020", "\U0001f642"),
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(PARTS, max_size=30).map("".join))


@given(TEXTS, st.lists(st.integers(0, 80), max_size=8), st.integers(0, 4))
@example("It grew [1].", list(range(12)), 3)
def test_the_result_does_not_depend_on_how_the_text_is_cut(text: str, cuts: list[int], shown: int) -> None:
    whole, at_once = read(text, shown)
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    reader = MarkerReader(shown)
    final = "".join([reader.feed(text[low:high]) for low, high in pairwise(edges)]) + reader.finish()
    assert final == whole
    assert reader.markers == at_once.markers
    assert (reader.order, reader.removed) == (at_once.order, at_once.removed)


@given(TEXTS, st.integers(0, 4))
def test_every_marker_is_where_it_says_and_means_a_passage_that_was_shown(text: str, shown: int) -> None:
    final, reader = read(text, shown)
    assert all(1 <= passage <= shown for passage in reader.order)
    assert len(set(reader.order)) == len(reader.order)
    first_use = list(dict.fromkeys(number for _, number in reader.markers))
    assert first_use == list(range(1, len(reader.order) + 1))
    ends = 0
    for at, number in reader.markers:
        assert at >= ends
        ends = at + len(f"[{number}]")
        assert final[at:ends] == f"[{number}]"


@given(st.text(st.characters(exclude_characters="[]()!`~:\\\u3010\uff3b\u3014\uff08")))
def test_text_without_any_marker_stays_as_it_is(text: str) -> None:
    assert read(text)[0] == text


def links(tokens: Sequence[Token]) -> Iterator[str]:
    """Where a Markdown text leads or fetches from, but for addresses in angle brackets."""
    for token in tokens:
        if token.type == "image":
            yield str(token.attrs["src"])
        elif token.type == "link_open" and token.info != "auto":
            yield str(token.attrs["href"])
        yield from links(token.children or [])


@given(TEXTS)
@example("[a]\u30109\u3011(http://e.example)")
@example("\u00a0```![x](//e.example)\n")
@example("1. > [1]: http://e.example\n\n[1]")
def test_no_text_of_a_model_leads_elsewhere(text: str) -> None:
    for address in links(MarkdownIt("commonmark").parse(read(text)[0])):
        parts = urlsplit(address)
        assert not parts.scheme and not parts.netloc


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "(1",
        "(p",
        "(passage 1, ",
        "\\[1",
        "[1, and ",
        "`a``b",
        "](",
        "](" + "a" * 56 + "(",
        "[1]",
        " ",
        "![",
        "\u3010",
        "word [1]. ",
    ],
)
def test_long_texts_take_time_in_proportion(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        began = time.process_time()  # not the clock on the wall: the machine may be busy
        reader = MarkerReader(SHOWN)
        for at in range(0, len(text), 100):
            reader.feed(text[at : at + 100])
        reader.finish()
        return time.process_time() - began

    # Eight times the text; if each character were read anew with each one before it, 64 times the work.
    assert min(seconds(40_000) for _ in range(2)) < 24 * min(seconds(5_000) for _ in range(3)) + 0.2


def test_text_is_held_back_only_while_it_may_be_a_marker() -> None:
    reader = MarkerReader(SHOWN)
    assert reader.feed("It grew") == "It grew"
    assert reader.feed(" ") == ""
    assert reader.feed("[") == ""
    assert reader.feed("1") == ""
    assert reader.feed("]") == " [1]"
    assert reader.feed(". Then") == ". Then"
    assert reader.finish() == ""


def carried(written: str) -> list[tuple[str, tuple[int, ...]]]:
    text, reader = read(written)
    return [(text[start:end], numbers) for start, end, numbers in answer_sentences(text, reader.markers)]


@pytest.mark.parametrize(
    "written, expected",
    [
        ("It grew [1]. It fell [2].", [("It grew [1].", (1,)), ("It fell [2].", (2,))]),
        ("It grew. [1] It fell. [2][3]", [("It grew. [1]", (1,)), ("It fell. [2][3]", (2, 3))]),
        ("It grew.[1] It fell.", [("It grew. [1]", (1,)), ("It fell.", ())]),
        ("It grew [1] and fell [2], then [1].", [("It grew [1] and fell [2], then [1].", (1, 2))]),
        ("It grew.\n\n[1][2]", [("It grew.\n\n[1][2]", (1, 2))]),
        ("- It grew. [1]\n- [2] It fell.", [("- It grew. [1]", (1,)), ("- [2] It fell.", (2,))]),
        ("It grew.\n[1] It fell.", [("It grew.", ()), ("[1] It fell.", (1,))]),
        ("[1] It grew. It fell.", [("[1] It grew.", (1,)), ("It fell.", ())]),
        ("It grew [1]", [("It grew [1]", (1,))]),
        ("[1][2]", [("[1][2]", (1, 2))]),
        ("Mr. Smith [1] left. [2]", [("Mr. Smith [1] left. [2]", (1, 2))]),
        ("", []),
    ],
)
def test_which_sentence_carries_which_marker(written: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert carried(written) == expected


@given(TEXTS)
def test_sentences_of_an_answer_hold_every_marker_once(text: str) -> None:
    final, reader = read(text)
    found = answer_sentences(final, reader.markers)
    at = 0
    for start, end, _ in found:
        assert at <= start < end <= len(final)
        assert not final[at:start].strip()
        at = end
    assert not final[at:].strip()
    for place_, number in reader.markers:
        (numbers,) = [numbers for start, end, numbers in found if start <= place_ < end]
        assert number in numbers


def passage(text: str, start: int = 0) -> Passage:
    return Passage(
        id="p", document="d.txt", title="d", heading="", text=text, start=start, end=start + len(text), page=None
    )


SOURCE = (
    "  North Korea has sent small contingents of pilots in earlier wars. This deployment could grow to a total of"
    " 12,000 soldiers across four brigades. Analysts such as Sam Cranny-Evans expect supportive roles. The losses are"
    " estimated at 1,200 soldiers per day. The G7 will confirm a package of $50 billion for Ukraine.\n"
)


@pytest.mark.parametrize(
    "claim, first, last",
    [
        ("The force may reach 12,000 men [1].", "This deployment", "brigades."),
        ("It may grow to 12000 troops.", "This deployment", "brigades."),
        ("Losses: 1,200 a day [2].", "The losses", "day."),
        ("Fifty billion dollars for Ukraine come from the G7.", "The G7", "Ukraine."),
        ("SAM CRANNY-EVANS EXPECTS SUPPORT", "Analysts", "roles."),
        ("Four brigades, says the report.", "This deployment", "brigades."),
        ("Sam Cranny-Evans expects supportive roles, and losses are put at 1,200 per day.", "Analysts", "day."),
        ("xyzzy", "North", "Ukraine."),
        ("", "North", "Ukraine."),
    ],
)
def test_a_claim_is_placed_on_the_sentences_that_carry_it(claim: str, first: str, last: str) -> None:
    start, end = place(claim, passage(SOURCE, start=1000))
    found = SOURCE[start - 1000 : end - 1000]
    assert found.startswith(first) and found.endswith(last)


def test_the_number_of_an_item_is_no_number_of_its_text() -> None:
    text = (
        "7. Termination. Either party may terminate this agreement with two months' written notice.\n\n"
        "8. Utilities. Water and tax are included.\n\n\u00a7 9 Pets. None are allowed."
    )
    for claim in ("The tenant may leave with eight weeks' notice.", "8. The tenant may leave with two months' notice"):
        start, end = place(claim, passage(text))
        assert text[start:end] == "Either party may terminate this agreement with two months' written notice."
    start, end = place(
        "The agreement may be terminated.", passage("2. It is dear.\n\n9. This agreement may be terminated.")
    )
    assert (start, end) == (16, 52)


def test_japanese_is_placed_by_its_characters() -> None:
    # Tokyo is the capital of Japan. Osaka is famous for its food.
    osaka = "\u5927\u962a\u306f\u98df\u3079\u7269\u3067\u6709\u540d\u3067\u3059\u3002"
    text = "\u6771\u4eac\u306f\u65e5\u672c\u306e\u9996\u90fd\u3067\u3059\u3002" + osaka
    start, end = place("\u98df\u3079\u7269\u306a\u3089\u5927\u962a [1]", passage(text))
    assert text[start:end] == osaka


@given(st.text(), st.text(), st.integers(0, 5000))
@example("a", " \n ", 7)
def test_a_place_is_always_a_visible_span_of_the_passage(claim: str, text: str, at: int) -> None:
    start, end = place(claim, passage(text, start=at))
    quote = text[start - at : end - at]
    assert at <= start <= end <= at + len(text)
    assert quote == quote.strip()
    assert bool(quote) == bool(text.strip())
    edges = {edge for span in sentence_spans(text) for edge in span}
    assert not quote or {start - at, end - at} <= edges
    assert place(claim, passage(text, start=at)) == (start, end)


@given(st.integers(0, 4))
def test_a_sentence_of_the_passage_is_placed_on_itself(number: int) -> None:
    start, end = sentence_spans(SOURCE)[number]
    assert place(SOURCE[start:end], passage(SOURCE)) == (start, end)
