"""A run beside an older one as HTML: the verdict, the questions that got worse, and the metrics that differ. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from qa.comparison import Change, Comparison, Verdict, Worse
from qa.report_questions import answer_html, expected_html, outcome_html
from qa.report_summary import name_html, table
from qa.report_words import counted, falls, figure, words
from qa.web.markup import escaped, foreign, label, one_line

_VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    "worse": ("▼", "worse"),
    "better": ("▲", "better"),
    "unclear": ("?", "unclear"),
    "same": ("=", "same"),
    "untested": ("·", "not tested"),
}
_OPEN = 3
"""Questions that got worse whose answers are unfolded."""

_SHOWN = 200
"""Questions that got worse, and ids, that are shown in full at most."""


def comparison_html(comparison: Comparison, places: Mapping[str, str]) -> str:
    """``places`` gives the anchor of each question of the report by its id."""
    way = direction(comparison)
    sign, _ = _VERDICTS[way]
    return (
        f"<p class='fr-verdict fr-{way}'><span aria-hidden='true'>{sign}</span> {verdict(comparison)}</p>"
        f"{_worse(comparison.worse, places)}{_changes(comparison)}{_explained(comparison.explained_by)}"
        f"{_missing('Only in the older run', comparison.only_before)}"
        f"{_missing('Only in this run', comparison.only_after)}"
    )


def direction(comparison: Comparison) -> Verdict:
    """Whether a run is worse or better than the older one, as far as its metrics tell, and else its questions."""
    verdicts = [change.verdict for change in comparison.changes]
    way = verdicts.count("better") - verdicts.count("worse") or comparison.better - len(comparison.worse)
    if not way:
        return "unclear" if "unclear" in verdicts else "same"
    return "better" if way > 0 else "worse"


def verdict(comparison: Comparison) -> str:
    """What changed, in a sentence or two, as HTML."""
    worse, better = len(comparison.worse), comparison.better
    fell = counted(worse, "question") if worse else "No question"
    asked = f"{fell} got worse, {f'{better:,}' if better else 'none'} better"
    said = []
    for way in ("worse", "better"):
        moved = [change for change in comparison.changes if change.verdict == way]
        if moved:
            more = f" and {len(moved) - _NAMED:,} more" if len(moved) > _NAMED else ""
            named = ", ".join(map(_moved, moved[:_NAMED]))
            said.append(f"{counted(len(moved), 'metric')} got {way}: {named}{more}")
    if said:
        return f"{asked}. {'; '.join(said)}."
    fallen = [change for change in comparison.changes if change.verdict == "unclear" and _is_fall(change)]
    telling = min(
        fallen,
        key=lambda change: _TELLING.index(change.metric) if change.metric in _TELLING else len(_TELLING),
        default=None,
    )
    if telling is None:
        return f"{asked}. No metric got better or worse."
    few = f"{counted(telling.questions, 'question')} {'is' if telling.questions == 1 else 'are'} too few"
    return f"{asked}; {_moved(telling)} (unclear: {few}). No metric got better or worse beyond chance."


_NAMED = 3
_TELLING = ("contained", "risk", "token_f1", "citation_recall", "supported", "refusal_f1", "hit@5", "mrr@10")
"""Metrics of which the verdict names the first that fell."""


def _is_fall(change: Change) -> bool:
    return change.delta != 0 and (change.delta > 0) == falls(change.metric)


def _moved(change: Change) -> str:
    before, after = (figure(value, change.metric) for value in (change.before, change.after))
    return f"{escaped(one_line(words(change.metric).label))} {before} → {after}"


def _changes(comparison: Comparison) -> str:
    """The metrics that differ, the worst first; those that do not, folded."""
    if not comparison.changes:
        return "<p class='fr-note'>The two runs have no metric in common.</p>"
    order = list(_VERDICTS)
    differing = [change for change in comparison.changes if change.verdict != "same"]
    same = [change for change in comparison.changes if change.verdict == "same"]
    rows = "".join(_change(change) for change in sorted(differing, key=lambda change: order.index(change.verdict)))
    interval = f"{100 * comparison.level:.3g} % interval"
    head = "".join(
        f"<th scope='col'>{name}</th>"
        for name in ("verdict", "metric", "before", "after", "difference", interval, "questions")
    )
    said = (
        "Better and worse are said only of a difference that chance does not explain: the intervals are so wide that a "
        "system compared with itself would be called changed in any metric at most once in twenty times."
    )
    made = table(head, rows, "What differs", "fr-changes") + f"<p class='fr-note fr-below'>{said}</p>" if rows else ""
    return f"<h3>Metrics before and after</h3>{made}{_unchanged(same)}"


def _unchanged(same: Sequence[Change]) -> str:
    if not same:
        return ""
    rows = "".join(f"<li>{name_html(change.metric)} {figure(change.after, change.metric)}</li>" for change in same)
    return (
        f"<details class='fr-unchanged'><summary>{counted(len(same), 'metric')} unchanged in every question</summary>"
        f"<ul class='fr-plain'>{rows}</ul></details>"
    )


def _change(change: Change) -> str:
    metric = change.metric
    sign, word = _VERDICTS[change.verdict]
    cells = "".join(
        f"<td class='fr-number-cell fr-is-{name}'>{cell}</td>"
        for name, cell in (
            ("before", figure(change.before, metric)),
            ("after", figure(change.after, metric)),
            ("difference", _signed(change.delta, metric)),
            ("interval", f"{_signed(change.low, metric)} to {_signed(change.high, metric)}"),
            ("questions", f"{change.questions:,}"),
        )
    )
    return (
        f"<tr><td><span class='fr-change fr-{change.verdict}'><span aria-hidden='true'>{sign}</span> {word}</span></td>"
        f"<th scope='row'>{name_html(metric)}</th>{cells}</tr>"
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
    rows = "".join(
        _fallen(each, f"w-{at}", places.get(each.id), is_open=at <= _OPEN) for at, each in enumerate(worse[:_SHOWN], 1)
    )
    more = len(worse) - _SHOWN
    rest = (
        f"<p class='fr-note'>{more:,} more got worse; they are marked in the list of questions.</p>" if more > 0 else ""
    )
    return f"<h3>Questions that got worse</h3>{rows}{rest}"


def _fallen(each: Worse, where: str, place: str | None, *, is_open: bool) -> str:
    fell = ", ".join(
        f"{escaped(words(name).label)} {figure(before, name)} → {figure(after, name)}"
        for name, (before, after) in each.metrics.items()
    )
    link = f"<p class='fr-more'><a href='#{place}'>All about this question</a></p>" if place else ""
    sides = "".join(
        f"<section><h3>{name}: {outcome_html(result.outcome)}</h3>{answer_html(result, f'{where}-{side}')}</section>"
        for name, side, result in (("Before", "before", each.before), ("After", "after", each.after))
    )
    return (
        f"<details class='fr-q fr-pair' id='{where}'{' open' if is_open else ''}><summary>"
        f"<span class='fr-change fr-worse'><span aria-hidden='true'>▼</span> worse</span>"
        f"<span class='fr-ask'>{foreign(each.after.question)} "
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
