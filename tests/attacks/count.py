"""Counts what the attacks reach: ``python -m tests.attacks.count``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from index import Library
from index.settings import IndexSettings
from qa.hostile import reads_like_instructions
from tests.attacks.attacks import ATTACKS, BENIGN, BENIGN_TEXT
from tests.attacks.models import Gullible, Obedient, instructions
from tests.attacks.victim import victim


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "documents")
        folder.mkdir()
        (folder / BENIGN).write_text(BENIGN_TEXT, encoding="utf-8")
        for attack in ATTACKS:
            (folder / attack.file).write_bytes(attack.content)
        with Library.open(Path(place, "library"), settings=IndexSettings(_env_file=None)) as library:
            library.sync(folder)
            print(f"{len(ATTACKS)} attacks")
            _count(library)


def _count(library: Library) -> None:
    for model in (Obedient(ATTACKS), Gullible(ATTACKS)):
        instructing = words = told = 0
        with victim(model) as asking:
            for attack in ATTACKS:
                asked = asking.ask(library, attack)
                instructing += any(attack.canary in instructions(each["messages"]).lower() for each in asked.requests)
                words += asked.answer.text != "It was built in 1823 [1]."
                told += any(
                    reads_like_instructions(f"{hit.passage.title}\n{hit.passage.heading}\n{hit.passage.text}")
                    for hit in asked.answer.hits
                )
        print(
            f"{type(model).__name__.lower()} model: {instructing} in the place of instructions, "
            f"{words} answers written by the attack as plain text, {told} told to the reader"
        )


if __name__ == "__main__":
    main()
