"""How long a sync of many files takes, and how much memory, with an embedder that costs nothing.

    python -m tests.bench.sync [--files 10000] [--megabytes 200]

What is measured is everything but the embedding: reading, splitting, writing into Chroma and the lexical index. Peak
memory is that of the process. The last part takes in one large text file.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index import Library
from index.settings import IndexSettings

ROOT = Path(__file__).parents[2]


class NoEmbedder:
    """Vectors as large as the bundled embedder's, drawn from the text at next to no cost."""

    name = "bench-384"
    dimension = 384
    max_tokens = 256

    def __init__(self) -> None:
        # Real vectors lie near a space of few dimensions, and Chroma's graph takes its time with any others.
        self._basis = np.random.default_rng(0).standard_normal((16, self.dimension), dtype=np.float32)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self.embed_query(text) for text in texts], dtype=np.float32).reshape(-1, self.dimension)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        drawn = np.random.default_rng(crc32(text.encode())).standard_normal(16, dtype=np.float32) @ self._basis
        unit: NDArray[np.float32] = drawn / np.linalg.norm(drawn)
        return unit

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument(
        "--one", nargs=2, type=Path, metavar=("FOLDER", "LIBRARY"), help="one sync, in a process of its own"
    )
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(*options.one)))
        return
    with tempfile.TemporaryDirectory(prefix="footnote-sync-") as place:
        many, large = Path(place) / "many", Path(place) / "large"
        for number in range(options.files):
            folder = many / f"{number // 100:03}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:05}.txt").write_text(
                f"File {number} tells of matter {number * 7}.\n" * 3, encoding="utf-8"
            )
        large.mkdir()
        with (large / "large.txt").open("w", encoding="utf-8") as file:
            line = 0
            while file.tell() < options.megabytes * 2**20:
                file.write(
                    "".join(f"Line {line + each} of a long report says {each * line}.\n" for each in range(1000))
                )
                line += 1000
        for label, folder in (("first sync", many), ("again, nothing changed", many), ("one large file", large)):
            tell(label, run(folder, Path(place) / f"library-{folder.name}"))


def tell(label: str, found: dict[str, float]) -> None:
    print(
        f"{label}: {found['seconds']:.1f} s, {found['passages']:,.0f} passages, {found['embedded']:,.0f} embedded, "
        f"peak memory {found['megabytes']:,.0f} MB",
        flush=True,
    )


def run(folder: Path, library: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.sync", "--one", str(folder), str(library)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def one(folder: Path, place: Path) -> dict[str, float]:
    with Library.open(place, settings=IndexSettings(second_look=0), embedder=NoEmbedder()) as library:
        began = time.monotonic()
        report = library.sync(folder)
        seconds = time.monotonic() - began
        passages = library.status().passages
    return {
        "seconds": seconds,
        "passages": passages,
        "embedded": report.passages_embedded,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main()
