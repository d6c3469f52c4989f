"""A follow-up and what was asked before it, made one question that can be understood alone. By rules; no model.

A question that can stand alone is left as it is, so that a change of subject is not mixed up with what came before.
To any other the subject is added in brackets: the telling words of the questions before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.languages import ENGLISH, QUESTION_WORDS, is_unspaced, language_of, terms
from index.text import whole_characters
from qa.refusal import question_language
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
    r"|\bdas (?:auch|noch|immer|nur|schon|so|denn|nicht)\b|(?-i:\bsie\b)"
    r"|\b(?:ist|war|hat|wurde|kostet|gilt|gehört|liegt|heißt|bekommt|kommt) er\b"
    r"|\b(?:wurde|kostet|gilt|gehört|liegt|heißt) es\b"
    # French, Spanish, Italian, Portuguese
    r"|\b(?:cel(?:ui|le|les)-ci|ceux-ci|cela|ça|celui-là|eso|esto|ello|ellos|ellas|allí|questo|questi|quello|ciò|essi|"
    r"isso|isto|eles|elas|dele|dela|nele|nela)\b"
    r"|^\W*(?:(?:quand|où|comment|combien|pourquoi|que|qui|à qui) )?\w+-(?:t-)?(?:il|elle|ils|elles)\b",
    re.IGNORECASE,
)
_CONTINUING = re.compile(
    r"^\W*(?:and|but|or|so|also|what about|how about|what else|why|how so|how come|really|which ones?|tell me more|"
    r"more|go on|explain|for example|in what way|i mean|i meant|"
    r"und|aber|oder|auch|warum|wieso|et|mais|ou|pourquoi|y|pero|e|ma|mas|en|maar|waarom|\u043f\u043e\u0447\u0435\u043c\u0443|\u0430|\u0438|\u043d\u043e)\b",
    re.IGNORECASE,
)
# What asks the same of something else: "And sick leave?"
_INSTEAD = re.compile(r"^\W*(?:and|or|what about|how about|und|oder|et|ou|y|o|e|en|of)\b", re.IGNORECASE)
_INSTEAD_WORDS = 5
# A sentence that breaks off where the one before it went on: "Who didn't?"
_BREAKING_OFF = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must)(?: not|n['\u2019]?t)?\W*$",
    re.IGNORECASE,
)
_OF_A_NAME = re.compile(
    r"\W*(?:(?:who|what|where) (?:is|are|was|were)|wer (?:ist|war)|qui est|quién es|chi è|quem é) (?-i:[A-ZÀ-Þ])",
    re.IGNORECASE,
)
_MEASURE = re.compile(r"\b(how|wie) (?:long|many|often|viele?|lange|oft)\b", re.IGNORECASE)
_COURTESY = re.compile(
    r"\W*(?:(?:thanks|thank you|thx|many thanks|ok|okay|alright|great|good|nice|cool|perfect|got it|i see|hello|hi|hey"
    r"|bye|goodbye|danke|vielen dank|merci|gracias|grazie|obrigad[oa])(?: (?:a lot|so much|very much|again|schön|sehr"
    r"|beaucoup))?\W*)+",
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
_ALSO_SHORT = ("german", "french", "spanish", "italian", "portuguese", "dutch")
_DIGITS = re.compile(r"\d+")
_JOINING = frozenset(("of", "the", "de", "du", "des", "von", "van", "der", "la", "le", "and", "del", "di", "da"))


def standalone_by_rules(question: str, history: Sequence[Turn]) -> str:
    """The question itself if it can stand alone, else with the subject of the questions before it in brackets.

    A question leans on those before when it says little itself, and points back ("it", "those"), continues ("and …",
    "why?") or is very short. What is added reaches back to the last question that stood alone, and is bounded, however
    long the conversation is.
    """
    before = [
        whole_characters(turn.text[:_LONGEST_TURN]) for turn in history if turn.role == "user" and turn.text.strip()
    ]
    before = before[-_TURNS_BACK:]
    if not before:
        return question
    language = _language("\n".join([*before, question]))
    if not _leans(question, language):
        return question
    subject = _subject(before, question, language)
    return f"{question} (about: {subject})" if subject else question


def _language(text: str) -> str:
    """The language of a few questions, of those whose words can be stemmed."""
    text = whole_characters(text)
    language = language_of(text)
    if language == ENGLISH and (told := question_language(text)) in _ALSO_SHORT:
        return told  # by the words that questions consist of, where there are not enough for sentences
    return language


def _leans(question: str, language: str) -> bool:
    if _TURNING.search(question) or _COURTESY.fullmatch(question):
        return False
    if is_unspaced(question):
        return len(question) <= 4 * _SHORT
    own = len({stem for word in _words(question) for stem in _stem(word, language)})
    if own > _OWN:
        return False
    if _POINTING.search(question) or _CONTINUING.match(question):
        return True
    if len(_WORD.findall(question)) > _SHORT or _OF_A_NAME.match(question):
        return False
    return own <= 1 or _BREAKING_OFF.search(question) is not None


def _subject(before: Sequence[str], question: str, language: str) -> str:
    """Telling words of the questions before, newest question first, back to one that stood alone."""
    seen: set[str] = set()
    words = list(_words(question))
    own = words if _INSTEAD.match(question) and len(words) <= _INSTEAD_WORDS else []
    parts: list[str] = []
    room = _MOST_WORDS
    for place in range(len(before) - 1, -1, -1):
        text = before[place]
        if is_unspaced(text):
            parts.append(" ".join(text.split())[:_LONGEST_UNSPACED])
            break
        kept = _telling(_without_replaced(_MEASURE.sub(r"\1", text), own, language), language, seen, room)
        if kept:
            parts.append(kept)
            room -= len(kept.split())
        if room <= 0 or not place or not _leans(text, language):
            break
    return ", ".join(parts)


def _without_replaced(text: str, own: Sequence[str], language: str) -> str:
    """A question before without what the words of "and …?" stand in the place of: a number or code of the same form,
    and the words around one that both have, such as those of "parental leave" before "and sick leave?"."""
    if not own:
        return text
    stems = {stem for word in own for stem in _stem(word, language)}
    forms = {_DIGITS.sub("0", word) for word in own if _DIGITS.search(word)}
    kept: list[str] = []
    run: list[str] = []
    for word in [*_words(text), ""]:
        if _DIGITS.search(word) and _DIGITS.sub("0", word) in forms:
            continue
        if _stem(word, language):
            run.append(word)
            continue
        if not any(stems.intersection(_stem(each, language)) for each in run):
            kept += run
        run = []
        kept.append(word)
    return " ".join(kept)


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
