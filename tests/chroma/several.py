"""Several processes with one library at once: some sync it, some search it, and its folder changes all the time.

    python -m tests.chroma.several [--seconds 60] [--server] [--syncing 4] [--searching 2] [--files 60]

Whoever finds another one syncing gets ``LibraryBusy``, and nobody any other error. What does not change is found at any
time. At the end the library equals a fresh one. With ``--server`` it is on a real Chroma server that is killed and
started again twice meanwhile.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from index import Library, LibraryBusy
from index.settings import IndexSettings
from tests.chroma.conftest import WordEmbedder
from tests.chroma.crash import ROOT, SIZE, Folder, compared, expected
from tests.chroma_server import ChromaServer


def opened(place: Path, url: str) -> Library:
    settings = IndexSettings(path=place, passage_tokens=SIZE, second_look=0, chroma_url=url or None)
    return Library.open(settings=settings, embedder=WordEmbedder())


def syncs(place: Path, url: str, folder: str, seconds: float) -> Counter[str]:
    counts: Counter[str] = Counter()
    with opened(place, url) as library:
        library.status()
        print("ready", flush=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                library.sync(folder)
                counts["synced"] += 1
            except LibraryBusy:
                counts["busy"] += 1
                time.sleep(0.05)
    return counts


def searches(place: Path, url: str, words: Sequence[str], seconds: float) -> Counter[str]:
    """``words`` pairs the name of a file that stays with a word that only it has: ``name=word``."""
    counts: Counter[str] = Counter()
    dice = random.Random(time.time())
    with opened(place, url) as library:
        library.status()
        print("ready", flush=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            name, _, word = dice.choice(words).partition("=")
            hits = library.search(word, 3)
            counts["searched"] += 1
            if not hits or hits[0].passage.document != name:
                counts[f"{name!r} was not found"] += 1
    return counts


def run(place: Path, *, seconds: float, server: bool, syncing: int, searching: int, files: int) -> Counter[str]:
    """Raises AssertionError where anything is not as it should be; counts of what happened."""
    folder = Folder(place / "documents", random.Random(0))
    folder.path.mkdir(parents=True)
    for number in range(files):
        folder.write(f"{number}.txt")
    stay = sorted(folder.texts)[: files // 3]
    words = [f"{name}={folder.texts[name].split()[0]}" for name in stay]
    libraries = [place / f"library-{number}" if server else place / "library" for number in range(syncing + searching)]
    with ChromaServer(place / "server") if server else nullcontext() as chroma:
        url = chroma.url if chroma is not None else ""
        with opened(libraries[0], url) as library:
            library.sync(folder.path)
        children = []
        for number, library_path in enumerate(libraries):
            role = "sync" if number < syncing else "search"
            about = [str(folder.path)] if role == "sync" else words
            command = [sys.executable, "-m", "tests.chroma.several", "--role", role, "--place", str(library_path)]
            command += ["--url", url, "--seconds", str(seconds), "--about", *about]
            children.append(
                subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            )
        try:
            for child in children:
                assert child.stdout is not None
                child.stdout.readline()  # a server that is away before it was ever reached is not waited for long
            counts = _watch(children, folder, stay, chroma, seconds)
        finally:
            for child in children:
                child.kill()
                child.communicate()
        with opened(libraries[0], url) as library:
            library.sync(folder.path)
            assert library.check().is_sound
            store = library._held.store
            keys = store.keys()
            rows, vectors = store.rows(keys), store.vectors(keys)
        found = {row.passage.id: (row.passage.text, vectors[key]) for key, row in rows.items()}
        differences = compared(found, expected(folder, WordEmbedder()))
        assert not differences, differences[:3]
        assert not [text for text in counts if "not found" in text], counts
    return counts


def _watch(
    children: Sequence[subprocess.Popen[str]],
    folder: Folder,
    stay: Sequence[str],
    chroma: ChromaServer | None,
    seconds: float,
) -> Counter[str]:
    """Change the folder, and kill the server twice, until the processes end; what they counted."""
    end = time.monotonic() + seconds
    restarts = [end - 2 * seconds / 3, end - seconds / 3] if chroma is not None else []
    while time.monotonic() < end:
        kept = {name: folder.texts.pop(name) for name in stay}
        folder.change(0.2)
        folder.texts |= kept
        time.sleep(0.3)
        if chroma is not None and restarts and time.monotonic() > restarts[0]:
            restarts.pop(0)
            chroma.kill()
            time.sleep(0.5)
            chroma.start()
    counts: Counter[str] = Counter()
    for child in children:
        out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err[-3000:]
        counts.update(json.loads(out))
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--server", action="store_true")
    parser.add_argument("--syncing", type=int, default=4)
    parser.add_argument("--searching", type=int, default=2)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--role", choices=["sync", "search"], help="what one of the processes does")
    parser.add_argument("--place", type=Path)
    parser.add_argument("--url", default="")
    parser.add_argument("--about", nargs="*", default=[])
    options = parser.parse_args()
    if options.role == "sync":
        print(json.dumps(syncs(options.place, options.url, options.about[0], options.seconds)))
    elif options.role == "search":
        print(json.dumps(searches(options.place, options.url, options.about, options.seconds)))
    else:
        with tempfile.TemporaryDirectory(prefix="footnote-several-") as place:
            counts = run(
                Path(place),
                seconds=options.seconds,
                server=options.server,
                syncing=options.syncing,
                searching=options.searching,
                files=options.files,
            )
            print(dict(counts))


if __name__ == "__main__":
    main()
