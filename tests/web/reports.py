"""Reports made by hand, with figures that a test can count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qa.columns import behind, columns
from qa.comparison import Change, Comparison, Worse
from qa.evidence import Place
from qa.questions import BadLine, Evidence
from qa.report import Report, RunSettings
from qa.results import AnswerRecord, CitationRecord, Judgement, QuestionResult, SentenceRecord
from qa.set_scores import intervals, summary

QUOTE = "the deployment could grow to a total of 12,000 soldiers across four brigades"


def cited(number: int = 1, **fields: Any) -> CitationRecord:
    values: dict[str, Any] = {
        "number": number,
        "document": "reports/north.txt",
        "title": "Troops on the way",
        "page": 3,
        "start": 812,
        "end": 812 + len(QUOTE),
        "quote": QUOTE,
        "before": "Officials in Seoul said on Friday that ",
        "after": ", each of them trained in the mountains of the north.",
    }
    return CitationRecord(**values | fields)


def answered(text: str = "It could grow to 12,000 soldiers [1].", **fields: Any) -> AnswerRecord:
    values: dict[str, Any] = {
        "text": text,
        "found": True,
        "mode": "llm",
        "confidence": 0.82,
        "model": "a-model",
        "sentences": (
            SentenceRecord(
                start=0, end=len(text), citations=(1,), support="supported", score=1.0, reason="All of it is there."
            ),
        ),
        "citations": (cited(),),
        "removed_markers": 0,
        "prompt_tokens": 1412,
        "reply_tokens": 24,
        "search_seconds": 0.02,
        "first_token_seconds": 0.4,
        "seconds": 1.3,
        "prompt_version": "1",
    }
    return AnswerRecord(**values | fields)


def refused(**fields: Any) -> AnswerRecord:
    values: dict[str, Any] = {"found": False, "sentences": (), "citations": (), "confidence": 0.11}
    return answered("The documents do not answer this question.", **values | fields)


def result(at: int, **fields: Any) -> QuestionResult:
    """A question that is answered right, with every kind of metric."""
    values: dict[str, Any] = {
        "id": f"seed-{at:02}",
        "question": f"How many soldiers could the deployment number {at} grow to?",
        "type": "number",
        "expected": ("12,000", "12,000 soldiers"),
        "evidence": (Evidence(document="north.txt", page=3, quote=QUOTE, start=812, end=812 + len(QUOTE)),),
        "hits": (
            Place(document="reports/other.txt", page=1, start=0, end=640, score=1.71),
            Place(document="reports/north.txt", page=3, start=640, end=1280, score=1.42),
        ),
        "outcome": "right",
        "answer": answered(),
        "metrics": {
            "hit@1": 0.0,
            "hit@5": 1.0,
            "recall@10": 1.0,
            "mrr@10": 0.5,
            "ndcg@10": 0.63,
            "retrieve_ms": 12.5 + at,
            "exact_match": 0.0,
            "token_f1": round(min(1.0, 0.3 + at / 20), 3),
            "contained": 1.0,
            "citation_precision": 1.0,
            "supported": 1.0,
            "answered": 1.0,
            "confidence": 0.82,
            "right": 1.0,
            "first_token_ms": 400.0 + 7 * at,
            "whole_ms": 1300.0 + 31 * at,
            "prompt_tokens": 1412.0,
            "reply_tokens": 24.0,
            "judge_correctness": 1.0,
        },
        "judgements": {"correctness": Judgement(reason="The answer names the accepted number.", score=1.0)},
    }
    return QuestionResult(**values | fields)


def wrong(at: int, **fields: Any) -> QuestionResult:
    text = "It could grow to **9,000** soldiers [1].\n\n- So said a minister [1].\n- Nobody else did."
    first, second = text.index("\n"), text.index("\n-", 45)
    sentences = (
        SentenceRecord(
            start=0, end=first, citations=(1,), support="unsupported", score=0.2, reason="9,000 is not in the source."
        ),
        SentenceRecord(start=first + 2, end=second, citations=(1,), support="weak", score=0.5, reason="No minister."),
        SentenceRecord(start=second + 1, end=len(text), citations=(), support=None, score=None, reason=""),
    )
    base = result(at)
    metrics = dict(base.metrics) | {"right": 0.0, "token_f1": 0.125, "contained": 0.0, "confidence": 0.44, "mrr@10": 0}
    values: dict[str, Any] = {
        "outcome": "wrong",
        "type": "how",
        "answer": answered(text, sentences=sentences, confidence=0.44, removed_markers=2),
        "metrics": metrics,
        "judgements": {"correctness": Judgement(reason="It says 9,000 where 12,000 is right.", score=0.0)},
    }
    return result(at, **values | fields)


def unanswerable(at: int) -> QuestionResult:
    return result(
        at,
        question="What does the cake cost?",
        type="nowhere",
        answerable=False,
        expected=(),
        evidence=(),
        outcome="refused_rightly",
        answer=refused(),
        judgements=None,
        metrics={"answered": 0.0, "confidence": 0.11, "retrieve_ms": 9.0, "whole_ms": 11.0},
    )


def failed(at: int) -> QuestionResult:
    return result(
        at, outcome="failed", answer=None, hits=(), metrics={}, judgements=None, error="The model did not answer."
    )


def settings(questions: Sequence[QuestionResult], **fields: Any) -> RunSettings:
    values: dict[str, Any] = {
        "retrieval_only": False,
        "question_set": "tests/questions/seeds.jsonl",
        "asked": len(questions),
        "unanswerable": sum(not each.answerable for each in questions),
        "without_evidence": 0,
        "failed": sum(each.error is not None for each in questions),
        "bad_lines": (BadLine(line=7, reason="no JSON"),),
        "absent_documents": ("gone.pdf",),
        "unplaced_quotes": 1,
        "library": ".footnote",
        "documents": "seeds",
        "document_count": 2,
        "passage_count": 57,
        "generation": 3,
        "embedder": "all-MiniLM-L6-v2",
        "depth": 20,
        "index": {"passage_tokens": 200, "second_look": 20, "chroma_url": None},
        "versions": {"python": "3.11.2", "chromadb": "1.5.9"},
    }
    return RunSettings(**values | fields)


def report(questions: Sequence[QuestionResult], **fields: Any) -> Report:
    """As ``evaluate`` would score these."""
    scored, table = summary(questions), columns(questions)
    values: dict[str, Any] = {
        "metrics": scored,
        "questions": tuple(questions),
        "settings": settings(questions),
        "seconds": 31.4,
        "intervals": intervals(questions, 200),
        "counts": {name: behind(table, table, name)[0] for name in scored},
    }
    return Report(**values | fields)


def small() -> list[QuestionResult]:
    """Twenty: twelve right, five wrong, two refused rightly, and one failed."""
    return [
        *(result(at) for at in range(1, 13)),
        *(wrong(at) for at in range(13, 18)),
        *(unanswerable(at) for at in range(18, 20)),
        failed(20),
    ]


def changed(metric: str, verdict: Any, before: float, after: float) -> Change:
    return Change(
        metric=metric,
        before=before,
        after=after,
        delta=after - before,
        low=after - before - 0.05,
        high=after - before + 0.05,
        questions=17,
        verdict=verdict,
    )


def compared() -> Comparison:
    """Two metrics worse, one better, two unclear or the same, and two questions that got worse."""
    fell = {"token_f1": (1.0, 0.125), "right": (1.0, 0.0)}
    return Comparison(
        changes=(
            changed("token_f1", "worse", 0.71, 0.52),
            changed("right", "worse", 0.94, 0.71),
            changed("citation_precision", "better", 0.81, 1.0),
            changed("hit@5", "same", 1.0, 1.0),
            changed("mrr@10", "unclear", 0.51, 0.5),
            changed("whole_ms", "untested", 1700.0, 1650.0),
        ),
        worse=tuple(Worse(id=f"seed-{at}", metrics=fell, before=result(at), after=wrong(at)) for at in (13, 14)),
        better=1,
        only_before=("old-1",),
        only_after=(),
        explained_by={"model": ("another-model", "a-model"), "passages": (6, 4)},
        level=0.99,
    )


def hostile(texts: Sequence[str]) -> tuple[Report, Comparison]:
    """Words that others wrote, in every place where a report holds such: of each four questions, one of them failed."""
    questions = [each for text in texts for each in _hostile(text)]
    described = settings(
        questions,
        question_set=texts[0],
        library=texts[0],
        documents=texts[0],
        embedder=texts[0],
        bad_lines=tuple(BadLine(line=1, reason=text) for text in texts),
        absent_documents=tuple(texts),
        index={text: text for text in texts},
        versions={text: text for text in texts},
    )
    comparison = Comparison(
        changes=tuple(changed(text, "worse", 1.0, 0.0) for text in texts),
        worse=tuple(
            Worse(id=each.id, metrics={each.id: (1.0, 0.0)}, before=each, after=each) for each in questions[::4]
        ),
        better=0,
        only_before=tuple(texts),
        only_after=tuple(texts),
        explained_by={text: (text, {text: text}) for text in texts},
        level=0.99,
    )
    return report(questions, settings=described), comparison


def _hostile(text: str) -> list[QuestionResult]:
    sentence = SentenceRecord(start=0, end=len(text), citations=(1,), support="weak", score=0.5, reason=text)
    citation = cited(document=text, title=text + " ", quote=text, before=text, after=text)
    answer = answered(text, sentences=(sentence,), citations=(citation,), model=text, fallback=text, unfinished=text)
    fields: dict[str, Any] = {
        "question": text,
        "type": text,
        "expected": (text,),
        "evidence": (Evidence(document=text, quote=text),),
        "hits": (Place(document=text, page=None, start=0, end=9, score=1.0),),
        "judgements": {text: Judgement(reason=text, score=0.5)},
    }
    return [
        result(1, id=text, answer=answer, **fields),
        result(2, id=text + "2", answer=replace(answer, mode="extractive"), **fields),
        result(3, id=text + "3", answer=replace(answer, found=False), **fields),
        replace(failed(4), error=text, question=text, id=text + "4"),
    ]
