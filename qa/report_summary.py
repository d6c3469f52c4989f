"""The figures of a report as HTML: every metric with its interval, what became of the questions, and types. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from qa.metrics import mean
from qa.report import Report
from qa.report_questions import OUTCOMES, outcome_html
from qa.report_words import GROUPS, falls, figure, words
from qa.results import QuestionResult
from qa.set_scores import Unit, unit
from qa.web.markup import escaped, label, one_line

_HEADLINES = (
    "right",
    "contained",
    "token_f1",
    "supported",
    "citation_precision",
    "risk",
    "coverage",
    "refusal_f1",
    "judge_correctness",
    "hit@5",
    "recall@10",
    "mrr@10",
    "ndcg@10",
    "whole_ms_p50",
    "retrieve_ms_p50",
)
"""What a reader looks for first; as many of these as a report has are shown large."""

_CARDS = 6
_TYPES = 40
"""Types of question that have a row; a set with more uses them for something else."""


def summary_html(report: Report) -> str:
    """Cards, the table of metrics, what became of the questions, and what each type of question scores."""
    return f"{_cards(report)}{_outcomes(report.questions)}{_groups(report)}{_types(report)}"


def name_html(metric: str) -> str:
    """A metric's name in plain words, the name that programs use, and which way is better."""
    known = words(metric)
    shown = "" if known.label == metric else f" <code>{escaped(one_line(metric))}</code>"
    lower = " <span class='fr-note'>lower is better</span>" if falls(metric) and unit(metric) == "share" else ""
    return f"<strong>{escaped(one_line(known.label))}</strong>{shown}{lower}"


def table(head: str, rows: str, name: str, kind: str) -> str:
    """A table that scrolls by itself where the page is too narrow for it. ``kind`` is its class."""
    return (
        f"<div class='fr-wide' tabindex='0' role='group' aria-label='{escaped(name)}'><table class='{kind}'>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cards(report: Report) -> str:
    cards = []
    for metric in [name for name in _HEADLINES if name in report.metrics][:_CARDS]:
        known = words(metric)
        interval = report.intervals.get(metric)
        spread = f"<dd class='fr-spread'>{_interval(interval, metric)}</dd>" if interval else ""
        cards.append(
            f"<div><dt>{escaped(known.label)}</dt>"
            f"<dd class='fr-value'>{figure(report.metrics[metric], metric)}</dd>{spread}</div>"
        )
    return f"<dl class='fr-cards'>{''.join(cards)}</dl>" if cards else ""


def _outcomes(questions: Sequence[QuestionResult]) -> str:
    counts = Counter(result.outcome for result in questions)
    rows = "".join(
        f"<tr><th scope='row'>{outcome_html(outcome)}</th><td class='fr-number-cell'>{counts[outcome]:,}</td>"
        f"<td class='fr-number-cell'>{counts[outcome] / len(questions):.0%}</td>"
        f"<td>{_bar(counts[outcome] / len(questions))}</td></tr>"
        for outcome in OUTCOMES
        if counts[outcome]
    )
    if not rows:
        return "<p>The set holds no questions.</p>"
    head = "<th scope='col'>outcome</th><th scope='col'>questions</th><th scope='col'>share</th><td></td>"
    return f"<h3>What became of the questions</h3>{table(head, rows, 'What became of the questions', 'fr-outcomes')}"


def _groups(report: Report) -> str:
    made = []
    for group in GROUPS:
        names = [name for name in report.metrics if words(name).group == group]
        if names:
            highest = _highest(report, names)
            rows = "".join(_row(report, name, highest) for name in names)
            head = (
                "<th scope='col'>metric</th><th scope='col'>value</th><th scope='col'>95 % interval</th><td></td>"
                "<th scope='col'>questions</th>"
            )
            made.append(f"<h3>{group}</h3>{table(head, rows, group, 'fr-scores')}")
    return "".join(made)


def _row(report: Report, metric: str, highest: Mapping[Unit, float]) -> str:
    known = words(metric)
    value = report.metrics[metric]
    interval = report.intervals.get(metric)
    meaning = f"<p class='fr-note'>{escaped(known.meaning)}</p>" if known.meaning else ""
    asked = report.counts.get(metric)
    top = highest[unit(metric)]
    drawn = _bar(value / top, (interval[0] / top, interval[1] / top) if interval else None)
    return (
        f"<tr><th scope='row'>{name_html(metric)}{meaning}</th>"
        f"<td class='fr-number-cell fr-main'>{figure(value, metric)}</td>"
        f"<td class='fr-number-cell'>{_interval(interval, metric) if interval else ''}</td><td>{drawn}</td>"
        f"<td class='fr-number-cell'>{'' if asked is None else f'{asked:,}'}</td></tr>"
    )


def _highest(report: Report, names: Iterable[str]) -> dict[Unit, float]:
    """What a full bar means, by unit: 1 for shares, for others the most that is there."""
    highest: dict[Unit, float] = {"share": 1.0, "ms": 1e-9, "tokens": 1e-9}
    for name in names:
        kind = unit(name)
        if kind != "share":
            highest[kind] = max(highest[kind], report.metrics[name], *report.intervals.get(name, ()))
    return highest


def _interval(interval: tuple[float, float], metric: str) -> str:
    low, high = (figure(value, metric) for value in interval)
    return f"{low.removesuffix(' ms')} to {high}"


def _bar(share: float, interval: tuple[float, float] | None = None) -> str:
    """A bar from 0 to 1, with a whisker over an interval. The figures stand beside it, so that it needs no words."""
    full = 100 * _within(share)
    whisker = ""
    if interval is not None:
        low, high = (100 * _within(each) for each in interval)
        whisker = f"<path class='fr-whisker' d='M{low:.1f} 6H{high:.1f}M{low:.1f} 3V9M{high:.1f} 3V9'/>"
    return (
        "<svg class='fr-bar' viewBox='-1 0 102 12' aria-hidden='true'><path class='fr-track' d='M0 6H100'/>"
        f"<rect class='fr-fill' x='0' y='2.5' width='{full:.1f}' height='7'/>{whisker}</svg>"
    )


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))


def _types(report: Report) -> str:
    by_type: dict[str, list[QuestionResult]] = {}
    for result in report.questions:
        by_type.setdefault(result.type, []).append(result)
    if not 2 <= len(by_type) <= _TYPES:
        return ""
    held = {name for result in report.questions for name in result.metrics}
    shown = [name for name in _HEADLINES if name in held][:_CARDS]
    rows = []
    for kind, results in sorted(by_type.items(), key=lambda item: (-len(item[1]), item[0])):
        cells = []
        for name in shown:
            value = mean(result.metrics.get(name) for result in results)
            cells.append(f"<td class='fr-number-cell'>{'' if value is None else figure(value, name)}</td>")
        named = label(kind) if kind else "none"
        rows.append(
            f"<tr><th scope='row'>{named}</th><td class='fr-number-cell'>{len(results):,}</td>{''.join(cells)}</tr>"
        )
    head = "<th scope='col'>type</th><th scope='col'>questions</th>" + "".join(
        f"<th scope='col'>{escaped(words(name).label)}</th>" for name in shown
    )
    return f"<h3>By type of question</h3>{table(head, ''.join(rows), 'By type of question', 'fr-types')}"
