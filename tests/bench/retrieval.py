"""How well the search finds what questions ask for, beside its parts alone and beside reciprocal rank fusion.

    python -m tests.bench.retrieval [--sets scifact,docs_site] [--questions 200] [--out FOLDER] [--data FOLDER]

Documents go through ``Library.sync`` and questions through ``Library.search``. Libraries are kept in
``.footnote/bench`` and brought up to date at each run; settings are read from the environment as ever. Results are
written after each set, into a Markdown table and a JSON file in which sets that were not run stay as they were.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from index import Library, SyncProgress
from index.passages import document_key
from index.settings import load_settings
from qa.evaluation import bring_in_line
from qa.evidence import Expected, Place, expected, score
from qa.metrics import overlap
from qa.questions import DocumentNames, Question
from qa.ranking import DOCUMENTS, ranking
from qa.results import QuestionResult
from qa.set_scores import summary
from tests.bench.sets import BenchSet, Part, bench_sets
from tests.bench.tables import conditions, write

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".footnote" / "bench"
RESULTS = Path(__file__).parent / "results"
SYSTEMS = ("ours", "dense", "lexical", "rrf")
DEPTH = 20
RRF_K = 60
"""Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet" (2009)."""

CHUNKS = 5
"""Passages whose overlap with the evidence is measured, as in the report that the set is from."""

Metrics = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", help="names, separated by commas (default: all)")
    parser.add_argument("--questions", type=int, help="a sample of so many of each set, always the same")
    parser.add_argument("--out", type=Path, help="folder of the results (default: beside this file, samples elsewhere)")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the sets")
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"There are no sets at {str(options.data)!r}; name their folder with --data.")
    known = bench_sets(options.data, WORK)
    names = options.sets.split(",") if options.sets else list(known)
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"There is no set {unknown[0]!r}. These are: {', '.join(known)}")
    out: Path = options.out or (WORK / "sample" if options.questions else RESULTS)
    for name in names:
        began = time.monotonic()
        entry = measure(known[name](), options.questions)
        write(out, name, entry, order=list(known))
        ours = entry["systems"]["ours"]
        best = max(entry["systems"][part]["ndcg@10"] for part in ("dense", "lexical"))
        print(
            f"{name}: ndcg@10 {ours['ndcg@10']:.3f} (better part {best:.3f}), hit@1 {ours['hit@1']:.3f}, "
            f"{ours['retrieve_ms_p50']:.0f} ms; {entry['questions']} questions, {time.monotonic() - began:.0f} s",
            flush=True,
        )
    print(f"written to {out}")


def measure(bench: BenchSet, limit: int | None) -> dict[str, Any]:
    """Scores of every system on one set, with what is needed to read them."""
    results: dict[str, list[QuestionResult]] = {system: [] for system in SYSTEMS}
    documents = passages = embedded = unplaced = absent = 0
    sync_seconds = 0.0
    teller = _Teller(bench.name)
    chosen = sample(bench, limit)
    for part, questions in chosen:
        if not questions:
            continue
        with Library.open(WORK / "libraries" / _folder_name(part.documents)) as library:
            report = bring_in_line(library, part.documents, progress=teller.syncing)
            status = library.status()
            documents += status.documents
            passages += status.passages
            embedded += report.passages_embedded
            sync_seconds += report.seconds
            held = library.documents()
            asked = _Asked(library, [info.name for info in held if info.duplicate_of is None])
            names = DocumentNames(
                [info.name for info in held],
                twins={info.name: info.duplicate_of for info in held if info.duplicate_of is not None},
            )
            texts: dict[str, str] = {}

            def text_of(name: str, library: Library = library, texts: dict[str, str] = texts) -> str:
                if name not in texts:
                    texts[name] = library.document(name).text
                return texts[name]

            library.search("the first search loads the model", 1)
            began = time.monotonic()
            for number, question in enumerate(questions, 1):
                wanted = expected(question, names, text_of)
                unplaced += wanted.unplaced
                absent += len(wanted.absent)
                for system, (places, extra) in asked.rankings(question.question).items():
                    metrics = {**score(places, wanted), **extra}
                    if bench.chunking:
                        metrics |= chunking(places, wanted)
                    results[system].append(QuestionResult(id=question.id, metrics=metrics))
                teller.asking(number, len(questions), time.monotonic() - began)
    return {
        "note": bench.note,
        "questions": sum(len(questions) for _, questions in chosen),
        "sampled": limit is not None,
        "documents": documents,
        "passages": passages,
        "passages_embedded": embedded,
        "sync_seconds": round(sync_seconds, 1),
        "quotes_not_in_their_document": unplaced,
        "documents_absent": absent,
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "systems": {
            system: {name: round(value, 4) for name, value in summary(each).items()} for system, each in results.items()
        },
        **conditions(DEPTH),
    }


class _Asked:
    """One library, asked in every way."""

    def __init__(self, library: Library, documents: Sequence[str]) -> None:
        self._library = library
        self._enough = min(DOCUMENTS, len(documents))
        self._names = {document_key(name): name for name in documents}

    def rankings(self, question: str) -> dict[str, tuple[list[Place], Metrics]]:
        """By system: places, deep enough for ten documents, and what else was measured on the way."""
        ours, seconds = ranking(self._library, question, depth=DEPTH, holding=self._enough)
        dense, lexical = self._sides(question)
        found: dict[str, tuple[list[Place], Metrics]] = {"ours": (ours, {"retrieve_ms": 1000 * seconds})}
        for system, keys in (("dense", dense), ("lexical", lexical), ("rrf", reciprocal(dense, lexical))):
            found[system] = (self._places(keys), {})
        return found

    def _sides(self, question: str) -> tuple[list[str], list[str]]:
        """Row ids by vector and by words, best first. The only place that looks inside the library."""
        library = self._library

        def live(found: list[tuple[str, float]]) -> list[tuple[str, float]]:
            return [pair for pair in found if library._held.catalogue.is_live(pair[0])]

        with library._held.reading() as state:
            vector = library.embedder.embed_query(question)
            mirror = library._held.mirror(state)
            dense = self._deep(lambda depth: live(library._held.store.nearest(vector, depth)))
            lexical = self._deep(lambda depth: live(mirror.search(question, depth)))
        return dense, lexical

    def _deep(self, search: Callable[[int], list[tuple[str, float]]]) -> list[str]:
        depth = 100
        while True:
            keys = [key for key, _ in search(depth)]
            if len(keys) < depth or len({key.partition("-")[0] for key in keys}) >= self._enough or depth >= 2000:
                return keys
            depth = min(4 * depth, 2000)

    def _places(self, keys: Sequence[str]) -> list[Place]:
        """Of the first ten, where they stand; of the others only the document counts."""
        rows = self._library._held.store.rows(keys[:10])
        places = []
        for rank, key in enumerate(keys, 1):
            if key in rows:
                passage = rows[key].passage
                places.append(
                    Place(
                        document=passage.document,
                        page=passage.page,
                        start=passage.start,
                        end=passage.end,
                        score=1 / rank,
                    )
                )
            else:
                name = self._names[key.partition("-")[0]]
                places.append(Place(document=name, page=None, start=0, end=0, score=1 / rank))
        return places


def reciprocal(*rankings: Sequence[str]) -> list[str]:
    """Reciprocal rank fusion: each id has the sum of ``1 / (60 + rank)``; ties in the order of the ids."""
    sums: dict[str, float] = {}
    for ranked in rankings:
        for rank, key in enumerate(ranked, 1):
            sums[key] = sums.get(key, 0.0) + 1 / (RRF_K + rank)
    return sorted(sums, key=lambda key: (-sums[key], key))


def chunking(places: Sequence[Place], wanted: Expected) -> Metrics:
    """How the characters of the first passages overlap with those of the evidence."""
    found = overlap(
        ((place.document, place.start, place.end) for place in places[:CHUNKS]),
        ((name, start, end) for name, spans in wanted.spans.items() for start, end in spans),
    )
    if found is None:
        return {}
    return {
        f"token_recall@{CHUNKS}": found.recall,
        f"token_precision@{CHUNKS}": found.precision,
        f"token_iou@{CHUNKS}": found.iou,
    }


def sample(bench: BenchSet, limit: int | None) -> list[tuple[Part, list[Question]]]:
    """Each part with its questions; of all of them together a fixed draw where there is a limit."""
    pairs = [(place, question) for place, part in enumerate(bench.parts) for question in part.questions]
    if limit is not None and limit < len(pairs):
        kept = sorted(random.Random(0).sample(range(len(pairs)), limit))
        pairs = [pairs[each] for each in kept]
    return [(part, [question for owner, question in pairs if owner == place]) for place, part in enumerate(bench.parts)]


def _folder_name(documents: Path) -> str:
    """One library for each collection and for each size of passage, so that sizes can be compared."""
    place = f"{documents.parent.parent.name}-{documents.parent.name}-{documents.stem}"
    return f"{place}-{load_settings().passage_tokens}"


class _Teller:
    """A line on stderr every ten seconds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last = time.monotonic()

    def syncing(self, progress: SyncProgress) -> None:
        self._say(f"{progress.passages:,} passages embedded", progress.seconds_left)

    def asking(self, done: int, questions: int, seconds: float) -> None:
        self._say(f"{done:,} of {questions:,} questions", (questions - done) * seconds / done if done else None)

    def _say(self, text: str, left: float | None) -> None:
        if time.monotonic() - self._last >= 10:
            self._last = time.monotonic()
            ahead = "" if left is None else f", about {left:.0f} s left"
            print(f"{self._name}: {text}{ahead}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
