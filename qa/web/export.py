"""A conversation as Markdown: each question, its answer, and the sources with their quotes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.values import Answer, Citation
from qa.web.conversation import Exchange

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|])")


def as_markdown(name: str, exchanges: Sequence[Exchange]) -> str:
    """The whole conversation. What documents and people wrote is escaped, but for a model's own Markdown."""
    parts = [f"# {_plain(name)}"]
    for exchange in exchanges:
        parts += [f"## {_plain(exchange.question)}", *_answered(exchange)]
    return "\n\n".join(parts) + "\n"


def _answered(exchange: Exchange) -> list[str]:
    answer = exchange.answer
    if answer is None:
        parts = [_plain(exchange.text)] if exchange.text else []
        return [*parts, f"*{_plain(exchange.error or 'Stopped.')}*"]
    parts = [_quiet(answer.text) if answer.mode == "llm" else _plain(answer.text)]
    if answer.unfinished:
        parts.append(f"*The answer broke off. {_plain(answer.unfinished)}*")
    if answer.citations:
        parts.append("\n".join(["Sources:", "", *(_source(citation) for citation in answer.citations)]))
    parts.append(f"*{_by(answer)}*")
    return parts


def _source(citation: Citation) -> str:
    passage = citation.passage
    page = f", page {passage.page}" if passage.page is not None else ""
    place = f"{_plain(passage.document)}{page}, characters {citation.start} to {citation.end}"
    return f"{citation.number}. {place}: “{_plain(citation.quote)}”"


def _by(answer: Answer) -> str:
    if not answer.found:
        return "Not answered by the documents."
    return f"Written by {_plain(answer.model)}." if answer.model else "Quoted word for word."


def _plain(text: str) -> str:
    """On one line, and nothing in it is markup."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _quiet(text: str) -> str:
    """A model's Markdown; no tag in it."""
    return text.replace("<", "&lt;")
