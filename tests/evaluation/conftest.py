"""A scripted model behind real HTTP, and documents for it to answer from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Library
from qa.model import Model, OpenAIModel
from tests.model_server import ModelServer

KETTLE = "How long does a kettle take to boil?"
"""What ``kettles`` answers."""

SOLDIERS = "How many soldiers could the deployment grow to in total?"
"""What the seeds answer."""


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(server: ModelServer) -> Iterator[Model]:
    model = OpenAIModel("scripted", base_url=server.url, timeout=5, max_retries=0)
    yield model
    model.close()


@pytest.fixture(scope="module")
def kettles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Twelve documents that all answer one question at some length."""
    folder = tmp_path_factory.mktemp("documents")
    for number in range(12):
        told = f"Kettle {number} takes {number + 2} minutes to boil. "
        more = " ".join(f"Part {part} of kettle {number} was made in town {part * number}." for part in range(12))
        (folder / f"kettle {number}.txt").write_text(told + more, encoding="utf-8")
    with Library.open(tmp_path_factory.mktemp("library")) as library:
        library.sync(folder)
        yield library


@pytest.fixture(scope="module")
def library(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library of the test file's own ``documents``."""
    with Library.open(tmp_path_factory.mktemp("library")) as opened:
        opened.sync(documents)
        yield opened
