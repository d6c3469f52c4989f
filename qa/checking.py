"""What is wrong with a question set: with its lines, and with what they say of the documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from index import Document, Library
from index.errors import LibraryError
from qa.accepted import gives, is_left, normalised
from qa.alike import Alike, words_of
from qa.documents import Documents
from qa.evidence import locate
from qa.facts import word_set
from qa.numbers import has_number, numbers
from qa.questions import BadLine, Evidence, Question, each_question

_SHOWN = 80
"""Characters of a quote or an answer that a finding names."""

_SAID_ENOUGH = 0.5
"""Share of an answer's words from which on it says in other words what its evidence does."""

_NEARLY = 0.99
"""Where all of an answer's words are there, and not as one answer."""

_JUDGING = word_set("yes no true false maybe ja nein oui non sí si")
"""Answers that no evidence holds word for word."""

_SMALL = word_set("a an the of in on at to for by with and or is are was were be it its as from that this")

_UNIT = re.compile(r"\A[-\s]?\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about one line of a question set."""

    line: int
    """1-based."""

    id: str | None
    """Of the question; None where the line is none."""

    kind: str
    """A word for programs, such as ``quote-not-found``."""

    is_error: bool
    """What spoils the scores of a run; else a hint, for a person to look at."""

    what: str
    next: str
    """What to do about it."""

    def __str__(self) -> str:
        who = "" if self.id is None else f" {self.id!r}"
        return f"line {self.line}{who}: {'' if self.is_error else 'hint: '}{self.what}. {self.next}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found."""

    questions: int
    findings: tuple[Finding, ...]
    """In the order of the lines."""

    @property
    def errors(self) -> int:
        return sum(each.is_error for each in self.findings)

    @property
    def hints(self) -> int:
        return len(self.findings) - self.errors


def check_questions(
    path: str | Path, library: Library | None = None, *, progress: Callable[[int], None] | None = None
) -> Checked:
    """Read a question set as a run would, and look each piece of evidence up.

    Args:
        path: a file with one JSON object a line (see ``qa.questions``), of any size.
        library: where the evidence is looked up; without one only the file itself is checked.
        progress: called with the number of lines after each.

    Raises:
        BadQuestionSet: the file cannot be read, or is empty.
        LibraryError: the library cannot be opened.
    """
    documents = None if library is None else Documents(library)
    repeats = _Repeats()
    findings: list[Finding] = []
    questions = 0
    for line, each in each_question(path):
        if isinstance(each, BadLine):
            findings.append(_bad_line(each))
        else:
            questions += 1
            findings += repeats.of(line, each)
            findings += _about(line, each, documents)
        if progress is not None:
            progress(line)
    return Checked(questions=questions, findings=tuple(findings))


def _bad_line(bad: BadLine) -> Finding:
    repeated = bad.reason.startswith('the "id"')
    return Finding(
        line=bad.line,
        id=None,
        kind="repeated-id" if repeated else "bad-line",
        is_error=True,
        what=bad.reason,
        next="Give it an id of its own." if repeated else "Correct the line, or take it out.",
    )


class _Repeats:
    """Which questions of a set come again. Keeps a few bytes of each."""

    def __init__(self) -> None:
        self._asked: dict[bytes, tuple[int, bytes, frozenset[bytes]]] = {}
        """By question: the line that asked it first, what it expected, and the answers that it accepts."""

        self._alike = Alike()

    def of(self, line: int, question: Question) -> Iterator[Finding]:
        before = [turn.text for turn in question.history]
        expected = (question.answerable, sorted({each.document for each in question.evidence}))
        answers = frozenset(_digest(normalised(answer) or answer) for answer in question.answers)
        first, known, accepted = self._asked.setdefault(
            _digest("\n".join(" ".join(words_of(text)) for text in (*before, question.question))),
            (line, _digest(repr(expected)), answers),
        )
        # One that cannot be answered is meant to be near others.
        near = self._alike.earlier(question.question, line) if question.answerable and not before else None
        kind, what, next = "", "", ""
        if first != line and known == _digest(repr(expected)) and accepted and answers and not accepted & answers:
            kind, what = "conflicting-answers", f"line {first} asks the same and accepts none of its answers"
            next = "Correct one of them, or give both all right answers: no answer is right in both as they are."
        elif first != line and known == _digest(repr(expected)):
            kind, what = "repeated-question", f"the question was asked by line {first} already"
            next = "Take one of the two out: it would count twice."
        elif first != line:
            kind, what = "same-question", f"line {first} asks the same and expects something else"
            next = "Put into both what tells them apart: a search cannot know which is meant."
        elif near is not None:
            kind, what = "similar-question", f"the question is nearly that of line {near}"
            next = "See whether both are needed."
        if kind:
            is_error = kind in ("repeated-question", "conflicting-answers")
            yield Finding(line=line, id=question.id, kind=kind, is_error=is_error, what=what, next=next)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _about(line: int, question: Question, documents: Documents | None) -> Iterator[Finding]:
    def finding(kind: str, what: str, next: str, *, is_error: bool = True) -> Finding:
        return Finding(line=line, id=question.id, kind=kind, is_error=is_error, what=what, next=next)

    if not question.answerable:
        if question.answers:
            yield finding(
                "answers-though-unanswerable",
                'it has answers and is marked "answerable": false',
                "Take the answers out, or the mark.",
            )
    elif not question.evidence and not question.answers:
        yield finding(
            "nothing-expected",
            "it has neither evidence nor answers",
            'Say what is right: nothing can be scored. If the documents do not answer it, set "answerable" to false.',
        )
    elif not question.evidence:
        yield finding("no-evidence", "it has no evidence", "Say where its answer stands.", is_error=False)
    elif not question.answers:
        yield finding("no-answers", "it has no answers", "Say which are right.", is_error=False)
    if question.answers and not any(map(is_left, question.answers)):
        yield finding(
            "answer-of-articles",
            f"nothing but articles and signs is in its answer {_short(question.answers[0])}",
            "It is looked for to the letter; a longer one, such as the words around it, is told more surely.",
            is_error=False,
        )
    texts: list[str] = []
    for evidence in question.evidence:
        found = _Looked(evidence, documents)
        for kind, what, next, is_error in found.wrong():
            yield finding(kind, what, next, is_error=is_error)
        if found.text is not None:
            texts.append(found.text)
    # Evidence that is a whole document, or whose text is unknown, may hold any answer.
    if question.answerable and question.answers and texts and len(texts) == len(question.evidence):
        whole = "\n".join(texts)
        share = max(said_in(answer, whole) for answer in question.answers)
        if share < 1:
            short = _short(question.answers[0])
            if share >= _SAID_ENOUGH:
                kind, what = "answer-in-other-words", f"its answer {short} is not in the evidence word for word"
                next = "See whether the quote says it."
            elif any(map(numbers, question.answers)) and len(numbers(whole)) > 1:
                kind, what = "answer-worked-out", f"the number of its answer {short} is not in the evidence"
                next = "See whether it follows from the numbers that are."
            else:
                kind, what = "answer-not-in-evidence", f"its answer {short} is not in the evidence"
                next = "Correct the answer, or quote the place that holds it."
            yield finding(kind, what, next, is_error=kind == "answer-not-in-evidence")


class _Looked:
    """One piece of evidence beside its document."""

    def __init__(self, evidence: Evidence, documents: Documents | None) -> None:
        self._evidence = evidence
        self.text = evidence.quote
        """What the evidence says; None where it names no more than a document."""

        self._found: list[tuple[str, str, str, bool]] = []
        if documents is not None:
            try:
                self._look([documents.document(name) for name in sorted(documents.names.matching(evidence.document))])
            except LibraryError as exc:
                self._say("document-unread", f"its document could not be read ({exc})", "Run `footnote check`.")

    def wrong(self) -> list[tuple[str, str, str, bool]]:
        """Kind, what, what next, and whether it is an error."""
        return self._found

    def _say(self, kind: str, what: str, next: str, *, is_error: bool = True) -> None:
        self._found.append((kind, what, next, is_error))

    def _look(self, documents: list[Document]) -> None:
        evidence = self._evidence
        if not documents:
            self._say(
                "unknown-document",
                f"the library holds no document {evidence.document!r}",
                "Name one as `footnote status --documents` does, or sync the folder that holds it.",
            )
            return
        named = f"{evidence.document!r}"
        if evidence.start is not None and evidence.end is not None:
            spans = [(each, [(evidence.start, evidence.end)]) for each in documents if evidence.end <= len(each.text)]
            if not spans:
                longest = max(len(each.text) for each in documents)
                self._say(
                    "outside-document",
                    f"its offsets {evidence.start} to {evidence.end} end outside of {named} ({longest:,} characters)",
                    "Count characters of the text that is read from the file, from 0.",
                )
                return
            if evidence.quote is None:
                self.text = spans[0][0].text[evidence.start : evidence.end]
            elif not any(_same(each.text[evidence.start : evidence.end], evidence.quote) for each, _ in spans):
                self._misplaced(documents)
                return
        elif evidence.quote is not None:
            spans = [(each, places) for each in documents if (places := _places(evidence.quote, each.text))]
            if not spans:
                self._say(
                    "quote-not-found",
                    f"its quote {_short(evidence.quote)} is not in {named}",
                    "Copy it from the document's text.",
                )
                return
        else:
            spans = []
        if evidence.page is not None:
            self._page(evidence.page, documents, spans)

    def _misplaced(self, documents: list[Document]) -> None:
        evidence = self._evidence
        at = next((places[0] for each in documents if (places := _places(evidence.quote or "", each.text))), None)
        if at is None:
            self._say(
                "quote-not-found",
                f"its quote {_short(evidence.quote or '')} is not in {evidence.document!r}, and not at its offsets",
                "Copy it from the document's text.",
            )
        else:
            self._say(
                "offsets-not-quote",
                f"what stands at {evidence.start} to {evidence.end} of {evidence.document!r} is not its quote",
                f"Set start and end to {at[0]} and {at[1]}, or leave them out.",
            )

    def _page(self, page: int, documents: list[Document], spans: list[tuple[Document, list[tuple[int, int]]]]) -> None:
        if not any(each.pages for each in documents):
            self._say(
                "no-pages",
                f"it names page {page}, and {self._evidence.document!r} has no pages",
                "Leave the page out.",
                is_error=False,
            )
        elif all(page > len(each.pages) for each in documents):
            most = max(len(each.pages) for each in documents)
            self._say(
                "outside-document",
                f"it names page {page} of {self._evidence.document!r}, which has {most}",
                "Count pages from 1, as the file has them.",
            )
        elif spans:
            pages = sorted({on for each, places in spans for start, end in places for on in _pages(each, start, end)})
            if page not in pages:
                self._say(
                    "other-page",
                    f"its quote is not on page {page} of {self._evidence.document!r} but on {_listed(pages)}",
                    "Correct the page, or the quote.",
                )


def _pages(document: Document, start: int, end: int) -> range:
    first, last = document.page_at(start), document.page_at(end - 1)
    return range(0) if first is None or last is None else range(first, last + 1)


def _listed(pages: list[int]) -> str:
    return ", ".join(map(str, pages[:5])) + (", …" if len(pages) > 5 else "")


def _places(quote: str, text: str) -> list[tuple[int, int]]:
    at = text.find(quote)
    # A page is looked at for each place; the first is enough where nothing stands against it.
    return locate(quote, text) or ([(at, at + len(quote))] if at >= 0 else [])


def _same(text: str, quote: str) -> bool:
    return text == quote or " ".join(text.split()) == " ".join(quote.split())


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= _SHOWN else f"{flat[: _SHOWN - 1]}…")


def said_in(answer: str, text: str) -> float:
    """How much of an answer a text says: 1 where it gives it as a right answer would (see ``qa.accepted.gives``); below
    that the share of its words and numbers; 0 where it lacks a number of the answer."""
    mine = words_of(answer)
    if (mine and all(word in _JUDGING for word in mine)) or gives(text, answer):
        return 1.0
    there = set(words_of(text))
    rest, known, mine_numbers = answer, numbers(text), numbers(answer)
    for number in reversed(mine_numbers):
        if not has_number(number, known):
            return 0.0
        after = rest[number.end :]
        rest = rest[: number.start] + " " + (_UNIT.sub("", after) if number.units else after)
    left = [word for word in words_of(rest) if word not in _SMALL]
    said = len(mine_numbers) + sum(word in there for word in left)
    return min(said / (len(mine_numbers) + len(left)), _NEARLY) if mine_numbers or left else 0.0
