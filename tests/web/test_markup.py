"""The Markdown that models write comes out as harmless HTML, and everything else as the text it is."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.web.markup import STOP, blocks, escaped, held, label, without_paths
from tests.web.page_html import HOSTILE, parsed

TEXT = st.text(max_size=300)
MARKUP = st.text(alphabet="ab <>&'\"*`#-1.[]()!|_~\n\r\t\0$\\{}\u202e", max_size=300)


def no_cite(number: int, at: int) -> None:
    return None


def html(text: str) -> str:
    return "".join(blocks(text, no_cite))


@given(TEXT | MARKUP)
def test_escaped_text_is_read_back_as_it_was(text: str) -> None:
    readable = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    assert parsed(f"<p>{escaped(text)}</p>").text == readable
    assert parsed(f"<p title='{escaped(text)}'></p>").values("title") == [readable]
    assert parsed(f'<p title="{escaped(text)}"></p>').values("title") == [readable]


@given(TEXT | MARKUP)
def test_any_text_gives_well_formed_html_of_known_tags(text: str) -> None:
    for block in blocks(text, no_cite):
        parsed(block)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    found = parsed(html(text))
    assert "<" not in text or "<" in found.text
    parsed(label(text))


@given(st.lists(st.text(alphabet="ab|\\ -:\n", max_size=60)).map("\n|-|\n".join))
def test_no_cell_is_lost(text: str) -> None:
    shown = parsed(html(text)).text
    assert [each for each in shown if each in "ab"] == [each for each in text if each in "ab"]


def test_a_mark_behind_a_row_stands_in_its_last_cell() -> None:
    text = f"|a|b|\n|-|-|\n|1|2 [7]|{STOP}\n|3|4|{STOP}"
    asked: list[tuple[int, int]] = []

    def cite(number: int, at: int) -> str:
        asked.append((number, at))
        return f"<em>{number}</em>"

    (block,) = blocks(text, cite)
    assert block.endswith("<td>2 <em>7</em><em>0</em></td></tr><tr><td>3</td><td>4<em>0</em></td></tr></table></div>")
    assert [text[at : at + 1] for _, at in asked] == ["[", STOP, STOP]


@given(TEXT | MARKUP)
@example("a\n\nb")
def test_no_word_is_lost(text: str) -> None:
    words = "".join(character for character in text if character.isalnum())
    shown = "".join(character for character in parsed(html(text)).text if character.isalnum())
    assert shown == words.encode("utf-8", "replace").decode("utf-8") or "```" in text or "~~~" in text


@pytest.mark.parametrize(
    "text, expected",
    [
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        (
            "Prices:\n| City | Price |\n|---|--:|\n| **Rome** | 12 \\| 13 |\n| Oslo |\nEnd",
            "<p>Prices:</p><div class='fn-scroll'><table class='fn-table'><tr><th>City</th><th>Price</th></tr>"
            "<tr><td><strong>Rome</strong></td><td>12 | 13</td></tr><tr><td>Oslo</td></tr></table></div><p>End</p>",
        ),
        ("| no | table |\n| at | all |", "<p>| no | table |<br>| at | all |</p>"),
        ("**bold** and *italic* and `code`", "<p><strong>bold</strong> and <em>italic</em> and <code>code</code></p>"),
        ("**bold with *italic* inside**", "<p><strong>bold with <em>italic</em> inside</strong></p>"),
        ("2*3*4 and a * b * c and snake_case_name", "<p>2*3*4 and a * b * c and snake_case_name</p>"),
        ("an ** open and a ` too", "<p>an ** open and a ` too</p>"),
        ("`**not bold**`", "<p><code>**not bold**</code></p>"),
        ("## Heading ##\ntext", "<p class='fn-heading'>Heading</p><p>text</p>"),
        ("#hashtag", "<p>#hashtag</p>"),
        ("```py\nx < 1\n\ny\n```\nafter", "<pre><code>x &lt; 1\n\ny</code></pre><p>after</p>"),
        ("```\nnever closed", "<pre><code>never closed</code></pre>"),
        ("above\n\n---\n\nbelow", "<p>above</p><p>below</p>"),
        ("![x](http://outside.example/x.png)", "<p>![x](http://outside.example/x.png)</p>"),
        ("[x](http://outside.example)", "<p>[x](http://outside.example)</p>"),
        ("|---|---|\n| a | b |", "<p>|---|---|<br>| a | b |</p>"),
        ("", ""),
    ],
)
def test_the_markdown_of_models(text: str, expected: str) -> None:
    assert html(text) == expected


def test_lists_keep_their_numbers_and_their_depth() -> None:
    made = html("1. first\n2. second\n   goes on\n   - below\n\n3) third\n- last")
    assert parsed(made).text == "1.first2.second\ngoes on•below3.third•last"
    assert made.count("<ul") == 1
    assert parsed(made).values("class").count("fn-depth-1") == 1


def test_markers_are_shown_by_whoever_knows_them() -> None:
    text = "One [1], **two [2]**, `[3]` and [4].\n- five [1]"
    seen = []

    def cite(number: int, at: int) -> str | None:
        seen.append((number, text[at : at + 3]))
        return f"<span class='x'>{number}</span>" if number < 4 else None

    made = "".join(blocks(text, cite))
    assert seen == [(1, "[1]"), (2, "[2]"), (4, "[4]"), (1, "[1]")]
    assert "<strong>two <span class='x'>2</span></strong>" in made
    assert "<code>[3]</code>" in made and "and [4]." in made


@pytest.mark.parametrize(
    "text",
    [
        "**a " * 25_000,
        "*a " * 30_000,
        "`a" * 50_000,
        "- " * 50_000,
        "\n".join(" " * depth + "- item" for depth in range(2_000)),
        "[" * 100_000,
        "#" * 100_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_long_replies_take_no_longer_than_they_should(text: str) -> None:
    began = time.process_time()
    html(text)
    assert time.process_time() - began < 2


def test_a_label_stays_on_its_line_and_in_its_direction() -> None:
    shown = parsed(label("a\nb\r\tc\u202egpj.exe\u2028d\0")).text
    assert shown == "a\ufffdb\ufffd\ufffdc\ufffdgpj.exe\ufffdd\ufffd"
    # A zero-width joiner and a non-joiner belong to the word: an emoji, and a word of Persian.
    harmless = "Größe – 総額 👩\u200d🔬 \u0645\u06cc\u200c\u062e\u0648\u0631\u0645.txt"
    assert parsed(label(harmless)).text == harmless


@pytest.mark.parametrize(
    ("made", "kept"),
    [
        ("four brigades <button class='fn-cite'>1</button>. It", "brigades <button class='fn-cite'>1</button>."),
        ("a&amp;b<span class='fn-cite fn-pending'>2</span> c", "a&amp;b<span class='fn-cite fn-pending'>2</span>"),
        (f"{'x' * 99} <button class='fn-cite'>1</button>", "<button class='fn-cite'>1</button>"),
    ],
)
def test_a_number_stays_with_the_word_before_it(made: str, kept: str) -> None:
    assert f"<span class='fn-held'>{kept}</span>" in held(made)
    assert held("a <b>word</b> and no number") == "a <b>word</b> and no number"


@pytest.mark.parametrize("place", ["/srv/ann/docs", "/srv/ann/docs/", "C:\\ann\\docs"])
def test_readers_see_the_last_part_of_a_path(place: str) -> None:
    assert without_paths(f"The folder '{place}' cannot be read.") == "The folder 'docs' cannot be read."
    assert without_paths("It's one of 'docs/a.txt' or 'b'.") == "It's one of 'docs/a.txt' or 'b'."
