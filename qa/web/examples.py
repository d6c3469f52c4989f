"""Questions to begin with, taken from the documents themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from index.library import Library
from index.values import Document, DocumentInfo
from qa.chat import ask
from qa.hostile import reads_like_instructions
from qa.settings import QASettings

MOST = 4
_READ = 8
"""Documents that are looked into at most."""

_LARGE = 400_000
"""Characters of a document from which on it is not looked into: this happens while somebody waits for the page."""

_WORD = re.compile(r"[^\W\d_]{2,}")
# Two or more capitalised words that follow a small one: a name, in languages that write names so.
_NAME = re.compile(r"(?<=[a-zà-öø-ÿ,;] )(?:[A-Z][\w-]{2,} ){1,3}[A-Z][\w-]{2,}\b")


def example_questions(library: Library, settings: QASettings) -> list[str]:
    """At most ``MOST`` questions that the library's documents answer: each was tried, without a model.

    Raises:
        LibraryError: the library cannot be read.
    """
    infos = [info for info in library.documents() if info.duplicate_of is None and info.characters <= _LARGE]
    quoting = settings.model_copy(update={"openai_api_key": None, "openai_base_url": None})
    good: list[str] = []
    for question in examples(infos, (library.document(info.name) for info in infos[:_READ])):
        # A click puts the words of a document in the place of the reader's question.
        if not reads_like_instructions(question) and ask(question, library, settings=quoting).found:
            good.append(question)
        if len(good) == MOST:
            break
    return good


def examples(infos: Iterable[DocumentInfo], documents: Iterable[Document]) -> list[str]:
    """At most ``2 * MOST`` questions from the titles, the names and the headings of the documents, best first."""
    titles = [f"What is “{info.title}” about?" for info in infos if _speaks(info.title, info.name)]
    names: Counter[str] = Counter()
    headings: list[str] = []
    for document in documents:
        # A name counts once a line: what is named all over a document is what it is about.
        for line in document.text.splitlines():
            if not _headline(line):
                names.update(set(_NAME.findall(line)))
        headings += [heading.text for heading in document.headings if _speaks(heading.text, document.title)]
    asked = [f"What is said about {name}?" for name in _distinct(name for name, _ in names.most_common(8 * MOST))]
    asked += [f"What does it say about {heading}?" for heading in dict.fromkeys(headings)]
    share = max(1, MOST - len(asked))
    return list(dict.fromkeys([*titles[:share], *asked, *titles[share:]]))[: 2 * MOST]


def _distinct(names: Iterable[str]) -> list[str]:
    """The first names that are not another one in a longer or shorter form, as "North Korean" is "North Korea"."""
    chosen: list[str] = []
    for name in names:
        if not any(name in other or other in name for other in chosen):
            chosen.append(name)
    return chosen[: 2 * MOST]


def _headline(line: str) -> bool:
    """Whether most words are capitalised, so that capitals say nothing about names."""
    words: list[str] = _WORD.findall(line)
    return 5 * sum(word[0].isupper() for word in words) > 3 * len(words)


def _speaks(title: str, name: str) -> bool:
    """Whether a title is words that a person wrote, of a length to ask about."""
    return title != name and len(_WORD.findall(title)) >= 2 and len(title) <= 90 and "\n" not in title
