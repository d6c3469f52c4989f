"""Office files are zip archives of XML parts: open them so that nothing in them can harm."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO

from lxml import etree

from index.errors import UnreadableDocument
from index.readers.reasons import ENCRYPTED, LOCKED, TOO_LARGE, UNPACKS_TOO_FAR, too_large

_LARGEST_PART = 64 * 2**20
"""Bytes of one XML part; its tree takes about ten times that in memory."""
_HIGHEST_RATIO = 500
"""Text packs 5 to 50 times; what packs better than this holds the same few bytes over and over."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the older binary formats begin, and the envelope of encrypted new ones."""

_SURROGATES = re.compile(rb"(?:&#(?:[xX]0{0,4}[dD][89a-fA-F][\da-fA-F]{2}|5[5-7]\d{3});)+")
"""References to halves of characters (and some whole ones beside them), which XML forbids and some programs write."""


_NO_ARCHIVE = (zipfile.BadZipFile, ValueError, OSError, RuntimeError)
"""What zipfile raises at an archive that it cannot read; RuntimeError for an unknown method of packing."""

_IS_ENCRYPTED = 0x1
"""The bit of a part's flags (APPNOTE.TXT, 4.4.4)."""


def refuse_large(data: bytes, most: int) -> None:
    """Raises UnreadableDocument for a zip archive whose parts are more than ``most`` bytes when unpacked.

    What the archive says of their sizes can be believed: no more than that is unpacked of any. Content that is no zip
    archive passes, for the readers have their own words about it.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
    except _NO_ARCHIVE:
        return
    if unpacked > most:
        raise UnreadableDocument(too_large("what it unpacks to", unpacked, most))


class Package:
    """The parts of an Office Open XML file and how they refer to each other."""

    def __init__(self, data: bytes, kind: str) -> None:
        """``kind`` names the format in messages. Raises UnreadableDocument."""
        if data.startswith(_OLE):
            if "EncryptedPackage".encode("utf-16-le") in data:
                raise UnreadableDocument(LOCKED)
            raise UnreadableDocument(f"is in the older binary format: save it as {kind}")
        self._damaged = f"cannot be read as {kind}: it looks damaged or is another format"
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except _NO_ARCHIVE as exc:
            raise UnreadableDocument(self._damaged) from exc
        if any(info.file_size > max(2**20, _HIGHEST_RATIO * info.compress_size) for info in self._zip.infolist()):
            raise UnreadableDocument(UNPACKS_TOO_FAR)

    def data(self, name: str) -> bytes | None:
        """The bytes of a part, None where there is no such part. Raises UnreadableDocument."""
        with self._opened(name) as packed:
            if packed is None:
                return None
            data = packed.read(_LARGEST_PART + 1)
        if len(data) > _LARGEST_PART:
            raise UnreadableDocument(f"{TOO_LARGE} in one of its parts: split it into smaller files")
        return data

    def part(self, name: str) -> etree._Element | None:
        """The root element of a part, None where there is no such part. Raises UnreadableDocument."""
        data = self.data(name)
        if data is None:
            return None
        data = _without_surrogates(data)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=True, remove_pis=True,
            remove_comments=True,
        )  # fmt: skip
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as exc:
            raise UnreadableDocument(self._damaged) from exc
        if root is None:
            raise UnreadableDocument(self._damaged)
        if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
            raise UnreadableDocument("nests its elements too deeply to be read")
        return root

    def related(self, name: str, kind: str) -> str | None:
        """The part that the part ``name`` (empty for the package itself) relates to as ``kind``.

        ``kind`` is the last word of the relationship's type, which alone is the same in both dialects of the
        format (transitional and strict).
        """
        return next((target for each, target in self.relations(name).values() if each == kind), None)

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part relates to inside the package: by the relationship's id its kind and part, as ``related``."""
        folder, file = posixpath.split(name)
        relations = self.part(posixpath.join(folder, "_rels", f"{file}.rels"))
        found = {}
        for number, relation in enumerate(relations if relations is not None else ()):
            if relation.get("TargetMode") != "External":
                kind = relation.get("Type", "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
                found[relation.get("Id") or f"#{number}"] = kind, target.lstrip("/")
        return found

    def names(self) -> list[str]:
        """The names of all parts, in the order of the archive."""
        return self._zip.namelist()

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part of any size, in pieces; none where there is no such part. Raises UnreadableDocument."""
        with self._opened(name) as packed:
            while packed is not None and (piece := packed.read(1 << 18)):
                yield piece

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes] | None]:
        """A part to read from, None where there is no such part; what goes wrong inside becomes UnreadableDocument."""
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            yield None
            return
        if info.flag_bits & _IS_ENCRYPTED:
            raise UnreadableDocument(f"{ENCRYPTED} as a zip archive: save a copy without a password")
        try:
            with self._zip.open(info) as packed:
                yield packed
        except (*_NO_ARCHIVE, zlib.error, EOFError) as exc:
            raise UnreadableDocument(self._damaged) from exc

    def each(self, name: str, tag: str) -> Iterator[etree._Element]:
        """The elements named ``tag`` (without namespace) of a part of any size, for which no tree is built.

        An element is emptied when the next one is asked for. Raises UnreadableDocument.
        """
        parser = etree.XMLPullParser(
            events=("end",), tag="{*}" + tag, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True,
            recover=True, remove_pis=True, remove_comments=True,
        )  # fmt: skip
        for piece in self.chunks(name):
            try:
                parser.feed(_without_surrogates(piece))
            except etree.XMLSyntaxError as exc:
                raise UnreadableDocument(self._damaged) from exc
            for _, element in parser.read_events():
                if not isinstance(element, etree._Element):
                    continue
                yield element
                element.clear()
                parent = element.getparent()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]


def _without_surrogates(xml: bytes) -> bytes:
    """Characters that were written as two halves made whole, and halves without their other half left out."""
    if b"&#" not in xml:
        return xml

    def whole(match: re.Match[bytes]) -> bytes:
        codes = [code.rstrip(b";") for code in match[0].split(b"&#")[1:]]
        text = "".join(chr(int(code[1:], 16) if code[:1] in b"xX" else int(code)) for code in codes)
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        return text.encode("ascii", "xmlcharrefreplace")

    return _SURROGATES.sub(whole, xml)


def local(element: etree._Element) -> str:
    """An element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str | None:
    """An attribute by its name without namespace."""
    for key, value in element.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of that name, without namespace."""
    if element is not None:
        for each in element:
            if local(each) == name:
                return each
    return None
