"""A follow-up and what was asked before it, made one question that can be understood alone. By rules; no model.

A question that can stand alone is left as it is, so that a change of subject is not mixed up with what came before.
To any other the subject is added in brackets: the telling words of the questions before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.languages import QUESTION_WORDS, is_unspaced, language_of, terms
from qa.values import Turn

_TURNS_BACK = 4
"""Questions before this one that are looked at."""

_MOST_WORDS = 12
"""Words that are added at most."""

_LONGEST_TURN = 600
"""Characters of a question before that are looked at."""

_LONGEST_WORD = 60
"""Characters. What is longer is no word that anybody would miss."""

_LONGEST_UNSPACED = 120
"""Characters added of a question in a script without spaces, whose words cannot be told apart here."""

_SHORT = 3
"""A question of at most so many words, of which one is telling, cannot stand alone after another one."""

_OWN = 3
"""A question with more telling words than these stands alone, even where it points back: on MTRAG, words added to such
questions led away from their passages as often as not, and to the others they were worth a quarter of the recall."""

_WORD = re.compile(r"[^\W_](?:[\w.+#/'\u2019-]*[\w+#])?")

# Words that point at something said before, in the languages that most questions are asked in; each only where it
# hardly ever means anything else ("there is", "the report that", "il y a" point at nothing).
_POINTING = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|him|he|his|she|her|hers|these|those|this|both(?!\b.{0,40}\band\b)|"
    r"former|latter|neither|ones|others?|another|else|same)\b"
    r"|\b(?:the|which|that|this|another) one\b"
    r"|\b(?:about|after|before|by|does|did|do|for|from|in|is|like|of|on|than|to|was|were|why|with|without) that\b"
    r"|^\W*that\b|\bthat\W*$|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bif )\bthere\b"
    r"(?! (?:is|are|was|were|any|a)\b)"
    # German, Dutch
    r"|\b(?:da(?:von|bei|zu|für|mit|nach|gegen|rüber|ran|rauf)|dort|diese[rsmn]?|ihn|ihm|deren|dessen|"
    r"ervan|daarvan|daarmee|daarover|deze)\b"
    # French, Spanish, Italian, Portuguese
    r"|\b(?:cel(?:ui|le|les)-ci|ceux-ci|cela|ça|celui-là|eso|esto|ello|ellos|ellas|allí|questo|questi|quello|ciò|essi|"
    r"isso|isto|eles|elas|dele|dela|nele|nela)\b",
    re.IGNORECASE,
)
_CONTINUING = re.compile(
    r"^\W*(?:and|but|or|so|also|what about|how about|what else|why|how so|how come|really|which ones?|tell me more|"
    r"more|go on|explain|for example|in what way|i mean|i meant|"
    r"und|aber|oder|auch|warum|wieso|et|mais|ou|pourquoi|y|pero|e|ma|mas|en|maar|waarom|\u043f\u043e\u0447\u0435\u043c\u0443|\u0430|\u0438|\u043d\u043e)\b",
    re.IGNORECASE,
)
_TURNING = re.compile(
    r"\b(?:(?:chang(?:e|ing)|switch(?:ing)?) (?:the |of )*(?:subject|topic)|(?:another|different|new|unrelated) "
    r"(?:question|topic|subject)|something else|anderes thema|themenwechsel|autre sujet|otro tema)\b",
    re.IGNORECASE,
)
# Words that fill a conversation and say nothing of its subject.
_FILLING = frozenset((
    "about", "actually", "again", "also", "another", "ask", "better", "bit", "called", "chance", "change", "come",
    "consider", "describe", "detail", "details", "different", "else", "ever", "example", "examples", "explain",
    "find", "first", "general", "get", "give", "go", "going", "good", "happen", "happens", "help", "hi", "hello",
    "information", "interesting", "just", "kind", "know", "let", "like", "list", "look", "lot", "make", "mean",
    "meant", "more", "most", "name", "need", "new", "nice", "now", "ok", "okay", "one", "ones", "other", "others",
    "please", "possible", "question", "questions", "really", "right", "same", "say", "see", "show", "so", "some",
    "something", "sort", "still", "subject", "sure", "talk", "tell", "thank", "thanks", "thing", "things", "think",
    "topic", "try", "understand", "use", "using", "very", "want", "way", "well", "wonder", "yes", "yet",
))  # fmt: skip
_JOINING = frozenset(("of", "the", "de", "du", "des", "von", "van", "der", "la", "le", "and", "del", "di", "da"))


def standalone_by_rules(question: str, history: Sequence[Turn]) -> str:
    """The question itself if it can stand alone, else with the subject of the questions before it in brackets.

    A question leans on those before when it says little itself, and points back ("it", "those"), continues ("and …",
    "why?") or is very short. What is added reaches back to the last question that stood alone, and is bounded, however
    long the conversation is.
    """
    before = [turn.text[:_LONGEST_TURN] for turn in history if turn.role == "user" and turn.text.strip()]
    before = before[-_TURNS_BACK:]
    if not before:
        return question
    language = language_of("\n".join([*before, question]))
    if not _leans(question, language):
        return question
    subject = _subject(before, language)
    return f"{question} (about: {subject})" if subject else question


def _leans(question: str, language: str) -> bool:
    if _TURNING.search(question):
        return False
    if is_unspaced(question):
        return len(question) <= 4 * _SHORT
    own = len({stem for word in _words(question) for stem in _stem(word, language)})
    if own > _OWN:
        return False
    words = len(_WORD.findall(question))
    return bool(_POINTING.search(question) or _CONTINUING.match(question) or (words <= _SHORT and own <= 1))


def _subject(before: Sequence[str], language: str) -> str:
    """Telling words of the questions before, newest question first, back to one that stood alone."""
    seen: set[str] = set()
    parts: list[str] = []
    room = _MOST_WORDS
    for place in range(len(before) - 1, -1, -1):
        text = before[place]
        if is_unspaced(text):
            parts.append(" ".join(text.split())[:_LONGEST_UNSPACED])
            break
        kept = _telling(text, language, seen, room)
        if kept:
            parts.append(kept)
            room -= len(kept.split())
        if room <= 0 or not place or not _leans(text, language):
            break
    return ", ".join(parts)


def _telling(text: str, language: str, seen: set[str], room: int) -> str:
    """The first ``room`` telling words of a question that were not seen before, in their order and as they are
    written; words like "of" between two of them stay."""
    kept: list[str] = []
    between: list[str] | None = None  # joining words since the last one kept; None where others came as well
    for word in _words(text):
        stems = _stem(word, language)
        if not stems:
            between = [*between, word] if between is not None and word.lower() in _JOINING else None
            continue
        if seen.issuperset(stems):
            between = None
            continue
        if len(kept) >= room:
            break
        if between and len(between) == 1:
            kept += between
        between = []
        seen.update(stems)
        kept.append(word)
    return " ".join(kept[:room])


def _words(text: str) -> Iterator[str]:
    """The words as they are written, but for the first one's capital where it is only that of the sentence."""
    for place, match in enumerate(_WORD.finditer(text)):
        word = match[0]
        yield word.lower() if not place and word.lower() in _FILLING else word


def _stem(word: str, language: str) -> list[str]:
    """What the index knows a telling word by; nothing for any other word. "New York" is no filling."""
    if len(word) > _LONGEST_WORD or word.lower() in QUESTION_WORDS or word in _FILLING:
        return []
    return terms(word, language)
