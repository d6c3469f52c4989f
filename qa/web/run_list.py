"""Runs of question sets as HTML. Pure; every word that is not written here is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from qa.progress import EvaluateProgress
from qa.web.markup import escaped, foreign, label
from qa.web.render import duration
from qa.web.runs import Run

_HEADLINES = {
    "right": "right",
    "contained": "contain the answer",
    "supported": "supported sentences",
    "recall@10": "recall@10",
    "coverage": "answered",
    "refusal_f1": "refusal F1",
}
"""Metrics that a line of the list names, in this order, as far as the run has them."""

_NAMED = 4
_LISTED = 50


def run_list(runs: Sequence[Run]) -> str:
    """The runs that have ended, newest first."""
    if not runs:
        return (
            "<p class='fn-note'>Nothing was run yet. A question set is a file of JSON lines, each with at least "
            "<code>id</code> and <code>question</code>; with <code>answers</code>, <code>evidence</code> or "
            "<code>answerable</code> more can be scored. <code>footnote questions draft</code> drafts one from your "
            "documents, <code>footnote feedback export</code> makes one of what readers said.</p>"
        )
    return f"<ul class='fn-kept'>{''.join(map(_entry, runs[:_LISTED]))}</ul>"


def under_way(run: Run, progress: EvaluateProgress | None) -> list[str]:
    """How far a run is, and the button that stops it: apart, so that the button stays while the other changes."""
    done, all_ = (progress.done, progress.questions) if progress is not None else (0, 1)
    text = f"Asking {label(run.name)}"
    if progress is not None:
        left = "" if progress.seconds_left is None else f", about {duration(progress.seconds_left)} left"
        text += f": {done:,} of {all_:,} questions, {progress.rate:.1f} a second{left}"
    bar = f"<progress max='{max(all_, 1)}' value='{done}' aria-label='Questions that were asked'></progress>"
    return [f"{bar}<span>{text}</span>", "<button type='button' class='fn-tool' data-do='stop'>Stop</button>"]


def _entry(run: Run) -> str:
    day = datetime.fromtimestamp(run.at, UTC).astimezone().strftime("%d %b %Y, %H:%M")
    named = escaped(run.name)
    if run.problem:
        facts = f"<span class='fn-changed'>{foreign(run.problem)}</span>"
    else:
        facts = f"<span class='fn-meta'>{_facts(run)}</span>"
    tools = [] if run.problem else [("report", "Open the report")]
    buttons = "".join(
        f"<button type='button' class='fn-tool' data-do='{what}' aria-label='{shown}: {named}'>{shown}</button>"
        for what, shown in [*tools, ("remove", "Delete")]
    )
    return (
        f"<li data-run='{escaped(run.id)}'><span class='fn-title'>{label(run.name)}</span> "
        f"<span class='fn-file'>{day}</span><br>{facts}<div class='fn-tools'>{buttons}</div></li>"
    )


def _facts(run: Run) -> str:
    metrics = run.metrics or {}
    facts = [f"{run.questions:,} {'question' if run.questions == 1 else 'questions'}"]
    for count, what in ((run.failed, "failed"), (run.bad_lines, "bad lines" if run.bad_lines > 1 else "bad line")):
        facts += [f"<span class='fn-changed'>{count:,} {what}</span>"] if count else []
    named = [(shown, metrics[name]) for name, shown in _HEADLINES.items() if name in metrics]
    facts += [f"{shown} {value:.2f}" for shown, value in named[:_NAMED]]
    if run.compared:
        changes = [f"{count:,} {what}" for count, what in ((run.worse, "worse"), (run.better, "better")) if count]
        facts.append(f"since the last run: {' and '.join(changes) or 'no change beyond chance'}")
    return " · ".join(facts)
