"""Full and read-only disks, files without rights, clocks set back, odd names: an outcome each, the rest is taken."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import Library, LibraryError
from tests.chroma.conftest import WordEmbedder, open_library


@contextmanager
def disk(path: Path, megabytes: int) -> Iterator[None]:
    """A small disk at ``path``; skips where this process may not mount one."""
    path.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mounting a small disk takes rights that this process does not have")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def remount(path: Path, options: str) -> None:
    """Mount the disk at ``path`` anew. It is busy until Chroma's own threads have closed what was open on it."""
    for last in [False] * 100 + [True]:
        made = subprocess.run(["mount", "-o", f"remount,{options}", str(path)], check=last, capture_output=True)
        if not made.returncode:
            return
        time.sleep(0.1)


def documents(library: Library) -> set[str]:
    return {info.name for info in library.documents()}


def test_a_full_disk_stops_a_sync_and_room_lets_it_go_on(tmp_path: Path, embedder: WordEmbedder) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()

    def write(numbers: range) -> None:
        for number in numbers:
            text = "".join(f"Part {part} of file {number} tells of matter {part * number}. " for part in range(120))
            (folder / f"{number:03}.txt").write_text(text, encoding="utf-8")

    place = tmp_path / "disk"
    with disk(place, 60):
        with open_library(place / "library", embedder) as library:
            write(range(5))
            library.sync(folder)
            taken = documents(library)
            ballast = place / "ballast"
            ballast.write_bytes(bytes(shutil.disk_usage(place).free - 300_000))
            write(range(40))
            with pytest.raises(LibraryError, match=r"room|space"):
                library.sync()
            assert taken <= documents(library) < {f"{number:03}.txt" for number in range(40)}
            assert library.search("What does file 1 tell of?", 3)
            ballast.unlink()
            taken = documents(library)
            report = library.sync()
            assert set(report.unchanged) >= taken
            assert len(documents(library)) == 40
            assert library.check().is_sound
        embedder.embedded.clear()


def test_a_library_on_a_read_only_disk_says_so(tmp_path: Path, folder: Path, embedder: WordEmbedder) -> None:
    place = tmp_path / "disk"
    with disk(place, 100):
        with open_library(place / "library", embedder) as library:
            library.sync(folder)
        remount(place, "ro")
        with open_library(place / "library", embedder) as library:
            for use in (lambda: library.sync(folder), lambda: library.search("Sirius"), lambda: library.status()):
                with pytest.raises(LibraryError, match=r"cannot be written.*INDEX_PATH"):
                    use()
        remount(place, "rw")
        with open_library(place / "library", embedder) as library:
            assert library.search("Sirius brightest star", 1)[0].passage.document == "stars.txt"


def test_a_read_only_folder_is_all_that_is_needed(tmp_path: Path, embedder: WordEmbedder) -> None:
    place = tmp_path / "disk"
    with disk(place, 10):
        (place / "stars.txt").write_text("Sirius is the brightest star.", encoding="utf-8")
        remount(place, "ro")
        with open_library(tmp_path / "library", embedder) as library:
            assert library.sync(place).added == ("stars.txt",)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_rights_is_named_and_what_was_read_stays(library: Library, folder: Path) -> None:
    library.sync(folder)
    (folder / "stars.txt").write_text("Stars\n\nVega shines too.", encoding="utf-8")
    (folder / "stars.txt").chmod(0)
    report = library.sync(folder)
    assert [failure.document for failure in report.failed] == ["stars.txt"]
    assert "stars.txt" in documents(library)


def test_a_clock_that_was_set_back_hides_no_change(library: Library, folder: Path) -> None:
    library.sync(folder)
    file = folder / "stars.txt"
    before = file.stat()
    file.write_text(file.read_text(encoding="utf-8").replace("Sirius", "Saturn"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns - 10**12))
    assert library.sync(folder).changed == ("stars.txt",)
    file.write_text(file.read_text(encoding="utf-8").replace("Saturn", "Sirius"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns - 10**12))  # size and time as at the last sync
    assert library.sync(folder).changed == ("stars.txt",)


def test_odd_names_are_taken_found_and_opened(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    names = [
        *("-rf.txt", "--help.md", " lead.txt", "100%.txt", "new\nline.txt", "\N{GRINNING FACE}.txt", "a'b\"c.txt"),
        *("x" * 251 + ".txt", "tab\there.txt", "%s%n.txt", "a#b.txt", "a@b+2.txt", "\u202eright-to-left.txt"),
    ]
    deep = folder.joinpath(*("deep" * 10 for _ in range(8)))
    deep.mkdir(parents=True)
    for number, name in enumerate(names):
        (folder / name).write_text(f"Word{number} stands here.", encoding="utf-8")
    (deep / "deep.txt").write_text("Worddeep stands here.", encoding="utf-8")
    report = library.sync(folder)
    assert report.failed == ()
    assert documents(library) >= set(names)
    for number, name in enumerate(names):
        hit = library.search(f"Word{number}", 1, documents=name if "*" not in name else None)[0]
        assert hit.passage.document == name
        assert library.passage(hit.passage.id) == hit.passage
        assert library.document(name).text == f"Word{number} stands here."
    assert library.search("Worddeep", 1)[0].passage.document.endswith("/deep.txt")
