"""Which files of a folder are documents."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.documents import SUFFIXES
from index.errors import LibraryError, LibraryMissing
from index.values import FolderChanges

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from index.records import Catalogue

IGNORE_FILE = ".footnoteignore"
"""Names what is left out, in gitignore's syntax: of its folder and of those below it."""

_TEMPORARY = ("~", ".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".swp", ".swo", ".bak")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file as it was when the folder was read."""

    name: str
    """Below the folder, with forward slashes; bytes that are no text are written as ``\\xNN``."""

    path: Path
    size: int
    modified: int
    changed: int

    @property
    def stamp(self) -> tuple[int, int, int]:
        """What is another one whenever the file was written to."""
        return self.size, self.modified, self.changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a folder holds."""

    files: tuple[FoundFile, ...]
    """By name."""

    unreadable: tuple[tuple[str, str], ...] = ()
    """Folders below it, or files, that could not be looked at, each with the reason: what they hold is not known."""

    def hides(self, name: str) -> bool:
        """Whether the file may be there all the same, in a place that could not be looked at."""
        return any(is_below(name, place) for place, _ in self.unreadable)


def is_below(name: str, place: str) -> bool:
    """Whether the file of this name is in a folder, or is the place itself."""
    return name == place or name.startswith(f"{place}/")


def find_files(folder: Path, *, skip: Path | None = None) -> Listing:
    """Every file below ``folder`` that is not hidden, temporary or ignored, by name; of a single file, that one.

    Links are followed only where they lead to a file inside the folder. What vanishes meanwhile is left out.

    Args:
        folder: a folder, or one file.
        skip: a folder that is left out wherever it stands: the library's own.

    Raises:
        OSError: the folder itself cannot be listed.
        LibraryError: a file of patterns cannot be read; without it, what must not be taken in would be.
    """
    if folder.is_file():
        return Listing(files=(_found(_name(folder.name), folder, folder.stat()),))
    os.scandir(folder).close()
    walk = _Walk(folder.resolve(), skip.resolve() if skip is not None else None)
    files = sorted(walk.files(), key=lambda found: found.name)
    return Listing(files=tuple(files), unreadable=tuple(walk.unreadable))


def list_folder(folder: Path, *, known: bool, library: Path) -> Listing:
    """The files of a folder; a folder that the library already follows (``known``) may have become empty. The library's
    own folder, where it stands in there, is none of its documents.

    Raises:
        LibraryMissing: it cannot be read, or holds no document.
    """
    try:
        str(folder.resolve()).encode()
    except UnicodeEncodeError as exc:
        raise LibraryMissing(
            f"The name of the folder {os.fsencode(folder)!r} is not UTF-8 text, so it cannot be remembered. Rename it."
        ) from exc
    try:
        found = find_files(folder, skip=library)
    except OSError as exc:
        raise LibraryMissing(
            f"The folder {str(folder)!r} cannot be read ({exc.strerror or exc}). Check the path and sync again."
        ) from exc
    if not known and not any(Path(file.name).suffix.lower() in SUFFIXES for file in found.files):
        raise LibraryMissing(
            f"There are no documents in {str(folder)!r}. "
            f"Put files there ({', '.join(sorted(suffix[1:] for suffix in SUFFIXES))}) and sync again."
        )
    return found


def folder_changes(folder: Path, catalogue: Catalogue, *, library: Path) -> FolderChanges | None:
    """What a folder holds otherwise than when it was synced, without reading a file; None where it cannot be listed."""
    try:
        found = find_files(folder, skip=library)
    except (OSError, LibraryError):
        return None
    known = {name: file.stamp for name, file in list(catalogue.files.items())}
    there = {file.name: file.stamp for file in found.files}
    return FolderChanges(
        new=tuple(sorted(there.keys() - known.keys())),
        changed=tuple(sorted(name for name in there.keys() & known.keys() if there[name] != known[name])),
        gone=tuple(sorted(name for name in known.keys() - there.keys() if not found.hides(name))),
    )


def read_patterns(path: Path) -> GitIgnoreSpec | None:
    """The patterns in a file; None where it is not there.

    Raises:
        LibraryError: it cannot be read, or a line of it is no pattern.
    """
    from pathspec import GitIgnoreSpec

    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        raise LibraryError(
            f"The patterns in {str(path)!r} cannot be read ({why}), and nothing is taken in without them. "
            "Correct the file, or delete it."
        ) from exc
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as exc:
        raise LibraryError(f"The file {str(path)!r} has a line that is no pattern: {exc}. Correct it.") from exc


def bytes_below(path: Path) -> int:
    """Bytes of all files below a folder; what vanishes meanwhile is left out."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += (Path(folder) / name).stat().st_size
            except OSError:
                continue
    return total


class _Walk:
    """One look at a folder."""

    def __init__(self, root: Path, skip: Path | None) -> None:
        self.root = root
        self.unreadable: list[tuple[str, str]] = []
        self._skip = skip

    def files(self) -> Iterator[FoundFile]:
        """In no order. Raises OSError where the root cannot be listed: nothing may be concluded from that."""
        waiting: list[tuple[Path, str, Sequence[tuple[int, GitIgnoreSpec]]]] = [(self.root, "", ())]
        while waiting:
            folder, prefix, above = waiting.pop()
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as exc:
                if folder == self.root:
                    raise
                if not isinstance(exc, FileNotFoundError):
                    self.unreadable.append((prefix.rstrip("/"), exc.strerror or str(exc)))
                continue
            own = read_patterns(folder / IGNORE_FILE) if any(entry.name == IGNORE_FILE for entry in entries) else None
            patterns = [*above, (len(prefix), own)] if own is not None else above
            for entry in entries:
                name = f"{prefix}{_name(entry.name)}"
                if is_hidden(entry.name):
                    continue
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if Path(entry.path) != self._skip and not _is_ignored(f"{name}/", patterns):
                            waiting.append((Path(entry.path), f"{name}/", patterns))
                        continue
                    if _is_ignored(name, patterns):
                        continue
                    if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(self.root):
                        continue
                    if not entry.is_file():
                        continue
                    stat = entry.stat()
                except FileNotFoundError:
                    continue
                except (OSError, RuntimeError) as exc:  # RuntimeError: links that lead to each other
                    why = exc.strerror if isinstance(exc, OSError) else "links that lead to each other"
                    self.unreadable.append((name, why or str(exc)))
                    continue
                yield _found(name, Path(entry.path), stat)


def _is_ignored(name: str, patterns: Sequence[tuple[int, GitIgnoreSpec]]) -> bool:
    """The nearest file of patterns that says anything about it decides, as with git."""
    for length, spec in reversed(patterns):
        included = spec.check_file(name[length:]).include
        if included is not None:
            return included
    return False


def _found(name: str, path: Path, stat: os.stat_result) -> FoundFile:
    return FoundFile(name=name, path=path, size=stat.st_size, modified=stat.st_mtime_ns, changed=stat.st_ctime_ns)


def _name(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is left out: hidden, or some program's own while it works."""
    return name.startswith((".", "~$")) or name.lower().endswith(_TEMPORARY)
