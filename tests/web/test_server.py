"""How the page is served: where, to whom, and with which doors shut."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from index import Library
from qa.errors import QAError
from qa.settings import QASettings
from qa.web import serving
from qa.web.address import address_of, is_local, listen, shown_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: Message
    body: bytes


def request(
    address: str,
    path: str,
    *,
    method: str = "GET",
    host: str = "",
    body: str = "",
    kind: str = "application/json",
    cookie: str = "",
) -> Reply:
    where = urlsplit(address)
    with closing(http.client.HTTPConnection(where.hostname or "", where.port or 0, timeout=30)) as connection:
        headers = {"Host": host or where.netloc, "Content-Type": kind, "Cookie": cookie}
        connection.request(method, path, body=body.encode(), headers=headers)
        with connection.getresponse() as response:
            return Reply(status=response.status, headers=response.headers, body=response.read())


@pytest.mark.parametrize(
    ("text", "host", "path", "whole"),
    [
        ("/docs", "", "/docs", "/docs"),
        ("/a/b/", "", "/a/b", "/a/b"),
        ("https://Example.org", "example.org", "", "https://Example.org"),
        ("http://127.0.0.1:8080/docs/", "127.0.0.1", "/docs", "http://127.0.0.1:8080/docs"),
        ("https://[::1]:9/x", "[::1]", "/x", "https://[::1]:9/x"),
    ],
)
def test_where_a_proxy_shows_the_page(text: str, host: str, path: str, whole: str) -> None:
    found = shown_at(text)
    assert (found.host, found.path, found.whole) == (host, path, whole)


@pytest.mark.parametrize(
    "text", ["docs", "/", "//evil", "/a b", "/a\nb", "/../x?y", "ftp://x/y", "https://a/b?c=<d>", "/;x"]
)
def test_where_no_proxy_can_show_it(text: str) -> None:
    with pytest.raises(QAError, match=r"cannot be shown at .*such as https://example\.org/docs"):
        shown_at(text)


def test_a_port_in_use_is_said_to_be(library: Library) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(QAError, match=rf"Port {port} on 127\.0\.0\.1 is in use\..*--port 0"),
            serving(library, port=port, settings=QASettings()),
        ):
            pass


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(QAError, match=r"Cannot listen on '::1%nowhere'.*--host 127\.0\.0\.1"):
        listen("::1%nowhere", 0)


@pytest.mark.parametrize(
    "host, expected",
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.outside.example", False),
        ("127.0.0.1.outside.example", False),
        ("", False),
    ],
)
def test_what_counts_as_this_machine(host: str, expected: bool) -> None:
    assert is_local(host) is expected


def test_no_piece_of_an_answer_waits_for_the_receipt_of_the_one_before() -> None:
    with listen("127.0.0.1", 0) as sock, socket.create_connection(sock.getsockname()):
        taken, _ = sock.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    "host, shown", [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")]
)
def test_the_address_is_one_for_a_browser(host: str, shown: str) -> None:
    with listen("127.0.0.1", 0) as sock:
        assert address_of(sock, host) == f"http://{shown}:{sock.getsockname()[1]}"


@pytest.mark.parametrize(
    "host, status",
    [
        ("", 200),
        ("localhost:{port}", 200),
        ("[::1]:{port}", 200),
        ("127.0.0.1", 200),
        ("outside.example:{port}", 421),
        ("outside.example", 421),
        ("127.0.0.1.outside.example", 421),
    ],
)
def test_only_this_machine_is_answered(site: str, host: str, status: int) -> None:
    response = request(site, "/", host=host.format(port=urlsplit(site).port))
    assert response.status == status
    assert (b"gradio_config" in response.body) is (status == 200)


def test_every_response_tells_the_browser_to_stay_here(site: str) -> None:
    for path in ("/", "/config", "/nowhere", "/theme.css"):
        response = request(site, path)
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy and "http" not in policy and "*" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"


def test_no_file_of_this_machine_is_served(site: str, library: Library, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hush", encoding="utf-8")
    inside = next(path for path in library.path.rglob("*") if path.is_file())
    for path in (secret, inside, Path(__file__)):
        for prefix in ("/gradio_api/file=", "/file="):
            response = request(site, f"{prefix}{path}")
            assert response.status in {403, 404}, path
            assert b"hush" not in response.body


def test_doors_that_the_page_does_not_need_are_shut(site: str) -> None:
    assert request(site, "/monitoring").status in {403, 404}
    assert request(site, "/gradio_api/monitoring/summary").status in {403, 404}
    assert request(site, "/gradio_api/runs").status in {403, 404}
    assert request(site, "/openapi.json").status == 404
    assert request(site, "/gradio_api/mcp/").status in {403, 404, 405}
    listed = json.loads(request(site, "/gradio_api/info").body)
    assert listed["named_endpoints"] == {} and listed["unnamed_endpoints"] == {}


def test_a_browser_is_known_again_by_a_cookie_that_no_script_reads(site: str) -> None:
    first, second = (request(site, "/").headers.get_all("set-cookie") or [] for _ in range(2))
    (cookie,) = (each for each in first if each.startswith("footnote="))
    assert cookie not in second, "each browser gets one of its own"
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert len(cookie.partition(";")[0]) > 30
    others = request(site, "/", cookie=f"my_{cookie.partition(';')[0]}").headers.get_all("set-cookie")
    assert any(each.startswith("footnote=") for each in others or []), "a cookie of another name is none of ours"
    for path in ("/config", "/gradio_api/info"):
        assert not any("footnote=" in each for each in request(site, path).headers.get_all("set-cookie") or [])


def test_nothing_can_be_uploaded(site: str) -> None:
    body = '--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nsome text\r\n--x--\r\n'
    response = request(site, "/gradio_api/upload", method="POST", body=body, kind="multipart/form-data; boundary=x")
    assert response.status == 413


def test_the_configuration_holds_no_setting_and_no_path(library: Library) -> None:
    settings = QASettings(openai_api_key="sk-very-secret", openai_base_url="http://user:word@127.0.0.1:9/v1")
    with serving(library, settings=settings) as address:
        text = (request(address, "/").body + request(address, "/config").body).decode()
    for secret in ("sk-very-secret", "user:word", str(library.path)):
        assert secret not in text


@pytest.mark.skipif(find_spec("matplotlib") is not None, reason="where it is installed, Gradio may use it")
def test_no_answer_looks_for_a_package_that_is_not_there(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[str] = []

    class Finder:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            sought.append(name)

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    handlers = json.loads(request(site, "/config").body)["dependencies"]
    [arrive] = [each["id"] for each in handlers if any(target[1] == "load" for target in each["targets"])]
    body = json.dumps({"fn_index": arrive, "data": [None], "session_hash": "test"})
    done = request(site, "/gradio_api/run/predict", method="POST", body=body)
    assert done.status == 200
    assert "matplotlib" not in sought


def test_importing_the_package_imports_no_gradio() -> None:
    code = "import sys, qa.web; print('gradio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_command_prints_the_address_and_stops_on_ctrl_c(seeds: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "qa", "serve", "--documents", str(seeds), "--port", "0"]
    environment = os.environ | {"INDEX_PATH": str(tmp_path / "library")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            line = process.stdout.readline()
            found = re.fullmatch(r"Footnote is at (http://127\.0\.0\.1:\d+) \(Ctrl-C stops it\)\n", line)
            assert found, line + process.stderr.read()
            with urlopen(found[1], timeout=30) as response:
                assert response.status == 200
            # An open page holds a connection, which must neither keep the server nor make it complain.
            with urlopen(f"{found[1]}/gradio_api/heartbeat/somebody", timeout=30):
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0
    assert out.strip() == "Stopped."
    assert "added" in err and "Traceback" not in err and "ERROR" not in err
