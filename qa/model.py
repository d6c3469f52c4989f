"""The only door to a language model: messages in, text out as it is written, every failure as one of ours.

Speaks Chat Completions, which OpenAI and nearly every other server understand, through the openai SDK. The stream
itself is read by ``qa.reply``, not by the SDK: servers differ in what they put into it, and for the SDK a reply that
broke off is a reply.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import urlsplit

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
from qa.errors import BadModelReply, ModelRefusedKey, ModelUnavailable, QAError, QuestionTooLong
from qa.reply import BrokenReply, Piece, Reply

if TYPE_CHECKING:
    import httpx
    import openai
    from openai.types.chat import ChatCompletionMessageParam

    from qa.settings import QASettings

__all__ = ["Message", "Model", "OpenAIModel", "Piece", "complete"]

_TOO_LONG = re.compile(
    r"context.?(?:length|window|size)|maximum context|max(?:imum)?.{0,20}tokens|too many (?:input )?tokens|too long"
    r"|prompt.{0,20}(?:exceeds|long)|reduce the length|input.{0,20}exceeds",
    re.IGNORECASE,
)
_TRANSIENT = (408, 409, 429)
"""What passes, besides what a server calls its own failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of what a model is sent."""

    role: Literal["system", "user", "assistant"]
    text: str


class Model(Protocol):
    """What answers are written by."""

    name: str

    def stream(self, messages: Sequence[Message]) -> Generator[Piece, None, None]:
        """The reply to ``messages``, piece by piece; closing the generator ends the request.

        Raises ``ModelUnavailable``, with what had arrived as ``partial``; ``ModelRefusedKey``; ``QuestionTooLong``;
        ``BadModelReply`` for a reply without any text.
        """
        ...

    def close(self) -> None: ...


def complete(model: Model, messages: Sequence[Message]) -> str:
    """The whole text of a reply. Raises what ``Model.stream`` raises."""
    text = ""
    for piece in model.stream(messages):
        text = piece.text if piece.anew else text + piece.text
    return text


class OpenAIModel:
    """A model behind any OpenAI-compatible server. Connects at the first question; threads may share it."""

    def __init__(
        self,
        name: str,
        *,
        api_key: str = "",
        base_url: str = "",
        timeout: float = 60,
        temperature: float | None = None,
        seed: int | None = None,
        max_retries: int = 2,
        api_version: str = "",
        http_client: httpx.Client | None = None,
    ) -> None:
        """
        Args:
            timeout: in seconds; what is sent again counts together up to the first piece, and each piece then anew.
            seed: where given, servers that take it choose the same words for the same request, as far as they can.
            api_version: makes it Azure's interface, with ``base_url`` the resource's endpoint; unused with an address
                that ends in /openai/v1.
            http_client: used as it is, and not closed here.
        """
        self.name = name
        self._key = api_key.strip()
        self._url = base_url.strip() or OPENAI
        self._timeout = timeout
        self._temperature = temperature
        self._seed = seed
        self._max_retries = max_retries
        # Azure's newer interface is OpenAI's own and knows no versions.
        self._api_version = "" if _path(self._url).endswith("/openai/v1") else api_version.strip()
        self._http_client = http_client
        self._client: openai.OpenAI | None = None
        self._lock = threading.Lock()
        # What this server turned out not to take.
        self._counts_tokens = True
        self._takes_temperature = True
        self._takes_seed = True

    @classmethod
    def from_settings(
        cls, settings: QASettings, http_client: httpx.Client | None = None, *, seed: int | None = None
    ) -> OpenAIModel:
        return cls(
            settings.model,
            api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else "",
            base_url=settings.openai_base_url or "",
            timeout=settings.timeout,
            temperature=settings.temperature,
            seed=seed,
            api_version=settings.openai_api_version or "",
            http_client=http_client,
        )

    def close(self) -> None:
        """Let go of the connections. A later question makes new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None and self._http_client is None:
            client.close()

    def load(self) -> None:
        """Import the SDK and make the client, as the first request would; nothing is sent.

        Raises:
            QAError: the key or the address cannot be right.
        """
        _ = self._connected().chat.completions

    def stream(self, messages: Sequence[Message]) -> Generator[Piece, None, None]:
        """See ``Model.stream``."""
        import httpx
        import openai

        reply = Reply()
        try:
            with self._opened(messages) as response:
                kind = response.headers.get("content-type", "")
                yield from reply.read(response.iter_bytes(), kind, self._timeout)
        except (openai.OpenAIError, httpx.HTTPError, BrokenReply) as exc:
            # Once the model said that it was done, only the count of tokens can be missing.
            if reply.finish is None:
                raise self._translated(exc, "".join(reply.text)) from exc
        if reply.tokens is not None:
            yield Piece(tokens=reply.tokens)
        if reply.is_blank:
            why = "its filter withheld it" if reply.finish == "content_filter" else f"it ended with {reply.finish!r}"
            raise BadModelReply(f"The reply of {self._who} {reply.lack}: {why}. Ask again, or in other words.", raw="")

    @property
    def _who(self) -> str:
        return f"the model {self.name!r} at {self._address}"

    @property
    def _address(self) -> str:
        return shown_address(self._url)

    @contextmanager
    def _opened(self, messages: Sequence[Message]) -> Iterator[httpx.Response]:
        """Send the request, without what this server does not take, and close the stream in the end.

        The SDK would also repeat what timed out, so that a slow model works on several copies, and count each try by
        itself; so it repeats nothing.
        """
        import httpx
        import openai

        client = self._connected()
        counts = self._counts_tokens
        warms = self._temperature is not None and self._takes_temperature
        seeds = self._seed is not None and self._takes_seed
        patience, tried = self._timeout, 1
        until = time.monotonic() + patience
        while True:
            try:
                stream = client.chat.completions.create(
                    model=self.name,
                    messages=[_as_sent(message) for message in messages],
                    stream=True,
                    stream_options={"include_usage": True} if counts else openai.omit,
                    temperature=self._temperature if warms else openai.omit,
                    seed=self._seed if seeds else openai.omit,
                    timeout=httpx.Timeout(patience, connect=min(patience, CONNECT_TIMEOUT)),
                )
                break
            except (openai.BadRequestError, openai.UnprocessableEntityError) as exc:
                complaint = str(exc)
                if counts and ("stream_options" in complaint or "include_usage" in complaint):
                    counts = False
                elif warms and "temperature" in complaint:
                    warms = False
                elif seeds and "seed" in complaint:
                    seeds = False
                else:
                    raise
            except (openai.APIStatusError, openai.APIConnectionError) as exc:
                wait = self._wait(exc, tried)
                left = until - time.monotonic()
                # The next try gets at least as long as the wait for it took.
                if wait is None or tried > self._max_retries or 2 * wait >= left:
                    raise
                patience, tried = left - wait, tried + 1
                time.sleep(wait)
        self._counts_tokens = counts
        self._takes_temperature = warms or self._temperature is None
        self._takes_seed = seeds or self._seed is None
        try:
            yield stream.response
        finally:
            stream.close()

    def _wait(self, exc: openai.APIError, tried: int) -> float | None:
        """Seconds until the request is sent again; None where it would end as it did, or has cost its time."""
        import openai

        asked = None
        if isinstance(exc, openai.APIStatusError):
            passes = exc.status_code in _TRANSIENT or (exc.status_code >= 500 and exc.status_code != 501)
            if not passes or exc.code == "insufficient_quota" or _TOO_LONG.search(self._said(exc)):
                return None
            asked = retry_after(exc.response.headers)
        elif isinstance(exc, openai.APITimeoutError):
            return None
        return asked or 0.5 * 2.0 ** (tried - 1)

    def _connected(self) -> openai.OpenAI:
        import httpx
        import openai

        with self._lock:
            if self._client is None:
                self._check()
                key = self._key or NO_KEY
                try:
                    if self._api_version:
                        self._client = openai.AzureOpenAI(
                            api_key=key,
                            azure_endpoint=self._url,
                            api_version=self._api_version,
                            max_retries=0,
                            http_client=self._http_client,
                        )
                    else:
                        self._client = openai.OpenAI(
                            api_key=key,
                            base_url=self._url,
                            max_retries=0,
                            http_client=self._http_client,
                        )
                except httpx.InvalidURL as exc:
                    raise ModelUnavailable(no_address(self._url)) from exc
            return self._client

    def _check(self) -> None:
        """Refuse early what would only fail further down, and less clearly."""
        fault = key_fault(self._key, self._url)
        if fault is not None:
            raise ModelRefusedKey(fault)
        if not is_address(self._url):
            raise ModelUnavailable(no_address(self._url))

    def _translated(self, exc: Exception, partial: str) -> QAError:
        """What a failure of the SDK, of the connection or of the stream means to who asked."""
        import httpx
        import openai

        who, address = self._who, self._address
        cause = exc.__cause__ if isinstance(exc, openai.APIConnectionError) else exc
        if isinstance(cause, httpx.TimeoutException) and not isinstance(cause, httpx.ConnectTimeout):
            return ModelUnavailable(
                f"The model {self.name!r} at {address} sent nothing for {self._timeout:g} seconds."
                " Ask again, or give it more time with QA_TIMEOUT.",
                partial=partial,
            )
        if isinstance(exc, openai.APIConnectionError):
            return ModelUnavailable(
                f"Could not reach a model at {address} ({type(cause).__name__})."
                " Check that the server runs and that OPENAI_BASE_URL is its address.",
                partial=partial,
            )
        said = self._said(exc)
        if isinstance(exc, openai.AuthenticationError):
            return ModelRefusedKey(f"The server at {address} does not accept the key. Check OPENAI_API_KEY.")
        if isinstance(exc, openai.PermissionDeniedError):
            return ModelRefusedKey(
                f"The key may not use {who}{said}. Check OPENAI_API_KEY, or choose another model with QA_MODEL."
            )
        if isinstance(exc, openai.NotFoundError):
            return ModelUnavailable(
                f"The server at {address} has no model {self.name!r}{said}. Set QA_MODEL to one that it serves,"
                " and see that OPENAI_BASE_URL ends where its API begins, mostly in /v1.",
            )
        status = exc.status_code if isinstance(exc, openai.APIStatusError) else getattr(exc, "status", None)
        wait = retry_after(exc.response.headers) if isinstance(exc, openai.APIStatusError) else None
        if status == 429:
            when = "later" if wait is None else f"in {wait:.0f} seconds"
            return ModelUnavailable(
                f"The server at {address} takes no more questions for {self.name!r} at the moment{said}."
                f" Ask again {when}.",
                retry_after=wait,
                partial=partial,
            )
        if _TOO_LONG.search(said):
            return QuestionTooLong(
                f"Question and passages together are too long for {who}{said}."
                " Show it fewer passages with QA_PASSAGES, or ask a shorter question."
            )
        if isinstance(exc, openai.APIStatusError):
            return ModelUnavailable(
                f"{who[0].upper()}{who[1:]} failed with status {status}{said}."
                " Ask again; if it goes on, look into the server's log.",
                retry_after=wait,
            )
        return ModelUnavailable(f"The reply of {who} broke off{said}. Ask again.", partial=partial)

    def _said(self, exc: Exception) -> str:
        """A server's own words about an error, in one short line and without a key in it."""
        import openai

        body = exc.body if isinstance(exc, openai.APIError) else exc.args[0] if isinstance(exc, BrokenReply) else None
        words = error_words(body) or (str(exc) if not isinstance(exc, openai.APIStatusError) else "")
        return in_one_line(words, key=self._key)


def _as_sent(message: Message) -> ChatCompletionMessageParam:
    text = whole_characters(message.text)
    if message.role == "system":
        return {"role": "system", "content": text}
    if message.role == "assistant":
        return {"role": "assistant", "content": text}
    return {"role": "user", "content": text}


def _path(url: str) -> str:
    """An address's path, without a slash at its end; empty for what is no address."""
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""
