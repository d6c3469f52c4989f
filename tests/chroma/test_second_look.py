"""The second look with the bundled embedder: its vectors come from the sync, and it can be left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index import Library
from index.embed import BundledEmbedder, TokenVectors
from index.settings import IndexSettings


class CountingEmbedder(BundledEmbedder):
    """The real one, which says what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        self.embedded += texts
        return super().embed_tokens(texts)


def opened(path: Path, embedder: CountingEmbedder, look: int) -> Library:
    return Library.open(path, settings=IndexSettings(second_look=look), embedder=embedder)


def test_a_search_embeds_nothing_but_the_question(tmp_path: Path, folder: Path) -> None:
    embedder = CountingEmbedder()
    with opened(tmp_path / "library", embedder, 20) as library:
        library.sync(folder)
        (folder / "stars.txt").rename(folder / "suns.txt")
        (folder / "cakes.txt").write_text("Cakes\n\nA yeast cake needs time.\n", encoding="utf-8")
        library.sync(folder)
        embedder.embedded.clear()
        assert library.search("Which star is the brightest?", 1)[0].passage.document == "suns.txt"
        assert embedder.embedded == ["Which star is the brightest?"]


def test_word_vectors_that_were_lost_are_made_again(tmp_path: Path, folder: Path) -> None:
    embedder = CountingEmbedder()
    with opened(tmp_path / "library", embedder, 20) as library:
        library.sync(folder)
        before = library.search("Which star is the brightest?", 3)
        library.close()
        (tmp_path / "library" / "words.sqlite").unlink()
        assert library.search("Which star is the brightest?", 3) == before
        embedder.embedded.clear()
        assert library.search("Which star is the brightest?", 3) == before
        assert embedder.embedded == ["Which star is the brightest?"]


def test_it_can_be_left_out(tmp_path: Path, folder: Path) -> None:
    embedder = CountingEmbedder()
    with opened(tmp_path / "library", embedder, 0) as library:
        library.sync(folder)
        assert library.search("Which star is the brightest?", 1)[0].passage.document == "stars.txt"
        assert embedder.embedded == []
        assert not (tmp_path / "library" / "words.sqlite").exists()


def test_it_changes_scores_only(tmp_path: Path, folder: Path) -> None:
    embedder = CountingEmbedder()
    with opened(tmp_path / "library", embedder, 20) as library:
        library.sync(folder)
        with_look = library.search("a river through countries", 3)
    with opened(tmp_path / "library", embedder, 0) as library:
        without = library.search("a river through countries", 3)
    assert {hit.passage for hit in with_look} == {hit.passage for hit in without}
    assert {hit.passage.id: hit.similarity for hit in with_look} == {hit.passage.id: hit.similarity for hit in without}
    assert [hit.score for hit in with_look] != [hit.score for hit in without]
