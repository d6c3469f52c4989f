"""The drawer with the conversations that are kept, as HTML. Pure; every word that is not written here is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from qa.web.history import Kept
from qa.web.markup import escaped, label


def conversations(kept: Sequence[Kept], *, current: str, words: str = "", problem: str = "") -> str:
    """The list, the open one marked; ``words`` are what was searched for, ``problem`` why there is none."""
    if problem:
        return f"<p class='fn-alert' role='alert'>{escaped(problem)}</p>"
    if not kept:
        return f"<p class='fn-note'>{'No conversation holds these words.' if words else 'Nothing was asked yet.'}</p>"
    return f"<ul class='fn-kept'>{''.join(_entry(each, is_open=each.id == current) for each in kept)}</ul>"


def _entry(kept: Kept, *, is_open: bool) -> str:
    current = " aria-current='true'" if is_open else ""
    day = datetime.fromtimestamp(kept.changed, UTC).astimezone().strftime("%d %b %Y, %H:%M")
    named = escaped(kept.name)
    tools = "".join(
        f"<button type='button' class='fn-tool' data-do='{what}' aria-label='{shown}: {named}'>{shown}</button>"
        for what, shown in (("export", "Export"), ("remove", "Delete"))
    )
    return (
        f"<li data-conversation='{escaped(kept.id)}'{current}>"
        f"<button type='button' class='fn-recall' data-do='recall'><span class='fn-title'>{label(kept.name)}</span>"
        f"<span class='fn-file'>{day}</span></button>"
        f"<div class='fn-tools'><details class='fn-edit'><summary class='fn-tool' aria-label='Rename: {named}'>Rename"
        "</summary><form class='fn-revise'><input type='text' class='fn-revised' aria-label='Another name' "
        f"value='{named}'><button type='submit' class='fn-ask'>Rename</button></form></details>{tools}</div></li>"
    )
