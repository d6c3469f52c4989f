"""How fast the bundled embedder is, and how fast it would be in other ways, as ratios of one and the same run.

    python -m tests.bench.embed [--rounds 5] [--texts 100]

Machines differ and are never quite idle, so the ways take turns, the best round of each counts, and only the ratios
to the product's way mean something. On a busy machine the CPU time says more. What decided for one text a run stands
in the last line: in a batch, even of texts of equal length and so without any padding, a vector depends on what else
is in it.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.embed import MODELS, BundledEmbedder

SEEDS = Path(__file__).parents[2] / "seeds"
WORDS = {"passages": 140, "short passages": 72, "sentences": 18}
"""Mean number of words of the texts that are measured."""

Vectors = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--texts", type=int, default=100, help="of each length; five times as many sentences")
    options = parser.parse_args()
    product = BundledEmbedder()
    inside, single = session(os.cpu_count() or 1), session(1)
    ways: dict[str, Callable[[Sequence[str]], Vectors]] = {
        "product: a text a run, a thread a core": product.embed_passages,
        "a text a run, one thread": partial(padded, single, size=1),
        "a text a run, all threads inside it": partial(padded, inside, size=1),
    }
    for size in (4, 8, 16, 32):
        ways[f"by length, {size} a run, padded"] = partial(padded, inside, size=size)
    for kind, words in WORDS.items():
        texts = samples(options.texts * (5 if kind == "sentences" else 1), words)
        for way in ways.values():
            way(texts[:16])
        best, work = dict.fromkeys(ways, float("inf")), dict.fromkeys(ways, float("inf"))
        for _ in range(options.rounds):
            for name, way in ways.items():
                begin, worked = time.perf_counter(), time.process_time()
                way(texts)
                best[name] = min(best[name], time.perf_counter() - begin)
                work[name] = min(work[name], time.process_time() - worked)
        first = best[next(iter(ways))]
        tokens = sum(map(product.count_tokens, texts)) / len(texts)
        print(f"{len(texts)} {kind} of {tokens:.0f} tokens")
        for name, seconds in best.items():
            cost = 1000 * work[name] / len(texts)
            print(f"  {name:40} {len(texts) / seconds:7.1f}/s  {first / seconds:5.2f}  {cost:6.1f} ms of CPU a text")
    alone, together = company(single)
    cosines = (alone * together).sum(axis=1)
    print(f"the same text alone and among 7 of equal length: cosine {cosines.mean():.4f}, least {cosines.min():.4f}")


def session(threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(MODELS / "model.onnx"), options, providers=["CPUExecutionProvider"])


def samples(count: int, words: int) -> list[str]:
    """Stretches of the seed documents, from three quarters to five quarters of ``words`` long."""
    pool = " ".join(path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))).split()
    draw = random.Random(words)
    texts = []
    for _ in range(count):
        size = draw.randint(words * 3 // 4, words * 5 // 4)
        begin = draw.randrange(len(pool) - size)
        texts.append(" ".join(pool[begin : begin + size]))
    return texts


def padded(model: onnxruntime.InferenceSession, texts: Sequence[str], size: int) -> Vectors:
    """``size`` texts a run, neighbours in length. For its time only: the model has no mask for the padding."""
    ids = tokens(texts)
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    vectors = np.empty((len(ids), BundledEmbedder.dimension), dtype=np.float32)
    for begin in range(0, len(order), size):
        places = order[begin : begin + size]
        block = np.zeros((len(places), len(ids[places[-1]])), dtype=np.int64)
        for row, place in zip(block, places, strict=True):
            row[: len(ids[place])] = ids[place]
        hidden = model.run(None, {"input_ids": block})[0]
        for place, each in zip(places, hidden, strict=True):
            vectors[place] = each[: len(ids[place])].mean(axis=0)
    return vectors


def company(model: onnxruntime.InferenceSession) -> tuple[Vectors, Vectors]:
    """Unit vectors of the same 64 texts of 100 tokens, run one by one and eight at a time."""
    ids = np.array([each[:100] for each in tokens(samples(64, 140))], dtype=np.int64)

    def run(size: int) -> Vectors:
        parts = [model.run(None, {"input_ids": ids[at : at + size]})[0] for at in range(0, len(ids), size)]
        means: Vectors = np.concatenate(parts).mean(axis=1)
        unit: Vectors = means / np.linalg.norm(means, axis=1, keepdims=True)
        return unit

    return run(1), run(8)


def tokens(texts: Sequence[str]) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(MODELS / "tokenizer.json"))
    tokenizer.enable_truncation(BundledEmbedder.max_tokens + 2)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


if __name__ == "__main__":
    main()
