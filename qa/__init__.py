"""A question to a cited answer.

from index import Library
from qa import Chat, ask

with Library.open() as library:
    answer = ask("How many soldiers could the deployment grow to?", library)
    for citation in answer.citations:
        print(citation.number, citation.passage.document, citation.quote)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.chat import Chat, ask
    from qa.errors import (
        BadModelReply,
        BadQuestionSet,
        EmptyQuestion,
        ModelRefusedKey,
        ModelUnavailable,
        QAError,
        QuestionTooLong,
    )
    from qa.evaluation import evaluate
    from qa.support import check_support
    from qa.values import Answer, Citation, Sentence, Support, Tokens, Turn, Update

__all__ = [
    "Answer",
    "BadModelReply",
    "BadQuestionSet",
    "Chat",
    "Citation",
    "EmptyQuestion",
    "ModelRefusedKey",
    "ModelUnavailable",
    "QAError",
    "QuestionTooLong",
    "Sentence",
    "Support",
    "Tokens",
    "Turn",
    "Update",
    "ask",
    "check_support",
    "evaluate",
]

# Each name is fetched from its module when it is first used: `footnote --help` needs none of them.
_MODULES = {
    "Chat": "qa.chat",
    "ask": "qa.chat",
    "BadModelReply": "qa.errors",
    "BadQuestionSet": "qa.errors",
    "EmptyQuestion": "qa.errors",
    "ModelRefusedKey": "qa.errors",
    "ModelUnavailable": "qa.errors",
    "QAError": "qa.errors",
    "QuestionTooLong": "qa.errors",
    "check_support": "qa.support",
    "evaluate": "qa.evaluation",
    "Answer": "qa.values",
    "Citation": "qa.values",
    "Sentence": "qa.values",
    "Support": "qa.values",
    "Tokens": "qa.values",
    "Turn": "qa.values",
    "Update": "qa.values",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
