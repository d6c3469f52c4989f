"""The language of a text, and its words as a search knows them: lower case, stemmed, without stop words.

A language is told by its script, and within Latin script by which list of stop words takes most out of the text. That
needs no model and is right from a few sentences on; where it is unsure the text counts as English, whose stemmer does
little to words that it does not know. Neighbours such as Danish and Norwegian may be taken for one another: their
stemmers agree on most words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from index.text import whole_characters

if TYPE_CHECKING:
    import tantivy

ENGLISH = "english"

_SAMPLE = 4_000
"""Characters that are looked at."""

_LEAST_SHARE = 0.12
"""Share of stop words below which a text is a table, a list or code: its language does not show."""

_LEAD = 1.15
"""How many times as many stop words a language must find as English does."""

_LEAST_WORDS = 3
"""Different stop words that it must find."""

_OWN_LETTERS = 0.015
"""Share of letters that only Turkish or only Romanian has, from which on a text is in that language."""

# Scripts written without spaces: Han, kana, Hangul, Thai, Lao, Khmer, Burmese.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)

# Languages whose stop words tell them apart.
_LATIN = (
    *(ENGLISH, "german", "french", "spanish", "italian", "portuguese", "dutch", "swedish", "danish", "norwegian"),
    *("finnish", "hungarian"),
)
# Letters that stand for a language whose stop words are in no list.
_LETTERS = {
    "russian": re.compile("[\u0400-\u04ff]"),
    "greek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "arabic": re.compile("[\u0600-\u06ff]"),
    "tamil": re.compile("[\u0b80-\u0bff]"),
    "turkish": re.compile("[\u0131\u0130\u011f\u015f]"),
    "romanian": re.compile("[\u0103\u021b\u0219\u0163]"),
}
_LISTED = frozenset((*_LATIN, "russian"))

QUESTION_WORDS = frozenset(
    [
        "what",
        "who",
        "whom",
        "whose",
        "which",
        "when",
        "where",
        "why",
        "how",
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "will",
        "would",
        "can",
        "could",
        "should",
        "may",
        "might",
        "must",
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "to",
        "for",
        "by",
        "with",
        "and",
        "or",
        "that",
        "this",
        "these",
        "those",
        "it",
        "its",
        "at",
        "from",
        "as",
        "be",
        "been",
        "being",
        "has",
        "have",
        "had",
        "not",
        "no",
        "many",
        "much",
        "any",
        "there",
        "about",
        "into",
        "than",
        "then",
        "so",
        "if",
        "i",
        "you",
        "he",
        "she",
        "they",
        "we",
        "me",
        "my",
        "your",
        "his",
        "her",
        "their",
        "our",
    ]
)
"""Words of an English question that say how it is asked, not about what; the list of stop words lacks most of them."""

_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str:
    """One of the languages that ``terms`` can stem; ``english`` where none shows."""
    sample = plain(text[:_SAMPLE])
    if sample.isascii() and sample.isspace():
        return ENGLISH
    letters = sum(len(word) for word in _WORD.findall(sample))
    if not letters:
        return ENGLISH
    for language in ("russian", "greek", "arabic", "tamil"):
        if 2 * len(_LETTERS[language].findall(sample)) > letters:
            return language
    for language in ("turkish", "romanian"):
        if len(_LETTERS[language].findall(sample)) > _OWN_LETTERS * letters:
            return language
    words = len(_sieve(None).analyze(sample))
    if not words:
        return ENGLISH
    left = {language: _sieve(language).analyze(sample) for language in _LATIN}
    best = min(_LATIN, key=lambda language: len(left[language]))
    taken, english = words - len(left[best]), words - len(left[ENGLISH])
    if taken < _LEAST_SHARE * words or taken <= _LEAD * english:
        return ENGLISH
    # A single letter of code or of a formula is a stop word somewhere.
    different = set(_sieve(None).analyze(sample)).difference(left[best])
    return best if len(different) >= _LEAST_WORDS else ENGLISH


def terms(text: str, language: str = ENGLISH) -> list[str]:
    """The words of a text as the index knows them; pairs of characters for scripts without spaces."""
    text = plain(whole_characters(text))
    if text.isascii():
        return _analyzer(language).analyze(text)
    # What stands between such characters is a word of its own: a number, a name in Latin letters.
    return [*_analyzer(language).analyze(UNSPACED.sub(" ", text)), *bigrams(text)]


def is_unspaced(text: str) -> bool:
    """Whether most letters of a text are of scripts that put no space between words."""
    if text.isascii():
        return False
    letters = sum(letter.isalpha() for letter in text)
    return 2 * sum(len(run) for run in UNSPACED.findall(text)) > letters


def plain(text: str) -> str:
    """One spelling for what looks the same: ligatures, full-width letters, soft hyphens."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("\xad", "")


def bigrams(text: str) -> list[str]:
    """Neighbouring pairs of characters of the scripts that put no space between words."""
    return [gram for run in UNSPACED.findall(text) for gram in _pairs(run)]


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for left, right in pairwise(run):
        yield left + right


@cache
def _sieve(language: str | None) -> tantivy.TextAnalyzer:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    return (builder.filter(tantivy.Filter.stopword(language)) if language else builder).build()


@cache
def _analyzer(language: str) -> tantivy.TextAnalyzer:
    import tantivy

    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
    )
    if language == ENGLISH:  # folded first, as the index always was: its stop words and stems have no accents
        return (
            builder.filter(tantivy.Filter.ascii_fold())
            .filter(tantivy.Filter.stopword(ENGLISH))
            .filter(tantivy.Filter.stemmer(ENGLISH))
            .build()
        )
    if language in _LISTED:
        builder = builder.filter(tantivy.Filter.stopword(language))
    return builder.filter(tantivy.Filter.stemmer(language)).filter(tantivy.Filter.ascii_fold()).build()
