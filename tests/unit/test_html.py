"""Pages of the web: what their readers see, without what stands around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.reading import outline, read

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Tea &amp; kettles - Shop</title>
<style>p { color: red }</style><script>function tracking() {}</script></head><body>
<header><a href="/">Home</a> Site name</header><nav><ul><li><a href="/a">Menu entry</a></ul></nav>
<div role="navigation">Jump to</div><div style="display: none">secret</div><p hidden>unseen</p>
<span aria-hidden="true">★</span><template><p>templated</p></template><noscript>Enable scripts</noscript>
<main><h1>Tea <em>kettles</em></h1>
<p>A kettle   boils
water.<br>Twice a day.</p>
<h2>Kinds</h2>
<ul><li>Electric</li><li><p>Stove</p><ol start="3"><li>steel<li>copper</ol></li></ul>
<table><caption>Prices</caption><tr><th>Kind<th>Price<th>Note</tr>
<tr><td rowspan=2>Electric<td>20&nbsp;€<td>with <b>lid</b></td></tr><tr><td>35 €</td></tr><tr><td><td></tr></table>
<pre>  if x:
      boil()</pre>
<blockquote>Mind the <q>steam</q>.</blockquote>
<dl><dt>Lid<dd>Closes it.</dl>
<p>The kettle was long made of copper, and people said that no tea tasted like the tea that came out of it. When steel
became cheap, most of the copper kettles were sold to collectors, who keep them on shelves.</p>
</main><aside>Advertisement</aside><footer>© Company</footer></body></html>"""


def test_a_page_is_read_like_its_reader_reads_it() -> None:
    document = read(PAGE, "page.html")
    end = document.text.index("The kettle was long")
    assert (
        document.text[:end]
        == """Tea kettles

A kettle boils water.
Twice a day.

Kinds

- Electric
- Stove
  3. steel
  4. copper

Prices

Kind | Price | Note
Electric | 20 € | with lid
| 35 €

  if x:
      boil()

Mind the “steam”.

Lid
Closes it.

"""
    )
    assert document.title == "Tea & kettles - Shop"
    assert outline(document) == [(1, "Tea kettles"), (2, "Kinds")]
    for word in (
        "tracking",
        "color",
        "Menu",
        "Site name",
        "secret",
        "unseen",
        "★",
        "templated",
        "Enable",
        "Advert",
        "©",
    ):
        assert word not in document.text


def test_a_page_without_a_main_part_loses_only_what_is_furniture() -> None:
    links = "".join(f'<a href="/{n}">Link {n}</a> ' for n in range(9))
    page = f"""<div class="top-menu">{links}</div><div class="sidebar">A box with a long note and <a>one link</a></div>
    <header>Issue 12</header><p>Body text.</p><p>See {links}</p><footer>Printed in Ghent</footer>"""
    assert read(page, "a.htm").text == (
        "A box with a long note and one link\n\nIssue 12\n\nBody text.\n\n"
        "See " + " ".join(f"Link {n}" for n in range(9)) + "\n\nPrinted in Ghent"
    )


def test_a_main_element_that_holds_next_to_nothing_is_not_believed() -> None:
    page = "<main>Skip</main>" + "<p>The text stands outside, where it should not.</p>" * 30
    assert read(page, "a.html").text.count("stands outside") == 30


def test_all_entries_of_a_list_of_articles_are_read() -> None:
    page = "".join(f"<article><h2>Entry {n}</h2><p>{'Some words. ' * 30}</p></article>" for n in range(3))
    assert [text for _, text in outline(read(page, "a.html"))] == ["Entry 0", "Entry 1", "Entry 2"]


@pytest.mark.parametrize(
    "page",
    [
        '<body style="visibility: hidden"><p>The text.</p>',
        '<div aria-hidden="true"><p>The text.</p></div><div role="dialog">Cookies?</div>',
    ],
)
def test_a_page_that_is_hidden_as_a_whole_is_read(page: str) -> None:
    assert read(page, "a.html").text.startswith("The text.")


def test_a_layout_table_is_read_as_paragraphs() -> None:
    page = "<table><tr><td><h1>News</h1><p>One.</p></td><td><table><tr><td>a<td>b</table></td></tr></table>"
    assert read(page, "a.html").text == "News\n\nOne.\n\na | b"


def test_a_formula_shown_as_an_image_stays_in_its_sentence() -> None:
    page = r'<p>Energy is <img class="mwe-math-image" aria-hidden="true" alt="{\displaystyle E=mc^{2}}">, he said.</p>'
    assert read(page, "a.html").text == "Energy is E=mc^{2}, he said."


@pytest.mark.parametrize(
    "data, text",
    [
        ('<meta charset="windows-1251"><p>Привет, мир'.encode("cp1251"), "Привет, мир"),
        (
            '<meta http-equiv=content-type content="text/html; charset=iso-8859-1"><p>“Größe”'.encode("cp1252"),
            "“Größe”",
        ),
        ('<meta charset="iso-8859-1"><p>Größe'.encode(), "Größe"),
        ('<?xml version="1.0" encoding="UTF-16"?><html><p>Größe</p></html>'.encode("utf-16"), "Größe"),
        ('<meta charset="no-such"><p>Größe und Länge'.encode("cp1252"), "Größe und Länge"),
        (b"<p>It&#146;s &#150; &hellip; &#x1F600;", "It’s – … 😀"),
    ],
)
def test_the_encoding_of_a_page(data: bytes, text: str) -> None:
    assert read(data, "a.html").text == text


def test_badly_formed_pages_keep_their_text() -> None:
    assert read("<p>One<p>Two<li>Three</div><td>Four", "a.html").text == "One\n\nTwo\n\n- Three\n\nFour"
    assert read("<b>a<p>b</b>c</p></html>after", "a.html").text == "a\n\nbc\n\nafter"


@pytest.mark.parametrize("tag", ["div", "span", "font", "ul"])
def test_a_page_that_nests_without_end_is_read(tag: str) -> None:
    page = f"<{tag}>" * 20_000 + "hello" + f"</{tag}>" * 20_000 + "<p>after</p>"
    assert read(page, "a.html").text.split() == ["hello", "after"]


def test_a_page_cannot_read_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret word")
    page = f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]><p>Before &x; after</p>'
    assert "secret word" not in read(page, "a.html").text
