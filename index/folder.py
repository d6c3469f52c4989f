"""Which files of a folder are documents."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a folder holds."""

    files: tuple[FoundFile, ...]
    """By name."""

    unreadable: tuple[tuple[str, str], ...] = ()
    """Folders below it, or files, that could not be looked at, each with the reason: what they hold is not known."""

    def hides(self, name: str) -> bool:
        """Whether the file may be there all the same, in a place that could not be looked at."""
        return any(name == place or name.startswith(f"{place}/") for place, _ in self.unreadable)


def find_files(folder: Path) -> Listing:
    """Every file below ``folder`` that is not hidden or temporary, by name; of a single file, that one.

    Links are followed only where they stay inside the folder. What vanishes meanwhile is left out.

    Raises:
        OSError: the folder itself cannot be listed.
    """
    if folder.is_file():
        return Listing(files=(_found(_name(folder.name), folder, folder.stat()),))
    os.scandir(folder).close()
    root = folder.resolve()
    unreadable: list[tuple[str, str]] = []
    files = sorted(_walk(root, root, "", unreadable), key=lambda found: found.name)
    return Listing(files=tuple(files), unreadable=tuple(unreadable))


def _walk(root: Path, folder: Path, prefix: str, unreadable: list[tuple[str, str]]) -> Iterator[FoundFile]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as exc:
        unreadable.append((prefix.rstrip("/"), exc.strerror or str(exc)))
        return
    for entry in entries:
        name = _name(entry.name)
        if _is_hidden(entry.name):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(root, Path(entry.path), f"{prefix}{name}/", unreadable)
                continue
            if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(root):
                continue
            if not entry.is_file():
                continue
            stat = entry.stat()
        except FileNotFoundError:
            continue
        except OSError as exc:
            unreadable.append((f"{prefix}{name}", exc.strerror or str(exc)))
            continue
        yield _found(f"{prefix}{name}", Path(entry.path), stat)


def _found(name: str, path: Path, stat: os.stat_result) -> FoundFile:
    return FoundFile(name=name, path=path, size=stat.st_size, modified=stat.st_mtime_ns, changed=stat.st_ctime_ns)


def _name(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(_TEMPORARY)
