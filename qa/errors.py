"""What can go wrong with a question.

    QAError
      ModelUnavailable      not reached, timed out, overloaded, or the reply broke off
      ModelRefusedKey       the key is wrong or may not use the model
      QuestionTooLong       over the limit
      EmptyQuestion         nothing was asked
      BadModelReply         the reply is not in the form it was asked for
      BadQuestionSet        a question set that cannot be run

Each message says what happened, about what, and what to do next; the command line and the page print it as it stands.
"""

from __future__ import annotations


def why(error: Exception) -> str:
    """Any error on one line, with its kind in front."""
    said = " ".join(str(error).split())[:500]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


class QAError(Exception):
    """Base of every error that asking raises on purpose: ``except QAError`` catches them all."""


class ModelUnavailable(QAError):
    """The model did not answer, or stopped before its reply was complete."""

    def __init__(self, message: str, *, retry_after: float | None = None, partial: str = "") -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds the server asked to wait, None where it did not say."""
        self.partial = partial
        """What had arrived before the reply broke off."""


class ModelRefusedKey(QAError):
    """The server does not accept the key, or the key may not use this model."""


class QuestionTooLong(QAError):
    """The question is longer than the limit."""


class EmptyQuestion(QAError):
    """There is nothing to answer."""


class BadModelReply(QAError):
    """The model replied, but not in the form it was asked for."""

    def __init__(self, message: str, *, raw: str) -> None:
        super().__init__(message)
        self.raw = raw
        """The reply as it came."""


class BadQuestionSet(QAError):
    """A question set, or one of its lines, that cannot be run."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        """1-based line number, None where the whole file is meant."""
