"""Books: the chapters of an EPUB in reading order, each read as the web page that it is."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

from lxml import etree

from index.errors import UnreadableDocument
from index.readers import html
from index.readers.clean import has_text, one_line
from index.readers.content import Blocks, Content, stated_title
from index.readers.package import Package, attribute, child, local

_KIND = "EPUB"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
_FONT_LOCKS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Ways of encrypting that bind fonts to their book. The text is open all the same."""


def read(data: bytes) -> Content:
    """Title and authors, then the chapters; a chapter without a heading of its own gets its name in the contents."""
    package = Package(data, _KIND)
    root = package.part(_root_file(package))
    if root is None:
        raise UnreadableDocument(f"cannot be read as {_KIND}: it looks damaged or is another format")
    book = _Book(package, _root_file(package), root)
    blocks = Blocks()
    title, authors = book.title(), book.authors()
    blocks.add("\n".join(filter(None, [title, authors])))
    locked = _locked(package)
    pages = book.spine()
    found = False
    for name in pages:
        page = None if name in locked else package.data(name)
        if page is None:
            continue
        content = html.read(page)
        if not has_text(content.text):
            continue
        found = True
        if not content.headings and name in book.labels:
            level, label = book.labels[name]
            if content.text.partition("\n")[0].strip() == label:
                content = _headed(content, level, label)
            else:
                blocks.add(label, level=level)
        blocks.include(content)
    if not found:
        if locked.intersection(pages):
            raise UnreadableDocument("is encrypted by the copy protection of a bookseller and cannot be opened here")
        return Content(text="")
    return blocks.content(title)


def _root_file(package: Package) -> str:
    container = package.part("META-INF/container.xml")
    if container is not None:
        for element in container.iter():
            if local(element) == "rootfile" and (path := element.get("full-path")):
                return path
    return "content.opf"


def _headed(content: Content, level: int, label: str) -> Content:
    """A page that begins with its name, which only looks like a heading, with that name as one."""
    blocks = Blocks()
    blocks.add(label, level=level)
    blocks.add(content.text[len(label) :])
    return blocks.content()


def _locked(package: Package) -> set[str]:
    """Parts that cannot be read because copy protection encrypts them."""
    root = package.part("META-INF/encryption.xml")
    locked = set()
    for entry in [] if root is None else root.iter():
        if local(entry) != "EncryptedData":
            continue
        method = child(entry, "EncryptionMethod")
        if method is None or method.get("Algorithm") not in _FONT_LOCKS:
            locked |= {unquote(each.get("URI", "")) for each in entry.iter() if local(each) == "CipherReference"}
    return locked


class _Book:
    """What the package file says about the book."""

    def __init__(self, package: Package, path: str, root: etree._Element) -> None:
        self._folder = posixpath.dirname(path)
        self._root = root
        self._items: dict[str, etree._Element] = {}
        for element in root.iter():
            if local(element) == "item" and (identity := element.get("id")):
                self._items.setdefault(identity, element)
        self.labels: dict[str, tuple[int, str]] = {}
        """Level and name in the table of contents of each page that it lists."""

        self._contents: set[str] = set()
        for item in self._items.values():
            name = self._path(item.get("href"))
            if "nav" in (item.get("properties") or "").split():
                self._contents.add(name)
                self._list_nav(package.part(name), posixpath.dirname(name))
            elif item.get("media-type") == "application/x-dtbncx+xml":
                self._list_ncx(package.part(name), posixpath.dirname(name))
        for reference in root.iter():
            if local(reference) == "reference" and reference.get("type") == "toc":
                self._contents.add(self._path(reference.get("href")))

    def title(self) -> str:
        """The first title; a number may be one, as of ``1984``."""
        for words in self._metadata("title"):
            if title := stated_title(words) or (words if words.isdecimal() else ""):
                return title
        return ""

    def authors(self) -> str:
        """All creators in one line."""
        return ", ".join(dict.fromkeys(self._metadata("creator")))

    def spine(self) -> list[str]:
        """The paths of the pages in reading order, without the table of contents."""
        names = []
        for reference in self._root.iter():
            if local(reference) != "itemref":
                continue
            item = self._items.get(reference.get("idref", ""))
            if item is not None and item.get("media-type") in _PAGES:
                names.append(self._path(item.get("href")))
        if not names:
            names = [self._path(i.get("href")) for i in self._items.values() if i.get("media-type") in _PAGES]
        return [name for name in dict.fromkeys(names) if name not in self._contents]

    def _metadata(self, name: str) -> list[str]:
        place = child(self._root, "metadata")
        elements = [] if place is None else [each for each in place.iter() if local(each) == name]
        return [words for each in elements if (words := one_line("".join(map(str, each.itertext()))))]

    def _path(self, href: str | None, folder: str | None = None) -> str:
        folder = self._folder if folder is None else folder
        return posixpath.normpath(posixpath.join(folder, unquote((href or "").partition("#")[0])))

    def _label(self, href: str | None, folder: str, level: int, words: str) -> None:
        if href and words:
            self.labels.setdefault(self._path(href, folder), (level, words))

    def _list_ncx(self, root: etree._Element | None, folder: str) -> None:
        for point in [] if root is None else root.iter():
            if local(point) == "navPoint":
                label, target = child(point, "navLabel"), child(point, "content")
                if label is not None and target is not None:
                    level = 1 + sum(local(above) == "navPoint" for above in point.iterancestors())
                    self._label(target.get("src"), folder, level, one_line("".join(map(str, label.itertext()))))

    def _list_nav(self, root: etree._Element | None, folder: str) -> None:
        for nav in [] if root is None else root.iter():
            if local(nav) != "nav" or attribute(nav, "type") not in (None, "toc"):
                continue
            for link in nav.iter():
                if local(link) == "a":
                    level = max(1, sum(local(above) == "ol" for above in link.iterancestors()))
                    self._label(link.get("href"), folder, level, one_line("".join(map(str, link.itertext()))))
