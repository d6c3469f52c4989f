"""Somebody who asks about an attacking document, and what the page then shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from index import Library
from qa.chat import Chat
from qa.model import Model, OpenAIModel
from qa.settings import QASettings
from qa.values import Answer, Turn
from qa.web import render, source_view
from qa.web.conversation import Exchange, Span
from qa.web.source import open_window
from tests.attacks.attacks import BENIGN, QUESTION, Attack
from tests.attacks.models import Obedient
from tests.model_server import ModelServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one question."""

    answer: Answer
    html: tuple[str, ...]
    """Each state that the page went through, whole, and at the end the sources that it opens."""

    requests: tuple[dict[str, Any], ...]
    """What the model was sent."""


class Victim:
    """Asks one model over HTTP."""

    def __init__(self, server: ModelServer, reply: Obedient, model: Model) -> None:
        self.reply = reply
        self._server = server
        self._model = model
        self._outcomes: dict[tuple[str, str, tuple[Turn, ...]], Outcome] = {}

    def ask(
        self, library: Library, attack: Attack, question: str = QUESTION, history: tuple[Turn, ...] = ()
    ) -> Outcome:
        """The answer from the attacking document and the honest one; the same question is asked only once."""
        key = (attack.name, question, history)
        if key not in self._outcomes:
            self._outcomes[key] = self._ask(library, attack, question, history)
        return self._outcomes[key]

    def _ask(self, library: Library, attack: Attack, question: str, history: tuple[Turn, ...]) -> Outcome:
        before = len(self._server.requests)
        answer, html = read(library, attack, self._model, question, history)
        requests = tuple(request.body for request in self._server.requests[before:])
        return Outcome(answer=answer, html=html, requests=requests)


@contextmanager
def victim(reply: Obedient) -> Iterator[Victim]:
    with ModelServer(reply=reply) as server:
        model = OpenAIModel("scripted", base_url=server.url, timeout=30, max_retries=0)
        try:
            yield Victim(server, reply, model)
        finally:
            model.close()


def read(
    library: Library, attack: Attack, model: Model | None, question: str = QUESTION, history: Sequence[Turn] = ()
) -> tuple[Answer, tuple[str, ...]]:
    """The answer, and everything that the page shows on the way and when each citation is clicked."""
    chat = Chat(library, settings=QASettings(_env_file=None), model=model, history=history)
    html: list[str] = []
    exchange = Exchange(id=1, question=question)
    for update in chat.updates(question, documents=[literal(attack.file), literal(attack.file) + "#*", BENIGN]):
        exchange = replace(exchange, stage=update.stage, text=update.text, answer=update.answer)
        html.append("".join(render.exchange_parts(exchange)))
    (answer,) = chat.answers
    for citation in answer.citations:
        passage = citation.passage
        span = Span(
            document=passage.document,
            title=passage.title,
            page=passage.page,
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            number=citation.number,
        )
        html.append(source_view.source(open_window(library, span)))
    return answer, tuple(html)


def literal(name: str) -> str:
    """A file's name as a pattern that matches it and nothing else."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
