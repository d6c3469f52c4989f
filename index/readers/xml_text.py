"""XML: feeds as their entries, pages as pages, and of anything else the text of its elements."""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree

from index.errors import UnreadableDocument
from index.readers import html
from index.readers.clean import clean, has_text, one_line
from index.readers.content import Blocks, Content, first_line_title, stated_title
from index.readers.encoding import decode
from index.readers.package import attribute, child, local

_DECLARED = re.compile(rb"""^[^<]*<\?xml[^<>]*?encoding\s*=\s*["']([\w.:-]+)""")
_DECLARATION = re.compile(r"^\s*<\?xml[^<>]*\?>")
_ENTITY = re.compile(r"&(\w+;)")
_OWN_ENTITIES = ("lt;", "gt;", "amp;", "quot;", "apos;")
_MARKUP = re.compile(r"<[a-z!/][^<>]*>|&\w+;|&#\d+;", re.IGNORECASE)

_FEEDS = ("rss", "feed", "RDF")
_ENTRIES = ("item", "entry")
_BODIES = ("encoded", "content", "description", "summary", "tagline", "subtitle")
"""Elements of a feed or entry that hold its words, the fullest first."""

_NO_TEXT = ("script", "style", "svg")


def read(data: bytes) -> Content:
    """A feed's entries become sections under their titles. Tags and attributes are no text, so they are left out."""
    declared = _DECLARED.search(data[:1024])
    text = _DECLARATION.sub("", decode(data, declared[1].decode("ascii") if declared else None).replace("\0", ""))
    root = _parse(text)
    if root is None:
        return Content(text="")
    if local(root) == "html":
        return html.read(text.encode("utf-8", errors="replace"))
    if local(root) in _FEEDS and any(local(each) in _ENTRIES for each in root.iter()):
        return _feed(root)
    blocks = Blocks()
    _add_elements(root, blocks)
    content = blocks.content()
    titles = (stated_title(_words(each)) for each in root.iter() if local(each) == "title")
    return Content(text=content.text, title=next(filter(None, titles), "") or first_line_title(content.text))


def _parse(text: str) -> etree._Element | None:
    # The names of HTML's characters mean something only by a document type that is not fetched.
    text = _ENTITY.sub(lambda match: match[0] if match[1] in _OWN_ENTITIES else html5.get(match[1], match[0]), text)
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=True,
        remove_pis=True, remove_comments=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        if not has_text(text):
            return None
        raise UnreadableDocument("cannot be read as XML: it looks damaged or is another format") from exc
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise UnreadableDocument("nests its elements or entities too deeply to be read")
    if root is None and has_text(text):
        raise UnreadableDocument("cannot be read as XML: it looks damaged or is another format")
    return root


def _feed(root: etree._Element) -> Content:
    blocks = Blocks()
    about = child(root, "channel")
    about = root if about is None else about
    title = _plain(child(about, "title"))
    blocks.add(title, level=1)
    _add_words(about, blocks)
    for entry in root.iter():
        if local(entry) not in _ENTRIES:
            continue
        blocks.add(_plain(child(entry, "title")), level=2)
        blocks.add("\n".join(filter(None, (_author(entry), _date(entry), _subjects(entry)))))
        _add_words(entry, blocks)
    return blocks.content(stated_title(title))


def _author(entry: etree._Element) -> str:
    author = child(entry, "author")
    if author is None:
        author = child(entry, "creator")
    name = child(author, "name")
    return _words(author if name is None else name)


def _date(entry: etree._Element) -> str:
    dates = (child(entry, name) for name in ("pubDate", "published", "issued", "date", "updated", "modified"))
    return next(filter(None, map(_words, dates)), "")


def _subjects(entry: etree._Element) -> str:
    names = (each.get("term") or _words(each) for each in entry if local(each) in ("category", "subject"))
    return ", ".join(dict.fromkeys(filter(None, names)))


def _add_words(place: etree._Element, blocks: Blocks) -> None:
    """The words of a feed or entry. A summary is left out where it only begins what stands in full."""
    said = ""
    for name in _BODIES:
        for element in place:
            if local(element) != name:
                continue
            content = _body(element)
            start = one_line(content.text).rstrip(".… ")[:200]
            if start and start not in said:
                blocks.include(content, below=2)
                said += one_line(content.text) + "\n"


def _body(element: etree._Element) -> Content:
    """Feeds carry pages as escaped text, as elements, or plain text."""
    if len(element) and attribute(element, "type") in ("xhtml", "text/html", "application/xhtml+xml"):
        page = "".join(etree.tostring(each, encoding="unicode") for each in element)
        return html.read(page.encode("utf-8", errors="replace"))
    words = "".join(map(str, element.itertext()))
    if _MARKUP.search(words):
        return html.read(words.encode("utf-8", errors="replace"))
    return Content(text=clean("\n".join(line.strip() for line in words.split("\n"))))


def _add_elements(root: etree._Element, blocks: Blocks) -> None:
    """An element with words of its own is a paragraph with all that it holds; the others only group."""
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if local(element) in _NO_TEXT or not isinstance(element.tag, str):
            walker.skip_subtree()
        elif not len(element) or _own(element):
            leaf = not len(element)
            blocks.add(one_line(_words(element)), tight=leaf and element.getprevious() is not None)
            walker.skip_subtree()


def _own(element: etree._Element) -> bool:
    return bool((element.text or "").strip()) or any((each.tail or "").strip() for each in element)


def _words(element: etree._Element | None) -> str:
    return "" if element is None else one_line("".join(map(str, element.itertext())))


def _plain(element: etree._Element | None) -> str:
    """A title's words, which may be an escaped page as well."""
    words = _words(element)
    return one_line(html.read(words.encode("utf-8", errors="replace")).text) if _MARKUP.search(words) else words
