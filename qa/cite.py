"""From a model's text to citations: which sentence carries which marker, and which span of a passage it rests on.

Pure: text in, places out. The markers themselves are read by ``MarkerReader``.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from index.sentences import sentence_spans
from index.values import Passage
from qa.marker_reader import MarkerReader

__all__ = ["MarkerReader", "answer_sentences", "place"]

_WIDEST = 3
"""A claim is looked for in this many neighbouring sentences at most."""

_WORTH = 0.1
"""What a further sentence must add to the share of the claim that is found, to be cited too."""

_NUMBER_WEIGHT = 2.5
_NAME_WEIGHT = 1.6
_COMMON_WEIGHT = 0.15
_PAIR_WEIGHT = 0.5
_WIDE_WEIGHT = 0.6

_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,\u202f\u00a0]\d+)*)"
    r"|(?P<wide>[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]+)"
    r"|(?P<word>[^\W\d_]+(?:['\u2019][^\W\d_]+)*)"
)
_MARKER = re.compile(r"\s*\[\d+\]")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been being but by can could did do does for from had has have he her his how i if in"
        " into is it its may might more most no not of on or our she should so some such than that the their them"
        " then there these they this those to was we were what when where which who why will with would you your"
        " der die das ein eine und ist im in den dem des zu von mit le la les un une et est de du des en el los las y",
    )
)
_ITEM_NUMBER = re.compile(r"\s*(?:\u00a7\s*\d{1,3}[.)]?|\(?\d{1,3}[.)])(?=\s)")
"""The number of an item or a clause, which says nothing of what it holds."""

_THOUSANDS = re.compile(r"[.,\u202f\u00a0](?=\d{3}(?!\d))")
_NUMERALS = {
    word: str(number)
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1
    )
}
_ENDINGS = ("ingly", "edly", "ing", "ies", "ied", "ers", "es", "ed", "er", "ly", "s")


def answer_sentences(text: str, markers: Sequence[tuple[int, int]]) -> list[tuple[int, int, tuple[int, ...]]]:
    """Sentences of an answer as ``(start, end, numbers)``, with the citation numbers that each one carries.

    ``markers`` are those of a ``MarkerReader``. A marker behind the full stop belongs to the sentence before it, and
    so does a line of nothing but markers; one at the beginning of a line belongs to what follows.
    """
    places = [(at, at + len(f"[{number}]"), number) for at, number in markers]
    # Markers are blanked out, so that they neither end a sentence nor begin one.
    characters = list(text)
    for start, end, _ in places:
        characters[start:end] = " " * (end - start)
    bare = "".join(characters)
    spans = [[start, end] for start, end in sentence_spans(bare)]
    if not spans:
        numbers = tuple(dict.fromkeys(number for _, _, number in places))
        return [(places[0][0], places[-1][1], numbers)] if places else []
    carried: list[dict[int, None]] = [{} for _ in spans]
    last = 0
    for start, end, number in places:
        while last + 1 < len(spans) and spans[last + 1][0] <= start:
            last += 1
        owner = last
        if start >= spans[last][1] and last + 1 < len(spans) and _opens_line(bare, start):
            owner = last + 1
        spans[owner] = [min(spans[owner][0], start), max(spans[owner][1], end)]
        carried[owner][number] = None
    return [(start, end, tuple(numbers)) for (start, end), numbers in zip(spans, carried, strict=True)]


def _opens_line(bare: str, at: int) -> bool:
    """Whether nothing stands before ``at`` on its line, and something after it."""
    begin = bare.rfind("\n", 0, at) + 1
    end = bare.find("\n", at)
    return not bare[begin:at].strip() and bool(bare[at : len(bare) if end < 0 else end].strip())


def place(sentence: str, passage: Passage) -> tuple[int, int]:
    """The smallest span of ``passage`` that carries ``sentence``, as offsets into the document's text.

    Whole sentences of the passage: the one that shares most with the claim, and its neighbours while each of them
    brings a further part of it. Shared are words by their stems, numbers by their digits, pairs of words in a row,
    and for Chinese, Japanese and Thai pairs of characters; numbers and names count for more, words that the whole
    passage is full of for less; the numbers of items in a list do not count. Where nothing is shared, nothing can be
    told apart: the whole passage.
    """
    spans, parts = _sentences(passage.text)
    if not spans:
        return passage.start, passage.start
    weights = _terms(_MARKER.sub("", sentence))
    spread = Counter(term for part in parts for term in part)
    for term in weights:
        weights[term] /= math.sqrt(max(1, spread[term]))
    total = sum(weights.values())
    best = 0.0
    first, after = 0, len(spans)
    for width in range(1, min(_WIDEST, len(spans)) + 1):
        windows = [
            (_held(weights, parts[begin : begin + width]), spans[begin][0] - spans[begin + width - 1][1], -begin)
            for begin in range(len(spans) - width + 1)
        ]
        # Of windows that hold as much, the shortest, and of those the first.
        held, _, begin = max(windows)
        if held > best + (_WORTH * total if width > 1 else 0.0):
            best, first, after = held, -begin, width - begin
    return passage.start + spans[first][0], passage.start + spans[after - 1][1]


@lru_cache(maxsize=256)  # several sentences rest on one passage
def _sentences(text: str) -> tuple[Sequence[tuple[int, int]], Sequence[Mapping[str, float]]]:
    """The sentences of a passage, each with what can be found again of it."""
    spans = sentence_spans(text)
    return spans, [_terms(text[start:end]) for start, end in spans]


def _held(weights: Mapping[str, float], parts: Sequence[Collection[str]]) -> float:
    return sum(weight for term, weight in weights.items() if any(term in part for part in parts))


def _terms(text: str) -> dict[str, float]:
    """What of a text can be found again in another, each with its weight."""
    terms: dict[str, float] = {}
    words: list[str] = []
    item = _ITEM_NUMBER.match(text)
    for match in _TOKEN.finditer(text, item.end() if item else 0):
        token = match.group()
        if match.lastgroup == "wide":
            for pair in [token[at : at + 2] for at in range(len(token) - 1)] or [token]:
                terms[pair] = _WIDE_WEIGHT
            continue
        if match.lastgroup == "number":
            word, weight = _THOUSANDS.sub("", token), _NUMBER_WEIGHT
        else:
            word = token.casefold()
            if word in _COMMON:
                terms[word] = _COMMON_WEIGHT
                continue
            named = token[0].isupper() and match.start() > 0
            word, weight = _stem(word), _NAME_WEIGHT if named else 1.0
            if word in _NUMERALS:
                word, weight = _NUMERALS[word], _NUMBER_WEIGHT
        terms[word] = max(weight, terms.get(word, 0.0))
        words.append(word)
    for one, two in pairwise(words):
        terms[f"{one} {two}"] = _PAIR_WEIGHT
    return terms


def _stem(word: str) -> str:
    """A word without its ending, so that "soldiers" meets "soldier" and "deployed" meets "deployment"."""
    word = word.removesuffix("'s").removesuffix("\u2019s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word.removesuffix("e") if len(word) > 3 else word
