"""fastembed's own classes, where it is installed."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from index.embed import MODELS, BundledEmbedder, Embedder, embedder_for
from index.errors import LibraryError
from index.settings import IndexSettings
from tests.unit.embed_remote.conftest import checked, failure


@pytest.mark.skipif(find_spec("fastembed") is not None, reason="fastembed is installed")
def test_fastembed_is_an_extra() -> None:
    with pytest.raises(LibraryError, match=r"`pip install footnote-qa\[fastembed\]`"):
        embedder_for(IndexSettings(embedder="fastembed:BAAI/bge-small-en-v1.5"))


@pytest.fixture(scope="module")
def bundled_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model in the form that fastembed loads, and in its catalogue."""
    fastembed = pytest.importorskip("fastembed")
    from fastembed.common.model_description import ModelSource, PoolingType

    folder = tmp_path_factory.mktemp("model")
    for name in ("model.onnx", "tokenizer.json"):
        shutil.copy(MODELS / name, folder / name)
    (folder / "config.json").write_text(json.dumps({"pad_token_id": 0}), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"model_max_length": 256, "pad_token": "[PAD]"}), encoding="utf-8"
    )
    fastembed.TextEmbedding.add_custom_model(
        model="test/Bundled",
        pooling=PoolingType.MEAN,
        normalization=False,
        sources=ModelSource(hf="test/bundled"),
        dim=BundledEmbedder.dimension,
        model_file="model.onnx",
    )
    return folder


def test_a_model_of_fastembed_gives_the_vectors_that_its_weights_give(bundled_files: Path) -> None:
    from index.embed_fastembed import FastEmbedEmbedder

    embedder, bundled = FastEmbedEmbedder("test/bundled", folder=bundled_files), BundledEmbedder()
    assert isinstance(embedder, Embedder)
    texts = ["The Danube flows through ten countries.", "", "half \ud83d of a pair", "word " * 400]
    rows = embedder.embed_passages(texts)
    assert rows.shape == (4, embedder.dimension) == (4, 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, bundled.embed_passages(texts), atol=1e-5)
    np.testing.assert_array_equal(rows, np.stack([embedder.embed_query(text) for text in texts]))
    assert [embedder.count_tokens(text) for text in texts] == [bundled.count_tokens(text) for text in texts]
    assert embedder.max_tokens == bundled.max_tokens
    assert embedder.embed_passages([]).shape == (0, 384)


def test_weights_that_are_not_there_are_not_fetched(
    bundled_files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FASTEMBED_CACHE_PATH", str(tmp_path))
    embedder = embedder_for(IndexSettings(embedder="fastembed:BAAI/bge-small-en-v1.5"))
    assert embedder.dimension == 384
    message = failure(embedder, ["a"])
    assert "TextEmbedding('BAAI/bge-small-en-v1.5')" in message and "FASTEMBED_CACHE_PATH" in message
    assert capfd.readouterr() == ("", "")


def test_a_model_that_fastembed_does_not_have(bundled_files: Path) -> None:
    embedder = embedder_for(IndexSettings(embedder="fastembed:bge-small-en-v15"))
    with pytest.raises(LibraryError) as caught:
        embedder.embed_query("a")
    assert "'BAAI/bge-small-en-v1.5'" in checked(caught.value)
