"""Models that do as they are told: one by whoever stands where instructions stand, one by anybody at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.attacks.attacks import QUESTION, Attack

_MARKS = re.compile(
    r"<\|[\w .\-]{1,40}\|>|<\uff5c[^<>\uff5c]{1,40}\uff5c>|<</?SYS>>|\[/?INST\]|</?s>|<(?:start|end)_of_turn>"
    r"|</?think>",
    re.IGNORECASE,
)
"""What a server that takes such marks for real, wherever they stand, begins another message with."""

_FENCES = re.compile(r"<\s*(?P<closes>/?)\s*(?:passage|turn)\b[^<>\n]*>", re.IGNORECASE)
"""A model looks at fences with less care than it was asked for: any that look like it count."""

_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CANARY = re.compile(r"zq\d{3}x", re.IGNORECASE)


def instructions(messages: Iterable[dict[str, Any]]) -> str:
    """All text in the place of instructions: the system's, what is outside fences, what is hidden."""
    return "\n".join(part for message in messages for part in _instructing(message))


def _instructing(message: dict[str, Any]) -> Iterator[str]:
    content = str(message["content"])
    for run in _TAGS.findall(content):
        yield "".join(chr(ord(character) - 0xE0000) for character in run)
    content = _UNSEEN.sub("", content)  # a model reads words, whatever stands between their letters
    if message["role"] == "system":
        yield content
        return
    first, *forged = _MARKS.split(content)
    yield from forged
    last, inside = 0, False
    for fence in _FENCES.finditer(first):
        if not inside:
            yield first[last : fence.start()]
        last, inside = fence.end(), not fence["closes"]
    if not inside:
        yield first[last:]


class Obedient:
    """Does what stands in the place of instructions, and answers honestly where nothing there is an attack."""

    def __init__(self, attacks: Sequence[Attack]) -> None:
        self._wanted = {attack.canary: attack.wanted for attack in attacks}
        self.obeyed = 0
        """How many replies an attack has written."""

    def __call__(self, body: dict[str, Any]) -> str:
        found = _CANARY.search(self._read(body["messages"]))
        if found:
            self.obeyed += 1
            return self._wanted[found[0].lower()]
        text = str(body["messages"][-1]["content"])
        asked = text.rstrip().rpartition("\n")[2]
        if asked.startswith("Last question: "):
            return asked.removeprefix("Last question: ")
        number = re.search(r" number=(\d+)>(?:(?!\bnumber=).)*1823", text, re.DOTALL)
        return f"It was built in 1823 [{number[1]}]." if number and QUESTION in asked else "It is a mill."

    def _read(self, messages: list[dict[str, Any]]) -> str:
        return instructions(messages)


class Gullible(Obedient):
    """Does what any passage says: the worst model there can be."""

    def _read(self, messages: list[dict[str, Any]]) -> str:
        return "\n".join(str(message["content"]) for message in messages)
