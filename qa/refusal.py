"""The sentence that refuses, in the language of the question."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files

from index.languages import ENGLISH, language_of

# The first that has most of a text's letters is its language. Kana before Han, which Japanese uses too.
_SCRIPTS = (
    ("japanese", re.compile("[\u3040-\u30ff]")),
    ("korean", re.compile("[\uac00-\ud7af\u1100-\u11ff]")),
    ("chinese", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("thai", re.compile("[\u0e00-\u0e7f]")),
    ("hebrew", re.compile("[\u0590-\u05ff]")),
    ("arabic", re.compile("[\u0600-\u06ff]")),
    ("hindi", re.compile("[\u0900-\u097f]")),
    ("greek", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("russian", re.compile("[\u0400-\u04ff]")),
)
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_SHARE = {"japanese": 0.1}
"""A text with so much kana is Japanese, however much Han; other scripts must have half of the letters."""


def refusal_for(question: str) -> str:
    """What is said to a question that the documents do not answer; in English where its language does not show."""
    return _known()[question_language(question)][0]


def is_refusal(text: str) -> bool:
    """Whether a text says that the documents do not answer, in any of the languages, and hardly more than that."""
    said = _plain(text)
    return any(core in said and len(said) < 2 * len(core) + 40 for core in _cores())


def may_become_refusal(text: str) -> bool:
    """Whether a text may be the beginning of a refusal."""
    said = _plain(text)
    return any(core.startswith(said) for core in _cores())


def question_language(question: str) -> str:
    """The language of a question, told by its script or by the small words that questions consist of.

    Made for a handful of words, where ``index.languages.language_of`` needs sentences.
    """
    text = unicodedata.normalize("NFC", question.encode("utf-8", "replace").decode("utf-8"))
    letters = sum(character.isalpha() for character in text)
    if not letters:
        return ENGLISH
    for language, script in _SCRIPTS:
        if len(script.findall(text)) > _SHARE.get(language, 0.5) * letters:
            return "ukrainian" if language == "russian" and _UKRAINIAN.search(text) else language
    words = [word for word in re.findall(r"[^\W\d_]+", text.casefold())]
    found = {language: sum(word in cues for word in words) for language, (_, cues) in _known().items()}
    best = max(found.values())
    if not best or found[ENGLISH] == best:
        return ENGLISH
    same = [language for language, count in found.items() if count == best]
    told = language_of(text)
    # One small word may be a name or a term of an English question.
    return told if told in same else same[0] if best > 1 or len(words) < 4 else ENGLISH


@cache
def _known() -> dict[str, tuple[str, frozenset[str]]]:
    """By language: the sentence and the words that tell the language."""
    text = files("qa.prompts").joinpath("refusals.json").read_text(encoding="utf-8")
    return {language: (sentence, frozenset(cues.split())) for language, (sentence, cues) in json.loads(text).items()}


@cache
def _cores() -> tuple[str, ...]:
    return tuple(_plain(sentence) for sentence, _ in _known().values())


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".。।")
