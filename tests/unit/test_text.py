"""Plain text and Markdown: the encoding is found, the text stays as it is, and its headings are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.documents import read_bytes
from index.errors import UnreadableDocument
from tests.unit.reading import read

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
