"""Texts to vectors. The bundled embedder needs no network and no key: a small model on onnxruntime."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast, runtime_checkable

from index.errors import EmbeddingFailed, LibraryError
from index.text import whole_characters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

    from index.settings import IndexSettings

MODELS = Path(__file__).parent / "models"

_T = TypeVar("_T")


@runtime_checkable
class Embedder(Protocol):
    """Whatever gives vectors. Rows are of unit length, so that a dot product is a cosine."""

    name: str
    """Kept with the library, which refuses vectors of another one."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector. An embedder behind a server may have to ask for it."""

    @property
    def max_tokens(self) -> int:
        """Texts are cut there; counted as ``count_tokens`` does."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), dimension)."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """(dimension,)."""

    def count_tokens(self, text: str) -> int:
        """Tokens of the whole text, uncut."""


@runtime_checkable
class Closable(Protocol):
    """An embedder that holds connections."""

    def close(self) -> None:
        """Let go of them. It may be used again; then it makes new ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVectors:
    """The vectors of a text's single tokens, each of which knows the text around it."""

    vectors: NDArray[np.float32]
    """(tokens, dimension), unit rows."""

    spans: tuple[tuple[int, int], ...]
    """Start and end of each token in the text."""

    words: tuple[str, ...]
    """The tokens as the vocabulary writes them."""

    whole: NDArray[np.float32]
    """(dimension,): the vector of the text, the one that ``embed_passages`` gives."""


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """An embedder that shows the vectors of single tokens too."""

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """One for each text, cut at ``max_tokens``."""


def embedder_for(settings: IndexSettings) -> Embedder:
    """What the setting INDEX_EMBEDDER names. Nothing is loaded, and nobody is asked, before the first use.

    Raises:
        LibraryError: it names none, or fastembed is asked for and is not installed.
    """
    kind, _, model = (part.strip() for part in settings.embedder.partition(":"))
    if kind == "openai" and model:
        from index.embed_openai import OpenAIEmbedder

        key = settings.openai_api_key
        return OpenAIEmbedder(
            model, api_key=key.get_secret_value() if key else "", base_url=settings.openai_base_url or ""
        )
    if kind == "fastembed" and model:
        from index.embed_fastembed import FastEmbedEmbedder

        return FastEmbedEmbedder(model)
    if settings.embedder.strip() == "bundled":
        return BundledEmbedder()
    raise LibraryError(
        f"The setting INDEX_EMBEDDER cannot be {settings.embedder!r}. Make it 'bundled', 'openai:MODEL' or"
        " 'fastembed:MODEL', in .env or the environment."
    )


def token_embedder(embedder: Embedder) -> TokenEmbedder:
    """What sees single words: the embedder itself where it does, else the bundled one. Neither is loaded yet."""
    if hasattr(embedder, "embed_tokens"):  # isinstance would read its dimension, for which a server must be asked
        return cast("TokenEmbedder", embedder)
    return BundledEmbedder()


class BundledEmbedder:
    """all-MiniLM-L6-v2 with 8-bit weights, from ``index/models``. Loaded at the first use; any thread may use it.

    Texts run one at a time, as many at once as there are cores. The model scales its activations over everything that
    it is given together, so in a batch a text's vector would depend on its neighbours and on their padding, by a
    cosine of up to 0.02. Alone, the same text gives the same vector, bit for bit, whatever is embedded beside it; a
    library brought up to date file by file equals one built at once. ``tests/bench/embed.py`` says what that costs.
    """

    name = "all-MiniLM-L6-v2-int8"
    dimension = 384
    max_tokens = 254
    """The model was made for 256, of which two mark the text's beginning and end."""

    def __init__(self, *, folder: Path = MODELS, threads: int | None = None) -> None:
        """
        Args:
            folder: where ``model.onnx`` and ``tokenizer.json`` are.
            threads: texts that run at once; by default one for each core that this process may use.
        """
        self._folder = folder
        self._threads = threads or _cores()
        self._lock = threading.Lock()
        self._loaded: _Model | None = None

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), 384): the mean of each text's token vectors, at unit length.

        Raises:
            EmbeddingFailed: the model is missing or damaged, or gave up.
        """
        import numpy as np

        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, vector in zip(rows, self._each(texts, _mean), strict=True):
            row[:] = vector
        return rows

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """(384,). Questions and passages are treated alike."""
        vector: NDArray[np.float32] = self.embed_passages([text])[0]
        return vector

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """One for each text, without the two tokens that mark its beginning and end.

        Raises:
            EmbeddingFailed: the model is missing or damaged, or gave up.
        """
        return self._each(texts, _single)

    def count_tokens(self, text: str) -> int:
        """Word pieces, without the two tokens that mark the text's beginning and end."""
        return len(self._load().encode(text).ids)

    def _each(self, texts: Sequence[str], finish: Callable[[Encoding, NDArray[np.float32]], _T]) -> list[_T]:
        """``finish`` runs beside the model, so that no more token vectors are held than texts run at once."""
        model = self._load()

        def one(text: str) -> _T:
            return finish(*model.run(text, self.max_tokens))

        try:
            if len(texts) < 2 or self._threads == 1:
                return [one(text) for text in texts]
            return list(model.pool.map(one, texts))
        except Exception as exc:
            raise EmbeddingFailed(
                f"The bundled embedder failed on {len(texts)} texts: {exc}. If memory ran out, free some and try again."
            ) from exc

    def _load(self) -> _Model:
        with self._lock:
            if self._loaded is None:
                try:
                    self._loaded = _Model(self._folder, self._threads)
                except Exception as exc:
                    raise EmbeddingFailed(
                        f"The bundled model cannot be loaded from {str(self._folder)!r}: {exc}. "
                        "Install footnote-qa again."
                    ) from exc
            return self._loaded


class _Model:
    """The loaded model, its tokenizer and the threads that run it."""

    def __init__(self, folder: Path, threads: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        onnxruntime.disable_telemetry_events()  # on Windows it would send them
        onnxruntime.set_default_logger_severity(3)  # errors only: it warns where it finds no graphics card
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1  # the texts share the cores, not the parts of one text
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # it would keep a plan for each length of text
        self.session: InferenceSession = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        # Cuts nothing and pads nothing, so that one tokenizer serves for counting as well.
        self.tokenizer: Tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
        self.first, self.last = self.tokenizer.token_to_id("[CLS]"), self.tokenizer.token_to_id("[SEP]")
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="embed")

    def encode(self, text: str) -> Encoding:
        """Without the two marks."""
        return self.tokenizer.encode(whole_characters(text), add_special_tokens=False)

    def run(self, text: str, limit: int) -> tuple[Encoding, NDArray[np.float32]]:
        """The first ``limit`` tokens, and (tokens + 2, 384) for them between the two marks."""
        import numpy as np

        encoding = self.encode(text)
        encoding.truncate(limit)
        ids = np.array([[self.first, *encoding.ids, self.last]], dtype=np.int64)
        hidden: NDArray[np.float32] = self.session.run(None, {"input_ids": ids})[0][0]
        return encoding, hidden


def _mean(_: Encoding, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
    return unit(hidden.mean(axis=0))


def _single(encoding: Encoding, hidden: NDArray[np.float32]) -> TokenVectors:
    return TokenVectors(
        vectors=unit(hidden[1:-1]),
        spans=tuple(encoding.offsets),
        words=tuple(encoding.tokens),
        whole=unit(hidden.mean(axis=0)),
    )


def unit(vectors: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float32]:
    """Each row at length 1; a row of zeros stays as it is."""
    import numpy as np

    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    rows: NDArray[np.float32] = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return rows


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every operating system
        return os.cpu_count() or 1
