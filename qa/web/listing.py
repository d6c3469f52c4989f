"""What stands in the lists beside the page, as HTML: conversations that are kept, and the documents.

Pure; every word that is not written here is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import UTC, datetime
from pathlib import PurePosixPath

from index.values import DocumentInfo, Failure, Status
from qa.uploads import FOLDER, file_of
from qa.web.history import Kept
from qa.web.markup import escaped, foreign, label
from qa.web.render import named

_LISTED = 200
"""Documents listed at once; the rest is found by searching."""

_OPENED = 5
"""Files that could not be read that are all shown at once; of more, only how many."""

_DAY = 86_400
_UNITS = (("year", 360 * _DAY), ("month", 30 * _DAY), ("day", _DAY), ("hour", 3_600), ("minute", 60))
"""With their lengths in seconds."""

_ADDED = " <span class='fn-tag'>added here</span>"

_NAMED = 3
"""Chosen documents that are named beside the box."""


def conversations(kept: Sequence[Kept], *, current: str, words: str = "", problem: str = "") -> str:
    """The list, the open one marked; ``words`` are what was searched for, ``problem`` why there is none."""
    if problem:
        return f"<p class='fn-alert' role='alert'>{escaped(problem)}</p>"
    if not kept:
        return f"<p class='fn-note'>{'No conversation holds these words.' if words else 'Nothing was asked yet.'}</p>"
    return f"<ul class='fn-kept'>{''.join(_entry(each, is_open=each.id == current) for each in kept)}</ul>"


def _entry(kept: Kept, *, is_open: bool) -> str:
    current = " aria-current='true'" if is_open else ""
    day = _moment(datetime.fromtimestamp(kept.changed, UTC))
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


def documents(
    status: Status,
    found: Sequence[DocumentInfo],
    failed: Sequence[Failure],
    chosen: Set[str],
    *,
    may_remove: bool = False,
) -> str:
    """The files that could not be read, then the documents found, each to be chosen and opened.

    Those that were added through the page can be removed again where ``may_remove``.
    """
    now = datetime.now(UTC)
    rows = "".join(
        _shelved(each, now, is_chosen=each.name in chosen, may_remove=may_remove and file_of(each.name) is not None)
        for each in found[:_LISTED]
    )
    more = f"<p class='fn-note'>{len(found) - _LISTED:,} more: search for them.</p>" if len(found) > _LISTED else ""
    if not found and not failed:
        more = "<p class='fn-note'>No document is called like that.</p>" if status.documents else ""
    unread = "".join(_unread(each, may_remove=may_remove) for each in failed[:_LISTED])
    if unread:
        opened = " open" if len(failed) <= _OPENED else ""
        unread = (
            f"<details class='fn-unread'{opened}><summary>Not readable: {len(failed):,}</summary>"
            f"<ul class='fn-failed'>{unread}</ul></details>"
        )
    everything = "<button type='button' class='fn-tool' data-do='all'>Ask all again</button>" if chosen else ""
    said = (
        f"Asking {len(chosen):,} of {status.documents:,}." if chosen else "All are asked; choose some to ask only them."
    )
    if not status.documents:
        said = "There are no documents yet."
    synced = f" Synced {_moment(datetime.fromisoformat(status.synced_at))}." if status.synced_at else ""
    return f"<p class='fn-note'>{said}{synced} {everything}</p>{unread}<ul class='fn-shelved'>{rows}</ul>{more}"


def _unread(failure: Failure, *, may_remove: bool) -> str:
    is_added = file_of(failure.document) is not None
    tools = f"<div class='fn-tools'>{_remove(failure.document)}</div>" if may_remove and is_added else ""
    return (
        f"<li><strong>{label(_short_name(failure.document))}</strong>{_ADDED if is_added else ''} "
        f"{foreign(failure.reason)}{tools}</li>"
    )


def scope(chosen: Sequence[str]) -> str:
    """What is asked, where it is not everything."""
    if not chosen:
        return ""
    names = ", ".join(label(name) for name in chosen[:_NAMED])
    more = f" and {len(chosen) - _NAMED:,} more" if len(chosen) > _NAMED else ""
    return (
        f"<div class='fn-scope'>Only {names}{more} {'is' if len(chosen) == 1 else 'are'} asked. "
        "<button type='button' class='fn-tool' data-do='documents'>Change</button></div>"
    )


def _shelved(info: DocumentInfo, now: datetime, *, is_chosen: bool, may_remove: bool) -> str:
    kind = PurePosixPath(info.name).suffix.lstrip(".").lower() or "file"
    facts = [label(kind), _size(info.bytes), f"{info.passages:,} {'passage' if info.passages == 1 else 'passages'}"]
    if info.pages:
        facts.insert(2, f"{info.pages:,} {'page' if info.pages == 1 else 'pages'}")
    if info.modified:
        at = datetime.fromisoformat(info.modified)
        facts.append(f"<span title='{_moment(at)}'>changed {ago((now - at).total_seconds())}</span>")
    if info.duplicate_of:
        facts.append(f"the same as {label(_short_name(info.duplicate_of))}")
    name = escaped(info.name)
    checked = " checked" if is_chosen else ""
    added = _ADDED if file_of(info.name) is not None else ""
    return (
        f"<li><input type='checkbox' data-document='{name}' aria-label='Ask only {name}'{checked}>"
        f"<div>{named(info.title, _short_name(info.name), added)}<span class='fn-meta'>{' · '.join(facts)}</span>"
        f"<div class='fn-tools'><button type='button' class='fn-tool' data-do='open' data-document='{name}' "
        f"aria-label='Open {name}'>Open</button>{_remove(info.name) if may_remove else ''}</div></div></li>"
    )


def _short_name(name: str) -> str:
    """Without the folder of what was added through the page, which the reader needs not know."""
    return name.removeprefix(f"{FOLDER}/") if file_of(name) is not None else name


def ago(seconds: float) -> str:
    """How long ago something was, in words; a month has thirty days and a year twelve months."""
    for unit, length in _UNITS:
        count = int(seconds // length)
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def _remove(document: str) -> str:
    name = escaped(document)
    return (
        f"<button type='button' class='fn-tool fn-remove' data-do='remove' data-document='{name}' "
        f"aria-label='Remove {name}'>Remove</button>"
    )


def _moment(at: datetime) -> str:
    """As a reader on this machine would say it."""
    return at.astimezone().strftime("%d %b %Y, %H:%M")


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:,.1f} {unit}" if unit != "bytes" and size < 10 else f"{size:,.0f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"
