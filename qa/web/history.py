"""Conversations on disk, so that they outlive the server: who asked what, and what was answered.

One SQLite file. Every call names the owner, and what belongs to another one is as if it were not there.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import QAError
from qa.feedback import Feedback
from qa.web.conversation import Exchange

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FILE = "conversations.sqlite"
"""In the library's folder."""

INTERRUPTED = "The server stopped while this was being answered. Ask again for the whole answer."

_LAYOUT = 1
_LONGEST_NAME = 80
_SHOWN = 200
"""Conversations listed at once; the rest is found by searching."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversation (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, changed REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS conversation_owner ON conversation (owner, changed);
CREATE TABLE IF NOT EXISTS exchange (
    conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    id INTEGER NOT NULL, words TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (conversation, id)
);
CREATE TABLE IF NOT EXISTS feedback (id TEXT PRIMARY KEY, at REAL NOT NULL, body BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A conversation in the list."""

    id: str
    name: str
    changed: float
    """Seconds since 1970."""


class History:
    """What was asked and answered. Any thread may call; the file is made with the first question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.start = secrets.token_hex(8)
        """Names this start of the server."""

        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file. A later call opens it again."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    def begin(self, owner: str, conversation: str, exchange: Exchange) -> Exchange:
        """Add an exchange, with the next number where its own is taken; the first of a conversation names it.

        Raises:
            QAError: it cannot be written.
        """
        with self._transaction() as db:
            db.execute(
                "INSERT INTO conversation VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
                "SET changed = excluded.changed WHERE owner = excluded.owner",
                (conversation, owner, _name(exchange.question), time.time()),
            )
            if _owns(db, owner, conversation):
                last = "SELECT coalesce(max(id), 0) FROM exchange WHERE conversation = ?"
                (before,) = db.execute(last, (conversation,)).fetchone()
                exchange = replace(exchange, id=max(exchange.id, before + 1))
                row = (conversation, exchange.id, _words(exchange), _adapter().dump_json(exchange))
                db.execute("INSERT INTO exchange VALUES (?, ?, ?, ?)", row)
        return exchange

    def put(self, owner: str, conversation: str, exchange: Exchange) -> None:
        """Keep an exchange as it is now, where it still is: another window may have taken it back.

        Raises:
            QAError: it cannot be written.
        """
        body = _adapter().dump_json(exchange)
        with self._transaction() as db:
            if _owns(db, owner, conversation):
                db.execute(
                    "UPDATE exchange SET words = ?, body = ? WHERE conversation = ? AND id = ?",
                    (_words(exchange), body, conversation, exchange.id),
                )

    def numbers(self, owner: str, conversation: str) -> list[int]:
        """The ids of a conversation's exchanges, oldest first. Raises QAError."""
        return [number for (number,) in self._rows("id", owner, conversation)]

    def drop(self, owner: str, conversation: str, *, first: int) -> None:
        """Forget the exchanges from ``first`` on. Raises QAError."""
        with self._transaction() as db:
            if _owns(db, owner, conversation):
                db.execute("DELETE FROM exchange WHERE conversation = ? AND id >= ?", (conversation, first))

    def exchanges(self, owner: str, conversation: str) -> list[Exchange]:
        """A conversation, oldest first; empty where the owner has none of that id. One on its way when an earlier start
        of the server ended says so. Raises QAError."""
        found = [_adapter().validate_json(body) for (body,) in self._rows("body", owner, conversation)]
        return [
            replace(each, error=INTERRUPTED) if each.waiting and each.start != self.start else each for each in found
        ]

    def _rows(self, column: str, owner: str, conversation: str) -> list[tuple[Any]]:
        """A column of a conversation's exchanges, oldest first; none where the owner has none of that id."""
        with self._transaction() as db:
            return db.execute(
                f"SELECT {column} FROM exchange WHERE conversation = "
                "(SELECT id FROM conversation WHERE id = ? AND owner = ?) ORDER BY id",
                (conversation, owner),
            ).fetchall()

    def listed(self, owner: str, words: str = "") -> list[Kept]:
        """The owner's conversations, the latest first; those that hold all of ``words`` somewhere. Raises QAError."""
        query = "SELECT id, name, changed FROM conversation AS c WHERE owner = ?"
        given = [owner]
        for word in words.split()[:20]:
            like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            query += (
                " AND (name LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM exchange WHERE conversation = c.id "
                "AND words LIKE ? ESCAPE '\\'))"
            )
            given += [like, like]
        with self._transaction() as db:
            rows = db.execute(f"{query} ORDER BY changed DESC, id LIMIT {_SHOWN}", given).fetchall()
        return [Kept(id=id_, name=name, changed=changed) for id_, name, changed in rows]

    def rename(self, owner: str, conversation: str, name: str) -> None:
        """Give a conversation another name; an empty one changes nothing. Raises QAError."""
        if named := _name(name):
            with self._transaction() as db:
                db.execute("UPDATE conversation SET name = ? WHERE id = ? AND owner = ?", (named, conversation, owner))

    def delete(self, owner: str, conversation: str) -> None:
        """Forget a conversation. Raises QAError."""
        with self._transaction() as db:
            db.execute("DELETE FROM conversation WHERE id = ? AND owner = ?", (conversation, owner))

    def drop_feedback(self, id_: str) -> None:
        """Forget what somebody thought of an answer. Raises QAError."""
        with self._transaction() as db:
            db.execute("DELETE FROM feedback WHERE id = ?", (id_,))

    def put_feedback(self, feedback: Feedback) -> None:
        """Keep what somebody thought of an answer; what they thought before is forgotten. It stays when the
        conversation goes. Raises QAError."""
        body = _feedback_adapter().dump_json(feedback)
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?)", (feedback.id, feedback.at, body))

    def feedback(self) -> list[Feedback]:
        """Everybody's, oldest first. Raises QAError."""
        with self._transaction() as db:
            rows = db.execute("SELECT body FROM feedback ORDER BY at, id").fetchall()
        return [_feedback_adapter().validate_json(body) for (body,) in rows]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                if self._open is None:
                    self._open = self._opened()
                with self._open as db:
                    yield db
        except (sqlite3.Error, OSError) as exc:
            raise QAError(
                f"Conversations cannot be kept in {str(self._path)!r} ({exc}). Check that the disk has room and that "
                "the folder can be written to."
            ) from exc

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
        try:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(
                "PRAGMA synchronous = NORMAL"
            )  # a killed program loses nothing, a killed machine the last second
            (layout,) = db.execute("PRAGMA user_version").fetchone()
            if layout not in (0, _LAYOUT):
                raise sqlite3.DatabaseError(f"it was written by another version of Footnote, layout {layout}")
            db.executescript(_SCHEMA)
            db.execute(f"PRAGMA user_version = {_LAYOUT}")
            db.commit()
        except BaseException:
            db.close()
            raise
        return db


def _owns(db: sqlite3.Connection, owner: str, conversation: str) -> bool:
    found = db.execute("SELECT 1 FROM conversation WHERE id = ? AND owner = ?", (conversation, owner)).fetchone()
    return found is not None


def _words(exchange: Exchange) -> str:
    """What a conversation is searched in."""
    return f"{exchange.question}\n{exchange.text}"


def _name(question: str) -> str:
    name = " ".join(question.split())
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


@cache
def _adapter() -> TypeAdapter[Exchange]:
    from pydantic import TypeAdapter

    return TypeAdapter(Exchange)


@cache
def _feedback_adapter() -> TypeAdapter[Feedback]:
    from pydantic import TypeAdapter

    return TypeAdapter(Feedback)
