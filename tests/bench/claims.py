"""Public sets of claims with their evidence and a judgement, and claims that were altered so as to be wrong.

What counts as supported in each set:

- wice: ``supported``; both ``partially_supported`` and ``not_supported`` are the rest. The sentences that the set's
  oracle chose are the evidence.
- attributionbench: ``attributable``.
- climate_fever: ``SUPPORTS``; ``REFUTES`` and ``NOT_ENOUGH_INFO`` are the rest, ``DISPUTED`` is left out. The five
  evidence sentences count together, each below its article's title.
- begin: ``Fully attributable``; ``Generic`` responses, which say nothing of the source, belong to the rest.
- faithbench: no annotator marked anything ``Unwanted``. Not for commercial use: it is measured, never fitted on.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

Kind = Literal["number", "name", "name nearby", "negation"]
KINDS: tuple[Kind, ...] = ("number", "name", "name nearby", "negation")

FITTED = ("wice", "attributionbench", "climate_fever", "begin")
MEASURED_ONLY = ("faithbench",)

_MARKER = re.compile(r"\s*\[\d{1,3}\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim, what it rests on, and whether people found that it does."""

    set: str
    group: str
    """Claims of one document or one question share it, so that no fold tests on what another was fitted on."""

    text: str
    passages: tuple[str, ...]
    supported: bool
    verdict: str
    """The set's own label."""

    altered: Kind | None = None
    """What was changed, where the text is not the set's own."""


def load(data: Path, name: str) -> list[Claim]:
    """The claims of one set, in its order. A claim without a visible character is left out."""
    return [claim for claim in _LOADERS[name](data / name) if claim.text.strip()]


def _wice(folder: Path) -> Iterator[Claim]:
    for record in _records(folder / "oracle_claim_dev.jsonl"):
        yield Claim(
            set="wice",
            group=f"wice {record['meta']['id']}",
            text=record["claim"],
            passages=("\n\n".join(record["evidence"]),),
            supported=record["label"] == "supported",
            verdict=record["label"],
        )


def _attributionbench(folder: Path) -> Iterator[Claim]:
    for record in _records(folder / "dev.jsonl"):
        yield Claim(
            set="attributionbench",
            group=f"attributionbench {record['question']}",
            text=_MARKER.sub("", record["claim"]),
            passages=tuple(record["references"]),
            supported=record["label"] == "attributable",
            verdict=record["label"],
        )


def _climate_fever(folder: Path) -> Iterator[Claim]:
    for record in _records(folder / "claims.jsonl"):
        if record["label"] != "DISPUTED":
            yield Claim(
                set="climate_fever",
                group=f"climate_fever {record['id']}",
                text=record["claim"],
                passages=tuple(f"{each['article']}\n\n{each['text']}" for each in record["evidences"]),
                supported=record["label"] == "SUPPORTS",
                verdict=record["label"],
            )


def _begin(folder: Path) -> Iterator[Claim]:
    for part in ("cmu", "tc", "wow"):
        for record in _records(folder / f"{part}_dev.jsonl"):
            yield Claim(
                set="begin",
                group=f"begin {record['knowledge'][:80]}",
                text=record["response"],
                passages=(record["knowledge"],),
                supported=record["label"] == "Fully attributable",
                verdict=record["label"],
            )


def _faithbench(folder: Path) -> Iterator[Claim]:
    for record in _records(folder / "samples.jsonl"):
        labels = {label for annotation in record["annotations"] for label in annotation["label"]}
        worst = next((each for each in ("Unwanted", "Questionable", "Benign") if each in labels), "Consistent")
        yield Claim(
            set="faithbench",
            group=f"faithbench {record['source'][:80]}",
            text=record["summary"].strip(),
            passages=(record["source"],),
            supported=worst != "Unwanted",
            verdict=worst,
        )


_LOADERS: dict[str, Callable[[Path], Iterator[Claim]]] = {
    "wice": _wice,
    "attributionbench": _attributionbench,
    "climate_fever": _climate_fever,
    "begin": _begin,
    "faithbench": _faithbench,
}


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


# --- altered claims -----------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])")
_WORDS = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("twenty", "thirty", "forty", "fifty", "sixty"),
)
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b(?!-)")
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][\w'’-]+)(?: [A-Z][\w'’-]+){0,2}(?=[ ,.;]|$)")
_AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|should|may|might|did|does|do)\b(?! not)")
_NOT = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|should|may|might) not\b")
_NO_NAMES_LINE = (
    "January February March April May June July August September October November December Monday Tuesday Wednesday"
    " Thursday Friday Saturday Sunday Mr Mrs Ms Dr St The A An In On It He She They I"
)
_NO_NAMES = frozenset(_NO_NAMES_LINE.split())


def altered(claims: Sequence[Claim], *, each: int, seed: int = 7) -> list[Claim]:
    """Wrong claims made of supported ones: ``each`` of every kind, one a claim, or two
    where there are too few claims of the kind.

    A number becomes another one of its length; a name that the evidence holds becomes one of another claim, or for
    ``name nearby`` another one of the same evidence, which is harder to see; "not" is put in, or taken out.
    """
    sound = [claim for claim in claims if claim.supported]
    names = sorted({name for claim in sound for name in _names(claim.text)})
    found: list[Claim] = []
    for kind in KINDS:
        draw = random.Random(f"{seed} {kind}")
        order = list(sound)
        draw.shuffle(order)
        made = 0
        done: set[str] = set()
        for claim in [*order, *order]:
            text = _change(claim, kind, names, draw)
            if text is not None and text != claim.text and text not in done:
                done.add(text)
                found.append(replace(claim, text=text, supported=False, verdict=f"{kind} changed", altered=kind))
                made += 1
                if made == each:
                    break
    return found


def _change(claim: Claim, kind: Kind, names: Sequence[str], draw: random.Random) -> str | None:
    """The claim's text with one thing changed; None where there is nothing of the kind."""
    text = claim.text
    if kind == "number":
        spots = [*_NUMBER.finditer(text), *_NUMBER_WORD.finditer(text)]
        return _swap(text, (spot := draw.choice(spots)), _other_number(spot.group(), draw)) if spots else None
    if kind in ("name", "name nearby"):
        return _other_name(claim, names, draw, nearby=kind == "name nearby")
    negated = list(_NOT.finditer(text))
    if negated:
        spot = draw.choice(negated)
        return _swap(text, spot, spot.group(1))
    if re.search(r"\b(?:not|no|never|none|nor|neither|without|n['’]t)\b|n['’]t\b", text):
        return None  # what a second negation does to the meaning, a script cannot tell
    plain = list(_AUXILIARY.finditer(text))
    return _swap(text, plain[0], f"{plain[0].group(1)} not") if plain and not text.endswith("?") else None


def _swap(text: str, spot: re.Match[str], new: str) -> str:
    return text[: spot.start()] + new + text[spot.end() :]


def _other_number(old: str, draw: random.Random) -> str:
    """Of the same look: a year stays a year of about that time, 1,200 keeps its comma, 4.5 its decimal."""
    if old in _WORDS:
        return draw.choice([word for word in _WORDS if word != old])
    while True:
        if re.fullmatch(r"1[5-9]\d\d|20\d\d", old):
            new = str(int(old) + draw.choice([-1, 1]) * draw.randint(1, 15))
        else:
            digits = [mark if not mark.isdecimal() else str(draw.randint(0, 9)) for mark in old]
            digits[0] = str(draw.randint(1, 9))
            new = "".join(digits)
        if new != old:
            return new


def _names(text: str) -> list[str]:
    return [name for name in _NAME.findall(text) if not _NO_NAMES & set(name.split())]


def _other_name(claim: Claim, names: Sequence[str], draw: random.Random, *, nearby: bool) -> str | None:
    evidence = "\n".join(claim.passages)
    spots = [spot for spot in _NAME.finditer(claim.text) if spot.group() in evidence]
    spots = [spot for spot in spots if not _NO_NAMES & set(spot.group().split())]
    if not spots:
        return None
    spot = draw.choice(spots)
    taken = {word.casefold() for word in re.findall(r"\w+", claim.text)}
    pool = sorted(set(_names(evidence))) if nearby else names
    pool = [name for name in pool if not taken & {word.casefold() for word in re.findall(r"\w+", name)}]
    return _swap(claim.text, spot, draw.choice(pool)) if pool else None
