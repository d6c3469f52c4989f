"""Vectors from a model of fastembed's catalogue, on this machine. fastembed is an extra: ``footnote-qa[fastembed]``.

Nothing is downloaded while the product runs. Whoever chooses such a model fetches its weights beforehand, with the line
of Python that the error about missing ones shows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.embed import unit
from index.errors import EmbeddingFailed, LibraryError
from index.text import whole_characters

if TYPE_CHECKING:
    import numpy as np
    from fastembed import TextEmbedding
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

_USUAL_TOKENS = 512
"""Read by a model whose tokenizer does not say how many it reads; so do nearly all of the catalogue."""


class FastEmbedEmbedder:
    """A text model of fastembed's catalogue. Loaded at the first use; any thread may use it.

    Texts run one at a time: the catalogue's quantised models scale their activations over everything that they are
    given together, so in a batch a text's vector would depend on its neighbours.

    No prefixes are put before texts: a model whose description calls them necessary does less well than it could.
    """

    def __init__(self, model: str, *, folder: Path | None = None) -> None:
        """
        Args:
            model: its name in the catalogue, such as ``BAAI/bge-small-en-v1.5``.
            folder: where its files are, if not in fastembed's cache.

        Raises:
            LibraryError: fastembed is not installed.
        """
        if find_spec("fastembed") is None:
            raise LibraryError(
                f"INDEX_EMBEDDER asks for fastembed's model {model!r}, and fastembed is not installed."
                " Run `pip install footnote-qa[fastembed]`."
            )
        self.name = f"fastembed:{model}"
        self._model = model
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: _Model | None = None

    @property
    def dimension(self) -> int:
        """As the catalogue says; nothing is loaded.

        Raises:
            LibraryError: the catalogue has no such model.
        """
        from fastembed import TextEmbedding

        sizes = {entry["model"]: int(entry["dim"]) for entry in TextEmbedding.list_supported_models()}
        lower = {name.lower(): size for name, size in sizes.items()}
        if self._model.lower() in lower:
            return lower[self._model.lower()]
        # People leave out the organisation, or get it wrong.
        last = {name.rpartition("/")[2].lower(): name for name in sizes}
        close = get_close_matches(self._model.lower().rpartition("/")[2], last, n=3)
        meant = " or ".join(repr(last[name]) for name in close)
        raise LibraryError(
            f"fastembed has no model {self._model!r}."
            + (f" Did you mean {meant}?" if close else "")
            + " `python -c \"import fastembed; print(*(m['model'] for m in"
            + ' fastembed.TextEmbedding.list_supported_models()))"` lists those that INDEX_EMBEDDER can name.'
        )

    @property
    def max_tokens(self) -> int:
        """Where the model cuts. Loads it.

        Raises:
            LibraryError, EmbeddingFailed: as for texts.
        """
        return self._load().max_tokens

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), dimension), unit rows.

        Raises:
            LibraryError: the catalogue has no such model.
            EmbeddingFailed: its weights are not on this machine or damaged, or it gave up.
        """
        loaded = self._load()
        return self._rows(
            loaded.text.passage_embed([whole_characters(text) for text in texts], batch_size=1), len(texts)
        )

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """(dimension,). Some models treat questions otherwise than passages.

        Raises:
            LibraryError, EmbeddingFailed: as for passages.
        """
        loaded = self._load()
        vector: NDArray[np.float32] = self._rows(loaded.text.query_embed(whole_characters(text)), 1)[0]
        return vector

    def count_tokens(self, text: str) -> int:
        """Of the model's own tokenizer, without the marks that it sets around a text.

        Raises:
            LibraryError, EmbeddingFailed: as for passages.
        """
        return len(self._load().tokenizer.encode(whole_characters(text), add_special_tokens=False).ids)

    def _rows(self, vectors: Iterable[NDArray[Any]], count: int) -> NDArray[np.float32]:
        import numpy as np

        rows = np.zeros((count, self.dimension), dtype=np.float32)
        try:
            for row, vector in zip(rows, vectors, strict=True):
                if vector.shape != row.shape or not np.isfinite(vector).all():
                    raise ValueError(f"a vector of shape {vector.shape}, or with numbers that are not finite")
                row[:] = vector
        except Exception as exc:
            raise EmbeddingFailed(
                f"fastembed's model {self._model!r} failed on {count} texts: {exc}."
                " If memory ran out, free some and try again; else choose another model with INDEX_EMBEDDER."
            ) from exc
        return unit(rows)

    def _load(self) -> _Model:
        with self._lock:
            if self._loaded is None:
                _ = self.dimension  # says so where the catalogue has no such model
                try:
                    self._loaded = _loaded(self._model, self._folder)
                except Exception as exc:
                    raise EmbeddingFailed(
                        f"The weights of {self._model!r} cannot be loaded: {' '.join(str(exc).split())} Footnote"
                        " downloads nothing by itself; where they are missing, run this once: `python -c"
                        f' "from fastembed import TextEmbedding; TextEmbedding({self._model!r})"`. They go into the'
                        " folder FASTEMBED_CACHE_PATH, by default one for temporary files."
                    ) from exc
            return self._loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    text: TextEmbedding
    tokenizer: Tokenizer
    """The model's, but cuts and pads nothing: for counting."""

    max_tokens: int


def _loaded(name: str, folder: Path | None) -> _Model:
    import onnxruntime
    from fastembed import TextEmbedding
    from loguru import logger
    from tokenizers import Tokenizer

    logger.disable("fastembed")  # it would write to the terminal what the errors here say
    onnxruntime.disable_telemetry_events()  # on Windows it would send them
    places: dict[str, Any] = {} if folder is None else {"specific_model_path": str(folder)}
    text = TextEmbedding(name, local_files_only=True, **places)
    inner: Any = text.model  # of a class of its own for each kind of model; all have a tokenizer
    own: Tokenizer = inner.tokenizer
    limit = own.truncation["max_length"] if own.truncation else _USUAL_TOKENS
    counting = Tokenizer.from_str(own.to_str())
    counting.no_truncation()
    counting.no_padding()
    return _Model(text=text, tokenizer=counting, max_tokens=max(1, limit - own.num_special_tokens_to_add(False)))
