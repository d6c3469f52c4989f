"""A library that holds every attack, and models behind real HTTP that obey them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index import Library
from index.settings import IndexSettings
from tests.attacks.attacks import ATTACKS, BENIGN, BENIGN_TEXT
from tests.attacks.models import Gullible, Obedient
from tests.attacks.victim import Victim, victim


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """All the documents that attack, and one that does not."""
    folder = tmp_path_factory.mktemp("attacks")
    (folder / BENIGN).write_text(BENIGN_TEXT, encoding="utf-8")
    for attack in ATTACKS:
        (folder / attack.file).write_bytes(attack.content)
    path = tmp_path_factory.mktemp("attacked") / "library"
    with Library.open(path, settings=IndexSettings(_env_file=None)) as library:
        report = library.sync(folder)
        assert not report.failed
        yield library


@pytest.fixture(scope="module")
def obedient() -> Iterator[Victim]:
    """Asks a model that obeys whoever stands in the place of instructions."""
    with victim(Obedient(ATTACKS)) as asking:
        yield asking


@pytest.fixture(scope="module")
def gullible() -> Iterator[Victim]:
    """Asks a model that obeys what it reads, wherever it reads it."""
    with victim(Gullible(ATTACKS)) as asking:
        yield asking
