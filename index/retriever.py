"""The library as a LlamaIndex retriever, so that its query engines and evaluators run on this search."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.library import Library
from index.values import Hit


class LibraryRetriever(BaseRetriever):
    """``Library.search`` behind LlamaIndex's interface: ``LibraryRetriever(library, k=8).retrieve("…")``."""

    def __init__(self, library: Library, *, k: int = 8, documents: str | Sequence[str] | None = None) -> None:
        super().__init__()
        self._library = library
        self._k = k
        self._documents = documents

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._library.search(query_bundle.query_str, self._k, documents=self._documents)
        return [NodeWithScore(node=_node(hit), score=hit.score) for hit in hits]


def _node(hit: Hit) -> TextNode:
    passage = hit.passage
    metadata = {"document": passage.document, "title": passage.title, "heading": passage.heading}
    return TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=metadata if passage.page is None else {**metadata, "page": passage.page},
        # The prompt gets the passage; where it comes from is for whoever shows it.
        excluded_llm_metadata_keys=["document", "page"],
        excluded_embed_metadata_keys=["document", "page"],
    )
