"""Make text final: after this no later step may change it, for every offset counts into it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CHUNK = 1 << 20
"""Text is cleaned in pieces of about this many characters, so that a large file is not copied often."""

# What is replaced ...
_REPLACED = {
    # Every way of ending a line becomes a line feed, so that nobody downstream has to know the others.
    **dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028", "\n"),
    "\u2029": "\n\n",
    # Spaces that differ from a space in width or in where a line may end: no search would match them.
    **dict.fromkeys("\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", " "),
    **dict.fromkeys("\u202f\u205f", " "),
    # Ligatures that typesetting put in place of the letters that somebody typed.
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
    # Bullets of the Symbol and Wingdings fonts, which have no code point of their own outside those fonts.
    "\uf0b7": "•",
    "\uf0a7": "•",
}
# ... and what goes: control characters, halves of surrogate pairs, byte order marks, word joiners, code
# points that are no characters, and soft hyphens. A soft hyphen says where a word may be broken; it is
# invisible, and a word that holds one is found by no search.
_ODD = re.compile(
    "[" + "".join(_REPLACED) + "\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u2060\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)
_ASCII_REPLACED = bytes.maketrans(b"\x0b\x0c\x1c\x1d\x1e", b"\n" * 5)
_ASCII_DROPPED = bytes({*range(0x20), 0x7F} - set(b"\t\n\r\x0b\x0c\x1c\x1d\x1e"))
_SPACES_BEFORE_END = (" \n", "\t\n", "\u3000\n", "\u1680\n")
_BLANK_RUN = re.compile(r"\n{4,}")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """``text`` with one kind of line end, without invisible characters, trailing spaces and long blank runs.

    Code points are otherwise left as they are (no normal form is imposed), so that a quote is what the source
    says. Cleaning what is clean changes nothing.
    """
    if len(text) <= _CHUNK:
        whole = _clean_lines(text).strip("\n")
    else:
        pieces = [_clean_lines(piece) for piece in _pieces(text)]
        del text  # the caller's last reference may be this one, and it may be large
        _strip(pieces)
        whole = "".join(pieces)
    return _BLANK_RUN.sub("\n\n", whole) if "\n\n\n\n" in whole else whole


_NEVER_TEXT = re.compile("[\x00\ud800-\udfff]")


def verbatim(text: str) -> str:
    """A text that people wrote as text, as it stands: only its line ends become line feeds, and what no store can
    hold goes. Offsets into it are offsets into the file, as any editor or script counts them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text or not text.isascii():
        text = _NEVER_TEXT.sub("", text)
    return text


def one_line(text: str) -> str:
    """``text`` cleaned, with each run of white space made one space: for titles and headings."""
    return _SPACES.sub(" ", clean(text)).strip()


def has_text(text: str) -> bool:
    """Whether there is anything that can be seen."""
    return any(char.isprintable() and not char.isspace() for char in text)


def _pieces(text: str) -> Iterator[str]:
    """``text`` cut behind line feeds."""
    start = 0
    while len(text) - start > _CHUNK and (end := text.find("\n", start + _CHUNK) + 1):
        yield text[start:end]
        start = end
    yield text[start:]


def _clean_lines(text: str) -> str:
    if text.isascii():  # the same by a much faster way
        text = text.encode("ascii").translate(_ASCII_REPLACED, _ASCII_DROPPED).decode("ascii")
    else:
        text = _ODD.sub(lambda match: _REPLACED.get(match[0], ""), text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text[-1:].strip("\n").isspace() or any(end in text for end in _SPACES_BEFORE_END):
        # Not a regular expression: "spaces, then a line end" takes quadratic time on a long run of spaces.
        text = "\n".join([line.rstrip() for line in text.split("\n")])
    return text


def _strip(pieces: list[str]) -> None:
    """Take the blank lines at both ends away."""
    for place, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while pieces and not (stripped := strip(pieces[place], "\n")):
            pieces.pop(place)
        if pieces:
            pieces[place] = stripped
