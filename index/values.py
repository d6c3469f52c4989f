"""The values that the library takes and returns: frozen, typed, printable.

Every offset counts code points of the document's extracted text, half-open: ``text[start:end]``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading line of a document."""

    start: int
    """Where the heading's line begins in the document's text."""

    level: int
    """1 for the outermost."""

    text: str
    """The heading without its markup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a reader made of one file."""

    name: str
    """The path below the synced folder, with forward slashes."""

    text: str
    """The extracted text. Every offset anywhere in the product counts into this string."""

    title: str
    """The document's own title when it has one, else its file name."""

    pages: tuple[int, ...] = ()
    """Where each page begins in ``text``, ascending from 0; empty where the format knows no pages."""

    headings: tuple[Heading, ...] = ()
    """In order of ``start``."""

    def page_at(self, offset: int) -> int | None:
        """The 1-based page that holds ``offset``, or None where the format knows no pages."""
        from bisect import bisect_right

        return bisect_right(self.pages, offset) if self.pages else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of one document. A document's passages, joined in order, are its text."""

    id: str
    """From the document's name, the place and the text: the same text at the same place keeps its id."""

    document: str
    """The document's name, as in ``Document.name``."""

    title: str
    """The document's title."""

    heading: str
    """The headings above the passage, outermost first, joined by `` > ``; empty where there are none."""

    text: str
    """``document_text[start:end]``, always."""

    start: int
    end: int

    page: int | None
    """The 1-based page on which the passage begins, or None where the format knows no pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One passage that a search found."""

    passage: Passage

    score: float
    """Orders the hits of one search, best first; ``index.fuse`` and ``index.rerank`` say what it is the sum of."""

    similarity: float
    """Cosine of the question's and the passage's vectors, -1 to 1: comparable between searches."""

    dense_rank: int | None
    """1-based rank among the dense candidates, None if the vectors did not bring it."""

    keyword_rank: int | None
    """1-based rank among the lexical candidates, None if the words did not bring it."""

    parts: tuple[Passage, ...] = ()
    """The stored passages that ``passage`` joins, best first. The figures above are those of the first."""

    also: tuple[Passage, ...] = ()
    """Passages elsewhere that say the same, left out of the ranking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A file that could not be taken in, and why."""

    document: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What one sync did, by documents' names, in order."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """Pairs of old and new name."""

    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    duplicates: tuple[tuple[str, str], ...] = ()
    """Pairs of a document and the one whose content it repeats."""

    failed: tuple[Failure, ...] = ()
    passages_embedded: int = 0
    """How many texts went through the embedder."""

    seconds: float = 0.0

    def __str__(self) -> str:
        parts = [
            f"{len(names)} {label}"
            for label, names in (
                ("added", self.added),
                ("changed", self.changed),
                ("renamed", self.renamed),
                ("removed", self.removed),
                ("unchanged", self.unchanged),
                ("repeating another", self.duplicates),
                ("failed", self.failed),
            )
            if names
        ]
        summary = ", ".join(parts) or "no documents"
        return f"{summary} in {self.seconds:.1f} s ({self.passages_embedded} passages embedded)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentInfo:
    """One document of the library, without its text."""

    name: str
    title: str
    passages: int
    characters: int
    pages: int
    """0 where the format knows no pages."""

    bytes: int
    """Size of the file, or of the line for a document of a ``.jsonl`` file."""

    duplicate_of: str | None = None
    sha256: str = ""
    """Of the file's bytes; of a document of a ``.jsonl`` file, of its title and text."""

    modified: str | None = None
    """When its file was last written to: ISO 8601, UTC; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the library holds and where."""

    path: str
    folder: str | None
    """The folder it was last synced with; None before the first sync."""

    documents: int
    passages: int
    characters: int
    embedder: str
    dimension: int
    generation: int
    """Grows by one with each sync that changed something."""

    synced_at: str | None
    """ISO 8601, UTC."""

    failed: tuple[Failure, ...]
    """Files that the last sync could not take in, with the reasons."""

    bytes_on_disk: int

    bytes_read: int
    """Size of the files that the documents were read from."""

    changes: FolderChanges | None
    """What the folder holds otherwise than the library; None where the folder cannot be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderChanges:
    """Files of a folder that the next sync will look at, by size and times."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check of a library found. All is well where everything after ``passages`` is empty or 0."""

    documents: int
    passages: int

    broken: tuple[str, ...] = ()
    """Documents of which passages or vectors are missing. Repaired by reading them again."""

    left_over: int = 0
    """Stored passages that count for nothing, such as a killed sync leaves. Repaired by deleting them."""

    not_searchable: int = 0
    """Passages and names that the lexical index lacks. Repaired from the store."""

    wrongly_searchable: int = 0
    """Passages and names in the lexical index that should be gone. Repaired from the store."""

    stale: tuple[str, ...] = ()
    """Files that the folder holds otherwise than the library, or that only one of them holds; by content, not by date.
    Repaired by a sync. Empty too where the folder cannot be listed."""

    repaired: bool = False
    """Whether what was found was put right."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing was wrong."""
        wrong = (self.broken, self.left_over, self.not_searchable, self.wrongly_searchable, self.stale)
        return not any(wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncProgress:
    """How far a sync has come."""

    document: str
    """What was taken in last."""

    files_done: int
    files: int
    bytes_done: int
    bytes: int
    """Of the files that are new or changed; the others cost nothing."""

    passages: int
    """Passages written so far."""

    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """By the bytes so far; None before there is anything to judge by."""
        if not self.bytes_done or self.bytes_done > self.bytes:
            return None
        return self.seconds * (self.bytes - self.bytes_done) / self.bytes_done
