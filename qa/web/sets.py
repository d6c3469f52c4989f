"""What the page does with question sets: run one, watch it, list the reports."""

from __future__ import annotations

from base64 import b64decode
from typing import Any, TypedDict

import gradio as gr

from qa.errors import QAError
from qa.web import render
from qa.web.conversation import Conversation
from qa.web.page import Page, owner_of, told
from qa.web.run_list import run_list, under_way
from qa.web.runs import Runs


class SetsView(TypedDict):
    """The list as the page's script takes it."""

    html: str
    running: list[str]
    """How far the run is that this person has started, piece by piece; empty where none is."""

    asked: int
    """How many sets this window had asked to be run, as far as this list knows: one that knows less comes too late."""


class QuestionSets:
    """The panel of question sets; each person sees their own runs."""

    def __init__(self, page: Page, runs: Runs) -> None:
        self._page = page
        self._runs = runs

    def look(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> SetsView:
        """The runs there are; what was wrong with a set that was chosen since then is still said."""
        conversation.owner = owner_of(request)
        is_late = _asked(event) < conversation.runs_asked
        return self._view(conversation, conversation.runs_problem if is_late else "")

    def start(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> SetsView:
        """Run a question set with answers as this reader tries them."""
        conversation.owner = owner_of(request)
        conversation.runs_asked = max(conversation.runs_asked, _asked(event))
        settings, _ = self._page.asked_with(conversation)
        try:
            self._runs.start(conversation.owner, told(event, "name"), _bytes(told(event, "data")), settings)
        except QAError as exc:
            return self._view(conversation, str(exc))
        return self._view(conversation)

    def stop(self, conversation: Conversation, request: gr.Request) -> SetsView:
        """No more of the run that is under way."""
        conversation.owner = owner_of(request)
        self._runs.stop(conversation.owner)
        return self._view(conversation)

    def remove(self, conversation: Conversation, event: gr.EventData, request: gr.Request) -> SetsView:
        """Forget a run."""
        conversation.owner = owner_of(request)
        try:
            self._runs.remove(conversation.owner, told(event, "run"))
        except QAError as exc:
            return self._view(conversation, str(exc))
        return self._view(conversation)

    def follow(self, conversation: Conversation) -> Any:
        """The list, where somebody who looked at it would see something else now."""
        if conversation.runs_seen is None:
            return gr.skip()
        if conversation.runs_seen == self._seen(conversation):
            return gr.skip()
        return self._view(conversation, conversation.runs_problem)

    def _seen(self, conversation: Conversation) -> tuple[int, int]:
        current = self._runs.under_way(conversation.owner)
        return self._runs.version, -1 if current is None else current[1].done if current[1] is not None else 0

    def _view(self, conversation: Conversation, problem: str = "") -> SetsView:
        conversation.runs_seen = self._seen(conversation)
        conversation.runs_problem = problem
        current = self._runs.under_way(conversation.owner)
        return SetsView(
            html=render.notice(problem) + run_list(self._runs.listed(conversation.owner)),
            running=[] if current is None else under_way(*current),
            asked=conversation.runs_asked,
        )


def _asked(event: gr.EventData) -> int:
    data = event._data
    value = data.get("asked") if isinstance(data, dict) else None
    return value if isinstance(value, int) else 0


def _bytes(data: str) -> bytes:
    try:
        return b64decode(data, validate=True)
    except ValueError as exc:
        raise QAError("The question set did not come in whole. Choose it again.") from exc
