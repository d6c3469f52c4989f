"""A library on a Chroma server that other machines use too, that goes away and comes back, and that wants a token."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import Library, LibraryBusy, LibraryMissing, StoreUnavailable
from index.chroma import connect
from index.lease import Lease
from index.settings import IndexSettings
from index.store import Store
from tests.chroma.conftest import WordEmbedder, new_name, on_server
from tests.chroma_server import ChromaServer, Proxy, free_port


def opened(path: Path, url: str, name: str, embedder: WordEmbedder | None = None) -> Library:
    return Library.open(settings=on_server(path, url, name), embedder=embedder or WordEmbedder())


def found(library: Library, question: str) -> str:
    return library.search(question, 1)[0].passage.document


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ChromaServer]:
    """One that may be killed."""
    with ChromaServer(tmp_path / "server") as server:
        yield server


@pytest.fixture
def name() -> str:
    return new_name()


def test_what_one_machine_syncs_another_finds_within_two_seconds(
    tmp_path: Path, folder: Path, chroma_server: ChromaServer, name: str
) -> None:
    with (
        opened(tmp_path / "one", chroma_server.url, name) as one,
        opened(tmp_path / "two", chroma_server.url, name) as two,
    ):
        with pytest.raises(LibraryMissing, match=name):
            two.search("anything")
        one.sync(folder)
        time.sleep(1.0)
        assert found(two, "brightest star") == "stars.txt"
        assert two.search("Danube", 1)[0].keyword_rank == 1, "its mirror came along"
        (folder / "rivers.txt").write_text("Volga\n\nThe Volga ends in the Caspian Sea.", encoding="utf-8")
        (folder / "cakes.txt").unlink()
        one.sync(folder)
        synced = time.monotonic()
        while "Volga" not in two.search("Caspian Sea", 1)[0].passage.text:
            assert time.monotonic() - synced < 2.0
            time.sleep(0.05)
        assert two.search("Volga", 1)[0].keyword_rank == 1
        assert {hit.passage.document for hit in two.search("sponge cake Danube", 8)} == {"rivers.txt", "stars.txt"}
        # And back: the second one goes on where the first one stopped.
        (folder / "moon.txt").write_text("The moon has no air.", encoding="utf-8")
        report = two.sync()
        assert (report.added, report.passages_embedded) == (("moon.txt",), 1)
        time.sleep(1.0)
        assert one.search("moon", 1)[0].keyword_rank == 1
        assert [document.name for document in one.documents()] == ["moon.txt", "rivers.txt", "stars.txt"]
        assert one.check().is_sound and two.check().is_sound


def test_a_reader_elsewhere_never_misses_a_document_while_it_is_replaced(
    tmp_path: Path, folder: Path, chroma_server: ChromaServer, name: str
) -> None:
    failures: list[BaseException] = []
    stop = threading.Event()
    with opened(tmp_path / "one", chroma_server.url, name) as one:
        one.sync(folder)

        def read() -> None:
            try:
                with opened(tmp_path / "two", chroma_server.url, name) as two:
                    while not stop.is_set():
                        assert found(two, "Danube countries") == "rivers.txt"
                        assert "Danube" in two.document("rivers.txt").text
            except BaseException as exc:
                failures.append(exc)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            for n in range(6):
                (folder / "rivers.txt").write_text(f"Rivers\n\nThe Danube, {n} countries.", encoding="utf-8")
                one.sync(folder)
                time.sleep(0.1)
        finally:
            stop.set()
            thread.join()
    assert failures == []


def test_a_rebuild_elsewhere_is_noticed(tmp_path: Path, folder: Path, chroma_server: ChromaServer, name: str) -> None:
    with (
        opened(tmp_path / "one", chroma_server.url, name) as one,
        opened(tmp_path / "two", chroma_server.url, name) as two,
    ):
        one.sync(folder)
        assert found(two, "Danube") == "rivers.txt"
        one.rebuild()
        assert two.search("Danube", 1)[0].keyword_rank == 1  # at once: what it had open is gone
        assert [path.name for path in (tmp_path / "two").glob("keyword-*")] == ["keyword-2"]


def test_libraries_of_two_names_share_a_server(
    tmp_path: Path, folder: Path, chroma_server: ChromaServer, name: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "moon.txt").write_text("The moon has no air.", encoding="utf-8")
    longer = f"{name}-passages-1"
    with (
        opened(tmp_path / "one", chroma_server.url, name) as one,
        opened(tmp_path / "two", chroma_server.url, longer) as two,
    ):
        one.sync(folder)
        two.sync(other)
        one.rebuild()
        two.rebuild()
        assert [document.name for document in one.documents()] == ["cakes.txt", "rivers.txt", "stars.txt"]
        assert [document.name for document in two.documents()] == ["moon.txt"]


def test_a_path_names_a_library_of_its_own(
    tmp_path: Path, folder: Path, chroma_server: ChromaServer, name: str
) -> None:
    settings = on_server(tmp_path / "here", chroma_server.url, name)
    with Library.open(tmp_path / "files", settings=settings, embedder=WordEmbedder()) as library:
        library.sync(folder)
        assert (tmp_path / "files" / "chroma").is_dir()
    with Library.open(settings=settings, embedder=WordEmbedder()) as library, pytest.raises(LibraryMissing):
        library.status()


def store_of(path: Path, url: str, name: str) -> Store:
    path.mkdir(exist_ok=True)
    return Store(connect(path, on_server(path, url, name)), place=f"{name!r} under test", guard=lambda: None)


def test_one_machine_writes_at_a_time(tmp_path: Path, folder: Path, chroma_server: ChromaServer, name: str) -> None:
    store = store_of(tmp_path / "one", chroma_server.url, name)
    with opened(tmp_path / "two", chroma_server.url, name) as two:
        with Lease(store, tmp_path / "one").held(), pytest.raises(LibraryBusy, match=rf"{name}.*by process \d+ on"):
            two.sync(folder)
        assert len(two.sync(folder).added) == 3
    store.close()


def test_of_many_who_want_to_write_one_does(tmp_path: Path, chroma_server: ChromaServer, name: str) -> None:
    inside: list[int] = []
    most, done = [0], [0]
    lock = threading.Lock()

    def write(number: int) -> None:
        store = store_of(tmp_path / str(number), chroma_server.url, name)
        for _ in range(3):
            with Lease(store, tmp_path / str(number)).held(wait=60):
                inside.append(number)
                most[0] = max(most[0], len(inside))
                time.sleep(0.02)
                inside.remove(number)
                with lock:
                    done[0] += 1
        store.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most[0], done[0]) == (1, 12)


def test_a_turn_that_ended_is_taken_over_and_its_holder_writes_no_more(
    tmp_path: Path, chroma_server: ChromaServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = store_of(tmp_path / "one", chroma_server.url, name)
    two = store_of(tmp_path / "two", chroma_server.url, name)
    slept = Lease(one, tmp_path / "one")
    with slept.held():
        (term,) = one.control.terms()
        one.control.put_term(replace(term, expires=one.control.clock() - 1))  # as after a night's sleep
        with Lease(two, tmp_path / "two").held():
            now = time.time()
            monkeypatch.setattr(time, "time", lambda: now + 3600)
            with pytest.raises(LibraryBusy, match="did not reach the server"):
                slept.confirm()
            monkeypatch.undo()
            assert len(two.control.terms()) == 1
    one.close()
    two.close()


def test_a_killed_writer_of_the_same_folder_is_not_waited_for(
    tmp_path: Path, chroma_server: ChromaServer, name: str
) -> None:
    store = store_of(tmp_path / "one", chroma_server.url, name)
    with Lease(store, tmp_path / "one").held():
        (term,) = store.control.terms()
    store.control.put_term(replace(term, expires=store.control.clock() + 30))  # nobody gave it back
    with pytest.raises(LibraryBusy), Lease(store, tmp_path).held():
        pass
    with Lease(store, tmp_path / "one").held():
        assert store.control.terms()[0].number == term.number + 1
    store.close()


def test_a_server_that_is_started_again_costs_time_only(tmp_path: Path, folder: Path, own_server: ChromaServer) -> None:
    for n in range(5):
        (folder / f"more{n}.txt").write_text(f"More {n}\n\n" + f"filler{n} " * 200, encoding="utf-8")
    failures: list[BaseException] = []
    searched = [0]
    stop, some = threading.Event(), threading.Event()

    class Slow(WordEmbedder):
        """Slow enough that the sync goes on while the server is away."""

        def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            some.set()
            time.sleep(0.5)
            return super().embed_passages(texts)

    with opened(tmp_path / "one", own_server.url, "team") as one:
        one.sync(folder)
        (folder / "moon.txt").write_text("The moon has no air.\n\n" + "grey dust " * 5500, encoding="utf-8")

        def search() -> None:
            try:
                with opened(tmp_path / "two", own_server.url, "team") as two:
                    while not stop.is_set():
                        assert found(two, "Danube countries") == "rivers.txt"
                        searched[0] += 1
            except BaseException as exc:
                failures.append(exc)

        def restart() -> None:
            some.wait(30)
            for _ in range(2):
                own_server.kill()
                own_server.start()

        threads = [threading.Thread(target=work) for work in (search, restart)]
        for thread in threads:
            thread.start()
        try:
            with opened(tmp_path / "three", own_server.url, "team", Slow()) as three:
                assert three.sync(folder).added == ("moon.txt",)
            threads[1].join()
            before = searched[0]
            assert found(one, "moon air") == "moon.txt"
            while searched[0] < before + 2 and not failures:
                time.sleep(0.05)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert failures == []
        assert one.check().is_sound


def test_a_server_that_stays_away_is_said_and_nothing_is_lost(
    tmp_path: Path, folder: Path, own_server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.chroma._PATIENCE", 1.0)
    address = own_server.url

    class Kills(WordEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            own_server.kill()
            return super().embed_passages(texts)

    with opened(tmp_path / "one", address, "team") as one:
        one.sync(folder)
    (folder / "rivers.txt").write_text("Volga\n\nThe Volga ends in the Caspian Sea.", encoding="utf-8")
    (folder / "moon.txt").write_text("The moon has no air.", encoding="utf-8")
    with opened(tmp_path / "one", address, "team", Kills()) as killing:
        with pytest.raises(StoreUnavailable, match=rf"{address} does not answer.*INDEX_CHROMA_URL"):
            killing.sync(folder)
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="does not answer"):
            killing.search("Danube")
        assert time.monotonic() - began < 5
    own_server.start()
    with opened(tmp_path / "two", address, "team") as two:
        assert "Danube" in two.document("rivers.txt").text, "the old text stays until the new one is in"
        assert two.search("Danube", 1)[0].keyword_rank == 1
    with opened(tmp_path / "one", address, "team") as one:
        report = one.sync(folder)
        assert (report.added, report.changed) == (("moon.txt",), ("rivers.txt",))
        assert one.check().is_sound
        assert found(one, "Caspian Sea") == "rivers.txt"


def test_an_address_without_a_server_is_said_soon(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with opened(tmp_path / "one", url.replace("//", "//ann:geheim@"), "team") as library:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match=url) as caught:
            library.search("anything")
        assert time.monotonic() - began < 6
        assert "geheim" not in str(caught.value)


def test_a_server_that_hangs_is_not_waited_for_for_ever(
    tmp_path: Path, folder: Path, chroma_server: ChromaServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.chroma._ANSWER", 2.0)
    monkeypatch.setattr("index.chroma._PATIENCE", 3.0)
    with Proxy(chroma_server.url) as proxy, opened(tmp_path / "one", proxy.url, name) as library:
        library.sync(folder)
        proxy.hold.set()
        with pytest.raises(StoreUnavailable, match="does not answer"):
            library.search("Danube")
        proxy.hold.clear()
        assert found(library, "Danube") == "rivers.txt"


def test_the_token_and_the_path_reach_the_server(
    tmp_path: Path, folder: Path, chroma_server: ChromaServer, name: str
) -> None:
    with Proxy(chroma_server.url, token="s3cret", path="/team/chroma") as proxy:
        settings = on_server(tmp_path / "one", proxy.url + "/", name)
        for token, outcome in ((None, "401"), ("wr0ng", "401"), ("s3cret", "")):
            with_token = settings.model_copy(update={"chroma_token": IndexSettings(chroma_token=token).chroma_token})
            with Library.open(settings=with_token, embedder=WordEmbedder()) as library:
                if outcome:
                    began = time.monotonic()
                    with pytest.raises(StoreUnavailable, match=r"refuses access.*INDEX_CHROMA_TOKEN") as caught:
                        library.sync(folder)
                    assert time.monotonic() - began < 2, "asking again does not help"
                    assert "wr0ng" not in str(caught.value)
                else:
                    library.sync(folder)
                    assert found(library, "Danube") == "rivers.txt"
        assert all(" /team/chroma/api/v2/" in line for line in proxy.seen)


def test_an_unchanged_library_is_asked_for_news_once_a_second(
    tmp_path: Path, folder: Path, chroma_server: ChromaServer, name: str
) -> None:
    with Proxy(chroma_server.url) as proxy, opened(tmp_path / "one", proxy.url, name) as library:
        library.sync(folder)
        library.search("Danube")
        time.sleep(1.1)
        proxy.seen.clear()
        began = time.monotonic()
        for _ in range(20):
            library.documents()  # nothing of this needs the server but the question whether there is news
        assert len(proxy.seen) <= 1 + (time.monotonic() - began)


def test_what_is_no_chroma_server_is_said(tmp_path: Path, chroma_server: ChromaServer) -> None:
    with (
        Proxy(chroma_server.url, path="/elsewhere") as proxy,
        opened(tmp_path / "one", proxy.url.removesuffix("/elsewhere"), "team") as library,
        pytest.raises(StoreUnavailable, match="HTTP 404"),
    ):
        library.status()
    with suppress(FileNotFoundError):
        assert not list((tmp_path / "one").iterdir())
