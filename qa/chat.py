"""A conversation: a follow-up becomes one standalone question, and then takes the same road as any other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Self

from index import Library
from qa import prompts
from qa.answer import answering, checked, fits
from qa.errors import BadModelReply, ModelUnavailable, QuestionTooLong
from qa.followup import standalone_by_rules
from qa.hostile import reads_like_instructions, without_unseen
from qa.model import Model, OpenAIModel, complete
from qa.settings import QASettings, load_settings
from qa.values import Answer, Turn, Update

_REMEMBERED = 8
"""Turns of the history that a model sees when it rewrites a question."""

_LONGEST_BEFORE = 300
"""Characters of the question before that are added to one that leans on it."""

_LABEL = re.compile(
    r"\W*(?:(?:the|here is the|standalone|stand-alone|rewritten|rephrased|reformulated|last|new|final"
    r"|eigenständige|umformulierte) )*"
    r"(?:question|query|frage|pregunta|domanda|pergunta|vraag)\W*:[\s*\"\u201c\u201e]*",
    re.IGNORECASE,
)
"""What models write before a question although they were asked for nothing else."""

_ASKING = re.compile("[?\uff1f\u061f\u037e]")


class Chat:
    """A conversation over one library.

        chat = Chat(library)
        for piece in chat.stream("How many soldiers?"):
            print(piece, end="")
        chat.ask("Who reported it?").citations

    Without ``model`` the settings decide: a model where one is configured, quoted sentences otherwise.
    """

    def __init__(
        self,
        library: Library,
        *,
        settings: QASettings | None = None,
        model: Model | None = None,
        history: Sequence[Turn] = (),
    ) -> None:
        self._library = library
        self._settings = settings or load_settings()
        self._model = model
        self._own: Model | None = None  # made here, so closed here
        if model is None and self._settings.has_model:
            self._model = self._own = OpenAIModel.from_settings(self._settings)
        self._history = list(history)
        self._answers: list[Answer] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections to a model that the settings name. A later question makes new ones."""
        if self._own is not None:
            self._own.close()

    @property
    def history(self) -> tuple[Turn, ...]:
        """What was said so far."""
        return tuple(self._history)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers given by this object, oldest first."""
        return tuple(self._answers)

    def ask(
        self, question: str, *, standalone: str | None = None, documents: str | Sequence[str] | None = None
    ) -> Answer:
        """The answer, once it is complete.

        Args:
            question: as it was said, and as the next one will refer to it.
            standalone: what to search for, and answer, instead of what the conversation makes of the question.
            documents: names or patterns of the documents to draw on; None for all.

        Raises:
            QAError: the question cannot be taken, or the model failed before it said anything.
            LibraryError: the library cannot be searched.
        """
        for update in self.updates(question, standalone=standalone, documents=documents):
            if update.answer is not None:
                return update.answer
        raise AssertionError("the last update holds the answer")

    def stream(
        self, question: str, *, standalone: str | None = None, documents: str | Sequence[str] | None = None
    ) -> Iterator[str]:
        """The answer's text in pieces that join to ``answers[-1].text``.

        Where a piece turns out to be none of it, such as a model's thoughts, the whole text follows below a blank line.
        """
        said = ""
        for update in self.updates(question, standalone=standalone, documents=documents):
            more = update.text.removeprefix(said) if update.text.startswith(said) else f"\n\n{update.text}"
            said = update.text
            if more:
                yield more

    def updates(
        self, question: str, *, standalone: str | None = None, documents: str | Sequence[str] | None = None
    ) -> Iterator[Update]:
        """The answer on its way: searching, reading, writing, done. The last update holds the answer."""
        question = checked(question, self._settings)
        alone, down = (checked(standalone, self._settings), "") if standalone else self._standalone(question)
        for update in answering(
            question,
            alone,
            self._library,
            model=self._model,
            settings=self._settings,
            documents=documents,
            down=down,
        ):
            if update.answer is not None:
                self._history += [
                    Turn(role="user", text=question),
                    Turn(role="assistant", text=update.answer.text),
                ]
                self._answers.append(update.answer)
            yield replace(update, standalone_question=alone)

    def _standalone(self, question: str) -> tuple[str, str]:
        """The question as it can be understood alone, and why the model need not be asked for the answer, if so."""
        if not self._history:
            return question, ""
        down = ""
        try:
            rewritten = self._rewritten(question)
            if _is_question(rewritten, question, self._settings):
                return rewritten, ""
        except (BadModelReply, QuestionTooLong):
            pass  # the answer's own call will say what is wrong, if it still is
        except ModelUnavailable as exc:
            # Nothing came, however long it was waited for: nobody should wait for that twice.
            down = "" if exc.partial else str(exc)
        history = list(self._history)
        if self._answers:
            # What the question before stood for, so that the third in a row still knows what the first was about.
            alone = self._answers[-1].standalone_question[:_LONGEST_BEFORE]
            history.append(Turn(role="user", text=alone))
        return standalone_by_rules(question, history), down

    def _rewritten(self, question: str) -> str:
        """The question in the model's words, on one line; empty without a model, or where its window is too small."""
        if self._model is None:
            return ""
        for turns in range(min(_REMEMBERED, len(self._history)), 0, -1):
            messages = prompts.standalone_messages(question, self._history[-turns:])
            if fits(messages, self._library, self._settings.context_tokens):
                said = " ".join(complete(self._model, messages).split())
                return _LABEL.sub("", said, count=1).strip(' *"\u201c\u201d\u201e') if _LABEL.match(said) else said
        return ""


def _is_question(rewritten: str, question: str, settings: QASettings) -> bool:
    """Whether a model's rewriting can be asked: an answer before it may have told the model to write something else,
    and some models answer a question that they are to rewrite."""
    return (
        0 < len(rewritten) <= settings.max_question
        and (_ASKING.search(rewritten) is not None or _ASKING.search(question) is None)
        and "://" not in rewritten
        and without_unseen(rewritten) == rewritten
        and not reads_like_instructions(rewritten)
    )


def ask(
    question: str,
    library: Library,
    *,
    settings: QASettings | None = None,
    model: Model | None = None,
    documents: str | Sequence[str] | None = None,
) -> Answer:
    """Answer one question from the library's documents.

    Args:
        question: in any language.
        library: an open library.
        settings: from the environment where left out.
        model: what writes the answer; where left out, the configured one, or quoted sentences without one.
        documents: names or patterns of the documents to draw on; None for all.

    Raises:
        QAError: the question cannot be taken, or the model failed.
        LibraryError: the library cannot be searched.
    """
    with Chat(library, settings=settings, model=model) as chat:
        return chat.ask(question, documents=documents)
