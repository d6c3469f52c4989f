"""Mail and mailboxes: headers in words, the message once, and the files that came with it."""

from __future__ import annotations

import io
import mailbox
import zipfile
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.documents import read_bytes
from index.errors import UnreadableDocument
from index.values import Document


def read(message: EmailMessage | bytes | str, name: str = "a.eml") -> Document:
    if isinstance(message, EmailMessage):
        message = message.as_bytes(policy=SMTP)
    return read_bytes(message.encode() if isinstance(message, str) else message, name)


def letter(text: str | None = "Dear Bob,\n\nthe kettle boils.\n", subject: str = "Kettle") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Jürgen Groß <j@example.org>"
    message["To"] = "Bob <bob@example.org>, Eve <eve@example.org>"
    message["Date"] = "Tue, 01 Oct 2024 12:34:56 +0200"
    message["Subject"] = subject
    message["X-Mailer"] = "Pigeon"
    if text is not None:
        message.set_content(text)
    return message


HEAD = """From: Jürgen Groß <j@example.org>
To: Bob <bob@example.org>, Eve <eve@example.org>
Date: Tue, 01 Oct 2024 12:34:56 +0200
Subject: Kettle"""


def headings(document: Document) -> list[tuple[int, str]]:
    for heading in document.headings:
        assert document.text[heading.start :].startswith(heading.text)
    return [(heading.level, heading.text) for heading in document.headings]


def test_headers_and_text() -> None:
    document = read(letter())
    assert document.text == f"{HEAD}\n\nDear Bob,\n\nthe kettle boils."
    assert document.title == "Kettle"


def test_of_two_versions_the_plain_one_is_read_once() -> None:
    message = letter()
    message.add_alternative("<p>Dear Bob,</p><p>the <b>kettle</b> boils.</p>", subtype="html")
    assert read(message).text == f"{HEAD}\n\nDear Bob,\n\nthe kettle boils."


@pytest.mark.parametrize("plain", [None, " \n"])
def test_html_is_read_where_there_is_no_plain_text(plain: str | None) -> None:
    message = letter(plain)
    page = "<h1>News</h1><style>p {color: red}</style><p>Kettles are cheap.</p>"
    if plain is None:
        message.set_content(page, subtype="html")
    else:
        message.add_alternative(page, subtype="html")
    document = read(message)
    assert document.text == f"{HEAD}\n\nNews\n\nKettles are cheap."
    assert headings(document) == [(2, "News")]


def test_attached_files_are_read_under_their_names() -> None:
    message = letter()
    message.add_attachment(b"# Plan\n\nBuy a kettle.\n", maintype="text", subtype="x", filename="plan.md")
    message.add_attachment("<p>Grüße".encode("utf-16"), maintype="text", subtype="html", filename="brief")
    message.add_attachment(bytes(range(256)), maintype="image", subtype="png", filename="kettle ☕.png")
    message.add_attachment(b"%PDF-1.4 damaged", maintype="application", subtype="pdf", filename="bill.pdf")
    document = read(message)
    assert "\nAttachments: plan.md, brief, kettle ☕.png, bill.pdf\n" in document.text
    assert document.text.endswith("the kettle boils.\n\nplan.md\n\n# Plan\n\nBuy a kettle.\n\nbrief\n\nGrüße")
    assert [(heading.level, heading.text) for heading in document.headings] == [
        (1, "plan.md"),
        (2, "Plan"),
        (1, "brief"),
    ]
    assert document.text[document.headings[1].start :].startswith("# Plan\n")


def test_a_message_in_a_message() -> None:
    inner = letter("It is blue.", subject="Colour")
    outer = letter("See below.")
    outer.add_attachment(inner)
    document = read(outer)
    assert document.text.count("Subject: ") == 2
    assert document.text.endswith("Subject: Colour\n\nIt is blue.")
    assert headings(document) == [(1, "Colour")]


def test_messages_nest_up_to_a_depth() -> None:
    message = letter("word0", subject="S0")
    for number in range(1, 20):
        outer = letter(f"word{number}", subject=f"S{number}")
        outer.add_attachment(message)
        message = outer
    text = read(message).text
    assert "word19" in text
    assert "word14" in text
    assert "word10" not in text
    data = b"Subject: x\r\n\r\nlast"
    for _ in range(20):
        message = letter("more")
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename="a.eml")
        data = message.as_bytes()
    assert "last" not in read(data).text


@pytest.mark.parametrize(
    "header, words",
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?= aus =?iso-8859-1?q?K=F6ln?=", "Grüße aus Köln"),
        ("=?utf-8?b?0J/RgNC4?= =?utf-8?b?0LLQtdGC?=", "Привет"),
        ("=?no-such?q?caf=E9?= au lait", "café au lait"),
        ("=?utf-8?b?a?= x", "=?utf-8?b?a?= x"),
        ("Grüße", "Grüße"),
        ("folded\r\n  over  lines", "folded over lines"),
    ],
)
def test_subjects_are_words(header: str, words: str) -> None:
    document = read(f"Subject: {header}\r\n\r\nText")
    assert (document.title, document.text) == (words, f"Subject: {words}\n\nText")


@pytest.mark.parametrize("declared", ["utf-8", "cp1251", "no-such", ""])
def test_the_encoding_of_a_body(declared: str) -> None:
    text = "Привет, как дела? Сегодня чайник закипел дважды, и мы пили чай до самого вечера."
    data = f"Content-Type: text/plain; charset={declared}\r\n\r\n".encode() + text.encode("cp1251")
    assert read(data).text == text


def test_a_whole_message_in_utf16() -> None:
    assert read(letter().as_string().replace("\n", "\r\n").encode("utf-16")).text.endswith("the kettle boils.")


def test_lines_that_flow_are_paragraphs() -> None:
    head = "Content-Type: text/plain; format=flowed"
    assert read(f"{head}\r\n\r\nOne \r\ntwo\r\n three\r\n> quoted \r\nfour").text == "One two\nthree\n> quoted\nfour"
    assert read(f"{head}; delsp=yes\r\n\r\nOne  \r\ntwo \r\nthree").text == "One twothree"


@pytest.mark.parametrize("data", [b"", b"  \n\n ", b"Subject: Only this\r\n\r\n", letter("").as_bytes()])
def test_a_message_without_words_is_empty(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"empty|has no text"):
        read(data)


def test_a_bomb_in_an_attachment_is_left_out() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 30_000_000)
    message = letter()
    message.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="bomb.docx")
    assert read(message).text.endswith("the kettle boils.")


PIECES = [
    *("From: a@b\r\n", "Subject: =?utf-8?q?x", "Content-Type: multipart/mixed; boundary=b\r\n", "\r\n--b\r\n"),
    *("Content-Type: text/html\r\n\r\n", "--b--\r\n", "Content-Transfer-Encoding: base64\r\n", "\r\n\r\n", "text"),
    *("Content-Disposition: attachment; filename*=x''%ff\r\n", "Content-Type: message/rfc822\r\n\r\n", "\0é\ud800"),
    *('Content-Disposition: attachment; filename="a\r\n', "From x Mon Jan  1 10:00:00 2024\n", "filename*0=a;", "=E9"),
]


@pytest.mark.parametrize("name", ["a.eml", "a.mbox"])
@given(parts=st.lists(st.sampled_from(PIECES), max_size=16))
@settings(max_examples=150, deadline=None)
def test_any_message_is_read_or_gives_a_reason(name: str, parts: list[str]) -> None:
    try:
        document = read_bytes("".join(parts).encode("utf-8", errors="surrogatepass"), name)
    except UnreadableDocument as exc:
        assert "damaged" not in str(exc)
    else:
        document.text.encode()
        headings(document)


# Mailboxes


def test_a_mailbox_is_read_as_the_standard_library_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "all.mbox"
    box = mailbox.mbox(path)
    for number, body in enumerate(["One.\n\nFrom here on it boils.\n", "Two.", "Three.\n\n\n"]):
        box.add(mailbox.mboxMessage(letter(body, subject=f"Kettle {number}" if number != 1 else "")))
    assert len(box) == 3
    box.close()
    document = read(path.read_bytes(), "all.mbox")
    assert headings(document) == [(1, "Kettle 0"), (1, "Message 2"), (1, "Kettle 2")]
    assert "\n\nOne.\n\nFrom here on it boils.\n\nMessage 2\n\n" in document.text
    assert document.title == "Kettle 0"


def test_mailbox_with_other_line_ends_and_without_messages() -> None:
    one = "From a@b Mon Jan  1 10:00:00 2024\nSubject: A\n\nFirst.\n\nFrom nowhere, it said.\n\n"
    two = "From a@b Mon Jan  1 11:00:00 2024\nSubject: B\n\nSecond.\n"
    document = read((one + two).replace("\n", "\r\n"), "a.mbox")
    assert headings(document) == [(1, "A"), (1, "B")]
    assert "From nowhere, it said." in document.text
    with pytest.raises(UnreadableDocument, match="no text"):
        read("From a@b Mon Jan  1 10:00:00 2024\nSubject: A\n\n", "a.mbox")
