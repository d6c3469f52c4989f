"""Where Chroma is: files that this process opens itself, or a server. The only module that imports chromadb, and the
one where its errors become ours."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from urllib.parse import urlsplit

from index.address import parse_address
from index.errors import LibraryError, StoreUnavailable, Unreachable

if TYPE_CHECKING:
    import httpx
    from chromadb.api import ClientAPI
    from chromadb.api.client import AdminClient, Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.fastapi import FastAPI
    from chromadb.api.models.Collection import Collection as Collection

    from index.settings import IndexSettings

    HNSW = CreateHNSWConfiguration

T = TypeVar("T")

_FIRST = 3.0
"""Seconds to try a server that never answered yet: more likely the address is wrong than that it starts just now."""

_PATIENCE = 20.0
"""Seconds to try one that did answer: it is started again, or the network is."""

_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
"""Seconds between two tries, doubled each time."""

_REPEATS = 3
"""Tries of a request that the server answers with an error of its own."""

_CONNECT, _ANSWER = 5.0, 60.0
"""Seconds to wait for a connection, and for the next bytes of an answer; chromadb itself would wait for ever."""


class Connection(Protocol):
    """A way to Chroma. A closed one opens again by itself."""

    @property
    def is_server(self) -> bool:
        """Whether other machines may use the same store."""

    def collection(self, name: str) -> str:
        """What Chroma calls one of the library's collections; ``name`` is empty for the first."""

    def exists(self) -> bool:
        """Whether there is anything to connect to; False makes nothing."""

    def client(self) -> ClientAPI:
        """The open client."""

    def renew(self) -> None:
        """See what others have written; collections have to be looked up again."""

    def close(self) -> None:
        """Let go of files and sockets."""

    def run(self, what: str, work: Callable[[], T]) -> T:
        """What ``work`` gives, which has to be the same whether it is done once or twice.

        Raises:
            StoreUnavailable: Chroma could not do ``what``.
        """


def connect(path: Path, settings: IndexSettings) -> Connection:
    """The way to the library's Chroma: below ``path``, or on the server that the settings name. Opens nothing."""
    if settings.chroma_url is None:
        return Files(path)
    token = settings.chroma_token
    return Server(
        settings.chroma_url,
        token=token.get_secret_value() if token is not None else None,
        collection=settings.chroma_collection,
    )


class Files:
    """Chroma in this process, over a folder."""

    is_server = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._client: ClientAPI | None = None
        self._spelling = 0

    def collection(self, name: str) -> str:
        return name or "footnote"

    def exists(self) -> bool:
        return self._path.is_dir()

    def client(self) -> ClientAPI:
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            self._path.mkdir(parents=True, exist_ok=True)
            # Within a process Chroma shares what it has read among all clients of one path, so that closing one of
            # them would not let it see what another process wrote. Each store spells the path in its own way.
            self._spelling = _take_spelling()
            path = str(self._path) + "/." * self._spelling
            self._client = chromadb.PersistentClient(path, settings=Settings(anonymized_telemetry=False))
        return self._client

    def renew(self) -> None:
        self.close()  # an open client would go on with what it had read

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            _spellings.discard(self._spelling)
            _close(client)

    def run(self, what: str, work: Callable[[], T]) -> T:
        from chromadb.errors import ChromaError

        try:
            return work()
        except (ChromaError, ValueError, TypeError, OSError) as exc:
            if "readonly database" in str(exc):
                raise StoreUnavailable(
                    f"Chroma could not {what}: the library's folder cannot be written to, and Chroma writes even "
                    "where it only reads. Set INDEX_PATH to a copy of the folder in a place that can be written to."
                ) from exc
            raise StoreUnavailable(
                f"Chroma could not {what}: {_reason(exc)}. Check that the disk has room and that nothing else uses the "
                f"library's folder. If it stays so, delete {str(self._path)!r} and run `footnote sync DIR`; your "
                "documents are only ever read, and conversations are kept elsewhere."
            ) from exc


class Server:
    """Chroma behind an address."""

    is_server = True

    def __init__(self, url: str, *, token: str | None, collection: str) -> None:
        """
        Args:
            url: as ``parse_address`` takes it.
            token: what the server, or the proxy before it, wants to see.
            collection: what the names of the library's collections begin with.
        """
        address = parse_address(url)
        self.url = address.url
        self._headers = {}
        if token is not None:  # either of the two headers that Chroma knows
            self._headers = {"Authorization": f"Bearer {token}", "X-Chroma-Token": token}
        if address.basic is not None:
            self._headers["Authorization"] = address.basic
        self._collection = collection
        self._client: ClientAPI | None = None
        self._lock = threading.Lock()
        self._reached = False

    def collection(self, name: str) -> str:
        # No library's name has a dot in it, so none of them is what another one's collection is called.
        return f"{self._collection}.{name}" if name else self._collection

    def exists(self) -> bool:
        return True

    def client(self) -> ClientAPI:
        with self._lock:
            if self._client is None:
                self._client = self._open()
            return self._client

    def renew(self) -> None:
        """Nothing is held back here: a server shows everybody the same."""

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
            if client is not None:
                for session in _sessions(client):
                    session.close()  # chromadb forgets them, and their sockets stay open
                _close(client)

    def run(self, what: str, work: Callable[[], T]) -> T:
        began = time.monotonic()
        patience = _PATIENCE if self._reached else _FIRST
        repeats, pause = 0, _PAUSE
        while True:
            try:
                result = work()
            except Exception as exc:
                trouble = _trouble(exc)
                if trouble is None:
                    raise
                if trouble.refused:
                    raise Unreachable(
                        f"The Chroma server at {self.url} refuses access ({trouble.reason}). "
                        "Correct INDEX_CHROMA_TOKEN in .env or the environment."
                    ) from exc
                repeats += trouble.answered
                late = time.monotonic() - began + pause > patience
                if trouble.passing and trouble.answered is False and late:
                    raise Unreachable(
                        f"The Chroma server at {self.url} does not answer: it could not {what} ({trouble.reason}). "
                        "Check that it runs and that INDEX_CHROMA_URL is its address, then try again; nothing is lost."
                    ) from exc
                if not trouble.passing or late or repeats >= _REPEATS:
                    raise StoreUnavailable(
                        f"The Chroma server at {self.url} could not {what}: {trouble.reason}. "
                        "Look at its log and try again; nothing is lost."
                    ) from exc
            else:
                self._reached = True
                return result
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _open(self) -> ClientAPI:
        import chromadb
        import httpx
        from chromadb.config import Settings

        limits = httpx.Timeout(_ANSWER, connect=_CONNECT)
        # chromadb's client asks the server before anybody can tell it how long to wait.
        with httpx.Client(timeout=limits, headers=self._headers) as probe:
            answer = probe.get(f"{self.url}/api/v2/auth/identity")
        answer.raise_for_status()
        if "tenant" not in answer.text:
            raise ValueError("what answers there is no Chroma server of version 1")
        host = urlsplit(self.url)
        # Named here, so that no CHROMA_... variable of the environment comes between.
        settings = Settings(
            anonymized_telemetry=False,
            chroma_server_host=self.url,
            chroma_server_http_port=host.port or (443 if host.scheme == "https" else 80),
            chroma_client_auth_provider=None,
        )
        client = chromadb.HttpClient(
            host=self.url,
            port=settings.chroma_server_http_port or 0,
            ssl=host.scheme == "https",
            headers=dict(self._headers),
            settings=settings,
        )
        for session in _sessions(client):
            session.timeout = limits
        return client


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """What an exception of a request says."""

    reason: str
    passing: bool = False
    """It may be gone at the next try."""

    answered: bool = False
    """The server itself said so."""

    refused: bool = False


def _trouble(exc: Exception) -> _Trouble | None:
    """None for what neither Chroma nor the network raised."""
    import httpx
    from chromadb.errors import AuthorizationError, ChromaAuthError, ChromaError, InternalError, RateLimitError

    if isinstance(exc, LibraryError):
        return None
    if isinstance(exc, ChromaAuthError | AuthorizationError):
        return _Trouble(reason=_reason(exc), answered=True, refused=True)
    if isinstance(exc, ChromaError):
        passing = isinstance(exc, InternalError | RateLimitError)
        return _Trouble(reason=_reason(exc), passing=passing, answered=True)
    # chromadb raises a bare Exception, or a ValueError, over what httpx raised.
    cause: BaseException | None = exc
    while cause is not None and not isinstance(cause, LibraryError):
        if isinstance(cause, httpx.HTTPStatusError):
            status = cause.response.status_code
            reason = f"HTTP {status}"
            # A proxy answers so while the server behind it is away.
            away = status in (502, 503, 504)
            return _Trouble(
                reason=reason,
                passing=away or status in (429, 500),
                answered=not away,
                refused=status in (401, 403),
            )
        if isinstance(cause, httpx.TransportError):
            return _Trouble(reason=_reason(cause), passing=True)
        cause = cause.__cause__ or cause.__context__
    if isinstance(exc, RuntimeError) and "has been closed" in str(exc):
        return _Trouble(reason=_reason(exc), passing=True)  # another thread closed the library; it opens again
    if isinstance(exc, ValueError | TypeError | OSError) or type(exc) is Exception:
        return _Trouble(reason=_reason(exc), answered=True)
    return None


def _reason(exc: BaseException) -> str:
    return (" ".join(str(exc).split()) or type(exc).__name__)[:300]


def find(connection: Connection, name: str) -> Collection | None:
    """The collection that Chroma calls ``name``; None where there is none.

    Raises:
        StoreUnavailable: Chroma could not say.
    """
    from chromadb.errors import NotFoundError

    def look() -> Collection | None:
        try:
            return connection.client().get_collection(name, embedding_function=None)
        except NotFoundError:
            return None

    return connection.run("open the library's collections", look)


def make(connection: Connection, name: str, *, hnsw: HNSW, metadata: dict[str, Any]) -> Collection:
    """The collection of this name, which was not there just now.

    Raises:
        StoreUnavailable: Chroma could not make it.
    """
    # "get or", because the request may have to be repeated.
    return connection.run(
        "make the library's collections",
        lambda: connection.client().get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": hnsw}, metadata=metadata
        ),
    )


def is_gone(exc: StoreUnavailable) -> bool:
    """Whether the reason is that a collection was deleted."""
    from chromadb.errors import NotFoundError

    return isinstance(exc.__cause__, NotFoundError)


def gone_already() -> suppress:
    """For deleting a collection that somebody else may have deleted."""
    from chromadb.errors import NotFoundError

    return suppress(NotFoundError)


def _close(client: ClientAPI) -> None:
    cast("Client", client).close()  # every client has it, and the interface that they share has not


def _sessions(client: ClientAPI) -> list[httpx.Client]:
    """The HTTP clients inside; chromadb offers no other way to limit how long it waits, or to close its sockets."""
    inside = cast("Client", client)
    servers = (inside._server, cast("AdminClient", inside._admin_client)._server)
    return [cast("FastAPI", server)._session for server in servers]


_spellings: set[int] = set()
_spellings_lock = threading.Lock()


def _take_spelling() -> int:
    with _spellings_lock:
        free = next(number for number in itertools.count() if number not in _spellings)
        _spellings.add(free)
    return free
