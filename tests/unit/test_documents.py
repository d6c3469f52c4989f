"""What is read from a file: the right text, headings that stand where they say, and a reason where there is none."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docx
import pytest
from docx.document import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from index.documents import SUFFIXES, read_bytes, read_document, read_jsonl
from index.errors import UnreadableDocument
from index.readers.clean import clean
from index.values import Document, Failure


def read(content: str | bytes, name: str) -> Document:
    return read_bytes(content.encode() if isinstance(content, str) else content, name)


def check(document: Document) -> None:
    """What holds of every document that was read."""
    text = document.text
    assert text.strip()
    assert not re.search("[\0\r]", text)
    text.encode()
    assert document.title.strip() == document.title != ""
    starts = [heading.start for heading in document.headings]
    assert starts == sorted(set(starts))
    assert all(heading.text and heading.level >= 1 for heading in document.headings)
    assert list(document.pages) == sorted(document.pages)
    if document.pages:
        assert document.pages[0] == 0
        assert document.pages[-1] < len(text)


def outline(document: Document) -> list[tuple[int, str]]:
    """The headings, each of which must be what stands at its place."""
    for heading in document.headings:
        assert document.text.startswith(heading.text, heading.start)
        assert heading.start == 0 or document.text[heading.start - 1] == "\n"
    return [(heading.level, heading.text) for heading in document.headings]


# Any format


@pytest.mark.parametrize("suffix", sorted(SUFFIXES - {".jsonl"}))
@given(data=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_a_document_or_a_reason(suffix: str, data: bytes) -> None:
    try:
        document = read_bytes(data, "some" + suffix)
    except UnreadableDocument as exc:
        assert "some" not in str(exc)
    else:
        check(document)


MARKUP = [
    *("<p>", "<table>", "<tr>", "<td rowspan=3>", "</td>", "<li>", "<ol start=x>", "</ul>", "<h2>", "</h2>", "<pre>"),
    *(
        "<br>",
        "<main>",
        "</main>",
        "<div hidden>",
        "</div>",
        "<a>",
        "&nbsp;",
        "&#x80;",
        "&#0;",
        "a word",
        "\n",
        " ",
        "é",
    ),
    *("# head", "---", "```", "===", "title: x", "|", "1. ", "**b**"),
]


@pytest.mark.parametrize("suffix", [".html", ".md", ".txt"])
@given(parts=st.lists(st.sampled_from(MARKUP), max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_markup_gives_a_document_or_a_reason(suffix: str, parts: list[str]) -> None:
    try:
        document = read("".join(parts), "some" + suffix)
    except UnreadableDocument:
        return
    check(document)
    if suffix == ".html":
        outline(document)


@given(st.text(alphabet=st.characters() | st.sampled_from("\r\n \t\0\xa0\xad\u2029\ufb01"), max_size=200))
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode()
    assert not re.search(r"[\r\0]|[^\S\n]\n|\n{4}", once)


def test_a_large_text_is_cleaned_like_a_small_one() -> None:
    line = "A line\xa0with trailing spaces and a soft\xadhyphen.  \r\n"
    assert clean(line * 60_000) == "\n".join(["A line with trailing spaces and a softhyphen."] * 60_000)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES - {".jsonl"}))
def test_an_empty_file_says_so(suffix: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"empty|damaged"):
        read_bytes(b"", "nothing" + suffix)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(UnreadableDocument, match=r"\.docx.*\.pdf"):
        read("text", "notes.xyz")


def test_the_ending_may_be_in_capitals_and_the_name_in_folders() -> None:
    assert read("Some text.", "a/b/Old NOTES.TXT").title == "Old NOTES"


def test_a_file_that_is_gone_or_closed_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="No such file"):
        read_document(tmp_path / "gone.txt", "gone.txt")
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(UnreadableDocument, match="cannot be opened"):
        read_document(tmp_path / "folder.txt", "folder.txt")


# Plain text


ENCODINGS = {
    "arabic": "cp1256 iso8859_6 utf-16-le",
    "chinese": "gb18030 utf-16-le utf-16-be",
    "chinese-traditional": "big5",
    "czech": "cp1250 iso8859_2",
    "english": "cp1252",
    "french": "cp1252 mac_roman",
    "german": "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be cp1252 cp850 mac_roman",
    "greek": "cp1253",
    "hebrew": "cp1255",
    "japanese": "cp932 euc_jp iso2022_jp utf-16-le utf-16-be",
    "korean": "cp949",
    "polish": "cp1250",
    "russian": "cp1251 koi8_r cp866 iso8859_5 utf-16-le",
    "turkish": "cp1254",
}


@pytest.mark.parametrize(
    "language, encoding", [(language, each) for language in ENCODINGS for each in ENCODINGS[language].split()]
)
def test_the_encoding_is_found(language: str, encoding: str, root: Path) -> None:
    text = json.loads((root / "tests/files/languages.json").read_text(encoding="utf-8"))[language]
    assert read(text.encode(encoding), "a.txt").text == text


def test_one_foreign_letter_is_taken_for_western() -> None:
    assert read("Café".encode("cp1252"), "a.txt").text == "Café"


def test_damaged_utf8_stays_utf8() -> None:
    whole = "Über die Größe der Gänse. " * 20
    assert read(whole.encode() + "ä".encode()[:1], "a.txt").text == whole + "\ufffd"
    assert read(whole.encode() + b"\xff and on.", "a.txt").text == whole + "\ufffd and on."


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 8, b"%PDF-1.4\n" + bytes(range(32)) * 9, b"PK\3\4" + b"\0\1" * 40]
)
def test_binary_content_is_not_text(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="binary"):
        read_bytes(data, "a.txt")


def test_text_is_final() -> None:
    text = "\ufeffA title\r\n\r\n\r\n\r\n\r\nﬁrst\xa0line  \rcon\xadtract\u2029end\x00\n\n"
    assert read(text, "a.txt").text == "A title\n\n\n\n\nﬁrst\xa0line  \ncon\xadtract\u2029end\n\n"
    with pytest.raises(UnreadableDocument, match="no text"):
        read(" \r\n\t\xa0\xad\n", "a.txt")


@pytest.mark.parametrize(
    "text, title",
    [
        ("Annual Report 2023\n\nIt was a good year.", "Annual Report 2023"),
        ("======\n  Readme  \n======\nText", "Readme"),
        ("It was a dark and stormy night.\nThe rain fell.", "file"),
        ("and then it went on\n", "file"),
        ("This line is the first of a paragraph that was wrapped at some column\nand goes on here.", "file"),
        ("word " * 40, "file"),
        ("12/03/2024\nHello", "file"),
    ],
)
def test_a_first_line_is_a_title_only_if_it_looks_like_one(text: str, title: str) -> None:
    assert read(text, "folder/file.txt").title == title


# Markdown


def test_markdown_stays_source_and_its_headings_are_found() -> None:
    source = """---
title: "The *Guide*"
tags: [a, b]
---

Intro
=====

Some text.

## Set **up** ##

```sh
# not a heading
```

~~~
## nor this
~~~

Sub section
---

- item
---

### [Link](http://x.y) and `code` {#anchor}
#Not a heading
####### Nor this
"""
    document = read(source, "guide.md")
    assert document.text == source
    assert document.title == "The *Guide*"
    found = [(heading.level, heading.text) for heading in document.headings]
    assert found == [(1, "Intro"), (2, "Set up"), (2, "Sub section"), (3, "Link and code")]
    lines = [document.text[heading.start :].partition("\n")[0] for heading in document.headings]
    assert lines == ["Intro", "## Set **up** ##", "Sub section", "### [Link](http://x.y) and `code` {#anchor}"]


def test_a_rule_at_the_head_of_markdown_is_no_front_matter() -> None:
    source = "---\nJust a sentence between rules.\n\n---\n\nMore."
    assert read(source, "a.md").text == source


def test_toml_front_matter() -> None:
    document = read("+++\ntitle = 'Release notes'\ndraft = false\n+++\n# Other\n", "a.md")
    assert (document.headings[0].text, document.title) == ("Other", "Release notes")


# HTML

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


# PDF

Draw = Callable[[Canvas], None]


def pdf(*pages: Draw | Iterable[str], title: str = "", password: str | None = None) -> bytes:
    """A PDF with a page for each argument: its lines of text, or what draws it."""
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password, ownerPassword="owner") if password is not None else None)
    canvas.setTitle(title)
    for page in pages:
        if callable(page):
            page(canvas)
        else:
            for number, line in enumerate(page):
                canvas.drawString(72, 720 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_pages_of_a_pdf() -> None:
    document = read(pdf(["First page.", "More."], [], ["Third page."], [], []), "a.pdf")
    assert document.text == "First page.\nMore.\n\nThird page.\n"
    assert document.pages == (0, 19, 19, 30, 30)
    places = [document.text.index(word) for word in ("First", "More", "Third")]
    assert [document.page_at(place) for place in (*places, len(document.text) - 1)] == [1, 1, 3, 5]
    check(document)


def test_words_that_a_line_end_broke_are_whole() -> None:
    lines = [
        *("This is an exam-", "ple of a co-", "operation, and the", "co-operation of Cross-", "Appellants from"),
        *("left-to-", "right ended well -", "known."),
    ]
    assert read(pdf(lines), "a.pdf").text == (
        "This is an example of a co-operation, and the\n"
        "co-operation of Cross-Appellants from\nleft-to-right ended well -\nknown."
    )


def spaced(canvas: Canvas) -> None:
    canvas.drawString(72, 740, "An ordinary line of words.")
    text = canvas.beginText(72, 700)
    text.setCharSpace(4)
    text.textLine("Here is some formatted text")
    canvas.drawText(text)
    canvas.drawString(72, 660, "A B C D")


def test_letters_set_apart_are_words() -> None:
    lines = read(pdf(spaced), "a.pdf").text.split("\n")
    assert lines == ["An ordinary line of words.", "Here is some formatted text", "A B C D"]


def form(canvas: Canvas) -> None:
    canvas.drawString(72, 720, "Name:")
    canvas.acroForm.textfield(name="name", value="Ada Lovelace", x=120, y=715, width=200, height=20)


def test_what_was_typed_into_a_form_is_read() -> None:
    assert "Ada Lovelace" in read(pdf(form), "a.pdf").text


def sections(canvas: Canvas) -> None:
    for level, words in enumerate(["1 Introduction", "1.1 Scope", "Not on this page"]):
        canvas.bookmarkPage(words)
        canvas.addOutlineEntry(words, words, level=level)
    for number, line in enumerate(["1 Introduction", "Scope is what we say.", "1.1  Scope", "It is wide."]):
        canvas.drawString(72, 720 - 30 * number, line)


def test_the_outline_gives_headings_where_they_are_found() -> None:
    document = read(pdf(["A cover"], sections), "a.pdf")
    assert [(each.level, each.text) for each in document.headings] == [(1, "1 Introduction"), (2, "1.1 Scope")]
    places = [document.text[each.start :].partition("\n")[0] for each in document.headings]
    assert [" ".join(place.split()) for place in places] == ["1 Introduction", "1.1 Scope"]


def headline(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 9)
    canvas.drawString(72, 760, "Journal of Kettles, volume 3")
    canvas.setFont("Helvetica-Bold", 20)
    canvas.drawString(72, 720, "On the boiling of water")
    canvas.drawString(72, 696, "in copper vessels")
    canvas.setFont("Helvetica", 10)
    for line in range(20):
        canvas.drawString(72, 660 - 12 * line, "The water is put into the kettle and the kettle on the stove.")


@pytest.mark.parametrize(
    "stated, title",
    [
        ("A stated title", "A stated title"),
        ("Microsoft Word - draft3.doc", None),
        ("untitled", None),
        ("report_final.pdf", None),
        ("0001018724-18-000005", None),
        ("", None),
    ],
)
def test_the_title_of_a_pdf(stated: str, title: str | None) -> None:
    assert read(pdf(headline, title=stated), "x.pdf").title == (title or "On the boiling of water in copper vessels")


def test_arabic_letters_that_share_a_glyph_keep_their_order() -> None:
    cmap = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def
    1 begincodespacerange <00> <ff> endcodespacerange
    4 beginbfchar <41> <062E> <42> <06440627> <43> <0644> <44> <0627> endbfchar endcmap end end"""
    drawn = b"BT /F 20 Tf 72 700 Td (CBA) Tj ET BT /F 20 Tf 72 600 Td (ACD) Tj ET"  # from left to right
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap),
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (number, each) for number, each in enumerate(objects, start=1))
    data = b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R/Size 7>>\n%%EOF"
    assert read(data, "a.pdf").text.split() == ["\u062e\u0644\u0627\u0644", "\u0627\u0644\u062e"]


def scan(canvas: Canvas) -> None:
    canvas.drawInlineImage(Image.new("L", (40, 40), 128), 72, 500, 400, 200)


def test_pdfs_without_text_say_why() -> None:
    with pytest.raises(UnreadableDocument, match=r"scanned.*OCR"):
        read(pdf(scan, scan), "a.pdf")
    with pytest.raises(UnreadableDocument, match="no text: its pages are blank"):
        read(pdf([]), "a.pdf")
    with pytest.raises(UnreadableDocument, match="password"):
        read(pdf(["Secret"], password="sesame"), "a.pdf")
    with pytest.raises(UnreadableDocument, match="damaged"):
        read(pdf(["Text"])[:200], "a.pdf")
    assert read(pdf(["Owner's password only"], password=""), "a.pdf").text == "Owner's password only"


def test_pdfs_are_read_by_several_threads() -> None:
    files = [pdf(*[[f"Document {n} page {page}"] for page in range(12)]) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        documents = list(pool.map(lambda data: read(data, "a.pdf"), files * 3))
    assert [document.text for document in documents] == [read(data, "a.pdf").text for data in files * 3]


# Word


def word(build: Callable[[Word], object]) -> bytes:
    document = docx.Document()
    document.core_properties.title = ""
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def changed(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The same archive with each part changed, or left out for None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
    return out.getvalue()


def memo(document: Word) -> None:
    document.add_heading("Kettle memo", 0)
    document.add_paragraph("An introduction.")
    document.add_heading("Kinds", 1)
    document.add_paragraph("Electric", style="List Bullet")
    document.add_paragraph("Stove", style="List Bullet")
    document.add_heading("Steps", 2)
    document.add_paragraph("Fill", style="List Number")
    document.add_paragraph("Boil", style="List Number")
    table = document.add_table(rows=3, cols=2)
    for row, words in zip(table.rows, (("Kind", "Price"), ("Electric", "20 €"), ("", "")), strict=True):
        for cell, text in zip(row.cells, words, strict=True):
            cell.text = text
    document.add_paragraph("An end.")
    document.sections[0].header.paragraphs[0].text = "Header of each page"
    document.sections[0].footer.paragraphs[0].text = "Footer of each page"


def test_a_word_document_in_its_order() -> None:
    document = read(word(memo), "memo.docx")
    assert document.text == (
        "Kettle memo\n\nAn introduction.\n\nKinds\n\n- Electric\n- Stove\n\nSteps\n\n1. Fill\n2. Boil\n\n"
        "Kind | Price\nElectric | 20 €\n\nAn end."
    )
    assert outline(document) == [(1, "Kettle memo"), (1, "Kinds"), (2, "Steps")]
    assert document.title == "Kettle memo"


@pytest.mark.parametrize(
    "stated, title", [("Stated title", "Stated title"), ("Document1", "Kettle memo"), ("memo v2.docx", "Kettle memo")]
)
def test_the_title_of_a_word_document(stated: str, title: str) -> None:
    def build(document: Word) -> None:
        memo(document)
        document.core_properties.title = stated

    assert read(word(build), "x.docx").title == title


RUNS = f"""<w:p {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">
<w:r><w:t xml:space="preserve">Kept </w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>
<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>
<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:br/><w:t>re</w:t><w:softHyphen/><w:t>port</w:t><w:noBreakHyphen/></w:r>
<w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent>
</w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent></w:pict>
</mc:Fallback></mc:AlternateContent><w:t>1</w:t></w:r>
<m:oMath><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></w:p>"""


def test_a_paragraph_holds_what_its_reader_sees() -> None:
    def build(document: Word) -> None:
        document.element.body.insert(0, parse_xml(RUNS))

    assert read(word(build), "a.docx").text == "Kept inserted\nreport-1x^2\n\nBoxed"


def test_numbers_of_headings_are_read() -> None:
    numbering = f"""<w:abstractNum {nsdecls("w")} w:abstractNumId="77">
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>
    <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>
    </w:abstractNum>"""

    def build(document: Word) -> None:
        root = document.part.numbering_part.element
        root.insert(0, parse_xml(numbering))
        root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
        for text, depth in (("Scope", 0), ("Terms", 1), ("Parties", 1), ("Price", 0), ("Tax", 1)):
            paragraph = document.add_heading(text, depth + 1)
            paragraph._p.get_or_add_pPr().append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="77"/></w:numPr>')
            )

    found = outline(read(word(build), "a.docx"))
    assert found == [(1, "I. Scope"), (2, "I.a) Terms"), (2, "I.b) Parties"), (1, "II. Price"), (2, "II.a) Tax")]


def test_a_layout_table_of_a_word_document_is_read_as_paragraphs() -> None:
    def build(document: Word) -> None:
        table = document.add_table(rows=1, cols=2)
        table.cell(0, 0).paragraphs[0].text = "Skills"
        table.cell(0, 0).paragraphs[0].style = document.styles["Heading 1"]
        table.cell(0, 1).text = "Brewing"

    document = read(word(build), "cv.docx")
    assert document.text == "Skills\n\nBrewing"
    assert outline(document) == [(1, "Skills")]


def test_notes_come_at_the_end() -> None:
    notes = f"""<w:footnotes {nsdecls("w")}>
    <w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>
    <w:footnote w:id="1"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>"""
    relation = (
        b'<Relationship Id="rIdN" Type="http://x/relationships/footnotes" Target="footnotes.xml"/></Relationships>'
    )

    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"</Relationships>", relation) if name == "word/_rels/document.xml.rels" else part

    data = io.BytesIO(changed(word(lambda document: document.add_paragraph("Body.")), change))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("word/footnotes.xml", notes)
    assert read(data.getvalue(), "a.docx").text == "Body.\n\nA note."


def test_the_strict_dialect_and_a_broken_picture_are_read() -> None:
    def strict(name: str, part: bytes) -> bytes | None:
        part = part.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ).replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        return None if name == "docProps/thumbnail.jpeg" else part

    assert read(changed(word(memo), strict), "a.docx").text == read(word(memo), "a.docx").text


def test_word_documents_without_text_say_why() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    with pytest.raises(UnreadableDocument, match="password"):
        read(ole + "EncryptedPackage".encode("utf-16-le"), "a.docx")
    with pytest.raises(UnreadableDocument, match="older binary format"):
        read(ole, "a.docx")
    with pytest.raises(UnreadableDocument, match="damaged"):
        read(word(memo)[:2000], "a.docx")
    with pytest.raises(UnreadableDocument, match="another format"):
        read(changed(word(memo), lambda name, part: None if name == "word/document.xml" else part), "a.docx")
    with pytest.raises(UnreadableDocument, match="no text"):
        read(word(lambda document: None), "a.docx")


def replaced_body(body: str, head: str = "") -> bytes:
    main = f"{head}<w:document {nsdecls('w')}><w:body>{body}</w:body></w:document>".encode()
    return changed(word(memo), lambda name, part: main if name == "word/document.xml" else part)


def test_a_zip_bomb_is_not_unpacked() -> None:
    with pytest.raises(UnreadableDocument, match="unpacks to far more"):
        read(replaced_body("<w:p><w:r><w:t>" + "a" * 30_000_000 + "</w:t></w:r></w:p>"), "a.docx")


def test_a_word_document_cannot_read_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret word")
    head = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>'
    document = read(replaced_body("<w:p><w:r><w:t>Before &x;</w:t></w:r></w:p>", head), "a.docx")
    assert document.text == "Before"


def test_a_word_document_that_nests_without_end_is_a_reason() -> None:
    deep = "<w:tbl><w:tr><w:tc>" * 2000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 2000
    with pytest.raises(UnreadableDocument, match="too deeply"):
        read(replaced_body(deep), "a.docx")


# JSON Lines


def lines(*records: object) -> list[bytes]:
    return [(record if isinstance(record, str) else json.dumps(record)).encode() for record in records]


def test_a_document_a_line(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    records = lines(
        {"id": "a", "title": "Title", "text": "One\r\ntext"}, "", {"id": 7, "text": "Two"}, {"id": "c/d", "text": "3."}
    )
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(records))
    first, *rest = read_jsonl(path, "sub/corpus.jsonl")
    assert first == Document(name="sub/corpus.jsonl#a", text="One\ntext", title="Title")
    assert [(each.name, each.title) for each in rest if isinstance(each, Document)] == [
        ("sub/corpus.jsonl#7", "Two"),
        ("sub/corpus.jsonl#c/d", "c/d"),
    ]
    assert list(read_jsonl(records, "sub/corpus.jsonl")) == [first, *rest]


@pytest.mark.parametrize(
    "line, reason",
    [
        ("{", "not JSON"),
        ('["a"]', "no JSON object"),
        ('{"text": "x"}', 'no "id"'),
        ('{"id": true, "text": "x"}', 'no "id"'),
        ('{"id": "\\n", "text": "x"}', 'no "id"'),
        ('{"id": "x"}', 'no "text"'),
        ('{"id": "x", "text": 3}', 'no "text"'),
        ('{"id": "x", "text": " \\ud800 "}', "no text"),
        ('{"id": "first", "text": "again"}', "earlier line"),
        ("[" * 100_000, "cannot be read"),
        ('{"id": ' + "1" * 5000 + "}", "cannot be read"),
    ],
)
def test_a_bad_line_is_a_failure_with_its_number(line: str, reason: str) -> None:
    good, failure, after = read_jsonl(lines({"id": "first", "text": "x"}, line, {"id": "z", "text": "y"}), "f.jsonl")
    assert isinstance(good, Document)
    assert isinstance(after, Document)
    assert isinstance(failure, Failure)
    assert failure.document == "f.jsonl:2"
    assert reason in failure.reason


def test_a_file_that_is_no_json_lines_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"not json\n" * 100_000)
    results = list(read_jsonl(path, "log.jsonl"))
    assert len(results) == 101
    assert results[-1] == Failure(
        document="log.jsonl", reason="its first 100 lines are no documents: the rest was not read"
    )
    missing = list(read_jsonl(tmp_path / "none.jsonl", "none.jsonl"))
    assert missing == [Failure(document="none.jsonl", reason="cannot be opened: No such file or directory")]


def test_an_endless_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.write(b'{"id": "a", "text": "x"}\n')
        file.seek(70 * 2**20, os.SEEK_CUR)  # a hole: costs no space
        file.write(b'\n{"id": "b", "text": "y"}\n')
    with path.open("rb") as file:
        assert list(read_jsonl(file, "long.jsonl")) == list(read_jsonl(path, "long.jsonl"))
    first, failure, last = read_jsonl(path, "long.jsonl")
    assert isinstance(first, Document)
    assert isinstance(failure, Failure)
    assert "longer than 64 MB" in failure.reason
    assert isinstance(last, Document)
    assert last.name == "long.jsonl#b"


def test_a_jsonl_file_is_not_one_document() -> None:
    with pytest.raises(UnreadableDocument, match="line"):
        read('{"id": "a", "text": "b"}', "a.jsonl")
