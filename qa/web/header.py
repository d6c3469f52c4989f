"""The line above the page, as HTML: which documents are in, and who writes the answers. Pure."""

from __future__ import annotations

from index.values import Status
from qa.settings import QASettings
from qa.web.choices import Choices
from qa.web.markup import escaped, foreign, label

ICON = (
    "<link rel='icon' href=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'>"
    "<path d='M5 3h10l4 4v14H5z' fill='%23205d52'/></svg>\">"
)
"""For the head of a page."""

LOGO = (
    "<svg class='fn-logo' viewBox='0 0 24 24' aria-hidden='true'><path d='M5 3h10l4 4v14H5z'/>"
    "<path d='M8.5 10h7M8.5 13.5h7M8.5 17h3'/></svg>"
)
_LIST, _PLUS, _SHEETS = (
    f"<svg class='fn-icon' viewBox='0 0 24 24' aria-hidden='true'><path d='{path}'/></svg>"
    for path in ("M4 6.5h16M4 12h16M4 17.5h10", "M12 5v14M5 12h14", "M8 3.5h7l4 4v9H8zM5 7.5v13h10")
)
_AS_CONFIGURED = Choices()


def header(
    status: Status | None, settings: QASettings, choices: Choices = _AS_CONFIGURED, *, problem: str = "", name: str = ""
) -> str:
    """The line above the page: how many documents are in, and who writes the answers.

    Args:
        status: of the library; None where it could not be read.
        settings: as configured.
        choices: what this reader tries instead.
        problem: why the library could not be read.
        name: who has signed in; empty where nobody has to.
    """
    return (
        f"<button type='button' class='fn-button fn-menu' aria-expanded='false' aria-label='Conversations'>{_LIST}"
        "<span class='fn-wide'>Conversations</span></button>"
        f"<h1 class='fn-brand'>{LOGO}<span class='fn-name'>Footnote</span></h1>"
        f"{_documents(status, problem)}{_mode(settings, choices)}"
        "<button type='button' class='fn-button fn-fresh' aria-label='New conversation'>"
        f"{_PLUS}<span class='fn-wide'>New</span></button>{_more(name)}"
    )


def _more(name: str) -> str:
    """What is needed now and then."""
    account = (
        f"<div class='fn-account'>Signed in as {label(name)}"
        "<button type='button' class='fn-button fn-leave'>Sign out</button></div>"
        if name
        else ""
    )
    return (
        "<details class='fn-fact fn-more'><summary class='fn-button' aria-label='More'>⋯</summary><div class='fn-pop'>"
        "<button type='button' class='fn-item fn-sets-opener' aria-expanded='false'>Question sets</button>"
        f"<details class='fn-keys'><summary class='fn-item'>Keys</summary>{_KEYS}</details>{account}</div></details>"
    )


_KEYS = (
    "<ul><li>Enter: ask; Shift+Enter: another line</li><li>/: to the question</li>"
    "<li>Alt+↓ and Alt+↑: next and previous citation</li><li>Alt+Shift+N: new conversation</li>"
    "<li>Esc: close the source or the list</li></ul>"
)


def _documents(status: Status | None, problem: str) -> str:
    if status is None:
        return _fact("documents", "No documents", f"<p>{foreign(problem)}</p>")
    noun = "document" if status.documents == 1 else "documents"
    problems = ""
    if status.failed:
        problems = (
            f"<span class='fn-wider'>, {len(status.failed):,} not readable</span>"
            "<span class='fn-narrow fn-warned' aria-hidden='true'>!</span>"
        )
    told = f"{status.documents:,} {noun}" + (f", {len(status.failed):,} not readable" if status.failed else "")
    return (
        f"<button type='button' class='fn-button fn-docs' aria-expanded='false' aria-label='{told}' title='Documents'>"
        f"{_SHEETS}<span>{status.documents:,}<span class='fn-wide'> {noun}</span>{problems}</span></button>"
    )


def _mode(settings: QASettings, choices: Choices) -> str:
    if settings.has_model:
        text = (
            "Answers are written by this model from the passages that were found. Citations are checked against "
            "those passages; a number that points at none is taken out."
        )
    else:
        text = (
            "No model is configured, so answers are sentences of your documents, word for word. To have them written, "
            "set <code>OPENAI_API_KEY</code>, or <code>OPENAI_BASE_URL</code> for a server of your own, in "
            "<code>.env</code> and start Footnote again."
        )
    return _fact("mode", _in_force(settings, choices), f"<p>{text}</p>{_choices(settings)}")


def _in_force(settings: QASettings, choices: Choices) -> str:
    """Who answers this reader, and whether they chose so."""
    if settings.has_model and choices.quoted:
        return "Quoted, your choice"
    if settings.has_model and choices.model not in ("", settings.model):
        return f"Answers by {label(choices.model)}, your choice"
    who = f"Answers by {label(settings.model)}" if settings.has_model else "Answers are quoted"
    tuned = choices.passages is not None or (settings.has_model and choices.temperature is not None)
    return f"{who}, your settings" if tuned else who


def _choices(settings: QASettings) -> str:
    """What this reader may try instead; the page's script fills in what was chosen before and keeps it."""
    count = f"<input type='number' name='passages' min='1' max='50' placeholder='{settings.passages}'>"
    fields = [f"<label>Passages{count}</label>"]
    if settings.has_model:
        warmth = "the model's own" if settings.temperature is None else f"{settings.temperature:g}"
        fields += [
            "<label>Answers<select name='answers'><option value='written'>written by the model</option>"
            "<option value='quoted'>quoted word for word</option></select></label>",
            f"<label>Model<input type='text' name='model' placeholder='{escaped(settings.model)}'></label>",
            "<label>Temperature<input type='number' name='temperature' min='0' max='2' step='0.1' "
            f"placeholder='{escaped(warmth)}'></label>",
        ]
    buttons = (
        "<span class='fn-tools'><button type='submit' class='fn-ask'>Use</button>"
        "<button type='reset' class='fn-tool'>As configured</button></span>"
    )
    return f"<form class='fn-choices' aria-label='What to try'>{''.join(fields)}{buttons}</form>"


def _fact(name: str, summary: str, content: str) -> str:
    """A word in the header that opens."""
    return (
        f"<details class='fn-fact fn-{name}'><summary>{summary}</summary><div class='fn-pop'>{content}</div></details>"
    )
