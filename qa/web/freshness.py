"""Whether the sources of answers are still what they were when the answers were given."""

from __future__ import annotations

from collections.abc import Sequence

from index.errors import LibraryError
from index.library import Library
from qa.web.conversation import Exchange, Stale, citations_of

REMOVED = "removed since"
CHANGED = "changed since: it no longer says this"
MOVED = "changed since: it says this at another place"


def stale_citations(library: Library, exchanges: Sequence[Exchange]) -> Stale:
    """What became of cited sources that are no longer as they were.

    Raises:
        LibraryError: the library cannot be read.
    """
    held = {info.name for info in library.documents()}
    texts: dict[str, str] = {}
    found: dict[tuple[str, int, int], str] = {}
    for exchange in exchanges:
        for _, citation in citations_of(exchange.answer) if exchange.answer is not None else ():
            name = citation.passage.document
            key = (citation.passage.id, citation.start, citation.end)
            if key in found:
                continue
            if name not in held:
                found[key] = REMOVED
            elif library.passage(citation.passage.id) is None:
                if name not in texts:
                    try:
                        texts[name] = library.document(name).text
                    except LibraryError:  # it went away meanwhile
                        texts[name] = ""
                text = texts[name]
                if text[citation.start : citation.end] != citation.quote:
                    found[key] = MOVED if citation.quote in text else CHANGED
    return found
