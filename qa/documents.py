"""The documents of a library as question sets speak of them."""

from __future__ import annotations

from index import Document, Library
from index.kept import Kept
from qa.questions import DocumentNames

_KEPT = 20_000_000
"""Characters of documents kept for the next question's evidence."""


class Documents:
    """A library's documents and the names that evidence gives them. Any thread may use it."""

    def __init__(self, library: Library) -> None:
        held = library.documents()
        self.count = sum(1 for info in held if info.duplicate_of is None)
        """How many there are, each text once."""

        self.names = DocumentNames(
            (info.name for info in held),
            twins={info.name: info.duplicate_of for info in held if info.duplicate_of is not None},
        )
        self._library = library
        self._kept: Kept[str, Document] = Kept(_KEPT, size=lambda document: len(document.text))

    def document(self, name: str) -> Document:
        """A document by its full name; those used last are kept.

        Raises:
            LibraryError: the library holds none of that name.
        """
        found = self._kept.get(name)
        if found is None:
            found = self._library.document(name)
            self._kept.put(name, found)
        return found
