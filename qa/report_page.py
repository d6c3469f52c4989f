"""A report as one HTML page that is complete in itself: nothing in it is fetched, and it reads without script too."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from qa.comparison import Comparison
from qa.questions import BadLine
from qa.report import Report, RunSettings
from qa.report_comparison import comparison_html
from qa.report_plots import pictures
from qa.report_questions import OUTCOMES, questions_html
from qa.report_summary import summary_html, table
from qa.report_words import counted, words
from qa.web.markup import escaped, foreign, label, one_line

_UNFOLDED = 300
"""Questions up to which paper shows each of them whole; of more it shows the list, and what a reader unfolded."""

_LISTED = 50
"""Bad lines and absent documents that are named at most."""

_LOGO = (
    "<svg class='fr-logo' viewBox='0 0 24 24' aria-hidden='true'><path d='M4 3h11l5 5v13H4z'/>"
    "<path d='M8 11h8M8 15h5'/></svg>"
)


def report_html(report: Report, comparison: Comparison | None = None) -> str:
    """The page. With a comparison it begins with what got better and worse since the older run."""
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    title = _title(report.settings)
    sections = list(_sections(report, comparison))
    links = "".join(f"<li><a href='#{name}'>{heading}</a></li>" for name, heading, _ in sections)
    made = "".join(
        f"<section id='{name}' aria-labelledby='{name}-h'><h2 id='{name}-h'>{heading}</h2>{content}</section>"
        for name, heading, content in sections
    )
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<meta http-equiv='Content-Security-Policy' content=\"{policy}\">"
        "<meta name='viewport' content='width=device-width, initial-scale=1'><meta name='color-scheme' "
        "content='light dark'><meta name='referrer' content='no-referrer'>"
        f"<title>{escaped(one_line(title))}</title><style>{style}</style></head>\n"
        f"<body><header class='fr-head'><p class='fr-brand'>{_LOGO}Footnote</p><h1>{label(title)}</h1>"
        f"<p class='fr-facts'>{_facts(report)}</p></header>"
        f"<nav class='fr-nav' aria-label='Parts of the report'><ul>{links}</ul></nav>\n<main>{made}</main>\n"
        f"<script>{script}</script></body></html>\n"
    )


def _sections(report: Report, comparison: Comparison | None) -> Iterator[tuple[str, str, str]]:
    """Anchor, heading and content of each part."""
    if comparison is not None:
        places = {result.id: f"q-{at}" for at, result in enumerate(report.questions, 1)}
        yield "comparison", "Since the older run", comparison_html(comparison, places)
    yield "summary", "Summary", summary_html(report)
    figures = "".join(
        f"<figure><figcaption><h3>{picture.title}</h3><p class='fr-note'>{picture.said}</p></figcaption>{picture.svg}"
        "</figure>"
        for picture in pictures(report.questions)
    )
    yield "figures", "Figures", f"<div class='fr-pictures'>{figures}</div>"
    yield "questions", "Questions", _questions(report, comparison)
    yield "run", "The run", _run(report.settings)


def _title(settings: RunSettings) -> str:
    name = PurePath(settings.question_set).name if settings.question_set else "a question set"
    return f"Evaluation of {name}"


def _facts(report: Report) -> str:
    settings = report.settings
    facts = [
        counted(settings.asked, "question"),
        f"{counted(settings.document_count, 'document')} ({counted(settings.passage_count, 'passage')})",
        _answers(report),
        f"embedder {label(settings.embedder)}",
        f"took {_duration(report.seconds)}",
    ]
    if settings.failed:
        facts.append(f"<strong>{settings.failed:,} failed</strong>")
    return " · ".join(facts)


def _answers(report: Report) -> str:
    """Who answered, as the answers themselves say."""
    given = [result.answer for result in report.questions if result.answer is not None]
    if not given:
        return "search only"
    models = sorted({answer.model or "a model" for answer in given if answer.mode == "llm"})
    return f"answers written by {', '.join(map(label, models))}" if models else "quoted answers"


def _questions(report: Report, comparison: Comparison | None) -> str:
    questions = report.questions
    metrics = list(dict.fromkeys(name for result in questions for name in result.metrics))
    types = sorted({result.type for result in questions if result.type})
    worse = [each.id for each in comparison.worse] if comparison is not None else []
    few = " fr-few" if len(questions) <= _UNFOLDED else ""
    return (
        f"{_filters(report, metrics, types, compared=comparison is not None)}"
        f"<div class='fr-list{few}' data-few='{_UNFOLDED}'>"
        f"{questions_html(questions, metrics=metrics, types=types, worse=worse)}</div>"
        "<p class='fr-none' hidden>No question is like that.</p>"
    )


def _filters(report: Report, metrics: list[str], types: list[str], *, compared: bool) -> str:
    """What the script filters by. It is hidden where there is no script."""
    counts = Counter(result.outcome for result in report.questions)
    outcomes = [
        (outcome, f"{word} ({counts[outcome]:,})") for outcome, (_, word) in OUTCOMES.items() if counts[outcome]
    ]
    kinds = Counter(result.type for result in report.questions)
    choices = _select("outcome", "Outcome", "all", outcomes)
    if types:
        shown = [(kind, f"{one_line(kind)} ({kinds[kind]:,})") for kind in types]
        choices += _select("type", "Type", "all", shown)
    if compared:
        choices += _select("worse", "Since the older run", "all", [("yes", "got worse")])
    if metrics:
        choices += _select("metric", "Metric", "any", [(name, _choice(name)) for name in metrics])
        choices += (
            "<label>is <select name='side'><option value='most'>at most</option><option value='least'>at least</option>"
            "</select></label><label>value <input type='number' name='value' step='any' size='6' inputmode='decimal'>"
            "</label>"
        )
    total = counted(len(report.questions), "question")
    return (
        "<form class='fr-filters' role='search' aria-label='Filter the questions' hidden>"
        f"{choices}<label class='fr-find'>Text <input type='search' name='text' autocomplete='off' spellcheck='false'>"
        "</label><div class='fr-after'><output role='status'>"
        f"{total}</output><button type='reset'>Show all</button><button type='button' name='unfold'>Unfold</button>"
        "<button type='button' name='fold'>Fold</button></div></form>"
    )


def _select(name: str, title: str, every: str, choices: Sequence[tuple[str, str]]) -> str:
    options = "".join(f"<option value='{escaped(value)}'>{escaped(shown)}</option>" for value, shown in choices)
    return f"<label>{title} <select name='{name}'><option value=''>{every}</option>{options}</select></label>"


def _choice(metric: str) -> str:
    known = words(metric).label
    return known if known == metric else f"{known} ({metric})"


def _run(settings: RunSettings) -> str:
    """Everything that is recorded of the run, by name."""
    rows = "".join(
        f"<tr><th scope='row'>{label(name)}</th><td>{foreign(value)}</td></tr>" for name, value in _recorded(settings)
    )
    parts = [table("<th scope='col'>what</th><th scope='col'>value</th>", rows, "The run", "fr-settings")]
    for title, items in (
        ("Lines of the set that were passed over", [str(line) for line in settings.bad_lines]),
        ("Documents of the evidence that the library does not hold", list(settings.absent_documents)),
    ):
        if items:
            more = f"<li>and {len(items) - _LISTED:,} more</li>" if len(items) > _LISTED else ""
            listed = "".join(f"<li>{label(item)}</li>" for item in items[:_LISTED])
            parts.append(f"<h3>{title}: {len(items):,}</h3><ul class='fr-plain'>{listed}{more}</ul>")
    return "".join(parts)


def _recorded(settings: RunSettings) -> Iterator[tuple[str, str]]:
    for field in fields(settings):
        value = getattr(settings, field.name)
        name = field.name.replace("_", " ")
        if isinstance(value, Mapping):
            yield from ((f"{name}: {key}", _said(each)) for key, each in value.items())
        elif isinstance(value, tuple) and (not value or isinstance(value[0], (BadLine, str))):
            yield name, f"{len(value):,}"
        else:
            yield name, _said(value)


def _said(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _asset(name: str) -> str:
    return files("qa").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a Content-Security-Policy names the one text that it lets in."""
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"
