"""The setting that names the embedder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.embed import BundledEmbedder, embedder_for
from index.embed_openai import OpenAIEmbedder
from index.errors import LibraryError
from index.settings import IndexSettings, load_settings
from tests.embedding_server import EmbeddingServer
from tests.unit.embed_remote.conftest import KEY, checked, expected


def test_the_bundled_one_unless_something_is_set() -> None:
    assert isinstance(embedder_for(load_settings()), BundledEmbedder)


def test_a_server_by_one_setting(server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(f"INDEX_EMBEDDER=openai:org/model:latest\nOPENAI_BASE_URL={server.url}\n", encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = load_settings()
    assert KEY not in repr(settings)
    embedder = embedder_for(settings)
    assert isinstance(embedder, OpenAIEmbedder)
    assert embedder.name == "openai:org/model:latest"
    np.testing.assert_allclose(embedder.embed_query("a"), expected("a")[0], atol=1e-6)
    embedder.close()
    assert server.requests[0].body["model"] == "org/model:latest"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("value", ["openai", "openai:", "bundled:x", "Bundled", "fastembed: ", "all-MiniLM", ":", ""])
def test_a_setting_that_names_none(value: str) -> None:
    with pytest.raises(LibraryError) as caught:
        embedder_for(IndexSettings(embedder=value))
    message = checked(caught.value)
    assert repr(value) in message
    assert all(form in message for form in ("INDEX_EMBEDDER", "'bundled'", "'openai:MODEL'", "'fastembed:MODEL'"))


@pytest.mark.parametrize("value", ["openai:m", "bundled"])
def test_naming_one_loads_nothing(value: str) -> None:
    code = (
        "import sys; from index.embed import embedder_for; from index.settings import IndexSettings\n"
        f"embedder_for(IndexSettings(embedder={value!r}))\n"
        "print(sorted({'openai', 'httpx', 'numpy', 'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
