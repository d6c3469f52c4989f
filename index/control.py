"""The rows that a library has only once: its state, the mark that tells of news, and whose turn it is to write."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from index.chroma import find, is_gone
from index.errors import StoreUnavailable
from index.records import (
    State,
    Term,
    state_from_metadata,
    state_to_metadata,
    term_from_metadata,
    term_to_metadata,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.chroma import Collection, Connection

_STATE, _MARK = "state", "mark"


class Control:
    """The collection that says what the others are."""

    def __init__(self, connection: Connection, guard: Callable[[], None]) -> None:
        """``guard`` is called before each write; it raises where this process may not write."""
        self._connection = connection
        self._guard = guard
        self._rows: Collection | None = None

    def forget(self) -> None:
        """Look the collection up again the next time: others may have made or deleted it."""
        self._rows = None

    def state(self) -> State | None:
        """The library's state; None where nothing was ever synced."""
        row = self._row("read the library's state", _STATE)
        return state_from_metadata(row) if row is not None else None

    def put_state(self, state: State) -> None:
        """Write the state: one row, so all of it or nothing."""
        self._put_row("write the library's state", _STATE, state_to_metadata(state))

    def mark(self) -> str:
        """What ``put_mark`` was last given; empty where it never was."""
        row = self._row("say whether the library changed", _MARK)
        return str(row["mark"]) if row is not None else ""

    def put_mark(self, mark: str) -> None:
        """Leave a text for everybody to see."""
        self._put_row("announce what changed", _MARK, {"mark": mark})

    def clock(self) -> float:
        """The server's time in seconds: the one clock that all machines share."""
        return self._connection.run("tell the time", lambda: self._connection.client().heartbeat()) / 1e9

    def terms(self) -> list[Term]:
        """Every turn at writing that is still written down."""
        found = self._connection.run(
            "say who writes", lambda: self._open().get(where={"kind": "term"}, include=["metadatas"])
        )
        return [term_from_metadata(dict(row)) for row in found["metadatas"] or []]

    def claim(self, term: Term) -> None:
        """Write a turn down unless there is one of its number: then nothing changes."""
        self._connection.run(
            "take the turn to write",
            lambda: self._open().add(
                ids=[_term_key(term)], embeddings=spread([term.token]), metadatas=[term_to_metadata(term)]
            ),
        )

    def put_term(self, term: Term) -> None:
        """Change a turn that is written down; one that is not stays away."""
        self._connection.run(
            "renew the turn to write",
            lambda: self._open().update(ids=[_term_key(term)], metadatas=[term_to_metadata(term)]),
        )

    def drop_terms(self, terms: Sequence[Term]) -> None:
        """Forget turns."""
        if terms:
            ids = [_term_key(term) for term in terms]
            self._connection.run("end the turn to write", lambda: self._open().delete(ids=ids))

    def _open(self) -> Collection:
        control = self._rows
        if control is None:
            control = self._rows = self._connection.client().get_or_create_collection(
                self._connection.collection(""), embedding_function=None
            )
        return control

    def _row(self, what: str, key: str) -> dict[str, Any] | None:
        # Asking for the collection with "or create" would be a write, which a read-only library refuses.
        if self._rows is None:
            self._rows = find(self._connection, self._connection.collection(""))
        control = self._rows
        if control is None:
            return None
        try:
            found = self._connection.run(what, lambda: control.get(ids=[key], include=["metadatas"]))
        except StoreUnavailable as exc:
            if not is_gone(exc):
                raise
            self._rows = None  # somebody emptied the server
            return None
        rows = found["metadatas"] or []
        return dict(rows[0]) if rows else None

    def _put_row(self, what: str, key: str, metadata: dict[str, Any]) -> None:
        self._guard()
        self._connection.run(
            what, lambda: self._open().upsert(ids=[key], embeddings=spread([key]), metadatas=[metadata])
        )


def _term_key(term: Term) -> str:
    return f"term:{term.number}"


def spread(names: Sequence[str]) -> NDArray[np.float32]:
    """Chroma wants a vector for every row. These are never searched, but equal ones would make its graph degenerate."""
    import numpy as np

    angles = [int(sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8], 16) for name in names]
    return np.array([(math.cos(angle), math.sin(angle)) for angle in angles], dtype=np.float32)
