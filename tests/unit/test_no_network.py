"""The block that keeps the tests on this machine is itself tight, and lets through what it must."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.offline import sitecustomize as offline

# Reserved for documentation (RFC 5737, 3849, 2606): nothing answers there, should the block ever fail.
OUTSIDE = ("192.0.2.1", 80)
OUTSIDE_IPV6 = ("2001:db8::1", 80)
OUTSIDE_NAME = "documents.example"


def connect() -> None:
    with socket.socket() as sock:
        sock.settimeout(0.2)
        sock.connect(OUTSIDE)


def connect_without_exception() -> None:
    with socket.socket() as sock:
        sock.settimeout(0.2)
        sock.connect_ex(OUTSIDE)


def connect_ipv6() -> None:
    with socket.socket(socket.AF_INET6) as sock:
        sock.settimeout(0.2)
        sock.connect(OUTSIDE_IPV6)


def connect_to_wildcard() -> None:
    with socket.socket() as sock:
        sock.settimeout(0.2)
        sock.connect(("0.0.0.0", 9))


def datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"hello", OUTSIDE)


def datagram_message() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendmsg([b"hello"], [], 0, OUTSIDE)


def look_up() -> None:
    socket.getaddrinfo(OUTSIDE_NAME, 443)


def look_up_old_style() -> None:
    socket.gethostbyname(OUTSIDE_NAME)


def connect_by_name() -> None:
    socket.create_connection((OUTSIDE_NAME, 443), timeout=0.2)


def open_url() -> None:
    from urllib.request import urlopen

    urlopen(f"http://{OUTSIDE_NAME}/", timeout=0.2)


def httpx_get() -> None:
    import httpx

    httpx.get(f"http://{OUTSIDE_NAME}/", timeout=0.2)


def asyncio_connect() -> None:
    def connect() -> None:
        asyncio.run(asyncio.wait_for(asyncio.open_connection(*OUTSIDE), 0.2))

    with ThreadPoolExecutor() as pool:  # in this thread the browser's driver may have a loop running
        pool.submit(connect).result()


@pytest.mark.parametrize(
    "attempt",
    [
        connect,
        connect_without_exception,
        connect_ipv6,
        connect_to_wildcard,
        datagram,
        datagram_message,
        look_up,
        look_up_old_style,
        connect_by_name,
        open_url,
        httpx_get,
        asyncio_connect,
    ],
    ids=lambda attempt: attempt.__name__,
)
def test_every_way_out_is_closed_and_recorded(attempt: Callable[[], None]) -> None:
    with pytest.raises(offline.OutsideConnection):
        attempt()
    recorded = offline.take()
    assert recorded and all(target_in(line) for line in recorded)


def target_in(line: str) -> bool:
    return any(target in line for target in (OUTSIDE[0], OUTSIDE_IPV6[0], OUTSIDE_NAME, "0.0.0.0"))


def test_an_attempt_in_a_thread_is_recorded() -> None:
    def swallowed() -> None:
        with suppress(Exception):
            connect()

    thread = threading.Thread(target=swallowed)
    thread.start()
    thread.join()
    assert len(offline.take()) == 1


def test_taking_twice_reports_once() -> None:
    with suppress(Exception):
        look_up()
    assert len(offline.take()) == 1
    assert offline.take() == []


@pytest.mark.parametrize("family, host", [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_loopback_is_open(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as server, socket.socket(family) as client:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip(f"this machine has no {host}")
        server.listen()
        client.connect(server.getsockname()[:2])
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"hello")
            assert accepted.recv(5) == b"hello"


def test_localhost_resolves_and_servers_may_listen_anywhere() -> None:
    assert socket.getaddrinfo("localhost", 80)
    assert socket.getaddrinfo(None, 0, flags=socket.AI_PASSIVE)
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_unix_sockets_are_open() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        # Not below tmp_path: the name of a Unix socket has room for about a hundred characters.
        server.bind(f"{folder}/s")
        server.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{folder}/s")


@pytest.mark.parametrize(
    "host, expected",
    [
        ("localhost", True),
        ("LOCALHOST", True),
        (b"localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::1%lo", True),
        ("::ffff:127.0.0.1", True),
        ("127.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("128.0.0.1", False),
        ("::2", False),
        ("0.0.0.0", False),
        ("", False),
        (None, False),
    ],
)
def test_what_counts_as_this_machine(host: object, expected: bool) -> None:
    assert offline.is_loopback(host) is expected


def test_child_processes_are_blocked_and_recorded() -> None:
    code = f"""
import socket
try:
    socket.create_connection({OUTSIDE!r}, timeout=0.2)
except Exception as error:
    print(type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "OutsideConnection"
    recorded = offline.take()
    assert len(recorded) == 1
    assert OUTSIDE[0] in recorded[0]


def run_pytest(tests: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """Run one file of tests as its own session, under the same configuration as this one."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest"]
    command += ["-c", str(root / "pyproject.toml"), "--rootdir", str(tests.parent), str(tests)]
    # Without this session's log: the inner session blocks and records for itself.
    environment = {name: value for name, value in os.environ.items() if name != offline.LOG_VARIABLE}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # starts in half the time
    return subprocess.run(command, capture_output=True, text=True, cwd=root, env=environment)


def test_a_swallowed_attempt_fails_its_test(root: Path, tmp_path: Path) -> None:
    tests = tmp_path / "test_swallows.py"
    tests.write_text(
        f"""
import socket, subprocess, sys

def test_swallows():
    try:
        socket.create_connection({OUTSIDE!r}, timeout=0.2)
    except Exception:
        pass

def test_child_swallows():
    code = "import socket\\ntry: socket.gethostbyname({OUTSIDE_NAME!r})\\nexcept Exception: pass"
    subprocess.run([sys.executable, "-c", code], check=True)

def test_stays_at_home():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
""",
        encoding="utf-8",
    )
    done = run_pytest(tests, root)
    assert "3 passed, 2 errors" in done.stdout, done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert f"Tried to reach another machine:\n  socket.getaddrinfo to {OUTSIDE[0]!r}" in done.stdout
    assert f"socket.gethostbyname to '{OUTSIDE_NAME}'" in done.stdout


def test_an_attempt_after_the_last_test_fails_the_session(root: Path, tmp_path: Path) -> None:
    tests = tmp_path / "test_leaves_a_thread.py"
    tests.write_text(
        f"""
import pytest, socket

@pytest.fixture(scope="session", autouse=True)
def server():
    yield
    try:
        socket.create_connection({OUTSIDE!r}, timeout=0.2)
    except Exception:
        pass

def test_nothing(): pass
""",
        encoding="utf-8",
    )
    done = run_pytest(tests, root)
    assert done.returncode != 0, done.stdout
    assert OUTSIDE[0] in done.stdout


def test_the_environment_is_clean(root: Path) -> None:
    names = [name for name in os.environ if name.startswith(("INDEX_", "QA_", "OPENAI_"))]
    assert names == []
    assert not any(name.lower().endswith("_proxy") and name.lower() != "no_proxy" for name in os.environ)
    assert list(Path.cwd().iterdir()) == []
    assert list(Path.home().iterdir()) == []
    assert not Path.cwd().is_relative_to(root)


def test_settings_of_the_developer_do_not_reach_a_test(root: Path, tmp_path: Path) -> None:
    tests = tmp_path / "test_environment.py"
    tests.write_text(
        """
import os

def test_clean():
    assert not {"QA_MODEL", "INDEX_PATH", "OPENAI_API_KEY", "https_proxy"} & set(os.environ)
""",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in ("QA_MODEL", "INDEX_PATH", "OPENAI_API_KEY", "https_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")
        done = run_pytest(tests, root)
    assert done.returncode == 0, done.stdout
