"""How fast a large question set is searched for, and whether memory stays flat meanwhile.

    python -m tests.bench.question_sets [--questions 10000] [--at-once 4] [--work FOLDER] [--data FOLDER]

The documents are three public corpora, some 37,000 passages, in a library that is kept in the work folder. The
questions are those that the corpora come with, and, to make up the number, sentences of the documents themselves with
the place that they stand in. Prints questions a second, seconds of processor time a question, and memory on the way.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copyfile
from typing import Any

from index import Library
from qa.evaluation import bring_in_line, evaluate
from qa.progress import EvaluateProgress
from qa.report import write_report
from qa.report_json import report_json

ROOT = Path(__file__).parents[2]
CORPORA = {
    "corpus_cloud": "mtrag/corpus_cloud.jsonl",
    "nq": "nq_passages/corpus.jsonl",
    "hotpot": "hotpotqa_small/corpus.jsonl",
}
ASKED = ("nq_passages", "hotpotqa_small")
_SENTENCE = re.compile(r"[A-Z][^.!?\n|#*]{40,200}[.!?]")
_TOLD = 10
"""How often memory is looked at."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--at-once", type=int)
    parser.add_argument("--work", type=Path, default=ROOT / ".footnote" / "bench" / "question_sets")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the sets")
    options = parser.parse_args()
    documents = options.work / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    for name, corpus in CORPORA.items():
        if not (documents / f"{name}.jsonl").exists():
            copyfile(options.data / corpus, documents / f"{name}.jsonl")
    questions = options.work / "set.jsonl"
    chosen = list(made(options.data, options.questions))
    questions.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in chosen), encoding="utf-8")
    with Library.open(options.work / "library") as library:
        bring_in_line(library, documents)
        print(f"{library.status().passages:,} passages, {len(chosen):,} questions", flush=True)
        began, worked = time.monotonic(), time.process_time()

        def progress(now: EvaluateProgress) -> None:
            if now.done % max(1, now.questions // _TOLD) == 0:
                print(f"{now.done:>7,} asked, {now.rate:5.1f}/s, {memory():,} MB", flush=True)

        report = evaluate(
            questions,
            library,
            retrieval_only=True,
            at_once=options.at_once,
            journal=options.work / "runs",
            anew=True,
            progress=progress,
        )
    asked, worked = time.monotonic() - began, time.process_time() - worked
    write_report(options.work / "report.json", report_json(report))
    print(report)
    print(
        f"{len(chosen) / asked:.1f} questions/s at {report.settings.at_once} at once, "
        f"{1000 * worked / len(chosen):.1f} ms of processor time each; {memory():,} MB at the end, "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB at most"
    )


def memory() -> int:
    """Megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() >> 20


def made(data: Path, count: int) -> Iterator[dict[str, Any]]:
    """So many questions, always the same, those of the sets among those made of sentences."""
    asked = [question for name in ASKED for question in read(data / name / "questions.jsonl")]
    chance = random.Random(1)
    texts = [document for corpus in CORPORA.values() for document in read(data / corpus)]
    chance.shuffle(texts)
    found = asked + list(drafted(texts, max(0, count - len(asked))))
    chance.shuffle(found)
    for number, question in enumerate(found[:count]):
        yield {**question, "id": str(number)}


def drafted(texts: Sequence[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    while count:
        for document in texts:
            sentences = _SENTENCE.findall(document["text"])
            if sentences and count:
                count -= 1
                sentence = sentences[count % len(sentences)]
                yield {
                    "question": f"Where does it say: {sentence}",
                    "evidence": [{"document": str(document["id"]), "quote": sentence}],
                }


def read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()
