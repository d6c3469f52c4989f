"""Any LLM of LlamaIndex as the model that writes the answers."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from index.wire import in_one_line
from qa.errors import BadModelReply, ModelUnavailable
from qa.model import Message
from qa.reply import Piece, Reply
from qa.values import Tokens

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms import LLM


class LlamaIndexModel:
    """A model that LlamaIndex knows to talk to.

        from llama_index.llms.ollama import Ollama

        ask(question, library, model=LlamaIndexModel(Ollama("qwen3", request_timeout=120)))

    Timeouts, retries and keys are the LLM's own affair, and so is whether its server learns that a reader left early.
    """

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.name = llm.metadata.model_name

    def stream(self, messages: Sequence[Message]) -> Generator[Piece, None, None]:
        """See ``qa.model.Model.stream``."""
        from llama_index.core.base.llms.types import ChatMessage

        reply = Reply()
        tokens: Tokens | None = None
        sent = [ChatMessage(role=message.role, content=message.text) for message in messages]
        got = ""
        try:
            for response in self._responses(sent):
                thought = response.additional_kwargs.get("thinking_delta")
                # Some integrations only give the whole text so far.
                whole = response.message.content or ""
                new = whole[len(got) :] if response.delta is None and whole.startswith(got) else response.delta or ""
                got += new
                yield from reply.said(new, thought if isinstance(thought, str) else "")
                tokens = _tokens(response) or tokens
            yield from reply.end("stop")
        except Exception as exc:
            # Each of LlamaIndex's integrations raises what its own vendor's library raises.
            said = in_one_line(str(exc), key="") or f" ({type(exc).__name__})"
            raise ModelUnavailable(
                f"The model {self.name!r} failed{said}. Ask again; if it goes on, try the model without Footnote.",
                partial="".join(reply.text),
            ) from exc
        if tokens is not None:
            yield Piece(tokens=tokens)
        if reply.is_blank:
            raise BadModelReply(
                f"The reply of the model {self.name!r} {reply.lack}. Ask again, or in other words.", raw=""
            )

    def _responses(self, sent: Sequence[ChatMessage]) -> Iterator[ChatResponse]:
        """The reply piece by piece, or whole where the LLM cannot stream."""
        try:
            yield from self._llm.stream_chat(sent)
        except NotImplementedError:
            yield self._llm.chat(sent)

    def close(self) -> None:
        """Nothing is held open here."""


def _tokens(response: ChatResponse) -> Tokens | None:
    """What a reply cost, where the integration hands on what the server counted."""
    raw: Any = response.raw
    usage = raw.get("usage") if isinstance(raw, dict) else getattr(raw, "usage", None)
    counts = [
        usage.get(name) if isinstance(usage, dict) else getattr(usage, name, None)
        for name in ("prompt_tokens", "completion_tokens")
    ]
    prompt, written = (count if isinstance(count, int) else 0 for count in counts)
    return Tokens(prompt=prompt, reply=written) if prompt or written else None
