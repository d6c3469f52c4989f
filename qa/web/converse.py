"""Answering one question within a conversation, step by step."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from index.errors import LibraryError
from index.library import Library
from index.text import whole_characters
from qa.answer import checked
from qa.chat import Chat
from qa.errors import EmptyQuestion, QAError, QuestionTooLong
from qa.model import Model
from qa.settings import QASettings
from qa.web.conversation import Conversation, Exchange
from qa.web.keeper import Keeper
from qa.web.line import Line
from qa.web.pump import pumped

_log = logging.getLogger(__name__)

_PACE = 0.05
"""Seconds between two states of a growing answer for each that is on its way: many readers together would cost more
than anybody sees."""

_FASTEST, _SLOWEST = 0.06, 0.5
"""And at least and at most so many."""

_KEPT = 1.0
"""Seconds between two states of a growing answer that are kept on disk."""

_IDLE = 0.5
"""Seconds without news until the last state is given again."""

_UNEXPECTED = "Something went wrong inside Footnote. Ask again; if it happens again, Footnote's terminal says why."
_BUSY = "An answer is still being written. Wait for it, or stop it first."


def converse(
    conversation: Conversation,
    question: str,
    library: Library,
    settings: QASettings,
    model: Model | None,
    *,
    line: Line,
    alone: bool = False,
    keeper: Keeper | None = None,
) -> Iterator[Exchange | None]:
    """Answer one question within the conversation; yields each time that something changed, and now and then besides:
    only between two steps can whoever takes them leave. A question that stands ``alone`` is searched for as it is.

    Yields None where the question is not taken: then ``conversation.notice`` says why. Nothing is raised: what goes
    wrong is written into the exchange, for the reader. ``keeper`` is given each state that is worth keeping.
    """
    conversation.notice = ""
    if conversation.busy:
        conversation.notice = _BUSY
        yield None
        return
    try:
        # A browser may hand over half a character, which nothing below takes.
        question = checked(whole_characters(question), settings)
    except (EmptyQuestion, QuestionTooLong) as exc:
        conversation.notice = str(exc)
        yield None
        return
    history, of = conversation.history(), conversation.id
    keep: Callable[[Exchange], None] = keeper.keep if keeper is not None else lambda _: None
    exchange = conversation.begin(question, keeper.begin) if keeper is not None else conversation.begin(question)
    began = kept = time.monotonic()
    try:
        yield exchange
        with line.place() as place:
            while ahead := place.ahead(_IDLE):
                exchange = replace(exchange, ahead=ahead)
                if not conversation.put(exchange, of):
                    return
                yield exchange
            exchange = replace(exchange, ahead=0)
            chat = Chat(library, settings=settings, model=model, history=history)
            only = conversation.only or None
            with pumped(chat.updates(question, standalone=question if alone else None, documents=only)) as updates:
                while exchange.answer is None:
                    update = updates.take(_IDLE)
                    if update is not None:
                        exchange = replace(
                            exchange,
                            stage=update.stage,
                            text=update.text,
                            standalone=update.standalone_question,
                            answer=update.answer,
                            waited=_waited(exchange, update.text, began),
                        )
                    if not conversation.put(exchange, of):
                        return
                    if exchange.answer is not None or time.monotonic() - kept > _KEPT:
                        kept = time.monotonic()
                        keep(exchange)
                    yield exchange
                    if exchange.stage == "writing":
                        time.sleep(min(_SLOWEST, max(_FASTEST, _PACE * line.length)))
    except (QAError, LibraryError) as exc:
        exchange = replace(exchange, error=str(exc))
    except Exception:
        _log.exception("While answering a question")
        exchange = replace(exchange, error=_UNEXPECTED)
    finally:
        if exchange.waiting:  # whoever asked has gone, or stopped it
            exchange = replace(exchange, stopped=True)
            conversation.put(exchange, of)
            keep(exchange)
    if exchange.error and conversation.put(exchange, of):
        keep(exchange)
        yield exchange


def _waited(exchange: Exchange, text: str, began: float) -> float | None:
    return time.monotonic() - began if text and exchange.waited is None else exchange.waited
