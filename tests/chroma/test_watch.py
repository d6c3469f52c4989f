"""A folder that is followed: what changes there is found a moment later."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from index import Library, LibraryError, SyncReport
from index.watch import follow
from tests.chroma.conftest import WordEmbedder, open_library

PATIENCE = 30.0


class Followed:
    """A library that follows its folder in a thread."""

    def __init__(self, library: Library) -> None:
        self.reports: list[SyncReport] = []
        self.errors: list[LibraryError] = []
        self.library = library

    @contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(
            target=follow,
            args=(self.library,),
            kwargs={"stop": stop, "synced": self.reports.append, "failed": self.errors.append},
        )
        thread.start()
        time.sleep(0.5)  # until the operating system tells of changes
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=PATIENCE)
            assert not thread.is_alive()

    def wait(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, (self.reports, self.errors)
            time.sleep(0.05)


def documents(library: Library) -> set[str]:
    return {info.name for info in library.documents()}


def test_what_comes_changes_and_goes_is_taken_in(library: Library, folder: Path) -> None:
    library.sync(folder)
    followed = Followed(library)
    with followed.running():
        (folder / "moons.txt").write_text("Moons\n\nTitan is a moon of Saturn.", encoding="utf-8")
        followed.wait(lambda: "moons.txt" in documents(library))
        assert library.search("Titan moon of Saturn", 1)[0].passage.document == "moons.txt"
        (folder / "sub").mkdir()
        (folder / "moons.txt").rename(folder / "sub" / "moons.txt")
        followed.wait(lambda: "sub/moons.txt" in documents(library) and "moons.txt" not in documents(library))
        (folder / "cakes.txt").unlink()
        followed.wait(lambda: "cakes.txt" not in documents(library))
    assert followed.errors == []
    assert followed.reports[0].added == ("moons.txt",)


def test_what_is_no_document_causes_no_sync(library: Library, folder: Path) -> None:
    library.sync(folder)
    followed = Followed(library)
    with followed.running():
        (folder / ".hidden.txt").write_text("hidden", encoding="utf-8")
        (folder / "half.part").write_text("half a download", encoding="utf-8")
        (folder / "new.txt").write_text("Something new.", encoding="utf-8")
        followed.wait(lambda: len(followed.reports) == 1)
    assert followed.reports[0].added == ("new.txt",)


def test_patterns_that_change_are_followed_too(library: Library, folder: Path) -> None:
    library.sync(folder)
    followed = Followed(library)
    with followed.running():
        (folder / ".footnoteignore").write_text("cakes.*\n", encoding="utf-8")
        followed.wait(lambda: documents(library) == {"rivers.txt", "stars.txt"})


def test_another_process_that_syncs_is_waited_for(library: Library, folder: Path) -> None:
    library.sync(folder)
    followed = Followed(library)
    lock = FileLock(library.path / "lock")
    with followed.running():
        with lock:
            (folder / "new.txt").write_text("Something new.", encoding="utf-8")
            followed.wait(lambda: len(followed.errors) == 1)
        followed.wait(lambda: "new.txt" in documents(library))
    assert len(followed.errors) == 1


def test_a_folder_that_goes_and_comes_back(tmp_path: Path, library: Library, folder: Path) -> None:
    library.sync(folder)
    followed = Followed(library)
    with followed.running():
        folder.rename(tmp_path / "away")
        followed.wait(lambda: bool(followed.errors))
        assert documents(library) == {"cakes.txt", "rivers.txt", "stars.txt"}
        (tmp_path / "away" / "new.txt").write_text("Something new.", encoding="utf-8")
        (tmp_path / "away").rename(folder)
        followed.wait(lambda: "new.txt" in documents(library))


def test_another_open_library_sees_it_within_two_seconds(
    tmp_path: Path, library: Library, folder: Path, embedder: WordEmbedder
) -> None:
    library.sync(folder)
    with open_library(library.path, embedder) as reader:
        assert len(reader.documents()) == 3
        (folder / "new.txt").write_text("Something new.", encoding="utf-8")
        library.sync()
        began = time.monotonic()
        while "new.txt" not in documents(reader):
            assert time.monotonic() - began < 2
