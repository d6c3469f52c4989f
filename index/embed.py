"""Texts to vectors. The bundled embedder needs no network and no key: a small model on onnxruntime."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from index.errors import EmbeddingFailed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer


@runtime_checkable
class Embedder(Protocol):
    """Whatever gives vectors. Rows are of unit length, so that a dot product is a cosine."""

    name: str
    """Kept with the library, which refuses vectors of another one."""

    dimension: int

    max_tokens: int
    """Texts are cut there."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), dimension)."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """(dimension,)."""

    def count_tokens(self, text: str) -> int:
        """Tokens of the whole text, uncut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVectors:
    """The vectors of a text's single tokens, each of which knows the text around it."""

    vectors: NDArray[np.float32]
    """(tokens, dimension), unit rows."""

    spans: tuple[tuple[int, int], ...]
    """Start and end of each token in the text."""

    words: tuple[str, ...]
    """The tokens as the vocabulary writes them."""


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """An embedder that shows the vectors of single tokens too."""

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """One for each text, cut at ``max_tokens``."""


class BundledEmbedder:
    """all-MiniLM-L6-v2 with 8-bit weights, from ``index/models``. Loaded at the first use; any thread may use it.

    Texts run one at a time, as many at once as there are cores: the model scales its activations over all that it is
    given together, so in a batch a text's vector would depend on its neighbours. Alone, the same text always gets the
    same vector.
    """

    name = "all-MiniLM-L6-v2-int8"
    dimension = 384
    max_tokens = 256

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: tuple[InferenceSession, Tokenizer, Tokenizer] | None = None
        self._pool: ThreadPoolExecutor | None = None

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), 384): the mean of each text's token vectors, at unit length."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([_unit(hidden.mean(axis=0)) for _, hidden in self._run(texts)])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """(384,)."""
        vector: NDArray[np.float32] = self.embed_passages([text])[0]
        return vector

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Without the two tokens that mark the text's beginning and end."""
        return [
            TokenVectors(
                vectors=_unit(hidden[1:-1]),
                spans=tuple(encoding.offsets[1:-1]),
                words=tuple(encoding.tokens[1:-1]),
            )
            for encoding, hidden in self._run(texts)
        ]

    def count_tokens(self, text: str) -> int:
        """Word pieces, without the two tokens that mark the text's beginning and end."""
        _, _, uncut = self._load()
        return len(uncut.encode(text, add_special_tokens=False).ids)

    def _run(self, texts: Sequence[str]) -> list[tuple[Encoding, NDArray[np.float32]]]:
        session, tokenizer, _ = self._load()
        encodings = tokenizer.encode_batch(list(texts))
        try:
            if len(texts) == 1 or self._pool is None:
                hidden = [_hidden(session, encoding) for encoding in encodings]
            else:
                hidden = list(self._pool.map(lambda encoding: _hidden(session, encoding), encodings))
        except Exception as exc:
            raise EmbeddingFailed(f"The bundled embedder failed on {len(texts)} texts: {exc}") from exc
        return list(zip(encodings, hidden, strict=True))

    def _load(self) -> tuple[InferenceSession, Tokenizer, Tokenizer]:
        with self._lock:
            if self._loaded is None:
                import onnxruntime
                from tokenizers import Tokenizer

                options = onnxruntime.SessionOptions()
                options.log_severity_level = 3
                options.intra_op_num_threads = 1  # the texts share the cores, not the parts of one text
                options.inter_op_num_threads = 1
                options.enable_cpu_mem_arena = False
                folder = files("index").joinpath("models")
                try:
                    with as_file(folder.joinpath("model.onnx")) as model:
                        session = onnxruntime.InferenceSession(
                            str(model), options, providers=["CPUExecutionProvider"]
                        )
                    text = folder.joinpath("tokenizer.json").read_text(encoding="utf-8")
                except Exception as exc:
                    raise EmbeddingFailed(
                        f"The bundled model cannot be loaded from {str(folder)!r}: {exc}. Install footnote-qa again."
                    ) from exc
                tokenizer, uncut = Tokenizer.from_str(text), Tokenizer.from_str(text)
                for each in (tokenizer, uncut):
                    each.no_padding()
                uncut.no_truncation()
                tokenizer.enable_truncation(self.max_tokens)
                workers = _cores()
                if workers > 1:
                    self._pool = ThreadPoolExecutor(workers, thread_name_prefix="embed")
                self._loaded = (session, tokenizer, uncut)
            return self._loaded


def _hidden(session: InferenceSession, encoding: Encoding) -> NDArray[np.float32]:
    """(tokens, 384): the model's last layer for one text."""
    import numpy as np

    ids = np.array([encoding.ids], dtype=np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    wanted = {node.name for node in session.get_inputs()}
    hidden: NDArray[np.float32] = session.run(None, {name: inputs[name] for name in wanted})[0][0]
    return hidden


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return unit


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every operating system
        return os.cpu_count() or 1
