"""How often a citation is placed where its sentence came from.

    python -m tests.bench.placement [--sentences 3000] [--data FOLDER] [--out FOLDER]

A sentence is taken from a passage, reworded lightly by script (small words dropped, some words replaced by others of
the same meaning, halves swapped at a comma, an opening put in front; numbers and names stay), and placed in the passage
again. The passages are those that the library makes, alone and joined with their neighbours.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from index import Document, Passage
from index.embed import BundledEmbedder
from index.gather import join
from index.passages import split
from index.records import Row
from index.sentences import sentence_spans
from qa.cite import place

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results"

SMALL = frozenset(
    re.findall(r"\w+", "a an the of in on at to by for with and that which was were is are be been also its")
)
OTHERS = {
    "began": "started", "begin": "start", "large": "big", "small": "little", "many": "numerous", "often": "frequently",
    "use": "employ", "used": "employed", "uses": "employs", "show": "demonstrate", "shows": "demonstrates",
    "because": "since", "however": "but", "about": "around", "after": "following", "during": "throughout",
    "people": "persons", "made": "produced", "make": "produce", "called": "named", "known": "recognised",
    "important": "significant", "first": "initial", "main": "principal", "several": "various", "increase": "growth",
    "decrease": "decline", "country": "nation", "countries": "nations", "city": "town", "war": "conflict",
    "built": "constructed", "created": "established", "became": "turned into", "said": "stated", "area": "region",
    "part": "portion", "such": "like", "form": "shape", "help": "assist", "need": "require", "needs": "requires",
    "found": "discovered", "given": "granted", "over": "above", "under": "below", "usually": "normally",
    "different": "distinct", "same": "identical", "results": "outcomes", "result": "outcome", "number": "amount",
}  # fmt: skip
OPENINGS = ("", "", "", "According to the text, ", "In short, ", "It is said that ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sentences", type=int, default=3_000, help="of each set at most")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    figures = {}
    for name, claims in (("squad_v2_dev", squad(options.data)), ("clapnq_dev", clapnq(options.data))):
        chosen = list(claims)
        random.Random(0).shuffle(chosen)
        figures[name] = measure(chosen[: options.sentences])
        print(name, json.dumps(figures[name]), flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "placement.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


Claim = tuple[str, Passage, int, int]
"""A sentence, the passage that it came from, and where it stands in the document."""


def measure(claims: list[Claim]) -> dict[str, float]:
    dice = random.Random(1)
    overlaps, shares = [], []
    for sentence, passage, start, end in claims:
        low, high = place(reworded(sentence, dice), passage)
        shared = max(0, min(end, high) - max(start, low))
        overlaps.append(shared > 0)
        shares.append(shared / (max(end, high) - min(start, low)))
    return {"sentences": len(claims), "overlaps": round(fmean(overlaps), 4), "mean_iou": round(fmean(shares), 4)}


def reworded(sentence: str, dice: random.Random) -> str:
    """The sentence in slightly other words; whatever has a digit or a capital letter stays."""
    kept = []
    for word in sentence.split():
        bare = word.strip(".,;:()\"'").lower()
        if bare in SMALL and dice.random() < 0.4:
            continue
        if bare in OTHERS and word == word.lower() and dice.random() < 0.8:
            word = word.replace(bare, OTHERS[bare])
        kept.append(word)
    text = " ".join(kept)
    before, comma, after = text.rstrip(". ").partition(", ")
    if comma and len(after) > 20 and dice.random() < 0.5:
        text = f"{after}, {before}."
    opening = dice.choice(OPENINGS)
    return f"{opening}{text[:1].lower()}{text[1:]}" if opening else text


def around(document: Document, start: int, end: int, passages: list[Passage]) -> Iterator[Passage]:
    """The passage that a sentence begins in, if it is whole in there, alone and joined with its neighbours."""
    for at, passage in enumerate(passages):
        if passage.start <= start and end <= passage.end:
            yield passage
            beside = passages[max(0, at - 1) : at + 2]
            if len(beside) > 1:
                yield join([Row(passage=each, version="", seq=seq) for seq, each in enumerate(beside)])
            return


def claims_of(document: Document, quotes: list[str], embedder: BundledEmbedder) -> Iterator[Claim]:
    passages = split(document, count_tokens=embedder.count_tokens, size=200)
    for quote in dict.fromkeys(quotes):
        start = document.text.find(quote)
        if start >= 0 and len(quote.split()) > 4:
            for passage in around(document, start, start + len(quote), passages):
                yield quote, passage, start, start + len(quote)


def squad(data: Path) -> Iterator[Claim]:
    """Every sentence of the articles that answers a question, and the others."""
    embedder = BundledEmbedder()
    for path in sorted((data / "squad_v2_dev" / "documents").iterdir()):
        text = path.read_text(encoding="utf-8")
        document = Document(name=path.name, text=text, title=path.stem)
        yield from claims_of(document, [text[start:end] for start, end in sentence_spans(text)], embedder)


def clapnq(data: Path) -> Iterator[Claim]:
    """The sentences that people marked as the evidence."""
    embedder = BundledEmbedder()
    quotes: dict[str, list[str]] = {}
    for line in (data / "clapnq_dev" / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        for evidence in json.loads(line)["evidence"]:
            if evidence.get("quote"):
                quotes.setdefault(evidence["document"], []).append(evidence["quote"])
    for line in (data / "clapnq_dev" / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        document = Document(name=record["id"], text=record["text"], title=record["title"])
        yield from claims_of(document, quotes.get(record["id"], []), embedder)


if __name__ == "__main__":
    main()
