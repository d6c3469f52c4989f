"""Office files are zip archives of XML parts: open them so that nothing in them can harm."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from io import BytesIO

from lxml import etree

from index.errors import UnreadableDocument

_MOST_UNPACKED = 500 * 2**20
_LARGEST_PART = 64 * 2**20
"""Bytes of one XML part; its tree takes about ten times that in memory."""
_HIGHEST_RATIO = 500
"""Text packs 5 to 50 times; what packs better than this holds the same few bytes over and over."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the older binary formats begin, and the envelope of encrypted new ones."""


class Package:
    """The parts of an Office Open XML file and how they refer to each other."""

    def __init__(self, data: bytes, kind: str) -> None:
        """``kind`` names the format in messages. Raises UnreadableDocument."""
        if data.startswith(_OLE):
            if "EncryptedPackage".encode("utf-16-le") in data:
                raise UnreadableDocument("is protected by a password: save a copy without one")
            raise UnreadableDocument(f"is in the older binary format: save it as {kind}")
        self._damaged = f"cannot be read as {kind}: it looks damaged or is another format"
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as exc:
            raise UnreadableDocument(self._damaged) from exc
        unpacked = 0
        for info in self._zip.infolist():
            unpacked += info.file_size
            if unpacked > _MOST_UNPACKED or info.file_size > max(2**20, _HIGHEST_RATIO * info.compress_size):
                raise UnreadableDocument("unpacks to far more than a document needs, and was not opened")

    def part(self, name: str) -> etree._Element | None:
        """The root element of a part, None where there is no such part. Raises UnreadableDocument."""
        try:
            with self._zip.open(name) as packed:
                data = packed.read(_LARGEST_PART + 1)
        except KeyError:
            return None
        except RuntimeError as exc:  # how zipfile says that a member is encrypted
            raise UnreadableDocument("is protected by a password: save a copy without one") from exc
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as exc:
            raise UnreadableDocument(self._damaged) from exc
        if len(data) > _LARGEST_PART:
            raise UnreadableDocument("is too large to be read: split it into smaller files")
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
        folder, file = posixpath.split(name)
        relations = self.part(posixpath.join(folder, "_rels", f"{file}.rels"))
        if relations is None:
            return None
        for relation in relations:
            if relation.get("Type", "").rpartition("/")[2] == kind and relation.get("TargetMode") != "External":
                target = relation.get("Target", "")
                return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        return None


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
