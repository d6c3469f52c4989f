"""Question sets: one JSON object a line, with what is known of the answer and of where it stands.

    {"id": "q1", "question": "How many soldiers?", "answers": ["12,000"],
     "evidence": [{"document": "report.pdf", "page": 3, "quote": "a total of 12,000 soldiers"}]}

Only ``id`` and ``question`` must be there. Fields that are not named here are passed over.
"""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from qa.errors import BadQuestionSet
from qa.values import Role, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A place in the documents that a question's answer rests on."""

    document: str
    """The document's full name, its file name, or the part of its name after ``#``."""

    quote: str | None = None
    page: int | None = None
    """1-based."""

    start: int | None = None
    """Code points into the document's text, half-open; ``start`` and ``end`` come together."""

    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One line of a question set."""

    id: str
    question: str
    answers: tuple[str, ...] = ()
    """Each is accepted as a right answer."""

    evidence: tuple[Evidence, ...] = ()
    answerable: bool = True
    history: tuple[Turn, ...] = ()
    """What was said before, oldest first."""

    standalone_rewrite: str | None = None
    """The question as it would be asked without the history, written by a person."""

    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line of a question set that is no question, and why."""

    line: int
    """1-based."""

    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class _Wrong(Exception):
    """What is wrong with a line, in words."""


_WIDE_MARKS = (
    # The mark of UTF-32 begins with that of UTF-16, so it is tried first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LAST_LINE_END = re.compile(rb"(?:\r\n|\n|\r)\Z")
_CHUNK = 8 << 20
"""Bytes of a file that are read at a time."""

_ROLES: dict[str, Role] = {
    "user": "user",
    "human": "user",
    **dict.fromkeys(("assistant", "agent", "bot", "model"), "assistant"),
}


def read_questions(path: str | Path) -> tuple[list[Question], list[BadLine]]:
    """The questions of a file in order, and the lines that are none; empty lines are passed over.

    UTF-8 with or without a byte order mark, and UTF-16 and UTF-32 with one.

    Raises:
        BadQuestionSet: there is no such file, it cannot be read, or it is empty.
    """
    questions: list[Question] = []
    bad: list[BadLine] = []
    for _, each in each_question(path):
        if isinstance(each, Question):
            questions.append(each)
        else:
            bad.append(each)
    return questions, bad


def each_question(path: str | Path) -> Iterator[tuple[int, Question | BadLine]]:
    """The same one by one, each with the number of its line, for a file of any size.

    Raises:
        BadQuestionSet: as ``read_questions`` does.
    """
    path = Path(path).expanduser()
    seen: dict[str, int] = {}
    is_empty = True
    try:
        for number, line in enumerate(_lines(path), 1):
            if not line.strip():
                continue
            is_empty = False
            try:
                question = _question(_record(line))
                if question.id in seen:
                    raise _Wrong(f'the "id" {question.id!r} was used by line {seen[question.id]}: ids must differ')
            except _Wrong as exc:
                yield number, BadLine(line=number, reason=str(exc))
            else:
                seen[question.id] = number
                yield number, question
    except OSError as exc:
        wrong = "is a folder, not a file" if path.is_dir() else f"cannot be read ({exc.strerror or exc})"
        raise BadQuestionSet(
            f"The question set {str(path)!r} {wrong}. Name a file with one JSON object a line."
        ) from exc
    if is_empty:
        raise BadQuestionSet(f"The question set {str(path)!r} is empty. Write one JSON object a line into it.")


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        head = file.read(4)
        encoding = next((name for mark, name in _WIDE_MARKS if head.startswith(mark)), None)
        if encoding is None:
            yield from _split(chain([head.removeprefix(codecs.BOM_UTF8)], iter(lambda: file.read(_CHUNK), b"")))
            return
        data = head + file.read()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as exc:
        raise BadQuestionSet(
            f"The question set {str(path)!r} begins as {encoding.upper()} and goes wrong at byte {exc.start}. "
            "Save it as UTF-8."
        ) from exc
    yield from _split([text.encode("utf-8").removeprefix(codecs.BOM_UTF8)])


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        rest += chunk
        begin = 0
        # Only these end a line: inside a JSON string, other separators that Unicode knows are ordinary characters.
        for end in _LINE_END.finditer(rest):
            if end.end() == len(rest):
                break  # the second half of it may come with the next chunk
            yield rest[begin : end.start()]
            begin = end.end()
        rest = rest[begin:]
    yield _LAST_LINE_END.sub(b"", rest)


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as exc:
        raise _Wrong(f"the line is not UTF-8 (byte {exc.start + 1} of it): save the file as UTF-8") from exc
    except json.JSONDecodeError as exc:
        raise _Wrong(f"the line is not JSON: {exc.msg} at column {exc.colno}") from exc
    except (ValueError, RecursionError) as exc:  # a number of thousands of digits, thousands of brackets
        raise _Wrong("the line is JSON that cannot be read") from exc
    if not isinstance(record, dict):
        raise _Wrong('the line is no JSON object like {"id": "…", "question": "…"}')
    return record


def _question(record: dict[str, Any]) -> Question:
    key = record.get("id")
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    return Question(
        id=_text(key, '"id"'),
        question=_text(record.get("question"), '"question"'),
        answers=tuple(_text(answer, "an answer") for answer in _list(record, "answers")),
        evidence=tuple(_evidence(item) for item in _list(record, "evidence")),
        answerable=_flag(record, "answerable"),
        history=tuple(_turn(item) for item in _list(record, "history")),
        standalone_rewrite=_optional(record, "standalone_rewrite"),
        type=_optional(record, "type") or "",
    )


def _evidence(item: object) -> Evidence:
    if not isinstance(item, dict):
        raise _Wrong('an entry of "evidence" is no object like {"document": "…"}')
    page, start, end = (_number(item, name) for name in ("page", "start", "end"))
    if page is not None and page < 1:
        raise _Wrong(f'"page" is {page}: pages count from 1')
    if (start is None) != (end is None):
        raise _Wrong('"start" and "end" of an entry of "evidence" come together')
    if start is not None and end is not None and not 0 <= start < end:
        raise _Wrong(f'"start" {start} and "end" {end} of an entry of "evidence" hold nothing between them')
    return Evidence(
        document=_text(item.get("document"), '"document" of an entry of "evidence"'),
        quote=_optional(item, "quote"),
        page=page,
        start=start,
        end=end,
    )


def _turn(item: object) -> Turn:
    if not isinstance(item, dict):
        raise _Wrong('an entry of "history" is no object like {"role": "user", "text": "…"}')
    role, text = item.get("role"), item.get("text")
    if not isinstance(role, str) or role.lower() not in _ROLES:
        raise _Wrong(f'a "role" in "history" is {role!r}: it can be "user" or "assistant"')
    if not isinstance(text, str):
        raise _Wrong('an entry of "history" has no "text"')
    return Turn(role=_ROLES[role.lower()], text=_unbroken(text))


def _list(record: dict[str, Any], name: str) -> list[object]:
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Wrong(f'"{name}" is no list')
    return value


def _text(value: object, what: str) -> str:
    if value is None:
        raise _Wrong(f"{what} is missing")
    if not isinstance(value, str):
        raise _Wrong(f"{what} is no string")
    if not value.strip():
        raise _Wrong(f"{what} is empty")
    return _unbroken(value)


def _optional(record: dict[str, Any], name: str) -> str | None:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise _Wrong(f'"{name}" is no string')
    return _unbroken(value) if value and value.strip() else None


def _number(item: dict[str, Any], name: str) -> int | None:
    value = item.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise _Wrong(f'"{name}" of an entry of "evidence" is no whole number')
    return value


def _flag(record: dict[str, Any], name: str) -> bool:
    value = record.get(name)
    if value is None:
        return True
    if not isinstance(value, bool):
        raise _Wrong(f'"{name}" is neither true nor false')
    return value


def _unbroken(text: str) -> str:
    """Half of a surrogate pair, which JSON can write and no file can hold, ends the line here and not in a report."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _Wrong("the line holds half of a character (a lone surrogate escape)")
    return text


# Names of documents


def same_document(evidence_name: str, document_name: str) -> bool:
    """Whether evidence names this document: by its full name, its file name, or the part of its name after ``#``.

    ``cases.jsonl#12`` is meant by ``12`` as well, ``reports/2023/q1.pdf`` by ``q1.pdf``.
    """
    return _same_form(evidence_name) in _called(document_name)


class DocumentNames:
    """``same_document`` for many names at once, against the documents of one library."""

    def __init__(self, names: Iterable[str], *, twins: Mapping[str, str] | None = None) -> None:
        """
        Args:
            names: every document's full name.
            twins: documents that repeat another one, each with the name of the one that searches return.
        """
        twins = twins or {}
        self._full: dict[str, str] = {}
        self._short: dict[str, set[str]] = {}
        for name in names:
            holder = twins.get(name, name)
            called = _called(name)
            self._full[called[0]] = holder
            for short in called[1:]:
                self._short.setdefault(short, set()).add(holder)

    def matching(self, evidence_name: str) -> frozenset[str]:
        """Names of the documents meant. A document of exactly this full name is meant alone."""
        name = _same_form(evidence_name)
        if name in self._full:
            return frozenset({self._full[name]})
        return frozenset(self._short.get(name, ()))


def _called(document_name: str) -> list[str]:
    """Full name first, then the short ones."""
    name = _same_form(document_name)
    lines = re.search(r"\.jsonl#", name, re.IGNORECASE)
    # An id may hold slashes and further ``#``: what stands behind the file's name is the id, whole.
    file, key = (name[: lines.end() - 1], name[lines.end() :]) if lines else (name, name.partition("#")[2])
    base = file.rpartition("/")[2]
    short = [f"{base}#{key}" if lines else base, key]
    return [name, *(each for each in short if each and each != name)]


def _same_form(name: str) -> str:
    """macOS decomposes accented letters in file names; a question set written elsewhere does not."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)
