"""What holds for the passages of any document."""

from __future__ import annotations

from index import Document, Passage


def count_words(text: str) -> int:
    """Stands for an embedder's count of tokens."""
    return len(text.split())


def check_tiling(document: Document, passages: list[Passage]) -> None:
    """The passages are the whole text, each exactly the text at its offsets, and no two have one id."""
    assert "".join(passage.text for passage in passages) == document.text
    here = 0
    for passage in passages:
        assert passage.start == here
        assert passage.text == document.text[passage.start : passage.end]
        assert passage.text.strip(), "a passage has something to show"
        here = passage.end
    assert len({passage.id for passage in passages}) == len(passages)
