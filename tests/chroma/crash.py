"""Syncs of changing files, killed at any moment: what is left is the old state or the new one.

    python -m tests.chroma.crash [--kills 100] [--files 200] [--seed 0]

A process syncs a folder of files that change before each sync, and is killed at a random moment. Meanwhile another
library object searches: what did not change must always be found, and nothing may be shown that was gone before. After
the sync that follows, the library must equal a fresh one, id for id and vector for vector.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import Library
from index.documents import read_bytes
from index.passages import searchable, split
from index.settings import IndexSettings
from index.store import Store
from tests.chroma.conftest import WordEmbedder

ROOT = Path(__file__).parents[2]
SIZE = 40

Rows = dict[str, tuple[str, NDArray[np.float32]]]
"""Text and vector by passage id."""


def opened(path: Path) -> Library:
    return Library.open(path, settings=IndexSettings(passage_tokens=SIZE, second_look=0), embedder=WordEmbedder())


@dataclass
class Folder:
    """Files that come, change, move and go, and what is known of them."""

    path: Path
    dice: random.Random
    texts: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def text(self) -> str:
        self.made += 1
        return "".join(
            f"Word{self.made} stands in part {part} of it all.\n\n" for part in range(self.dice.randint(1, 12))
        )

    def write(self, name: str) -> None:
        self.texts[name] = self.text()
        (self.path / name).write_text(self.texts[name], encoding="utf-8")

    def change(self, share: float) -> set[str]:
        """Change some files; the names of those that stay as they are."""
        names = sorted(self.texts)
        touched = set()
        for name in self.dice.sample(names, int(share * len(names))):
            touched.add(name)
            what = self.dice.random()
            if what < 0.5:
                self.write(name)
            elif what < 0.75:
                del self.texts[name]
                (self.path / name).unlink()
                self.write(f"{self.made}.txt")
            else:
                other = f"moved {self.made}.txt"
                self.made += 1
                (self.path / name).rename(self.path / other)
                self.texts[other] = self.texts.pop(name)
        return set(names) - touched


def compared(there: Rows, wanted: Rows) -> list[str]:
    """What differs. Chroma brings vectors to unit length once more, which may change the last bit of a number."""
    found = [f"missing: {wanted[key][0]!r}" for key in wanted.keys() - there.keys()]
    found += [f"too much: {there[key][0]!r}" for key in there.keys() - wanted.keys()]
    for key in there.keys() & wanted.keys():
        if there[key][0] != wanted[key][0] or not np.allclose(there[key][1], wanted[key][1], rtol=0, atol=1e-7):
            found.append(f"other text or vector: {there[key][0]!r}")
    return found


def expected(folder: Folder, embedder: WordEmbedder) -> Rows:
    """Passages and vectors of a fresh library, by passage id, made without one."""
    found = {}
    for name, text in folder.texts.items():
        for passage in split(read_bytes(text.encode(), name), count_tokens=embedder.count_tokens, size=SIZE):
            vector = embedder.embed_query(searchable(passage))
            found[passage.id] = (passage.text, vector)
    return found


def stored(path: Path) -> Rows:
    with opened(path) as library:
        store: Store = library._held.store
        with library._held.reading():
            keys = store.keys()
            rows, vectors = store.rows(keys), store.vectors(keys)
    return {row.passage.id: (row.passage.text, vectors[key]) for key, row in rows.items()}


class Reader:
    """Searches all the time for one file after another."""

    def __init__(self, path: Path, folder: Folder) -> None:
        self.wrong: list[str] = []
        self.searches = 0
        self.stay: set[str] = set()
        self.known: set[str] = set()
        self._library = opened(path)
        self._folder = folder
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._library.close()

    def _run(self) -> None:
        dice = random.Random(0)
        while not self._stop.is_set():
            stay, known = self.stay, self.known
            if not stay:
                time.sleep(0.01)
                continue
            name = dice.choice(sorted(stay))
            text = self._folder.texts.get(name)
            if text is None:
                continue
            try:
                hits = self._library.search(text.split()[0], 3)
            except Exception as exc:
                self.wrong.append(f"searching failed: {type(exc).__name__}: {exc}")
                return
            self.searches += 1
            if self.stay is not stay:
                continue  # the files changed while it searched
            if not hits or hits[0].passage.document != name or hits[0].passage.text not in text:
                self.wrong.append(
                    f"{name!r} did not change and was not found; found {[h.passage.document for h in hits]}"
                )
            for hit in hits:
                if not any(hit.passage.text in each for each in known):
                    self.wrong.append(f"shown, and gone long ago: {hit.passage.text!r}")


def run(place: Path, *, kills: int, files: int, seed: int, tell: bool = False) -> Counter[str]:
    """Raises AssertionError where anything is not as it should be; counts of what happened."""
    dice = random.Random(seed)
    folder = Folder(place / "documents", dice)
    folder.path.mkdir(parents=True)
    for number in range(files):
        folder.write(f"{number}.txt")
    library = place / "library"
    command = [sys.executable, "-m", "tests.chroma.crash", "--sync", str(folder.path), str(library)]
    subprocess.run(command, cwd=ROOT, check=True)
    longest = 2.0
    embedder = WordEmbedder()
    counts: Counter[str] = Counter()
    with Reader(library, folder) as reader:
        for _ in range(kills):
            before = set(folder.texts.values())
            reader.stay = set()
            stay = folder.change(0.2)
            reader.known = before | set(folder.texts.values())
            reader.stay = stay
            began = time.monotonic()
            process = subprocess.Popen([*command, "--tell"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            process.stdout.readline()  # what takes long before is only Python that starts
            started = time.monotonic()
            try:
                process.wait(dice.uniform(0, longest))
                counts["finished first"] += 1
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                counts["killed"] += 1
            finally:
                process.stdout.close()
            if process.returncode == 0:
                longest = 0.8 * longest + 0.2 * 1.1 * (time.monotonic() - started)
            subprocess.run(command, cwd=ROOT, check=True)
            reader.known = set(folder.texts.values())
            assert not reader.wrong, reader.wrong[:3]
            differences = compared(stored(library), expected(folder, embedder))
            assert not differences, differences[:3]
            if tell:
                seconds = time.monotonic() - began
                print(
                    f"{sum(counts.values())}: {dict(counts)}, {reader.searches} searches, {seconds:.1f} s", flush=True
                )
        counts["searches"] = reader.searches
    assert not reader.wrong, reader.wrong[:3]
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sync", nargs=2, metavar=("FOLDER", "LIBRARY"), help="what the killed process does")
    parser.add_argument("--tell", action="store_true")
    options = parser.parse_args()
    if options.sync:
        with opened(Path(options.sync[1])) as library:
            if options.tell:
                print("ready", flush=True)
            library.sync(options.sync[0])
        return
    with tempfile.TemporaryDirectory(prefix="footnote-crash-") as place:
        print(dict(run(Path(place), kills=options.kills, files=options.files, seed=options.seed, tell=True)))


if __name__ == "__main__":
    main()
