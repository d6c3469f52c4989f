"""One browser's conversation: its questions, how far each answer has come, and what its citations point at."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from index.values import Hit, Passage
from qa.values import CLOSEST, Answer, Citation, Stage, Turn
from qa.web.choices import Choices

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question and what has become of it."""

    id: int
    """From 1, in order."""

    question: str
    stage: Stage = "searching"
    text: str = ""
    """The answer so far."""

    standalone: str = ""
    """What is searched for and answered; empty until it is known."""

    answer: Answer | None = None
    """Once it is complete."""

    error: str = ""
    """Why there is no answer, in words for the reader."""

    stopped: bool = False
    """The reader did not want the rest."""

    ahead: int = 0
    """How many questions of others are answered before this one is begun."""

    waited: float | None = None
    """Seconds until there was something to read."""

    good: bool | None = None
    """What the reader thought of the answer; None where they did not say."""

    note: str = ""
    """And why."""

    settings: Mapping[str, str | int | float | None] = field(default_factory=dict)
    """How it was answered: what could explain a difference to another answer."""

    start: str = ""
    """During which start of the server it was asked: what was on its way when another one ended will not come."""

    @property
    def waiting(self) -> bool:
        """Whether more is to come."""
        return self.answer is None and not self.error and not self.stopped


Stale = Mapping[tuple[str, int, int], str]
"""By passage, start and end of a citation: what became of its source, in words; nothing where it is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of one document that the page can open."""

    document: str
    title: str
    page: int | None
    quote: str
    """The document's text from ``start`` to ``end`` when the answer was given."""

    start: int
    end: int
    number: int | None
    """The citation's number; None for a passage that was only close."""


class Conversation:
    """What one browser session has asked. Questions are answered one at a time; stopping comes from another thread.

    No dataclass: Gradio takes those apart, field by field, wherever it meets one.
    """

    def __init__(self) -> None:
        self.id = new_id()
        """Under which it is kept."""
        self.owner = ""
        """Whose it is; empty until somebody's browser said so."""
        self.exchanges: list[Exchange] = []
        """Oldest first."""
        self.choices = Choices()
        """What its reader tries instead of the settings."""
        self.only: tuple[str, ...] = ()
        """Documents that alone are asked; empty for all."""
        self.notice = ""
        """A sentence about the question that was not taken; gone with the next one."""
        self.views = int(1000 * time.time())
        """Grows each time the conversation is shown: tells the later of two views, also after the server was started
        anew, while the page stayed open."""
        self.opened = self.views
        """The same for sources: also tells two openings of the same span apart."""
        self.lists = self.views
        """The same for the lists of conversations and documents."""
        self.header = ""
        """The line above the page as this browser shows it."""
        self.taken = 0
        """How many questions were taken from the box."""
        self.stamp = ""
        """Which state of the library this browser was shown last."""
        self.ticket = ""
        """What this browser must show to add files; empty until it looked at the documents."""
        self.looking = ""
        """The words that its list of documents is searched for."""
        self.runs_seen: tuple[int, int] | None = None
        """Which state of the runs of question sets this browser was shown; None where it never looked."""
        self.runs_problem = ""
        """Why the last thing that was asked of them was not done."""
        self.runs_asked = 0
        """How many question sets this window asked to be run."""
        self.stale: Stale = {}
        """What became of the sources of its answers since they were given."""
        self.rendered: dict[int, tuple[Exchange, Stale, list[str]]] = {}
        """By id what the page shows of an exchange, and of which state of it and of its sources."""
        self.seen = 0
        """How far other windows had gone on with this conversation when this one last looked."""
        self._begun = 0
        self._driven = 0
        self._lock = threading.Lock()

    def __deepcopy__(self, _: object) -> Conversation:
        """Gradio gives each session a copy of the first, empty one; a lock cannot be copied."""
        return Conversation()

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way to this window."""
        return bool(self.exchanges) and self.exchanges[-1].waiting

    def history(self) -> tuple[Turn, ...]:
        """What a follow-up may refer to: each question that got some answer, with that answer."""
        turns: list[Turn] = []
        for exchange in self.exchanges:
            if exchange.text:
                turns.append(Turn(role="user", text=exchange.question))
                turns.append(Turn(role="assistant", text=exchange.text))
        return tuple(turns)

    def begin(self, question: str, kept: Callable[[Exchange], Exchange] = lambda exchange: exchange) -> Exchange:
        """Add a question; ``kept`` may give it another number, above those of the exchanges here."""
        exchange = kept(Exchange(id=self._begun + 1, question=question))
        with self._lock:
            self._begun = self._driven = exchange.id
            self.exchanges.append(exchange)
        return exchange

    def put(self, exchange: Exchange, of: str) -> bool:
        """Replace the exchange of conversation ``of`` with a later state of it; False if the reader stopped it, began
        anew or opened another one, where an exchange of the same id is another question."""
        with self._lock:
            for place, old in enumerate(self.exchanges if of == self.id else ()):
                if old.id == exchange.id and not old.stopped:
                    self.exchanges[place] = exchange
                    return True
        return False

    def stop(self) -> None:
        """Take no more of the answer that is on its way; what has come of it stays."""
        with self._lock:
            if self.busy:
                self.exchanges[-1] = replace(self.exchanges[-1], stopped=True)

    def clear(self) -> None:
        """Begin anew."""
        self.recall(new_id(), ())

    def recall(self, id_: str, exchanges: Sequence[Exchange]) -> None:
        """Go on with one that was kept."""
        with self._lock:
            self.id = id_
            self.exchanges = list(exchanges)
            self._begun = max([self._begun, *(exchange.id for exchange in exchanges)])
            self.rendered = {}
            self.notice = ""

    def catch_up(self, exchanges: Sequence[Exchange]) -> None:
        """Take in what other windows have made of this conversation. What this one is answering it knows better."""
        with self._lock:
            own = {each.id: each for each in self.exchanges if each.id == self._driven and each.waiting}
            self.exchanges = [own.get(each.id, each) for each in exchanges]
            self._begun = max([self._begun, *(exchange.id for exchange in exchanges)])

    def take_back(self, first: int) -> None:
        """Forget the exchange of this id and those after it."""
        with self._lock:
            self.exchanges = [exchange for exchange in self.exchanges if exchange.id < first]

    def rate(self, exchange: str, good: bool | None, note: str) -> Exchange | None:
        """Note what the reader thinks of an answer, or nothing any more; None where there is no such one."""
        with self._lock:
            for place, old in enumerate(self.exchanges):
                if str(old.id) == exchange and old.answer is not None:
                    self.exchanges[place] = replace(old, good=good, note=note)
                    return self.exchanges[place]
        return None

    def span(self, target: str) -> Span | None:
        """What ``target``, as one of the functions below made it, points at; None if nothing (any more)."""
        first, _, rest = target.partition(".")
        answer = next((e.answer for e in self.exchanges if str(e.id) == first), None)
        if answer is None:
            return None
        for name, citation in citations_of(answer):
            if name == rest:
                return _span(citation.passage, citation.quote, citation.start, citation.end, citation.number)
        for place, hit in enumerate(closest(answer)):
            if f"h{place}" == rest:
                return _span(hit.passage, hit.passage.text, hit.passage.start, hit.passage.end, None)
        return None


def new_id() -> str:
    """An id for a conversation that nobody guesses."""
    return secrets.token_urlsafe(12)


def citation_target(exchange: Exchange, citation: Citation) -> str:
    """The name under which the page asks for a citation in the list below an answer."""
    return f"{exchange.id}.c{citation.number}"


def sentence_target(exchange: Exchange, sentence: int, citation: Citation) -> str:
    """The name of a citation in a sentence. The same number has another span in another sentence."""
    return f"{exchange.id}.s{sentence}.{citation.number}"


def hit_target(exchange: Exchange, place: int) -> str:
    """The name of one of the passages listed with a refusal."""
    return f"{exchange.id}.h{place}"


def closest(answer: Answer) -> tuple[Hit, ...]:
    """The passages listed with a refusal."""
    return () if answer.found else answer.hits[:CLOSEST]


def citations_of(answer: Answer) -> Iterator[tuple[str, Citation]]:
    """Every citation of an answer, those of its sentences too, with the end of its target's name."""
    for citation in answer.citations:
        yield f"c{citation.number}", citation
    for place, sentence in enumerate(answer.sentences):
        for citation in sentence.citations:
            yield f"s{place}.{citation.number}", citation


def _span(passage: Passage, quote: str, start: int, end: int, number: int | None) -> Span:
    return Span(
        document=passage.document,
        title=passage.title,
        page=passage.page,
        quote=quote,
        start=start,
        end=end,
        number=number,
    )
