"""EPUB, Rich Text and XML: files that the tests write, read as a person reads them."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.documents import read_bytes
from index.errors import UnreadableDocument
from index.values import Document


def headings(document: Document) -> list[tuple[int, str]]:
    for heading in document.headings:
        assert document.text[heading.start :].startswith(heading.text)
    return [(heading.level, heading.text) for heading in document.headings]


# EPUB

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""

NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>
<navPoint><navLabel><text>The first</text></navLabel><content src="text/one%20two.xhtml#top"/>
<navPoint><navLabel><text>Inner</text></navLabel><content src="text/two.xhtml"/></navPoint></navPoint></navMap></ncx>"""

NAV = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>
<nav epub:type="page-list"><ol><li><a href="text/two.xhtml">Page 9</a></li></ol></nav>
<nav epub:type="toc"><ol><li><a href="text/one%20two.xhtml">The first</a>
<ol><li><a href="text/two.xhtml">Inner</a></li></ol></li></ol></nav></body></html>"""


def page(body: str) -> str:
    return f"""<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>
    <body>{body}</body></html>"""


def epub(*, contents: str = NCX, title: str = "The Kettle", **more: str) -> bytes:
    nav = contents == NAV
    opf = f"""<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:title>{title}</dc:title><dc:creator>Ada L.</dc:creator><dc:creator>Bob M.</dc:creator></metadata><manifest>
    <item id="b" href="text/two.xhtml" media-type="application/xhtml+xml"/>
    <item id="a" href="text/one%20two.xhtml" media-type="application/xhtml+xml"/>
    <item id="t" href="toc" media-type="{"application/xhtml+xml" if nav else "application/x-dtbncx+xml"}"
      {'properties="nav"' if nav else ""}/>
    <item id="c" href="text/three.xhtml" media-type="application/xhtml+xml"/>
    <item id="i" href="cover.png" media-type="image/png"/></manifest>
    <spine>{'<itemref idref="t"/>' if nav else ""}<itemref idref="a"/><itemref idref="b"/><itemref idref="i"/>
    <itemref idref="c"/><itemref idref="none"/></spine></package>"""
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": opf,
        "OPS/toc": contents,
        "OPS/text/one two.xhtml": page("<p>It boils &amp; sings.</p><script>no()</script>"),
        "OPS/text/two.xhtml": page("<p>Inner</p><p>Steam.</p>"),
        "OPS/text/three.xhtml": page("<h1>Own heading</h1><h2>Below</h2><p>The end.</p>"),
        **more,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("contents", [NCX, NAV])
def test_a_book_in_reading_order(contents: str) -> None:
    document = read_bytes(epub(contents=contents), "a.epub")
    assert document.title == "The Kettle"
    assert document.text == (
        "The Kettle\nAda L., Bob M.\n\nThe first\n\nIt boils & sings.\n\nInner\n\nSteam.\n\n"
        "Own heading\n\nBelow\n\nThe end."
    )
    assert headings(document) == [(1, "The first"), (2, "Inner"), (1, "Own heading"), (2, "Below")]


def test_a_book_may_be_called_by_a_number_and_one_without_a_title_by_its_first_heading() -> None:
    assert read_bytes(epub(title="1984"), "a.epub").title == "1984"
    assert read_bytes(epub(title="Unknown"), "a.epub").title == "The first"


def test_a_book_under_copy_protection_says_so_and_locked_fonts_are_no_matter() -> None:
    def encryption(method: str) -> str:
        names = ("one%20two", "two", "three")
        return "<encryption>" + "".join(
            f"""<EncryptedData><EncryptionMethod Algorithm="{method}"/><CipherData>
            <CipherReference URI="OPS/text/{name}.xhtml"/></CipherData></EncryptedData>"""
            for name in names
        ) + "</encryption>"  # fmt: skip

    locked = epub(**{"META-INF/encryption.xml": encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc")})
    with pytest.raises(UnreadableDocument, match="is encrypted by the copy protection"):
        read_bytes(locked, "a.epub")
    fonts = epub(**{"META-INF/encryption.xml": encryption("http://www.idpf.org/2008/embedding")})
    assert "Steam." in read_bytes(fonts, "a.epub").text


def test_damaged_books() -> None:
    with pytest.raises(UnreadableDocument, match="damaged"):
        read_bytes(epub()[:300], "a.epub")
    with pytest.raises(UnreadableDocument, match="another format"):
        read_bytes(epub(**{"META-INF/container.xml": "<container/>"}), "a.epub")
    with pytest.raises(UnreadableDocument, match="unpacks to far more"):
        read_bytes(epub(**{"OPS/text/two.xhtml": page("a" * 30_000_000)}), "a.epub")
    with pytest.raises(UnreadableDocument, match="has no text"):
        read_bytes(epub(**{f"OPS/text/{name}.xhtml": page("") for name in ("one two", "two", "three")}), "a.epub")


# Rich Text


def rtf(body: str, head: str = "") -> bytes:
    fonts = r"{\fonttbl{\f0\froman\fcharset0 Times;}{\f1\froman\fcharset204 Times Cyr;}}"
    sheet = r"{\stylesheet{\s1\outlinelevel0 heading 1;}{\s2\outlinelevel1 heading 2;}}"
    return rf"{{\rtf1\ansi\ansicpg1252\deff0{fonts}{sheet}{head}{body}}}".encode("cp1252")


def test_rich_text_with_headings_notes_and_tables() -> None:
    body = (
        r"\pard\s1\outlinelevel0 The kettle\par"
        r"\pard It boils{\super\chftn{\footnote\pard\plain Twice a day.}} loud.\par "
        r"{\deleted gone }{\v hidden }kept\par\pard\s2\outlinelevel1{\b Kinds}\par\pard "
        r"\trowd\intbl Kind\cell Price\cell\row\trowd\intbl Steel\cell 20 \u8364?\cell\row\pard Last."
    )
    document = read_bytes(rtf(body, r"{\info{\title A stated title}{\author Ada}}"), "a.rtf")
    assert document.title == "A stated title"
    assert headings(document) == [(1, "The kettle"), (2, "Kinds")]
    assert document.text == (
        "The kettle\n\nIt boils loud.\nkept\n\nKinds\n\nKind | Price\nSteel | 20 €\nLast.\nTwice a day."
    )


def test_letters_of_rich_text() -> None:
    body = r"Gr\'fc\'dfe \f1\'cf\'f0\'e8\'e2\'e5\'f2\f0  \u-10179?\u-8704? \ldblquote x\rdblquote  \{a\}"
    assert read_bytes(rtf(body), "a.rtf").text == "Grüße Привет \U0001f600 “x” {a}"


def test_a_link_is_its_words_and_pictures_are_none() -> None:
    link = r'{\field{\*\fldinst HYPERLINK "http://a.example/"}{\fldrslt the page}}'
    picture = r"{\pict\pngblip\bin6 }{}{}\}"
    document = read_bytes(rtf(rf"See {link} and {link} on HYPERLINK.{picture}"), "a.rtf")
    assert document.text == "See the page and the page on HYPERLINK."


def test_a_large_or_deep_rich_text_takes_no_long_time() -> None:
    link = r'{\field{\*\fldinst{HYPERLINK "http://a.example/"}}{\fldrslt page}} '
    assert read_bytes(rtf(link * 5000), "a.rtf").text.count("page") == 5000
    assert read_bytes(rtf("{" * 20_000 + "word" + "}" * 20_000), "a.rtf").text == "word"


def test_what_is_no_rich_text() -> None:
    with pytest.raises(UnreadableDocument, match="another format"):
        read_bytes(b"Just text.", "a.rtf")
    with pytest.raises(UnreadableDocument, match="has no text"):
        read_bytes(rtf(""), "a.rtf")


TOKENS = [
    "{",
    "}",
    "\\",
    "word ",
    "\\par ",
    "\\'e9",
    "\\u-99?",
    "\\bin9 ",
    "{\\footnote ",
    "{\\field",
    "\\v ",
    "|",
    "\\*",
]


@given(
    st.lists(st.sampled_from([*TOKENS, "{\\title ", "\\outlinelevel1 ", "\n", "\\ansicpg9 ", "\\uc5 "]), max_size=20)
)
@settings(max_examples=150, deadline=None)
def test_any_rich_text_is_read_or_gives_a_reason(tokens: list[str]) -> None:
    try:
        document = read_bytes(b"{\\rtf1 " + "".join(tokens).encode(), "a.rtf")
    except UnreadableDocument:
        return
    document.text.encode()
    headings(document)


# XML

RSS = """<?xml version="1.0" encoding="{0}"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Чайники</title>
<description>Наши чайники</description><item><title>Первый &amp;amp; второй</title><author>Ada</author>
<pubDate>Tue, 01 Oct 2024</pubDate><category>steam</category><description>Чайник &lt;b&gt;кипит&lt;/b&gt;</description>
<content:encoded><![CDATA[<h1>День</h1><p>Чайник кипит&nbsp;каждый день.</p>]]></content:encoded></item>
<item><title>Пустой</title><description>&x;</description></item></channel></rss>"""


@pytest.mark.parametrize("encoding", ["utf-8", "koi8-r", "utf-16"])
def test_a_feed_is_its_entries(encoding: str) -> None:
    document = read_bytes(RSS.replace("{0}", encoding).encode(encoding), "feed.xml")
    assert document.title == "Чайники"
    assert headings(document) == [(1, "Чайники"), (2, "Первый & второй"), (3, "День"), (2, "Пустой")]
    blocks = document.text.split("\n\n")
    assert blocks[:4] == ["Чайники", "Наши чайники", "Первый & второй", "Ada\nTue, 01 Oct 2024\nsteam"]
    assert blocks[4:7] == ["День", "Чайник кипит каждый день.", "Пустой"]


def test_any_other_xml_is_the_words_of_its_elements() -> None:
    source = """<note id="7"><to>Bob</to><from>Ada</from><body>The <b>kettle</b> boils&eacute;.<br/>Now.</body>
    <list><entry>one</entry><entry>two</entry></list></note>"""
    assert read_bytes(source.encode(), "a.xml").text == "Bob\nAda\n\nThe kettle boilsé.Now.\n\none\ntwo"
    xhtml = '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Tea</h1><nav>Menu</nav></body></html>'
    assert headings(read_bytes(xhtml.encode(), "a.xml")) == [(1, "Tea")]


def test_xml_that_is_none_or_harms() -> None:
    with pytest.raises(UnreadableDocument, match="damaged"):
        read_bytes(b"Just text, no elements.", "a.xml")
    lol = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 20}">' for n in range(9))
    bomb = f'<!DOCTYPE a [<!ENTITY a0 "ha">{lol}]><a>Text &a9;</a>'
    for data in (b"<a>" * 100_000, bomb.encode()):
        with pytest.raises(UnreadableDocument, match="too deeply"):
            read_bytes(data, "a.xml")
