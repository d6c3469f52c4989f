"""The library behind LlamaIndex's retriever interface."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.schema import TextNode

from index import Library
from index.retriever import LibraryRetriever


def test_nodes_are_the_hits_with_their_places(library: Library, folder: Path) -> None:
    library.sync(folder)
    nodes = LibraryRetriever(library, k=2).retrieve("Which countries does the Danube flow through?")
    hits = library.search("Which countries does the Danube flow through?", 2)
    assert [node.node_id for node in nodes] == [hit.passage.id for hit in hits]
    assert [node.score for node in nodes] == [hit.score for hit in hits]
    first, passage = nodes[0].node, hits[0].passage
    assert isinstance(first, TextNode)
    assert first.get_content() == passage.text
    assert first.metadata["document"] == "rivers.txt"
    text = library.document("rivers.txt").text
    assert text[first.start_char_idx : first.end_char_idx] == passage.text


def test_only_some_documents(library: Library, folder: Path) -> None:
    library.sync(folder)
    nodes = LibraryRetriever(library, documents="cakes.txt").retrieve("bright star")
    assert {node.metadata["document"] for node in nodes} == {"cakes.txt"}
