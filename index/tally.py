"""What one sync did, name by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.records import DocumentRecord
from index.values import Failure, SyncReport


@dataclass(slots=True)
class Tally:
    """Grows during a sync."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def count(self, known: DocumentRecord | None, digest: str, name: str, gone: str | None) -> None:
        """A document was read: ``known`` is what was recorded of its name, ``gone`` the name that it had before."""
        if known is not None and known.sha256 == digest:
            self.unchanged.append(name)
        elif known is not None:
            self.changed.append(name)
        elif gone is not None:
            self.renamed.append((gone, name))
        else:
            self.added.append(name)

    def fail(self, document: str, reason: str) -> Failure:
        """A document could not be read."""
        failure = Failure(document=document, reason=reason)
        self.failed.append(failure)
        return failure

    def report(self, embedded: int, seconds: float) -> SyncReport:
        """The sums, each list in order."""
        return SyncReport(
            added=tuple(sorted(self.added)),
            changed=tuple(sorted(self.changed)),
            renamed=tuple(sorted(self.renamed)),
            unchanged=tuple(sorted(self.unchanged)),
            removed=tuple(sorted(self.removed)),
            duplicates=tuple(sorted(self.duplicates)),
            failed=tuple(sorted(self.failed, key=lambda failure: failure.document)),
            passages_embedded=embedded,
            seconds=seconds,
        )
