"""A run beside an older one as HTML: the verdict, every metric, and the questions that got worse. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from qa.comparison import Change, Comparison, Worse
from qa.report_questions import answer_html, expected_html, outcome_html
from qa.report_summary import name_html, table
from qa.report_words import counted, figure, words
from qa.web.markup import escaped, foreign, label

_VERDICTS = {
    "better": ("▲", "better"),
    "worse": ("▼", "worse"),
    "unclear": ("?", "unclear"),
    "same": ("=", "same"),
    "untested": ("·", "not tested"),
}
_SHOWN = 200
"""Questions that got worse, and ids, that are shown in full at most."""


def comparison_html(comparison: Comparison, places: Mapping[str, str]) -> str:
    """``places`` gives the anchor of each question of the report by its id."""
    return (
        f"<p class='fr-verdict'>{verdict(comparison)}</p>{_changes(comparison.changes)}"
        f"{_explained(comparison.explained_by)}{_worse(comparison.worse, places)}"
        f"{_missing('Only in the older run', comparison.only_before)}"
        f"{_missing('Only in this run', comparison.only_after)}"
    )


def verdict(comparison: Comparison) -> str:
    """What changed, in a sentence or two."""
    counts = Counter(change.verdict for change in comparison.changes)
    worse, better = counts["worse"], counts["better"]
    rest = counts["unclear"] + counts["same"]
    if not worse and not better:
        first = f"No metric got better or worse: {rest} {'is' if rest == 1 else 'are'} unclear or the same."
    else:
        first = f"{counted(worse, 'metric')} got worse, {better} better, {rest} unclear or the same."
    fell = len(comparison.worse)
    return f"{first} {counted(fell, 'question')} got worse." if fell else first


def _changes(changes: Sequence[Change]) -> str:
    if not changes:
        return "<p class='fr-note'>The two runs have no metric in common.</p>"
    rows = "".join(_change(change) for change in changes)
    head = "".join(
        f"<th scope='col'>{name}</th>"
        for name in ("metric", "before", "after", "difference", "interval", "questions", "verdict")
    )
    said = (
        "Better and worse are said only of a difference that chance does not explain: the intervals are so wide that a "
        "system compared with itself would be called changed in any metric at most once in twenty times."
    )
    made = table(head, rows, "Before and after", "fr-changes")
    return f"<h3>Before and after</h3>{made}<p class='fr-note fr-below'>{said}</p>"


def _change(change: Change) -> str:
    metric = change.metric
    sign, word = _VERDICTS[change.verdict]
    cells = "".join(
        f"<td class='fr-number-cell'>{cell}</td>"
        for cell in (
            figure(change.before, metric),
            figure(change.after, metric),
            _signed(change.delta, metric),
            f"{_signed(change.low, metric)} to {_signed(change.high, metric)}",
            f"{change.questions:,}",
        )
    )
    return (
        f"<tr><th scope='row'>{name_html(metric)}</th>{cells}<td>"
        f"<span class='fr-change fr-{change.verdict}'><span aria-hidden='true'>{sign}</span> {word}</span></td></tr>"
    )


def _explained(explained_by: Mapping[str, tuple[Any, Any]]) -> str:
    if not explained_by:
        return "<h3>What differs between the runs</h3><p class='fr-note'>Nothing that is recorded.</p>"
    rows = "".join(
        f"<tr><th scope='row'>{label(name)}</th><td>{_value(before)}</td><td>{_value(after)}</td></tr>"
        for name, (before, after) in explained_by.items()
    )
    head = "<th scope='col'>setting</th><th scope='col'>before</th><th scope='col'>after</th>"
    title = "What differs between the runs"
    return f"<h3>{title}</h3>{table(head, rows, title, 'fr-settings')}"


def _worse(worse: Sequence[Worse], places: Mapping[str, str]) -> str:
    if not worse:
        return ""
    rows = "".join(_fallen(each, f"w-{at}", places.get(each.id)) for at, each in enumerate(worse[:_SHOWN], 1))
    more = len(worse) - _SHOWN
    rest = (
        f"<p class='fr-note'>{more:,} more got worse; they are marked in the list of questions.</p>" if more > 0 else ""
    )
    return f"<h3>Questions that got worse</h3>{rows}{rest}"


def _fallen(each: Worse, where: str, place: str | None) -> str:
    fell = ", ".join(
        f"{escaped(words(name).label)} {figure(before, name)} → {figure(after, name)}"
        for name, (before, after) in each.metrics.items()
    )
    link = f"<p><a href='#{place}'>All about this question</a></p>" if place else ""
    sides = "".join(
        f"<section><h3>{name}: {outcome_html(result.outcome)}</h3>{answer_html(result, f'{where}-{side}')}</section>"
        for name, side, result in (("Before", "before", each.before), ("After", "after", each.after))
    )
    return (
        f"<details class='fr-q fr-pair' id='{where}'><summary><span class='fr-change fr-worse'>"
        f"<span aria-hidden='true'>▼</span> worse</span><span class='fr-ask'>{foreign(each.after.question)} "
        f"<span class='fr-id'>{label(each.id)}</span></span><span class='fr-key'>{fell}</span></summary>"
        f"<div class='fr-body'><div class='fr-sides'>{sides}</div>"
        f"<section><h3>Expected</h3>{expected_html(each.after)}</section>{link}</div></details>"
    )


def _missing(title: str, ids: Sequence[str]) -> str:
    if not ids:
        return ""
    shown = ", ".join(map(label, ids[:_SHOWN])) + (" …" if len(ids) > _SHOWN else "")
    return f"<p class='fr-note'>{title}: {counted(len(ids), 'question')}: {shown}</p>"


def _signed(value: float, metric: str) -> str:
    shown = figure(abs(value), metric)
    sign = "" if shown == figure(0.0, metric) else "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{shown}"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return foreign(text)
