"""Names and negations: what can be found in a text, and looked for in its source, without knowing what it means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from index.languages import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A run of capitalised words in a text, or one word of capitals and figures."""

    text: str
    start: int
    end: int


# --- names --------------------------------------------------------------------------------------------------------

_SPELT_ALIKE = 0.86
"""How alike two words' letters must be (``SequenceMatcher.ratio``) to be one word in two spellings. Chosen on the
development sets."""

_WORD = re.compile(r"[^\W_](?:[\w'’&-]*[^\W_])?")
# A-204, X12, CO2: letters and figures that stand for one thing; a source may put a space between them.
_CODE = re.compile(r"\b[A-Z]{1,4}[-–/]?\d[\dA-Z]*(?:[-–/][\dA-Z]+)*\b")
_CODE_THERE = re.compile(r"\b[a-z]{1,4}[-–/ ]?\d[\da-z]*(?:[-–/][\da-z]+)*\b")
_SENTENCE_END = re.compile(r"[.!?:\n\"“”]\s*[\"'“‘(]*\Z")


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


_NOT_NAMES = word_set(
    "the a an in on at by for from of to and or but as if when while after before since because although though however"
    " it its he his she her they their we our i you your this that these those there here then thus so such some many"
    " most more all each every both several other another one two three four five six seven eight nine ten no not yes"
    " what who which how why where is are was were be been do does did has have had can could may might will would"
    " should must also later during under over into with without about between through according despite instead"
    " first second third new old early late today january february march april june july august september october"
    " november december monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays"
    " fridays saturdays sundays mr mrs ms dr sir lady lord st nobody everybody somebody anybody everyone someone anyone"
    " everything something anything nothing none celsius fahrenheit eur usd gbp chf euro euros dollar dollars prozent"
    " uhr"
)


_GERMAN_OPENING = word_set(
    "der die das den dem des ein eine einen einem einer eines dieser diese dieses jeder jede jedes alle kein keine im"
    " in am an auf aus bei bis für nach mit ohne seit über um unter vom von vor während zum zur ihr ihre"
    " sein seine unser"
)


def names(text: str, *, capital_nouns: bool = False) -> list[Name]:
    """Names in a text in order. A capital at a sentence's beginning counts only where more follow it, or where the word
    cannot be another kind of word by what stands after it.

    With ``capital_nouns`` the text is in a language that gives every noun a capital, German: there a name is a word
    with a figure or a capital inside, or several capitalised words in a row.
    """
    found: list[Name] = []
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        if not _is_capital(words[at].group()):
            at += 1
            continue
        end = at + 1
        while end < len(words) and _joins(text, words[end - 1], words[end]) and _is_capital(words[end].group()):
            end += 1
        run = words[at:end]
        opens = _opens(text, run[0].start())
        if opens and len(run) == 1 and not _acts(text, words, at):
            run = []
        while run and _bare(run[0].group()) in _NOT_NAMES:
            run = run[1:]
        if capital_nouns and not any(_is_mixed(word.group()) for word in run):
            run = run[1:] if opens and run and run[0].group().lower() in _GERMAN_OPENING else run
            run = run if len(run) > 1 else []
        if run:
            low, high = run[0].start(), run[-1].end()
            found.append(Name(text=text[low:high], start=low, end=high))
        at = end
    return found


def _bare(word: str) -> str:
    """In lower case, without what an apostrophe joins to it."""
    return re.split(r"['’]", word.lower())[0]


def _is_capital(word: str) -> bool:
    return word[0].isupper() and (len(word) > 1 or word not in "AI") and not word.isdigit()


def _is_mixed(word: str) -> bool:
    return any(mark.isupper() or mark.isdigit() for mark in word[1:])


def _joins(text: str, left: re.Match[str], right: re.Match[str]) -> bool:
    between = text[left.end() : right.start()]
    return between == " " or (between in (". ", ".") and len(left.group()) <= 2)


def _opens(text: str, start: int) -> bool:
    before = text[max(0, start - 6) : start]
    return not text[:start].strip(" \"'“‘(-*•#") or _SENTENCE_END.search(before) is not None


def _acts(text: str, words: Sequence[re.Match[str]], at: int) -> bool:
    """Whether the word at a sentence's beginning is followed as a singular name is: a verb in the third person."""
    word = words[at].group()
    lower = word.lower()
    if lower in _NOT_NAMES or lower.endswith(("ing", "ly", "tion", "ness")):
        return False
    if word.endswith(("'s", "’s")) or any(mark.isupper() for mark in word[1:]):
        return True
    if at + 1 == len(words) or lower.endswith("s"):
        return False
    after = words[at + 1].group().lower()
    if text[words[at].end() : words[at + 1].start()] != " ":
        return False
    if after in ("is", "was", "has", "had", "did", "does", "became") or (len(after) > 4 and after.endswith("ed")):
        return True
    third = words[at + 2].group().lower() if at + 2 < len(words) else ""
    return after.endswith("s") and third in ("the", "a", "an", "his", "her", "its", "their", "that", "in", "to")


class Source:
    """The words of a source, asked for names."""

    def __init__(self, text: str) -> None:
        self._text = fold(text)
        self._words = sorted(set(re.findall(r"\w+", self._text)))
        self._set = set(self._words)
        self._tight = re.sub(r"\W", "", self._text)
        self._dotless = {re.sub(r"\W", "", word) for word in re.findall(r"\b(?:\w\.){2,}", self._text)}
        capitals = [name for name in re.findall(r"\b[A-Z]\w*(?:[ -](?:of |and |the |for |de )?[A-Z]\w*)+", text)]
        self._initials = {
            "".join(word[0] for word in re.findall(r"\w+", each) if word[0].isupper() and word not in skipped).lower()
            for each in capitals
            for skipped in ((), ("The",))
        }
        self._codes = {_tight_code(code) for code in _CODE_THERE.findall(self._text)}

    def share(self, name: str) -> float:
        """How many of a name's words the source has, in whatever form: 0 to 1."""
        codes = _CODE.findall(name)
        if any(_tight_code(fold(code)) not in self._codes for code in codes):
            return 0.0
        words = re.findall(r"\w+", re.sub(r"['’]s\b", "", fold(_CODE.sub(" ", name))))
        words = [word for word in words if word not in _NOT_NAMES and len(word) > 1] or words
        if not words:
            return 1.0
        if len(words) > 1 and "".join(word[0] for word in words) in self._set:
            return 1.0
        return sum(self._has(word) for word in words) / len(words)

    def _has(self, word: str) -> bool:
        if word in self._set or (2 <= len(word) <= 6 and word in self._initials):
            return True
        bare = word.removesuffix("s")
        if bare in self._set or f"{word}s" in self._set:
            return True
        # CO2 and CO 2, U.S. and US.
        if (any(mark.isdigit() for mark in word) and word in self._tight) or word in self._dotless:
            return True
        stem = word[: max(4, len(word) - 3)]
        for other in self._words:
            # Russia and Russian are one, so are Mueller and Muller; Spain and Spanish, Chanukah and Hanukkah are not.
            if len(word) >= 5 and other[:2] == word[:2]:
                if other.startswith(stem) and abs(len(other) - len(word)) <= 3:
                    return True
                if len(word) >= 6 and SequenceMatcher(None, word, other).ratio() >= _SPELT_ALIKE:
                    return True
        return False


def _tight_code(code: str) -> str:
    return re.sub(r"[\W_]", "", code)


def fold(text: str) -> str:
    """Lower case, without accents."""
    text = plain(text).casefold()
    if text.isascii():
        return text
    return "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))


# --- negations ----------------------------------------------------------------------------------------------------

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|nobody|nothing|nowhere|without|cannot|n['’]t|non"
    r"|nicht|kein\w*|niemals|nie|ohne|ne|pas|jamais|sans|aucun\w*|nunca|jam[aá]s|sin|tampoco|n[aã]o|senza|niet|geen)\b"
    r"|n['’]t\b|(?:没有|不|沒有|未|ない|ません|不是)|\b\u043d\u0435\b|\b\u043d\u0435\u0442\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:lack(?:s|ed|ing)?|fail(?:s|ed|ing|ure)?|refus(?:e|es|ed|al)|den(?:y|ies|ied|ial)|unable|absen(?:t|ce)|hardly"
    r"|barely|rarely|seldom|few|little|instead|rather than|unlikely|impossible|prevent(?:s|ed|ing)?|avoid\w*|reject\w*"
    r"|declin\w*|stop(?:s|ped)?|cease\w*|fals\w*|myth|incorrect|wrong\w*|untrue|ban(?:s|ned)?|prohibit\w*|forb[ai]d\w*"
    r"|except|excluding|against|disput\w*|oppos\w*|exempt\w*|un\w{4,}|in(?:sufficient|ability|adequate|capable|effective)"
    r"|no longer|free of|devoid|zero|doubt\w*|question\w*|contradict\w*|debunk\w*|less|fewer|lower|illegal|but)\b",
    re.IGNORECASE,
)


def negations(text: str) -> list[tuple[int, int]]:
    """Where a text says no: spans of "not", "never" and the like, in a few languages; "not only" is left out."""
    spans = []
    for match in _NEGATION.finditer(text):
        after = text[match.end() : match.end() + 12].lower().lstrip()
        if after.startswith(("only", "just", "merely", "least")) or (
            match.group().lower() == "no" and after[:1] in ".0123456789"
        ):
            continue
        spans.append(match.span())
    return spans


def denies(text: str) -> bool:
    """Whether a text says no in any way, also by words such as "lacks", "refused" or "unable"."""
    return bool(negations(text)) or _DENIAL.search(text) is not None
