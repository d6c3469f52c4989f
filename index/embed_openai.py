"""Vectors from any server that speaks OpenAI's /embeddings, with every failure as an ``EmbeddingFailed``.

The openai SDK builds and sends the requests. The replies are read here: servers differ in what they put into them, and
the SDK checks neither how many vectors came nor of what. It repeats nothing by itself either (``max_retries=0``),
because its waits end after a few seconds, and a limit per minute does not.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from index.embed import MODELS, unit
from index.errors import EmbeddingFailed
from index.text import whole_characters
from index.wire import (
    CONNECT_TIMEOUT,
    NO_KEY,
    OPENAI,
    error_words,
    in_one_line,
    is_address,
    key_fault,
    no_address,
    retry_after,
    shown_address,
)

if TYPE_CHECKING:
    import httpx
    import numpy as np
    import openai
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

TIMEOUT = 60.0
"""Seconds for a request to get on: a batch of passages on a server without a graphics card takes some."""

BATCH_TEXTS = 128
"""Texts in a request. OpenAI takes 2,048; a smaller batch loses less when it must be sent again."""

BATCH_TOKENS = 100_000
"""Tokens in a request, by our count. OpenAI takes 300,000 by its own, which can be higher than ours."""

PASSAGE_TRIES = 6
"""How often a batch is sent. With waits that double from half a second, the last is some 15 seconds after the first."""

QUERY_TRIES = 3
"""Somebody is waiting for this one."""

LONGEST_WAIT = 60.0
"""Seconds. Limits are mostly counted by the minute; who asks for more patience is out of quota for hours."""

_LONGEST_BACKOFF = 30.0

_BLANK = "."
"""Sent in place of a text without any character that shows: most servers refuse an empty one."""

_TRANSIENT = {408, 409, 425, 429}
_REFUSED = {400, 413, 422}
"""What servers answer to too many texts, to too many tokens and to a text that is too long, each with other words."""

_TOO_LARGE = re.compile(r"too (?:large|long|many)|batch.?size", re.IGNORECASE)


class OpenAIEmbedder:
    """An embedding model behind an OpenAI-compatible server. Connects at the first use; any thread may use it."""

    max_tokens = 8000
    """OpenAI's models read 8,192 of their own tokens. A server whose model reads fewer cuts or refuses by itself."""

    def __init__(
        self,
        model: str,
        *,
        api_key: str = "",
        base_url: str = "",
        timeout: float = TIMEOUT,
        batch_texts: int = BATCH_TEXTS,
        batch_tokens: int = BATCH_TOKENS,
        first_wait: float = 0.5,
        http_client: httpx.Client | None = None,
    ) -> None:
        """
        Args:
            model: its name, as the server knows it.
            timeout: seconds that the server may stay silent.
            batch_texts, batch_tokens: most of either in one request.
            first_wait: seconds, about, before the second try where the server asks for no wait of its own.
            http_client: connects in place of one made here, and is not closed here.
        """
        self.name = f"openai:{model}"
        self._model = model
        self._key = api_key.strip()
        self._url = base_url.strip() or OPENAI
        self._address = shown_address(self._url)
        self._who = f"The embedding model {model!r} at {self._address}"
        self._timeout = timeout
        self._batch_texts = batch_texts
        self._batch_tokens = batch_tokens
        self._first_wait = first_wait
        self._http_client = http_client
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None
        self._dimension: int | None = None

    @property
    def dimension(self) -> int:
        """Asked of the server, once, by embedding a short text. Raises what ``embed_passages`` does."""
        return self._dimension or int(self.embed_query("dimension").shape[0])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), dimension), unit rows; a row of zeros stays one. A blank text gets the vector of ".".

        Raises:
            EmbeddingFailed: the server cannot be reached, refuses, or answers something else than one vector a text.
        """
        return self._embed(texts, PASSAGE_TRIES)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """(dimension,). Questions and passages are treated alike. Raises what ``embed_passages`` does."""
        vector: NDArray[np.float32] = self._embed([text], QUERY_TRIES)[0]
        return vector

    def count_tokens(self, text: str) -> int:
        """Word pieces of the bundled vocabulary: counting must not need the server. About what the model counts."""
        return len(_encode(_sendable(text)).ids)

    def close(self) -> None:
        """Let go of the connections. A later use makes new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None and self._http_client is None:
            client.close()

    def _embed(self, texts: Sequence[str], tries: int) -> NDArray[np.float32]:
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        most = self._batch_texts
        parts: list[NDArray[np.float32]] = []
        done = 0
        while done < len(texts):
            batch = self._batch(texts, done, most)
            try:
                parts.append(self._ask(batch, tries))
            except _TooMuch:
                most = (len(batch) + 1) // 2
            else:
                done += len(batch)
        # Kept only when every text went through: a single one that no server takes must not slow down all others.
        self._batch_texts = min(most, self._batch_texts)
        return np.concatenate(parts)

    def _batch(self, texts: Sequence[str], start: int, most: int) -> list[str]:
        """The texts from ``start`` on that one request takes, as they are sent."""
        batch: list[str] = []
        tokens = 0
        for text in texts[start : start + most]:
            text = _sendable(text)
            encoding = _encode(text)
            if len(encoding.ids) > self.max_tokens:
                text = text[: encoding.offsets[self.max_tokens - 1][1]]
                encoding.truncate(self.max_tokens)
            # A long word that the vocabulary lacks is one token here and many on the server.
            tokens += max(len(encoding.ids), len(text.encode()) // 4)
            if batch and tokens > self._batch_tokens:
                break
            batch.append(text)
        return batch

    def _ask(self, batch: list[str], tries: int) -> NDArray[np.float32]:
        """The vectors of one request, which is sent again while that may help."""
        import openai

        client = self._connected()
        tried = 1
        while True:
            try:
                reply = client.embeddings.with_raw_response.create(
                    model=self._model,
                    input=batch,
                    encoding_format="float",  # some servers do not know the SDK's own choice, base64
                )
                return self._rows(reply.content, len(batch))
            except openai.OpenAIError as exc:
                if len(batch) > 1 and self._refuses(exc):
                    raise _TooMuch from exc
                wait = self._wait(exc, tried)
                if wait is None or wait > LONGEST_WAIT or tried == tries:
                    raise self._translated(exc, batch) from exc
            time.sleep(wait)
            tried += 1

    def _refuses(self, exc: openai.OpenAIError) -> bool:
        """Whether a server says no to these texts, rather than to any texts now; llama.cpp says it with a 500."""
        import openai

        if not isinstance(exc, openai.APIStatusError):
            return False
        return exc.status_code in _REFUSED or (exc.status_code == 500 and bool(_TOO_LARGE.search(self._said(exc.body))))

    def _wait(self, exc: openai.OpenAIError, tried: int) -> float | None:
        """Seconds until the next try; None where it would end as this one did."""
        import openai

        asked = None
        if isinstance(exc, openai.APIStatusError):
            passes = exc.status_code in _TRANSIENT or (exc.status_code >= 500 and exc.status_code != 501)
            if not passes or exc.code == "insufficient_quota" or self._refuses(exc):
                return None
            asked = retry_after(exc.response.headers)
        elif not isinstance(exc, openai.APIConnectionError):
            return None
        # The jitter keeps several processes that were turned away together from coming back together.
        doubled: float = self._first_wait * 2 ** (tried - 1) * random.uniform(0.75, 1.25)
        return asked or min(doubled, _LONGEST_BACKOFF)

    def _rows(self, content: bytes, count: int) -> NDArray[np.float32]:
        """The vectors in a reply, in the order of the texts: one a text, of finite numbers, all as long as ever."""
        import numpy as np

        try:
            body = json.loads(content)
        except ValueError as exc:
            raise EmbeddingFailed(
                f"{self._who} answered something that is not JSON."
                " See that OPENAI_BASE_URL ends where its API begins, mostly in /v1."
            ) from exc
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
            raise self._odd(f"no vectors{self._said(body)}")
        if len(data) != count:
            raise self._odd(f"{len(data)} vectors for {count} texts")
        places = [item.get("index", place) for place, item in enumerate(data)]
        if any(type(place) is not int for place in places) or sorted(places) != list(range(count)):
            raise self._odd("vectors that do not say which text each belongs to")
        found = dict(zip(places, (item.get("embedding") for item in data), strict=True))
        try:
            rows = np.array([found[place] for place in range(count)], dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as exc:
            raise self._odd("vectors of different lengths, or not of numbers") from exc
        if rows.ndim != 2 or not rows.shape[1]:
            raise self._odd("something that is not a list of numbers for each text")
        with np.errstate(over="ignore"):
            single = rows.astype(np.float32)
        if not np.isfinite(single).all():
            raise self._odd("numbers that are not finite")
        with self._lock:
            known = self._dimension = self._dimension or rows.shape[1]
        if rows.shape[1] != known:
            raise self._odd(f"vectors of {rows.shape[1]} dimensions, and of {known} before")
        return unit(rows)

    def _connected(self) -> openai.OpenAI:
        import httpx
        import openai

        with self._lock:
            if self._client is None:
                self._check()
                self._client = openai.OpenAI(
                    api_key=self._key or NO_KEY,
                    base_url=self._url,
                    timeout=httpx.Timeout(self._timeout, connect=min(self._timeout, CONNECT_TIMEOUT)),
                    max_retries=0,
                    http_client=self._http_client,
                )
            return self._client

    def _check(self) -> None:
        """Refuse early what would only fail further down, and less clearly."""
        import httpx

        fault = key_fault(self._key, self._url, wanted=f", whose model {self._model!r} INDEX_EMBEDDER names")
        if fault is not None:
            raise EmbeddingFailed(fault)
        try:
            # httpx, which connects, takes less than urllib does.
            if not (is_address(self._url) and httpx.URL(self._url).host):
                raise httpx.InvalidURL("no server in it")
        except (httpx.InvalidURL, ValueError) as exc:
            raise EmbeddingFailed(no_address(self._url)) from exc

    def _odd(self, what: str) -> EmbeddingFailed:
        return EmbeddingFailed(
            f"{self._who} answered {what}. Try again; if it goes on, choose another model with INDEX_EMBEDDER."
        )

    def _translated(self, exc: openai.OpenAIError, batch: Sequence[str]) -> EmbeddingFailed:
        """What a failure of the SDK, of the connection or of the server means to who asked."""
        import openai

        who, address = self._who, self._address
        if isinstance(exc, openai.APITimeoutError):
            return EmbeddingFailed(
                f"{who} did not answer {len(batch)} texts within {self._timeout:g} seconds."
                " See whether the server is busy, and try again."
            )
        if isinstance(exc, openai.APIConnectionError):
            return EmbeddingFailed(
                f"Could not reach an embedding model at {address} ({type(exc.__cause__ or exc).__name__})."
                " Check that the server runs and that OPENAI_BASE_URL is its address."
            )
        if not isinstance(exc, openai.APIStatusError):
            return EmbeddingFailed(f"{who} failed{self._said(str(exc))}. Try again.")
        said, status = self._said(exc.body), exc.status_code
        if status == 401:
            return EmbeddingFailed(f"The server at {address} does not accept the key. Check OPENAI_API_KEY.")
        if status == 403:
            return EmbeddingFailed(f"The key may not use the embedding model {self._model!r}. Check OPENAI_API_KEY.")
        if status == 404:
            return EmbeddingFailed(
                f"The server at {address} has no embedding model {self._model!r}{said}. Set INDEX_EMBEDDER to"
                " openai: and one that it serves, and see that OPENAI_BASE_URL ends where its API begins, mostly"
                " in /v1."
            )
        if status == 429:
            asked = retry_after(exc.response.headers)
            when = f"in {asked:.0f} seconds" if asked else "later"
            return EmbeddingFailed(f"{who} takes no more texts at the moment{said}. Try again {when}.")
        if self._refuses(exc):
            shown = batch[0] if len(batch[0]) <= 60 else f"{batch[0][:60]} ..."
            return EmbeddingFailed(
                f"{who} refused a text of about {self.count_tokens(batch[0])} tokens, {shown!r}{said}."
                " If it is too long, lower INDEX_PASSAGE_TOKENS; else choose another model with INDEX_EMBEDDER."
            )
        return EmbeddingFailed(
            f"{who} failed with status {status}{said}. Try again; if it goes on, look into the server's log."
        )

    def _said(self, body: object) -> str:
        """A server's own words about an error."""
        return in_one_line(error_words(body), key=self._key)


class _TooMuch(Exception):
    """A request was refused that half of its texts may be accepted in."""


@cache
def _tokenizer() -> Tokenizer:
    """The bundled embedder's; it does not change, and loading it takes a twentieth of a second."""
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_str((MODELS / "tokenizer.json").read_text(encoding="utf-8"))
    except Exception as exc:
        raise EmbeddingFailed(
            f"The tokenizer cannot be loaded from {str(MODELS)!r}: {exc}. Install footnote-qa again."
        ) from exc


def _encode(text: str) -> Encoding:
    return _tokenizer().encode(text, add_special_tokens=False)


def _sendable(text: str) -> str:
    """What a server takes: whole characters, and not a blank text."""
    return whole_characters(text) if text.strip() else _BLANK
