"""Web pages: the article's text with its headings, lists and tables, without what surrounds it."""

from __future__ import annotations

import re

from lxml import etree

from index.errors import UnreadableDocument
from index.readers.clean import one_line
from index.readers.content import Content, first_line_title, stated_title
from index.readers.encoding import decode
from index.readers.html_parts import choose
from index.readers.html_text import render

_META_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^<>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def read(data: bytes) -> Content:
    """The visible text: the main element or article where the page names one, else the whole body."""
    declared = _META_CHARSET.search(data[:8192])
    root = _parse(decode(data, declared[1].decode("ascii") if declared else None).replace("\0", ""))
    if root is None:
        return Content(text="")
    choice = choose(root)
    content = render(choice.root, choice.dropped)
    if not content.text:
        # A page whose whole body waits for a script to be shown.
        content = render(root, frozenset())
    return Content(
        text=content.text,
        title=_title(root) or content.title or first_line_title(content.text),
        headings=content.headings,
    )


def _parse(page: str) -> etree._Element | None:
    root, too_deep = _tree(page)
    if too_deep:
        # Thousands of unclosed elements, one in the other: without those that only look or group, there is a page.
        page = re.sub(r"</?(?:font|span|b|i|u|em|strong|small|big|a|tt|code|sup|sub)\b[^<>]*>", "", page, flags=re.I)
        page = re.sub(r"</?(?:div|center|section|blockquote|ul|ol|dl)\b[^<>]*>", "<p>", page, flags=re.I)
        root, too_deep = _tree(page)
        if too_deep:
            raise UnreadableDocument("nests its elements too deeply to be read: save it anew from a browser")
    return root


def _tree(page: str) -> tuple[etree._Element | None, bool]:
    """The page's elements, and whether parsing stopped at the parser's limit of depth."""
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, recover=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(page.encode("utf-8", errors="replace"), parser)
    except etree.ParserError:  # nothing in it
        return None, False
    except etree.XMLSyntaxError as exc:
        raise UnreadableDocument("cannot be read as a web page: it looks damaged") from exc
    if root is not None:
        for stray in list(root.itersiblings()):  # what stands behind </html> becomes a second root
            root.append(stray)
    return root, any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)


def _title(root: etree._Element) -> str:
    for element in root.iter("title"):
        parent = element.getparent()
        if parent is None or parent.tag != "svg":
            return _page_title("".join(map(str, element.itertext())))
    return ""


def _page_title(words: str) -> str:
    """A page's own title: unlike other metadata it may be as short as ``Go``."""
    words = one_line(words)
    return words if 0 < len(words) < 4 and words.isalnum() else stated_title(words)
