"""The sentence that refuses, in the language of the question."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files

from index.languages import ENGLISH, language_of
from index.sentences import sentence_spans
from index.text import whole_characters

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

_MARKER = re.compile(r"\s*\[\d+\]")
_DRESS = " *_\"'\u201c\u201d\u201e"

_LONGEST_REFUSAL = 300
"""Characters. Who writes more than this says something."""

_READ = (
    r"(?:the|these|this|your|any of the) (?:\w+ ){0,2}?(?:documents?|passages?|excerpts?|sources?|texts?|context"
    r"|materials?|information)(?: (?:provided|given|above|shown|supplied|available))?"
)
_TELL = (
    r"(?:contain|mention|say|state|specify|provide|include|answer|cover|address|give|discuss|indicate|describe|tell|hold"
    r"|have|find|determine|locate|see)"
)
_TOLD = (
    r"(?:contained|mentioned|stated|specified|provided|included|answered|covered|given|discussed|described|found"
    r"|determined|available)"
)
_NEWS = r"(?:information|mention|answer|details?|data|indication|reference)"
_GELESEN = (
    r"(?:die|der|das|den|dem) (?:\w+ ){0,2}?(?:dokumenten?|passagen?|textstellen?|textpassagen?|texte?n?|quellen?"
    r"|unterlagen|auszügen?|abschnitten?|informationen|kontext)"
)
_WORDED = re.compile(
    # English: who answers does not know, or what was read does not tell.
    r"(?:i |we )?(?:do not|don't) know(?: (?:the answer|that|this|it))?"
    rf"|(?:(?:based on|from|according to) {_READ},? )?(?:(?:i|we) (?:do not|don't|did not|didn't)"
    rf"|(?:(?:i|we) ?)?(?:can ?not|can't|could ?n[o']t|(?:am|are|was|were|'m) (?:unable|not able) to)) {_TELL}\b"
    rf".*\b(?:this|that|question|information|answer|{_READ})\b.*"
    rf"|{_READ} (?:do|does|did)(?: not|n't) (?:\w+ )?{_TELL}\b.*"
    rf"|{_READ} (?:contains?|provides?|gives?|includes?|holds?|ha(?:s|ve)) no (?:\w+ )?{_NEWS}\b.*"
    rf"|.{{0,100}}\b(?:(?:is|are|was|were)(?: not|n't)|(?:can ?not|can't|could not) be) (?:\w+ )?{_TOLD} (?:\w+ )?"
    rf"(?:in|by|from|within|with|based on) {_READ}"
    rf"|(?:there(?: is| are|'s) )?no (?:\w+ )?{_NEWS}\b.* (?:in|within|from) {_READ}"
    # German
    r"|(?:das |ich )?wei(?:ß|ss) (?:ich |es |das )?(?:leider )?nicht"
    rf"|{_GELESEN} (?:enthalten|enthält|geben|gibt|liefern|liefert|nennen|nennt|machen|erwähnen|erwähnt|beantworten"
    r"|beantwortet)\b.*\b(?:kein\w*|nichts?)\b.*"
    rf"|(?=.*\b(?:in|aus|anhand|mit) {_GELESEN}\b)(?=.*\b(?:kein\w*|nichts?)\b).*\b(?:hervor|angaben?|informationen"
    r"|hinweise?|antwort|beantwort\w*|erwähnt|genannt|steht|finde[nt]?|gefunden|angegeben|enthalten)\b.*"
    # French, Spanish, Italian, Portuguese, Dutch
    r"|je ne sais pas|no lo sé|non lo so|não sei|(?:dat )?(?:ik )?weet (?:ik )?(?:het )?niet"
    r"|(?:les|ces|los|las|i|gli|os|as|de) (?:\w+ )?(?:documents|passages|extraits|textes|sources|documentos|pasajes"
    r"|fragmentos|textos|documenti|passaggi|brani|testi|trechos|documenten|teksten|bronnen|passages) (?:\w+ )?"
    r"(?:(?:ne |n'|no |non |não )(?:contien|mentionn|répond|fourni|précis|indiqu|donn|mencion|respond|proporcion"
    r"|especific|indic|incluy|conteng|menzion|rispond|fornisc|specific|contêm|fornec)"
    r"|(?:bevatten|geven|vermelden) (?:geen|niet)).*",
    re.IGNORECASE | re.DOTALL,
)
_SORRY = re.compile(
    r"(?:(?:I['\u2019]m|I am|we are)? ?(?:very |really )?sorry|unfortunately|apologies|leider|es tut mir leid"
    r"|d\u00e9sol\u00e9e?|malheureusement|lo siento|lamentablemente|purtroppo|mi dispiace|infelizmente|helaas)\W*"
    r"(?:(?:but|aber|mais|pero|ma|mas|maar) )?",
    re.IGNORECASE,
)
_YET = re.compile(
    r"[;:]|\b(?:but|however|though|although|except|only|instead|while|whereas|yet|aber|jedoch|sondern|nur|allerdings"
    r"|mais|seulement|cependant|pero|solo|s\u00f3lo|sino|ma|per\u00f2|mas|por\u00e9m|maar|alleen)\b",
    re.IGNORECASE,
)
"""A sentence with one of these may say something after all."""


def refusal_for(question: str) -> str:
    """What is said to a question that the documents do not answer; in English where its language does not show."""
    return _known()[question_language(question)][0]


def is_refusal(text: str) -> bool:
    """Whether a text says that the documents do not answer, in any of the languages, and hardly more than that."""
    said = _plain(text)
    return any(core in said and len(said) < 2 * len(core) + 40 for core in _cores())


def refuses(answer: str) -> bool:
    """Whether an answer as a whole says no more than that the documents do not answer, in whatever words.

    One that cites a passage does so only with the very sentence that it was told to write.
    """
    if _MARKER.search(answer):
        return _plain(_plain(_MARKER.sub("", answer)).strip(_DRESS)) in _cores()
    if is_refusal(answer):
        return True
    sentences = sentence_spans(answer) if len(answer) <= _LONGEST_REFUSAL else []
    return bool(sentences) and all(_denies(answer[start:end]) for start, end in sentences)


def _denies(sentence: str) -> bool:
    """Whether a sentence says that nothing is known, or nothing is said about it in what was read."""
    said = _plain(sentence).replace("\u2019", "'").strip(_DRESS).rstrip(".!")
    sorry = _SORRY.match(said)
    said = said[sorry.end() :] if sorry else said
    return not said or is_refusal(said) or (_YET.search(said) is None and _WORDED.fullmatch(said) is not None)


def may_become_refusal(text: str) -> bool:
    """Whether a text may be the beginning of a refusal."""
    said = _plain(text)
    return any(core.startswith(said) for core in _cores())


def question_language(question: str) -> str:
    """The language of a question, told by its script or by the small words that questions consist of.

    Made for a handful of words, where ``index.languages.language_of`` needs sentences.
    """
    text = unicodedata.normalize("NFC", whole_characters(question))
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
