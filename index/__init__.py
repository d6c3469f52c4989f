"""Files to one searchable library.

from index import Library

with Library.open() as library:
    library.sync("seeds/")
    for hit in library.search("How many soldiers?"):
        print(hit.score, hit.passage.document, hit.passage.text)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.errors import (
        EmbeddingFailed,
        LibraryBusy,
        LibraryError,
        LibraryMismatch,
        LibraryMissing,
        StoreUnavailable,
        Unreachable,
        UnreadableDocument,
    )
    from index.library import Library
    from index.values import (
        CheckReport,
        Document,
        DocumentInfo,
        Failure,
        FolderChanges,
        Heading,
        Hit,
        Passage,
        Status,
        SyncProgress,
        SyncReport,
    )

__all__ = [
    "CheckReport",
    "Document",
    "DocumentInfo",
    "EmbeddingFailed",
    "Failure",
    "FolderChanges",
    "Heading",
    "Hit",
    "Library",
    "LibraryBusy",
    "LibraryError",
    "LibraryMismatch",
    "LibraryMissing",
    "Passage",
    "Status",
    "StoreUnavailable",
    "SyncProgress",
    "SyncReport",
    "Unreachable",
    "UnreadableDocument",
]

# Each name is fetched from its module when it is first used: `footnote --help` needs none of them.
_MODULES = {
    "EmbeddingFailed": "index.errors",
    "LibraryBusy": "index.errors",
    "LibraryError": "index.errors",
    "LibraryMismatch": "index.errors",
    "LibraryMissing": "index.errors",
    "StoreUnavailable": "index.errors",
    "Unreachable": "index.errors",
    "UnreadableDocument": "index.errors",
    "Library": "index.library",
    "CheckReport": "index.values",
    "Document": "index.values",
    "DocumentInfo": "index.values",
    "Failure": "index.values",
    "FolderChanges": "index.values",
    "Heading": "index.values",
    "Hit": "index.values",
    "Passage": "index.values",
    "Status": "index.values",
    "SyncProgress": "index.values",
    "SyncReport": "index.values",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
