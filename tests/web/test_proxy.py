"""The page behind a reverse proxy that shows it below a path of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import FilePayload, Page, expect

from index import Library
from qa.errors import QAError
from qa.settings import QASettings
from qa.users import FILE, Users
from qa.web import serving
from tests.chroma_server import free_port
from tests.web.visit import Visit, sign_in


class Proxy(BaseHTTPRequestHandler):
    """Hands on what is asked for below ``/docs``, and the replies piece by piece."""

    upstream: int
    keeps_path: bool

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        if not self.path.startswith("/docs"):
            self.send_error(404)
            return
        path = self.path if self.keeps_path else self.path[len("/docs") :] or "/"
        lines = [f"{self.command} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        lines = [line for line in lines if not line.lower().startswith("connection:")]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        with closing(socket.create_connection(("127.0.0.1", self.upstream))) as there, suppress(OSError):
            there.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body)
            while block := there.recv(65536):
                self.wfile.write(block)
                self.wfile.flush()


@contextmanager
def proxied(library: Library, *, keeps_path: bool, whole: bool) -> Iterator[str]:
    """The address at which a proxy shows the page over ``library``."""
    port = free_port()
    handler = type("Handler", (Proxy,), {"upstream": port, "keeps_path": keeps_path})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
        shown = f"http://127.0.0.1:{proxy.server_address[1]}/docs"
        with serving(library, port=port, settings=QASettings(), root_path=shown if whole else "/docs"):
            threading.Thread(target=proxy.serve_forever, daemon=True).start()
            try:
                yield shown
            finally:
                proxy.shutdown()


@pytest.mark.parametrize(("keeps_path", "whole", "slash"), [(False, True, "/"), (True, False, "")])
def test_the_page_works_below_a_path(
    browser_page: Page, tmp_path: Path, keeps_path: bool, whole: bool, slash: str
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "towns.txt").write_text("The town of Aldham has 1,200 inhabitants.", encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        library.sync(folder)
        if not whole:
            Users(library.path / FILE).add("ann", "correct horse")
        with proxied(library, keeps_path=keeps_path, whole=whole) as shown:
            if not whole:
                browser_page.goto(f"{shown}{slash}")
                sign_in(browser_page, "ann", "correct horse")
                expect(browser_page.locator(".fn-brand")).to_be_visible()
            visit = Visit(browser_page, f"{shown}{slash}")
            turn = visit.ask("How many inhabitants has Aldham?")
            expect(turn).to_contain_text("1,200")
            turn.locator(".fn-cite").first.click()
            assert "1,200" in visit.marked()
            (cookie,) = (each for each in visit.page.context.cookies() if each.get("name") == "footnote")
            assert cookie.get("path") == "/docs"
            visit.page.locator(".fn-docs").click()
            note = FilePayload(name="herons.txt", mimeType="text/plain", buffer=b"A heron eats 500 grams of fish.")
            visit.page.locator("#fn-shelf .fn-files").set_input_files(note)
            expect(visit.page.locator(".fn-docs")).to_have_text("2 documents")
            asked = urlsplit(visit.page.url)
            visit.page.goto(visit.page.url)
            expect(visit.turns).to_have_count(1)
            assert asked.path.rstrip("/") == "/docs" and asked.query.startswith("c=")
            visit.check()


def test_others_who_come_through_a_proxy_need_a_password(library: Library, tmp_path: Path) -> None:
    shown = "https://docs.example.org/notes"
    with Library.open(tmp_path / "library") as empty:
        with (
            pytest.raises(QAError, match=r"At 'docs\.example\.org' others could reach the page"),
            serving(empty, root_path=shown),
        ):
            pass
        Users(empty.path / FILE).add("ann", "correct horse")
        with serving(empty, root_path=shown) as address:
            for host, status in (("docs.example.org", 200), ("elsewhere.example.org", 421)):
                answer = httpx.get(address, headers={"host": host}, trust_env=False)
                assert answer.status_code == status, host
