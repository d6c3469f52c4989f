"""Which parts of a web page are its text, and which surround it."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

from lxml import etree

# Never text of the page. rt and rp spell out characters that the base text already holds.
NEVER_TEXT = frozenset((
    "script", "style", "template", "noscript", "noframes", "noembed", "svg", "canvas", "iframe", "frame",
    "object", "embed", "applet", "audio", "video", "map", "select", "datalist", "option", "textarea",
    "input", "progress", "meter", "nav", "rt", "rp", "annotation", "annotation-xml",
))  # fmt: skip
_FURNITURE_ROLES = frozenset(
    ["navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar", "dialog", "alertdialog"]
)
_SECTIONS = frozenset(("header", "footer", "aside"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

# Names by which pages without the newer elements call their furniture. It is dropped only if links fill it.
_FURNITURE_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navbox|navigation|menu|sidebar|breadcrumbs?|footer|header|toc|pagination|pager|share"
    r"|sharing|social|related|promo|sponsored|catlinks|toolbar)(?:$|[\s_-])",
    re.IGNORECASE,
)
_INVISIBLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


_LEAST_MAIN = 200
_LEAST_SHARE = 0.25
"""A main element with fewer letters, or a smaller share of the page's, is not believed to hold the page's text."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where to read a page, and what to leave out there."""

    root: etree._Element
    dropped: Set[etree._Element]


def choose(root: etree._Element) -> Choice:
    """Choose by how much text and how many links each part holds. One pass: pages nest deeply."""
    survey = _Survey()
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            if _never_shown(element) or (element.tag == "button" and not survey.in_heading):
                survey.dropped.add(element)
                walker.skip_subtree()
            else:
                survey.start(element)
        else:
            if element not in survey.dropped:
                survey.end(element)
            if element is not root:
                survey.count(element.tail)
    return survey.choice(root)


@dataclass(slots=True)
class _Part:
    """A noted element and the counts at its start; once it has ended, what it holds."""

    element: etree._Element
    kind: str
    inside: bool
    """Whether it lies in a main element or an article."""

    text: int
    links: int
    dropped: int
    mains: int


class _Survey:
    """Counts letters, and those in links, while a page is walked."""

    def __init__(self) -> None:
        self.dropped: set[etree._Element] = set()
        self.in_heading = 0  # the button in a heading that unfolds what is below it is the heading
        self._text = self._links = self._dropped = self._mains = self._in_link = 0
        self._open: list[_Part] = []
        self._ended: dict[str, list[tuple[int, etree._Element]]] = {}

    def count(self, text: str | None) -> None:
        size = len(text) - text.count(" ") - text.count("\n") if text else 0
        self._text += size
        self._links += size if self._in_link else 0

    def start(self, element: etree._Element) -> None:
        if kind := _kind(element):
            inside = bool(self._open) and (self._open[-1].inside or self._open[-1].kind in ("main", "article"))
            self._mains += kind in ("main", "article")
            self._open.append(_Part(element, kind, inside, self._text, self._links, self._dropped, self._mains))
        self._in_link += element.tag == "a"
        self.in_heading += element.tag in _HEADINGS
        self.count(element.text)

    def end(self, element: etree._Element) -> None:
        self._in_link -= element.tag == "a"
        self.in_heading -= element.tag in _HEADINGS
        if not self._open or self._open[-1].element is not element:
            return
        part = self._open.pop()
        held, linked = self._text - part.text, self._links - part.links
        kept = held - (self._dropped - part.dropped)
        furniture = part.kind in ("named", "section") and self._mains == part.mains
        if furniture and linked * 2 > held:
            self.dropped.add(element)
            self._dropped = part.dropped + held
        elif part.kind == "aria-hidden":
            self._ended.setdefault(part.kind, []).append((held, element))
        elif part.kind == "main" or (not part.inside and (part.kind == "article" or furniture)):
            self._ended.setdefault(part.kind, []).append((kept, element))

    def choice(self, root: etree._Element) -> Choice:
        mains, articles, sections, hidden = (
            self._ended.get(kind, []) for kind in ("main", "article", "section", "aria-hidden")
        )
        # Hidden from screen readers is an ornament or a copy; but a whole page is, behind an open dialog.
        self.dropped.update(element for held, element in hidden if held * 2 < self._text)
        if not mains and not articles:
            return Choice(root, self.dropped)
        self.dropped.update(element for _, element in sections)
        body = self._text - self._dropped - sum(held for held, _ in sections)
        # Several articles are the entries of a list, which together are the page.
        held, element = max(mains or articles, key=lambda pair: pair[0])
        alone = bool(mains) or len(articles) == 1
        if alone and held >= _LEAST_MAIN and held >= _LEAST_SHARE * body:
            return Choice(element, self.dropped)
        return Choice(root, self.dropped)


def _kind(element: etree._Element) -> str:
    """What makes the survey note an element."""
    tag, role = element.tag, element.get("role", "")
    if tag == "main" or role == "main":
        return "main"
    if tag == "article":
        return "article"
    if element.get("aria-hidden") == "true" and tag != "img":
        return "aria-hidden"
    if tag in _SECTIONS:
        return "section"
    if tag in ("div", "ul", "ol", "table", "section", "p", "td", "dl") and _FURNITURE_NAME.search(
        f"{element.get('class', '')} {element.get('id', '')}"
    ):
        return "named"
    return ""


def _never_shown(element: etree._Element) -> bool:
    tag = element.tag
    return (
        tag in NEVER_TEXT
        or element.get("role") in _FURNITURE_ROLES
        or (element.get("hidden") is not None and element.get("hidden") != "until-found")
        or (tag == "dialog" and element.get("open") is None)
        or bool(_INVISIBLE.search(element.get("style", "")))
    )
