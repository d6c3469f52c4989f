"""Answers, hits and reports as text for people and as values for ``json.dumps``. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from index import CheckReport, Hit, Passage, Status, SyncReport
from qa.values import CLOSEST, Answer, Citation

_SHOWN_FAILURES = 20
_SHOWN_COPIES = 5


def answer_text(answer: Answer) -> str:
    """The answer, then what it cites; for a refusal what came closest."""
    lines = [answer.text, ""]
    if answer.unfinished:
        lines += [f"(unfinished: {answer.unfinished})", ""]
    if answer.fallback:
        lines += [f"(quoted, because no answer could be written: {answer.fallback})", ""]
    for flag in answer.flagged:
        lines += [f"(careful: {_place(flag.passage)} {flag.reason})", ""]
    if answer.found:
        for citation in answer.citations:
            lines.append(f"[{citation.number}] {_place(citation.passage)}, characters {citation.start}–{citation.end}")
            if answer.mode == "llm":
                lines.append(f"    “{_line(citation.quote, 400)}”")
        for sentence in answer.sentences:
            support = sentence.support
            if support is not None and support.label != "supported":
                lines += ["", f"({support.label}: “{_line(sentence.text, 160)}” {support.reason})"]
    elif answer.hits:
        lines.append("Closest passages:")
        lines += _hit_lines(answer.hits[:CLOSEST])
    else:
        lines.append("No passage came close.")
    return "\n".join(lines).rstrip()


def answer_json(answer: Answer) -> dict[str, Any]:
    """Every field of the answer; passages are named by id and place, and given whole in ``hits``."""
    return {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "text": answer.text,
        "found": answer.found,
        "mode": answer.mode,
        "confidence": round(answer.confidence, 4),
        "sentences": [
            {
                "text": sentence.text,
                "start": sentence.start,
                "end": sentence.end,
                "citations": [_citation(citation) for citation in sentence.citations],
                "support": None if sentence.support is None else asdict(sentence.support),
            }
            for sentence in answer.sentences
        ],
        "citations": [_citation(citation) for citation in answer.citations],
        "hits": hits_json(answer.hits),
        "model": answer.model,
        "tokens": asdict(answer.tokens),
        "seconds": round(answer.seconds, 4),
        "prompt_version": answer.prompt_version,
        "reasoning": answer.reasoning,
        "removed_markers": answer.removed_markers,
        "unfinished": answer.unfinished,
        "fallback": answer.fallback,
        "flagged": [{"passage": flag.passage.id, "reason": flag.reason} for flag in answer.flagged],
    }


def hits_text(hits: Iterable[Hit]) -> str:
    """The hits of a search, best first."""
    return "\n".join(_hit_lines(hits)) or "Nothing found."


def hits_json(hits: Iterable[Hit]) -> list[dict[str, Any]]:
    """Each hit with its passage."""
    return [
        {
            **asdict(hit.passage),
            "score": round(hit.score, 6),
            "similarity": round(hit.similarity, 6),
            "dense_rank": hit.dense_rank,
            "keyword_rank": hit.keyword_rank,
            "parts": [{"id": part.id, "start": part.start, "end": part.end} for part in hit.parts],
            "also": [
                {"document": each.document, "page": each.page, "start": each.start, "end": each.end}
                for each in hit.also
            ],
        }
        for hit in hits
    ]


def report_text(report: SyncReport) -> str:
    """What a sync did, with a line for each file that failed."""
    lines = [str(report)]
    for old, new in report.renamed[:_SHOWN_FAILURES]:
        lines.append(f"  renamed: {old} is now {new}")
    for copy, original in report.duplicates[:_SHOWN_FAILURES]:
        lines.append(f"  repeats another: {copy} has the content of {original}")
    for failure in report.failed[:_SHOWN_FAILURES]:
        lines.append(f"  failed: {failure.document}: {failure.reason}")
    more = len(report.failed) - _SHOWN_FAILURES
    if more > 0:
        lines.append(f"  … and {more} more that failed (--json lists all)")
    return "\n".join(lines)


def status_text(status: Status) -> str:
    """What the library holds and where."""
    rows = [
        ("library", status.path),
        ("folder", status.folder or "none yet"),
        ("documents", f"{status.documents:,}"),
        ("passages", f"{status.passages:,}"),
        ("characters", f"{status.characters:,}"),
        ("embedder", f"{status.embedder} ({status.dimension} dimensions)"),
        ("generation", str(status.generation)),
        ("last sync", status.synced_at or "never finished"),
        ("files", f"{status.bytes_read / 1e6:.1f} MB"),
        ("on disk", f"{status.bytes_on_disk / 1e6:.1f} MB"),
        ("since then", _changes_text(status)),
    ]
    lines = [f"{name:<11} {value}" for name, value in rows]
    if status.failed:
        lines.append(f"{'failed':<11} {len(status.failed)}")
        lines += [f"  {failure.document}: {failure.reason}" for failure in status.failed[:_SHOWN_FAILURES]]
        more = len(status.failed) - _SHOWN_FAILURES
        if more > 0:
            lines.append(f"  … and {more} more (--json lists all)")
    return "\n".join(lines)


def _changes_text(status: Status) -> str:
    if status.changes is None:
        return "unknown: the folder cannot be looked at"
    parts = [
        f"{len(names):,} {label}"
        for label, names in (
            ("new", status.changes.new),
            ("changed", status.changes.changed),
            ("gone", status.changes.gone),
        )
        if names
    ]
    return f"{', '.join(parts)} (run `footnote sync`)" if parts else "no file changed"


def check_text(report: CheckReport) -> str:
    """What a check found, a line each."""
    found = [
        (f"{len(report.broken):,} documents lack passages or vectors: {', '.join(report.broken[:5])}", report.broken),
        (f"{report.left_over:,} stored passages count for nothing", report.left_over),
        (f"{report.not_searchable:,} passages or names are missing from the lexical index", report.not_searchable),
        (f"{report.wrongly_searchable:,} passages or names in the lexical index are gone", report.wrongly_searchable),
        (f"{len(report.stale):,} files are not as the folder holds them: {', '.join(report.stale[:5])}", report.stale),
    ]
    lines = [text for text, there in found if there]
    summary = f"{report.documents:,} documents and {report.passages:,} passages"
    if report.is_sound:
        return f"{summary}: all is well."
    return "\n".join([f"{summary}:", *lines, "Repaired." if report.repaired else "Not repaired."])


def _citation(citation: Citation) -> dict[str, Any]:
    passage = citation.passage
    return {
        "number": citation.number,
        "document": passage.document,
        "title": passage.title,
        "heading": passage.heading,
        "page": passage.page,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "passage": passage.id,
    }


def _hit_lines(hits: Iterable[Hit]) -> list[str]:
    lines: list[str] = []
    for number, hit in enumerate(hits, 1):
        passage = hit.passage
        lines.append(f"{number}. {_place(passage)}, characters {passage.start}–{passage.end} (score {hit.score:.2f})")
        lines.append(f"   {_line(passage.text, 300)}")
        if hit.also:
            others = ", ".join(_place(each) for each in hit.also[:_SHOWN_COPIES])
            more = f" and {len(hit.also) - _SHOWN_COPIES} more" if len(hit.also) > _SHOWN_COPIES else ""
            lines.append(f"   the same in {others}{more}")
    return lines


# What a terminal would obey instead of showing: control characters, and those that turn the direction of writing.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def for_terminal(text: str) -> str:
    """Text of a document, a model or a file name as a terminal may have it: line ends and tabs stay, orders go."""
    return _OBEYED.sub("\ufffd", text)


def _place(passage: Passage) -> str:
    # A file name may hold line breaks; on a terminal it stays on its line.
    name = _line(passage.document, 300)
    return name if passage.page is None else f"{name}, page {passage.page}"


def _line(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"
