"""PDFs: pages, words that are whole, headings and titles, and a reason where there is no text."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from index.errors import UnreadableDocument
from tests.unit.reading import check, read

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
