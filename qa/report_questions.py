"""The questions of a report as HTML: each with its answer, the citations in their context, and what was expected.

Pure. Every word that is not written in this file is escaped, and isolated so that it cannot turn what stands beside it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from qa.evidence import Place
from qa.questions import Evidence, same_document
from qa.report_words import figure, words
from qa.results import AnswerRecord, CitationRecord, Outcome, QuestionResult, SentenceRecord
from qa.web.markup import STOP, blocks, escaped, foreign, label, one_line

OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    "right": ("✓", "right"),
    "wrong": ("✗", "wrong"),
    "refused_rightly": ("✓", "refused rightly"),
    "refused_wrongly": ("✗", "refused wrongly"),
    "answered": ("·", "answered"),
    "searched": ("·", "searched"),
    "failed": ("!", "failed"),
}
"""By what became of a question: a sign, and a word that goes without the sign and without colour."""

_SIGNS = {"supported": "✓", "weak": "?", "unsupported": "✗"}
_HITS = 5
"""Passages shown of a question; those of the evidence's documents are shown wherever they stand."""


def questions_html(
    questions: Sequence[QuestionResult], *, metrics: Sequence[str], types: Sequence[str], worse: Iterable[str] = ()
) -> str:
    """Every question, folded. ``metrics`` and ``types`` are what the filter offers: their places in these stand in the
    attributes that it reads. ``worse`` are ids of questions that got worse."""
    fell = frozenset(worse)
    place = {name: at for at, name in enumerate(types)}
    return "\n".join(
        _question(result, f"q-{at}", metrics=metrics, type_at=place.get(result.type, -1), fell=result.id in fell)
        for at, result in enumerate(questions, 1)
    )


def answer_html(result: QuestionResult, where: str) -> str:
    """What was answered, with its citations; ``where`` begins the ids of the citations and is the page's alone."""
    if result.error is not None:
        return f"<p class='fr-alert'><strong>Failed.</strong> {foreign(result.error)}</p>"
    answer = result.answer
    if answer is None:
        return "<p class='fr-note'>Searched for only.</p>"
    alerts = "".join(
        f"<p class='fr-alert'><strong>{what}</strong> {foreign(why)}</p>"
        for what, why in (("Quoted, not written.", answer.fallback), ("The answer broke off.", answer.unfinished))
        if why
    )
    if not answer.found:
        said = f"<p class='fr-refusal' dir='auto'>{escaped(answer.text)}</p>"
    else:
        said = f"<div class='fr-prose' dir='auto'>{_prose(answer, where)}</div>"
    return f"{alerts}{said}{_checks(answer)}{_facts(answer)}{_citations(answer.citations, where)}"


def expected_html(result: QuestionResult) -> str:
    """What would be right, as far as the set says it."""
    parts = []
    if not result.answerable:
        parts.append("<p>The documents do not answer this question: to refuse it is right.</p>")
    if result.expected:
        parts.append(f"<ul class='fr-accepted'>{''.join(f'<li>{foreign(text)}</li>' for text in result.expected)}</ul>")
    if result.evidence:
        rows = "".join(
            f"<li><p class='fr-source'><strong>{label(evidence.document)}</strong>"
            f"{_placed(evidence.page, evidence.start, evidence.end)}</p>"
            + (f"<blockquote dir='auto'>{escaped(evidence.quote)}</blockquote>" if evidence.quote else "")
            + "</li>"
            for evidence in result.evidence
        )
        parts.append(f"<ul class='fr-evidence' aria-label='Evidence'>{rows}</ul>")
    return "".join(parts) or "<p class='fr-note'>The set does not say what would be right.</p>"


def outcome_html(outcome: Outcome) -> str:
    """What became of a question, as a sign and a word."""
    sign, word = OUTCOMES[outcome]
    return f"<span class='fr-outcome fr-{outcome}'><span aria-hidden='true'>{sign}</span> {word}</span>"


def _question(result: QuestionResult, where: str, *, metrics: Sequence[str], type_at: int, fell: bool) -> str:
    values = ",".join("" if (value := result.metrics.get(name)) is None else f"{value:.6g}" for name in metrics)
    kind = f"<span class='fr-type'>{label(result.type)}</span>" if result.type else ""
    worse = "<span class='fr-fell'>▼ worse</span>" if fell else ""
    return (
        f"<details class='fr-q' id='{where}' data-type='{type_at}' data-outcome='{result.outcome}' "
        f"data-values='{values}'{' data-worse' if fell else ''}><summary>{outcome_html(result.outcome)}"
        f"<span class='fr-ask'>{foreign(result.question)} <span class='fr-id'>{label(result.id)}</span></span>"
        f"<span class='fr-key'>{worse}{kind}{_key(result.metrics)}</span></summary>"
        f"<div class='fr-body'>{_body(result, where)}</div></details>"
    )


def _body(result: QuestionResult, where: str) -> str:
    parts = []
    if result.answer is not None or result.error is not None:
        parts.append(f"<section><h3>Answer</h3>{answer_html(result, where)}</section>")
    parts.append(f"<section><h3>Expected</h3>{expected_html(result)}</section>")
    if result.judgements or result.judge_error:
        parts.append(f"<section><h3>Judge</h3>{_judged(result)}</section>")
    if result.hits:
        parts.append(f"<section><h3>Found</h3>{_hits(result.hits, result.evidence)}</section>")
    if result.metrics:
        parts.append(f"<section class='fr-all'><h3>Metrics</h3>{_metrics(result.metrics)}</section>")
    return "".join(parts)


def _key(metrics: Mapping[str, float]) -> str:
    """The one or two figures that a reader looks for first."""
    shown = []
    if "token_f1" in metrics:
        shown.append(f"F1 {metrics['token_f1']:.2f}")
    if "mrr@10" in metrics:
        reciprocal = metrics["mrr@10"]
        shown.append(f"rank {round(1 / reciprocal)}" if reciprocal else "not in 10")
    return f"<span class='fr-figures'>{' · '.join(shown)}</span>" if shown else ""


def _prose(answer: AnswerRecord, where: str) -> str:
    cited = {citation.number for citation in answer.citations}

    def cite(number: int) -> str:
        return f"<a class='fr-cite' href='#{where}-c{number}' aria-label='Citation {number}'>{number}</a>"

    if answer.mode != "llm":
        # Quoted text is the document's own: no mark in it means anything but the numbers put at its end.
        return "".join(
            f"<p class='fr-quoted'>{escaped(_unnumbered(answer.text[sentence.start : sentence.end], sentence))}"
            f"{''.join(map(cite, sentence.citations))}</p>"
            for sentence in answer.sentences
        )
    text = answer.text.replace(STOP, "\ufffd")
    checked = {sentence.end: sentence for sentence in answer.sentences if sentence.support is not None}
    ends = sorted(checked)
    pieces = [text[start:end] for start, end in zip((0, *ends), (*ends, len(text)), strict=True)]

    def stand_for(number: int, at: int) -> str | None:
        if number:
            return cite(number) if number in cited else None
        return _check(checked[ends[bisect_left([end + before for before, end in enumerate(ends)], at)]])

    return "".join(blocks(STOP.join(pieces), stand_for))


def _unnumbered(text: str, sentence: SentenceRecord) -> str:
    """The words of a quoted sentence, without the numbers printed behind it."""
    for number in reversed(sentence.citations):
        text = text.rstrip().removesuffix(f"[{number}]")
    return text


def _check(sentence: SentenceRecord) -> str:
    said = escaped(f"{(sentence.support or '').capitalize()}. {sentence.reason}")
    sign = _SIGNS.get(sentence.support or "", "")
    return f"<span class='fr-check fr-{sentence.support}' role='img' aria-label='{said}' title='{said}'>{sign}</span>"


def _checks(answer: AnswerRecord) -> str:
    """The sentences that their sources do not carry in full, and why: also for those who read on paper."""
    rows = "".join(
        f"<li>{_check(sentence)} <strong>{sentence.support}</strong>: "
        f"{foreign(_unnumbered(answer.text[sentence.start : sentence.end], sentence).strip())} "
        f"<span class='fr-note'>{foreign(sentence.reason)}</span></li>"
        for sentence in answer.sentences
        if sentence.support in ("weak", "unsupported")
    )
    return f"<ul class='fr-checks'>{rows}</ul>" if rows else ""


def _facts(answer: AnswerRecord) -> str:
    facts = [f"written by {label(answer.model or 'a model')}" if answer.mode == "llm" else "quoted"]
    facts.append(f"confidence {answer.confidence:.2f}")
    facts.append(f"{answer.seconds:.2f} s")
    if answer.first_token_seconds is not None:
        facts.append(f"first words after {answer.first_token_seconds:.2f} s")
    if answer.prompt_tokens or answer.reply_tokens:
        facts.append(f"{answer.prompt_tokens:,} tokens read, {answer.reply_tokens:,} written")
    if answer.removed_markers:
        count = answer.removed_markers
        facts.append(f"{count} {'citation' if count == 1 else 'citations'} that pointed nowhere removed")
    return f"<p class='fr-note'>{' · '.join(facts)}</p>"


def _citations(citations: Sequence[CitationRecord], where: str) -> str:
    if not citations:
        return ""
    rows = "".join(
        f"<li id='{where}-c{citation.number}'><span class='fr-number'>{citation.number}</span><div>"
        f"<p class='fr-source'>{_titled(citation)}"
        f"{_placed(citation.page, citation.start, citation.end)}</p><blockquote dir='auto'>{escaped(citation.before)}"
        f"<mark>{escaped(citation.quote)}</mark>{escaped(citation.after)}</blockquote></div></li>"
        for citation in citations
    )
    return f"<ol class='fr-citations'>{rows}</ol>"


def _titled(citation: CitationRecord) -> str:
    if citation.title and citation.title != citation.document:
        return f"<strong>{label(citation.title)}</strong> <span class='fr-note'>{label(citation.document)}</span>"
    return f"<strong>{label(citation.document)}</strong>"


def _placed(page: int | None, start: int | None, end: int | None) -> str:
    said = [] if page is None else [f"page {page}"]
    if start is not None and end is not None:
        said.append(f"characters {start:,} to {end:,}")
    return f"<span class='fr-note'>, {', '.join(said)}</span>" if said else ""


def _judged(result: QuestionResult) -> str:
    rows = "".join(
        f"<li><strong>{escaped(one_line(name.capitalize()))} {judgement.score:.2f}</strong> {foreign(judgement.reason)}"
        "</li>"
        for name, judgement in (result.judgements or {}).items()
    )
    problem = f"<p class='fr-alert'>{foreign(result.judge_error)}</p>" if result.judge_error else ""
    return f"{problem}<ul class='fr-judged'>{rows}</ul>" if rows else problem


def _hits(hits: Sequence[Place], evidence: Sequence[Evidence]) -> str:
    rows = []
    named = [any(same_document(each.document, hit.document) for each in evidence) for hit in hits]
    for rank, (hit, wanted) in enumerate(zip(hits, named, strict=True), 1):
        if rank <= _HITS or wanted:
            mark = "<b class='fr-wanted'>✓ expected</b> " if wanted else ""
            page = "" if hit.page is None else f", page {hit.page}"
            rows.append(
                f"<li value='{rank}'>{mark}{label(hit.document)}{page}, {hit.start:,} to {hit.end:,}: "
                f"{hit.score:.3f}</li>"
            )
    more = len(hits) - len(rows)
    rest = f"<p class='fr-note'>{more} more, of other documents than expected</p>" if more else ""
    return f"<ol class='fr-hits'>{''.join(rows)}</ol>{rest}"


def _metrics(metrics: Mapping[str, float]) -> str:
    rows = "".join(
        f"<li>{escaped(one_line(words(name).label))}: {figure(value, name)}</li>" for name, value in metrics.items()
    )
    return f"<ul class='fr-metrics'>{rows}</ul>"
