"""Which sentences of an answer say something that a source should carry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.sentences import sentence_spans
from qa.refusal import is_refusal

MARKER = re.compile(r"\s*(?:\[[\d,;\s–-]{1,20}\]|【[\d,;\s–-]{1,20}】)")
"""A citation marker, with the space before it."""

_GREETING = re.compile(
    r"(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|welcome|dear \w+|thanks?(?: you)?(?: (?:so|very) much)?"
    r"|you(?:'|’)?re welcome|you are welcome|sure(?: thing)?|of course|certainly|absolutely|okay|ok|great question"
    r"|good question|no problem|happy to help|glad to help|hope (?:this|that) helps|i hope (?:this|that) (?:helps|is"
    r" helpful)|let me know if .{0,80}|feel free to ask.{0,60}|is there anything else.{0,60}|bye|goodbye"
    r"|hallo|guten (?:morgen|tag|abend)|danke(?: schön)?|gern(?:e)?(?: geschehen)?|bonjour|bonsoir|merci(?: beaucoup)?"
    r"|de rien|hola|buenos d[ií]as|gracias|de nada|ciao|buongiorno|grazie|prego|ol[aá]|obrigad[oa])"
    r"(?:[ ,]+(?:there|everyone|all|again|and welcome|for (?:asking|your question|the question)))*",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"(?:(?:sure|of course|certainly|okay|ok)[,!.]? )?(?:here (?:is|are)|here['’]s|below (?:is|are)"
    r"|the following (?:is|are)|this is)"
    r" (?:a |an |the |some |my |your |what )?(?:short |brief |quick |concise |main |key |\w+ )?(?:summary|overview"
    r"|answer|list|points?|steps|details|information|breakdown|explanation|facts|results?|i found"
    r"|the (?:documents|sources) say)"
    r"(?: (?:of|on|about|from|based on|to|for) .{0,80})?",
    re.IGNORECASE,
)
_ABOUT_ITSELF = re.compile(
    r"(?:in (?:summary|short|conclusion|brief|other words)|to (?:summari[sz]e|sum up)|based on the (?:\w+ )?"
    r"(?:documents?|sources?|passages?|context|information)(?: (?:provided|given|above|cited|shown))?"
    r"|according to the (?:\w+ )?"
    r"(?:documents?|sources?|passages?))",
    re.IGNORECASE,
)
_DECORATION = " \t\n*_#>•-–—·:;.,!…\u3002\uff01'\"“”‘’()[]"
_QUESTION = ("?", "\uff1f", "\u061f")
_FENCE = re.compile(r"(?:```|~~~)\S*")
_HEAD = re.compile(r"^[ \t]*\|[^\n]*\n(?=[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$)", re.MULTILINE)
_LIST_MARK = re.compile(r"\s*(?:[-*+•]\s+|\(?\d{1,3}[.)]\s+)")


def needs_support(sentence: str) -> bool:
    """Whether a sentence says something that a source should carry.

    Greetings, refusals, questions, headings, lines that only lead in what follows or begin a stretch of code, and text
    without a letter or a figure need none.
    """
    text = MARKER.sub("", sentence).strip()
    if not any(mark.isalnum() for mark in text) or _FENCE.fullmatch(text):
        return False
    if is_refusal(text) or (text.endswith(_QUESTION) and not any(_statements(text))):
        return False
    if text.startswith("#") and "\n" not in text:
        return False
    bare = _LIST_MARK.sub("", text).strip(_DECORATION)
    if not bare or re.fullmatch(r"\(?\d{1,3}[.)]", text):
        return False
    if any(pattern.fullmatch(bare) for pattern in (_GREETING, _LEAD_IN, _ABOUT_ITSELF)):
        return False
    if _LIST_MARK.match(text):
        return True
    is_bold = re.fullmatch(r"(\*\*|__)[^*_\n]{1,80}\1:?", text) is not None
    closed = text.rstrip("*_ ")
    return not (is_bold or (closed.endswith((":", "\uff1a")) and len(text) <= 160 and not any(_statements(closed))))


def table_heads(text: str) -> list[tuple[int, int]]:
    """Start and end of the lines above the bars of Markdown tables: they name columns and say nothing."""
    return [match.span() for match in _HEAD.finditer(text)]


def _statements(text: str) -> Iterator[str]:
    """The sentences before the last one that are no questions."""
    for start, end in sentence_spans(text)[:-1]:
        if not text[start:end].rstrip().endswith(_QUESTION):
            yield text[start:end]
