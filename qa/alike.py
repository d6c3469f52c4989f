"""Questions that say the same in nearly the same words, among very many, without comparing each with each.

Min-wise hashing (Broder, "On the resemblance and containment of documents", 1997): two sets of words have the same
least hash as often as they overlap. Two questions meet where two such hashes in a row agree, in any of a few pairs, and
are then compared by their words.
"""

from __future__ import annotations

import random
import re
import unicodedata
from array import array
from zlib import crc32

from qa.facts import word_set

_LEAST = 0.8
"""Share of the words of two questions together that both have, from which on they are alike."""

_BANDS, _ROWS = 6, 2
"""At 0.8 two questions meet with a chance of 1 - (1 - 0.8²)⁶, or 99.8 %."""

_SLOTS = 1 << 21
"""Where questions meet; a later one may take an earlier one's place, so that memory does not grow with their number."""

_WORD = re.compile(r"\w+")
_PLAIN = word_set("a an the of in on at to for by with and or is are was were be been do does did has have had it its")
_random = random.Random(0)
_TURNS = [(_random.randrange(1, 1 << 32) | 1, _random.randrange(1 << 32)) for _ in range(_BANDS * _ROWS)]


def words_of(text: str) -> list[str]:
    """Words and figures in their order, without case, and without the ways of writing one character."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


class Alike:
    """Tells of each question which earlier one it repeats in nearly the same words."""

    def __init__(self) -> None:
        self._slots = array("i", [-1]) * _SLOTS
        self._words = array("I")
        self._ends = array("Q", [0])
        self._keys = array("Q")

    def earlier(self, question: str, key: int) -> int | None:
        """The key of an earlier question that is alike; this one is kept under its own.

        Those with other figures are not: "in 2019" and "in 2020" ask for two things.
        """
        mine = {_hash(word) for word in words_of(question) if word not in _PLAIN}
        if not mine:
            return None
        found: int | None = None
        least = [min((turn * word + add) & 0xFFFFFFFF for word in mine) for turn, add in _TURNS]
        meeting = [(band, *least[band * _ROWS : (band + 1) * _ROWS]) for band in range(_BANDS)]
        # The last is for the very same words: where many questions share a form, the others are often taken over.
        for key_words in (*meeting, tuple(sorted(mine))):
            slot = hash(key_words) % _SLOTS
            other = self._slots[slot]
            if found is None and other >= 0 and _are_alike(mine, self._words_of(other)):
                found = self._keys[other]
            self._slots[slot] = len(self._keys)
        self._words.extend(mine)
        self._ends.append(len(self._words))
        self._keys.append(key)
        return found

    def _words_of(self, at: int) -> set[int]:
        return set(self._words[self._ends[at] : self._ends[at + 1]])


def _hash(word: str) -> int:
    """32 bits, of which the last says whether the word holds a figure."""
    return crc32(word.encode("utf-8", "surrogatepass")) & ~1 | any(mark.isdigit() for mark in word)


def _are_alike(mine: set[int], other: set[int]) -> bool:
    apart = mine ^ other
    return not any(word & 1 for word in apart) and len(mine & other) >= _LEAST * len(mine | other)
