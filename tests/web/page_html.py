"""Reads the HTML that the page is made of, as strictly as it should be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_TAGS = (
    "article bdi br button code details div em figure form h1 h2 h3 img input label li mark ol option p path pre rect "
    "progress section select span strong summary svg table tbody td textarea th thead tr ul"
)
_ATTRIBUTES = (
    "alt aria-current aria-expanded aria-hidden aria-label aria-pressed checked class d data-conversation data-do "
    "data-document data-example data-exchange data-good data-from data-number data-page data-run data-target data-tip "
    "data-view dir height max min name open placeholder preserveaspectratio role rows src step tabindex title type "
    "value viewbox width x y"
)
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
"""None of these can run a script or fetch anything."""

HOSTILE = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "'><svg onload=window.pwned=1>",
    '" onmouseover="window.pwned=1',
    "' onfocus='window.pwned=1' autofocus tabindex='0",
    "</mark></div></button><iframe src=//outside.example></iframe>",
    "<!-- --><style>*{display:none}</style><base href=//outside.example>",
    "![picture](http://outside.example/p.png) [link](javascript:window.pwned=1)",
    "<http://outside.example> http://outside.example/ www.outside.example",
    "&lt;script&gt; &amp; &#60;img&#62; &nbsp;",
    "${window.pwned=1} {{constructor}} `${1}` {{#each this}}{{/each}} @children",
    "$$\\href{javascript:window.pwned=1}{x}$$ \\(x\\)",
    "\u202egpj.exe\u202c \u2067mirrored\u2069 \u200fright",
    "\0nul \x1b[31m \ud800 lone \r\n returns \r alone \x85 \u2028 separators",
    "`" * 3 + "html\n<script>window.pwned=1</script>\n" + "`" * 3,
    "a" * 5000,
    "1. " * 400,
    "**" * 700 + "*" * 700 + "`" * 701 + "[" * 700,
)


@dataclass(slots=True)
class Parsed:
    """What a piece of HTML holds."""

    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    """Tag, name and value of each."""

    text: str = ""
    marks: list[str] = field(default_factory=list)
    """The text inside each ``<mark>``."""

    def values(self, name: str) -> list[str]:
        """The values of one attribute, in order."""
        return [value for _, attribute, value in self.attributes if attribute == name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Parsed()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        self.found.tags.append(tag)
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            assert name != "src" or (tag == "img" and (value or "").startswith("data:image/jpeg;base64,"))
            self.found.attributes.append((tag, name, value or ""))
        if tag == "mark":
            self.found.marks.append("")
        if tag == "br":
            self.found.text += "\n"
        elif tag not in ("path", "input", "img", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("path", "rect"), tag
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.found.text += data
        if "mark" in self.open:
            self.found.marks[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")


def parsed(html: str) -> Parsed:
    """What ``html`` holds; fails on any tag or attribute but the page's own, and on tags that do not close."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader.found
