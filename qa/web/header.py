"""The line above the page, as HTML: which documents are in, and who writes the answers. Pure."""

from __future__ import annotations

from index.values import Status
from qa.settings import QASettings
from qa.web.markup import escaped, foreign, label

_LOGO = (
    "<svg class='fn-logo' viewBox='0 0 24 24' aria-hidden='true'><path d='M5 3h10l4 4v14H5z'/>"
    "<path d='M8.5 10h7M8.5 13.5h7M8.5 17h3'/></svg>"
)


def header(status: Status | None, settings: QASettings, *, problem: str = "") -> str:
    """The line above the page: how many documents are in, and who writes the answers.

    Without a ``status`` the library could not be read; ``problem`` says why.
    """
    return (
        f"<h1 class='fn-brand'>{_LOGO}Footnote</h1>"
        f"{_documents(status, problem)}{_mode(settings)}"
        f"{_KEYS}{_SETS}"
        "<button type='button' class='fn-menu' aria-expanded='false'>Conversations</button>"
        "<button type='button' class='fn-fresh'>New<span class='fn-wide'> conversation</span></button>"
    )


_SETS = (
    "<button type='button' class='fn-sets-opener' aria-expanded='false' aria-label='Question sets'>"
    "<span class='fn-wide'>Question sets</span><span class='fn-narrow'>Sets</span></button>"
)
_KEYS = (
    "<details class='fn-fact fn-keys'><summary>Keys</summary><div class='fn-pop'><ul>"
    "<li>Enter: ask; Shift+Enter: another line</li><li>/: to the question</li>"
    "<li>Alt+↓ and Alt+↑: next and previous citation</li><li>Alt+Shift+N: new conversation</li>"
    "<li>Esc: close the source or the list</li></ul></div></details>"
)


def account(name: str) -> str:
    """Who is signed in, with the way out; nothing where nobody has to sign in."""
    if not name:
        return ""
    shown = f"<span class='fn-wide'>{label(name)} </span>"
    return f"<span class='fn-account'>{shown}<button type='button' class='fn-leave'>Sign out</button></span>"


def _documents(status: Status | None, problem: str) -> str:
    if status is None:
        return _fact("documents", "No documents", f"<p>{foreign(problem)}</p>")
    count = f"{status.documents:,} {'document' if status.documents == 1 else 'documents'}"
    problems = f", {len(status.failed):,} not readable" if status.failed else ""
    return f"<button type='button' class='fn-docs' aria-expanded='false'>{count}{problems}</button>"


def _mode(settings: QASettings) -> str:
    if settings.has_model:
        summary = f"Answers by {label(settings.model)}"
        text = (
            "Answers are written by this model from the passages that were found. Citations are checked against "
            "those passages; a number that points at none is taken out."
        )
    else:
        summary = "Answers are quoted"
        text = (
            "No model is configured, so answers are sentences of your documents, word for word. To have them written, "
            "set <code>OPENAI_API_KEY</code>, or <code>OPENAI_BASE_URL</code> for a server of your own, in "
            "<code>.env</code> and start Footnote again."
        )
    return _fact("mode", summary, f"<p>{text}</p>{_choices(settings)}")


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
