"""What can go wrong with a library.

    LibraryError
      LibraryMissing        nothing has been synced there yet
      LibraryMismatch       built with another embedder or layout
      LibraryBusy           another process is writing
      UnreadableDocument    one file has no usable text
      EmbeddingFailed       the embedder gave no vectors
      StoreUnavailable      Chroma cannot do what it was asked
        Unreachable         its server does not answer, or refuses access

Each message says what happened, about what, and what to do next; the command line prints it as it stands.
"""

from __future__ import annotations


class LibraryError(Exception):
    """Base of every error that a library raises on purpose: ``except LibraryError`` catches them all."""


class LibraryMissing(LibraryError):
    """The folder holds no library, or no documents were ever synced into it."""


class LibraryMismatch(LibraryError):
    """The library was built with another embedder, so its vectors mean something else."""


class LibraryBusy(LibraryError):
    """Another process holds the library's write lock."""


class UnreadableDocument(LibraryError):
    """A file gives no text. During a sync it becomes a ``Failure`` and the sync goes on."""


class EmbeddingFailed(LibraryError):
    """The embedder refused or returned something that is not one vector a text."""


class StoreUnavailable(LibraryError):
    """Chroma cannot be reached or cannot read its own files."""


class Unreachable(StoreUnavailable):
    """A Chroma server does not answer, however often it is asked, or lets nobody in: asking once more helps nobody."""
