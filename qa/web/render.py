"""Values to HTML for the page. Pure; every word that is not written in this file is escaped.

The page puts what these functions return into itself as it stands. So each of them gives well-formed HTML whatever the
document, the model or the reader wrote, with no script, no link, no picture and no attribute of theirs.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import PurePosixPath
from types import MappingProxyType

from index.documents import SUFFIXES
from index.values import Passage, SyncProgress
from qa.values import Answer, Citation, Support
from qa.web.conversation import Exchange, Stale, citation_target, closest, hit_target, sentence_target
from qa.web.markup import STOP, blocks, escaped, foreign, held, label, without_paths

_STAGES = {
    "searching": "Searching the documents",
    "reading": "Reading the closest passages",
    "writing": "Writing",
    "done": "",
}
_SIGNS = {"supported": "✓", "weak": "?", "unsupported": "✗"}
_COPIES = 3
"""Other places of the same passage that are named at most."""

_SNIPPET = 240
"""Characters of a quote in a list; the source shows all of it."""

_ALL_FRESH: Stale = MappingProxyType({})

_TRAILING_MARKER = re.compile(r"\[(\d+)\]\s*$")


def exchange_parts(exchange: Exchange, stale: Stale = _ALL_FRESH) -> list[str]:
    """The question, the answer's paragraphs, and what belongs below: one element of HTML each, in order.

    ``stale`` says which of its sources are no longer as they were. The page compares the elements one by one with what
    it shows, so a paragraph that does not change is not touched.
    """
    question = f"<h2 class='fn-question'><span class='fn-sr'>You asked: </span>{foreign(exchange.question)}</h2>"
    parts = [question, *_standalone(exchange)]
    answer = exchange.answer
    if answer is not None:
        parts += _answer_parts(exchange, answer, stale)
    else:
        parts += [_div("fn-prose", block) for block in blocks(exchange.text, lambda number, _: _pending(number))]
    if exchange.error:
        parts.append(f"<div class='fn-alert' role='alert'><strong>No answer.</strong> {foreign(exchange.error)}</div>")
    elif exchange.stopped:
        parts.append("<p class='fn-note'>Stopped.</p>")
    elif exchange.waiting:
        clock = "" if exchange.text else " <span class='fn-clock' aria-hidden='true'></span>"
        dots = "<span class='fn-dots' aria-hidden='true'></span>"
        parts.append(f"<p class='fn-stage'>{dots}<span>{status(exchange)}…{clock}</span></p>")
    if not exchange.waiting:
        parts.append(_tools(exchange))
    return parts


def _tools(exchange: Exchange) -> str:
    """What can be done with an exchange that is over."""
    copy = "<button type='button' class='fn-tool' data-do='copy'>Copy</button>" if exchange.text else ""
    rating = "" if exchange.answer is None else _rating(exchange)
    return (
        f"<div class='fn-tools' data-exchange='{exchange.id}'>{rating}{copy}"
        "<button type='button' class='fn-tool' data-do='again'>Ask again</button>"
        "<details class='fn-edit'><summary class='fn-tool'>Edit</summary>"
        "<form class='fn-revise'><textarea class='fn-revised' rows='2' aria-label='The question, to be changed'>"
        f"\n{escaped(exchange.question)}</textarea>"
        "<button type='submit' class='fn-ask'>Ask from here</button></form></details>"
        f"{'' if exchange.good is None else _note(exchange)}</div>"
    )


def _rating(exchange: Exchange) -> str:
    return "".join(
        f"<button type='button' class='fn-tool' data-do='rate' data-good='{told}' "
        f"aria-pressed='{'true' if exchange.good is good else 'false'}'>{shown}</button>"
        for told, good, shown in (("yes", True, "Helpful"), ("no", False, "Not helpful"))
    )


def _note(exchange: Exchange) -> str:
    told, ask = ("yes", "What was good about it?") if exchange.good else ("no", "What was wrong, or what is right?")
    kept = "Note kept" if exchange.note else "Keep the note"
    return (
        f"<form class='fn-revise fn-noting' data-good='{told}'><input type='text' class='fn-revised' "
        f"aria-label='{ask}' placeholder='{ask}' value='{escaped(exchange.note)}'>"
        f"<button type='submit' class='fn-ask'>{kept}</button></form>"
    )


def _standalone(exchange: Exchange) -> list[str]:
    """What a follow-up was understood as, for the reader to see and to put right."""
    if exchange.standalone in ("", exchange.question):
        return []
    return [
        f"<details class='fn-standalone'><summary>Understood as: {foreign(exchange.standalone)}</summary>"
        "<form class='fn-revise'><input type='text' class='fn-revised' aria-label='The question in other words' "
        f"value='{escaped(exchange.standalone)}'><button type='submit' class='fn-ask'>Ask this instead</button></form>"
        "</details>"
    ]


def status(exchange: Exchange) -> str:
    """What a screen reader is told: plain text, not HTML."""
    if exchange.error:
        return f"No answer. {exchange.error}"
    if exchange.stopped:
        return "Stopped."
    if exchange.answer is not None:
        count = len(exchange.answer.citations)
        sources = f"{count} {'source' if count == 1 else 'sources'}." if exchange.answer.found else ""
        return f"{exchange.answer.text} {sources}".strip()
    if exchange.ahead:
        return f"Waiting: {exchange.ahead:,} {'question is' if exchange.ahead == 1 else 'questions are'} before yours"
    return _STAGES[exchange.stage]


def syncing(progress: SyncProgress | None, problem: str) -> str:
    """How far the documents are taken in, where they are; or why they are not."""
    if progress is not None and progress.files_done < progress.files:
        rate = f", {progress.passages / progress.seconds:,.0f} passages a second" if progress.seconds >= 1 else ""
        left = "" if progress.seconds_left is None else f", about {duration(progress.seconds_left)} left"
        text = f"Taking in {progress.files_done:,} of {progress.files:,} changed files{rate}{left}"
        bar = f"<progress max='{max(progress.bytes, 1)}' value='{progress.bytes_done}' aria-label='{text}'></progress>"
        return f"<div class='fn-syncing' role='status'>{bar}<span>{text}</span></div>"
    return f"<div class='fn-syncing' role='status'>{foreign(without_paths(problem))}</div>" if problem else ""


def duration(seconds: float) -> str:
    """In words."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s" if minutes else f"{rest} s"


def notice(text: str) -> str:
    """A sentence about a question that was not taken, or nothing."""
    return f"<div class='fn-alert' role='alert'>{foreign(without_paths(text))}</div>" if text else ""


def welcome(examples: Sequence[str], *, has_model: bool, is_empty: bool = False) -> str:
    """What the page shows before the first question; ``is_empty`` where there are no documents yet."""
    if is_empty:
        formats = ", ".join(sorted(suffix.removeprefix(".") for suffix in SUFFIXES))
        return (
            "<h2>No documents yet</h2><p>Drop files here, or put them into the folder that Footnote follows: they are "
            f"taken in a moment later.</p><p class='fn-try'>What is read: {formats}</p>"
            "<button type='button' class='fn-ask' data-do='documents'>Add files</button>"
        )
    how = (
        "Every answer is written from your documents and cites the exact place of each statement."
        if has_model
        else "Every answer is quoted word for word from your documents, with its exact place."
    )
    buttons = "".join(
        f"<li><button type='button' class='fn-example' data-example='{escaped(question)}'>{label(question)}"
        "</button></li>"
        for question in examples
    )
    tries = f"<p class='fn-try'>For example</p><ul class='fn-examples'>{buttons}</ul>" if examples else ""
    return f"<h2>Ask your documents</h2><p>{how} Click a number to read it in its source.</p>{tries}"


def _answer_parts(exchange: Exchange, answer: Answer, stale: Stale) -> list[str]:
    if not answer.found:
        return [*_warnings(answer), *_refusal_parts(exchange, answer)]
    parts = [*_warnings(answer), *(_div("fn-prose", block) for block in _answer_blocks(exchange, answer, stale))]
    parts += _broken(answer)
    if answer.citations:
        also = {hit.passage.id: hit.also for hit in answer.hits}
        entries = "".join(
            _entry(
                citation_target(exchange, c),
                c.passage,
                c.quote,
                c.number,
                also=also.get(c.passage.id, ()),
                stale=_stale(c, stale),
            )
            for c in answer.citations
        )
        # A quoted answer says it all already; a written one is checked against its quotes.
        brief = "" if answer.mode == "llm" else " fn-brief"
        parts.append(f"<ol class='fn-entries{brief}' aria-label='Sources of this answer'>{entries}</ol>")
    doubted = [
        f"<li><strong>{support.label.capitalize()}:</strong> “{foreign(_short(sentence.text))}” "
        f"{foreign(support.reason)}</li>"
        for sentence in answer.sentences
        if (support := sentence.support) is not None and support.label != "supported"
    ]
    if doubted:
        parts.append(f"<ul class='fn-note' aria-label='Sentences to doubt'>{''.join(doubted)}</ul>")
    return [*parts, *_reasoned(answer), *_facts(answer, exchange.waited)]


def _warnings(answer: Answer) -> list[str]:
    """What is to be known before the answer is read."""
    warnings = [
        f"<strong>Careful.</strong> A passage of {label(flag.passage.document)}{_page(flag.passage)} "
        f"{foreign(flag.reason)}"
        for flag in answer.flagged
    ]
    if answer.fallback:
        warnings.insert(0, f"<strong>Quoted, not written.</strong> {foreign(answer.fallback)}")
    return [f"<div class='fn-alert' role='alert'>{warning}</div>" for warning in warnings]


def _answer_blocks(exchange: Exchange, answer: Answer, stale: Stale) -> list[str]:
    if answer.mode == "llm":
        return _written_blocks(exchange, answer, stale)
    # Quoted text is the document's own: no mark in it means anything but the number we put at its end.
    made = []
    for place, sentence in enumerate(answer.sentences):
        marker = _TRAILING_MARKER.search(sentence.text)
        text = sentence.text[: marker.start()] if marker else sentence.text
        cites = "".join(
            _cite(sentence_target(exchange, place, citation), citation, stale) for citation in sentence.citations
        )
        made.append(f"<p class='fn-quoted'>{escaped(text)}{cites}</p>")
    return made


def _written_blocks(exchange: Exchange, answer: Answer, stale: Stale) -> list[str]:
    """A model's text with its citations, and behind each sentence that was checked what the check says."""
    text = answer.text.replace(STOP, "\ufffd")
    checked = {sentence.end: sentence.support for sentence in answer.sentences if sentence.support is not None}
    ends = sorted(checked)
    pieces = [text[start:end] for start, end in zip((0, *ends), (*ends, len(text)), strict=True)]

    def stand_for(number: int, at: int) -> str | None:
        before = bisect_left([end + place for place, end in enumerate(ends)], at)
        if number:
            return _cited(exchange, answer, number, at - before, stale)
        return _check(checked[ends[before]])

    return blocks(STOP.join(pieces), stand_for)


def _check(support: Support) -> str:
    said = escaped(f"{support.label.capitalize()}. {support.reason}")
    kind = f"class='fn-check fn-{support.label}'"
    return f"<button type='button' {kind} aria-label='{said}' data-tip='{said}'>{_SIGNS[support.label]}</button>"


def _refusal_parts(exchange: Exchange, answer: Answer) -> list[str]:
    parts = [f"<p class='fn-refusal'>{foreign(answer.text)}</p>", *_broken(answer)]
    hits = closest(answer)
    if hits:
        entries = "".join(
            _entry(hit_target(exchange, place), hit.passage, hit.passage.text, also=hit.also)
            for place, hit in enumerate(hits)
        )
        parts.append("<p class='fn-closest'>Closest passages</p>")
        parts.append(f"<ul class='fn-entries' aria-label='Closest passages'>{entries}</ul>")
    return [*parts, *_reasoned(answer), *_facts(answer, exchange.waited)]


def _broken(answer: Answer) -> list[str]:
    if not answer.unfinished:
        return []
    return [
        f"<div class='fn-alert' role='alert'><strong>The answer broke off.</strong> {foreign(answer.unfinished)}</div>"
    ]


def _reasoned(answer: Answer) -> list[str]:
    if not answer.reasoning:
        return []
    reasoning = f"<summary>How the model reasoned</summary>{foreign(answer.reasoning)}"
    return [f"<details class='fn-reasoning'>{reasoning}</details>"]


def _cited(exchange: Exchange, answer: Answer, number: int, at: int, stale: Stale) -> str | None:
    """The button for the marker at ``at`` in the answer's text, or None where that number cites nothing."""
    known = [place for place, sentence in enumerate(answer.sentences) if sentence.start <= at]
    for place in known[-1:]:
        for citation in answer.sentences[place].citations:
            if citation.number == number:
                return _cite(sentence_target(exchange, place, citation), citation, stale)
    for citation in answer.citations:
        if citation.number == number:
            return _cite(citation_target(exchange, citation), citation, stale)
    return None


def _cite(target: str, citation: Citation, stale: Stale) -> str:
    passage = citation.passage
    title = passage.title if titled(passage.title, passage.document) else passage.document
    became = _stale(citation, stale)
    name = f"{title}{_page(passage)}" + (f" ({became})" if became else "")
    changed = " fn-stale" if became else ""
    return (
        f"<button type='button' class='fn-cite{changed}' data-target='{escaped(target)}' "
        f"data-number='{citation.number}' aria-label='{escaped(f'Source {citation.number}: {name}')}' "
        f"data-tip='{escaped(_short(citation.quote))}' data-from='{escaped(name)}'>{citation.number}</button>"
    )


def _stale(citation: Citation, stale: Stale) -> str:
    return stale.get((citation.passage.id, citation.start, citation.end), "")


def _pending(number: int) -> str:
    """A number in an answer that is still being written: what it cites is placed at the end."""
    return f"<span class='fn-cite fn-pending'>{number}</span>"


def _entry(
    target: str,
    passage: Passage,
    quote: str,
    number: int | None = None,
    *,
    also: Sequence[Passage] = (),
    stale: str = "",
) -> str:
    shown = f"<span class='fn-number'>{number}</span>" if number is not None else ""
    which = f" data-number='{number}'" if number is not None else ""
    name = named(passage.title, passage.document, _page(passage))
    copies = ", ".join(f"{label(copy.document)}{_page(copy)}" for copy in also[:_COPIES])
    if len(also) > _COPIES:
        copies += f" and {len(also) - _COPIES:,} more"
    if copies:
        name += f" <span class='fn-file'>also in {copies}</span>"
    if stale:
        name += f" <span class='fn-changed'>{stale}</span>"
    return (
        f"<li><button type='button' class='fn-entry' data-target='{escaped(target)}'{which}>{shown}"
        f"<span class='fn-entry-text'><span class='fn-entry-name'>{name}</span>"
        f"<span class='fn-sr'>: </span><span class='fn-quote' dir='auto'>{escaped(_short(quote))}</span></span>"
        "</button></li>"
    )


def titled(title: str, name: str) -> bool:
    """Whether a document has a title besides its file name."""
    return title not in {name, PurePosixPath(name).name, PurePosixPath(name).stem}


def named(title: str, name: str, place: str = "") -> str:
    """A document's title with its file name, or its file name alone."""
    if not titled(title, name):
        return f"<span class='fn-title'>{label(name)}{place}</span>"
    return f"<span class='fn-title'>{label(title)}{place}</span> <span class='fn-file'>{label(name)}</span>"


def _page(passage: Passage) -> str:
    return "" if passage.page is None else f", page {passage.page}"


def _facts(answer: Answer, waited: float | None) -> list[str]:
    """The small line below an answer, if there is anything to say."""
    facts: list[str] = []
    if answer.found:
        facts.append(f"Written by {label(answer.model)}" if answer.model else "Quoted word for word")
    seconds = max(answer.seconds, waited or 0.0)  # a follow-up may have been put into other words before
    if seconds >= 0.05:
        facts.append(f"{seconds:.1f} s")
    if answer.mode == "llm" and waited is not None and waited >= 0.05:
        facts.append(f"first words after {waited:.1f} s")
    if answer.removed_markers:
        count = answer.removed_markers
        facts.append(f"{count} {'citation' if count == 1 else 'citations'} that pointed nowhere removed")
    return [f"<p class='fn-meta'>{' · '.join(facts)}</p>"] if facts else []


def _div(name: str, content: str) -> str:
    return f"<div class='{name}' dir='auto'>{held(content)}</div>"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SNIPPET else f"{text[: _SNIPPET - 1]}…"
