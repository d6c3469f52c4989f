"""The public sets that the retrieval bench runs, as documents that the product reads and questions in its own format.

Documents are read where they are. What was published in another form is written anew below the bench's own folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from qa.followup import standalone_by_rules
from qa.questions import Question, read_questions

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Documents and the questions that are asked over all of them."""

    documents: Path
    """A folder, or one ``.jsonl`` file."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSet:
    """One row of the bench. Where it has several parts, their questions count together."""

    name: str
    parts: tuple[Part, ...]
    note: str = ""
    chunking: bool = False
    """Whether the evidence is given in exact characters, so that the overlap with it can be measured."""


def bench_sets(data: Path, work: Path) -> dict[str, Callable[[], BenchSet]]:
    """Every set by name, made when it is called. ``data`` holds the sets; ``work`` takes what is converted."""
    plain = partial(_plain, data, work)
    found: dict[str, Callable[[], BenchSet]] = {
        "squad_v2_dev": partial(plain, "squad_v2_dev", "documents", note="open over all articles"),
        "scifact": partial(_scifact, data, work),
    }
    for way in ("last", "rewrite", "rules"):
        found[f"mtrag-{way}"] = partial(_mtrag, data, work, "mtrag", way)
    for way in ("last", "rules"):  # nobody wrote rewrites for these
        found[f"mtrag_un-{way}"] = partial(_mtrag, data, work, "mtrag_un", way)
    for name in ("docs_site", "nq_passages", "clapnq_dev", "hotpotqa_small"):
        found[name] = partial(plain, name, "corpus.jsonl")
    found["chroma_chunking"] = partial(plain, "chroma_chunking", "documents", chunking=True)
    for name in ("financebench", "sec10q", "mmlongbench", "pdf_manuals", "aragog"):
        found[name] = partial(plain, name, "documents", note="open over all files")
    found["ohr_pages"] = partial(_ohr, data, work)
    found["policyqa"] = partial(plain, "policyqa", "documents", note="open over all policies")
    return found


def _plain(data: Path, work: Path, name: str, documents: str, *, note: str = "", chunking: bool = False) -> BenchSet:
    records = _records(data / name / "questions.jsonl")
    return BenchSet(
        name=name,
        parts=(Part(documents=data / name / documents, questions=_converted(work, name, records)),),
        note=note,
        chunking=chunking,
    )


def _scifact(data: Path, work: Path) -> BenchSet:
    """Judged by abstract; only some judgements name sentences as well."""

    def records() -> Iterator[Record]:
        for record in _records(data / "scifact" / "questions_train.jsonl"):
            judged = [{"document": document} for document in record["relevant"]]
            yield {**record, "evidence": [*judged, *record["evidence"]]}

    return BenchSet(
        name="scifact",
        parts=(Part(documents=data / "scifact" / "corpus.jsonl", questions=_converted(work, "scifact", records())),),
        note="train claims",
    )


def _mtrag(data: Path, work: Path, name: str, way: str) -> BenchSet:
    """Turns of conversations, asked as they stand, as a person rewrote them, or as the product's rules do."""
    parts = []
    for domain in ("clapnq", "cloud"):
        records = (record for record in _records(data / name / "questions.jsonl") if record["domain"] == domain)
        questions = _converted(work, f"{name}-{domain}", records)
        parts.append(
            Part(
                documents=data / "mtrag" / f"corpus_{domain}.jsonl",
                questions=tuple(replace(each, question=_asked(each, way), history=()) for each in questions),
            )
        )
    notes = {"last": "last turn as it is", "rewrite": "written rewrite", "rules": "last turn, the product's rules"}
    return BenchSet(name=f"{name}-{way}", parts=tuple(parts), note=notes[way])


def _asked(question: Question, way: str) -> str:
    if way == "rewrite" and question.standalone_rewrite:
        return question.standalone_rewrite
    if way == "rules":
        return standalone_by_rules(question.question, question.history)
    return question.question


def _ohr(data: Path, work: Path) -> BenchSet:
    """Published as texts of pages: each page is a document here."""

    def records(domain: str) -> Iterator[Record]:
        for record in _records(data / "ohr_pages" / domain / "questions.jsonl"):
            evidence = [
                {"document": f"{each['document']}#{each['page']}", "quote": each.get("quote")}
                for each in record["evidence"]
            ]
            yield {**record, "evidence": evidence}

    return BenchSet(
        name="ohr_pages",
        parts=tuple(
            Part(
                documents=data / "ohr_pages" / domain / "pages.jsonl",
                questions=_converted(work, f"ohr_pages-{domain}", records(domain)),
            )
            for domain in ("law", "paper")
        ),
        note="a document is a page",
    )


def _records(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _converted(work: Path, name: str, records: Iterator[Record]) -> tuple[Question, ...]:
    """Written in the product's format and read back by its reader; only what a search can be scored on."""
    path = work / "questions" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    questions, bad = read_questions(path)
    if bad:
        raise SystemExit(f"{path}: {len(bad)} bad lines; {bad[0]}")
    return tuple(question for question in questions if question.answerable and question.evidence)
