"""Keeps a Python process, and the ones it starts, on this machine while the tests run.

The tests import this file as a module and call ``install``. Child processes inherit two environment
variables: ``PYTHONPATH`` with this folder, so that Python runs this file when it starts, and
``LOG_VARIABLE``, which switches it on there. It refuses every connection, name look-up and datagram that is
not for loopback or a Unix socket, and writes down each attempt, because libraries swallow the exception.

It is an audit hook, so it sees ``connect``, ``connect_ex``, ``sendto``, ``sendmsg`` and the resolver
functions however they are reached, also by code that took hold of them before. It does not see native code
that makes its own system calls (uvloop, gRPC, a browser), nor children started with ``-E``, ``-I`` or
without those two variables.

Only ``os`` and ``sys`` are imported: this runs at the start of every child, some of which are timed.
"""

from __future__ import annotations

import os
import sys

LOG_VARIABLE = "FOOTNOTE_TESTS_OFFLINE_LOG"

_LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_MESSAGES = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_INTERNET = {2, 10, 23, 30}
"""AF_INET everywhere, AF_INET6 on Linux, Windows and macOS, without paying for ``import socket``."""

_WILDCARDS = {"", "0.0.0.0", "::"}
"""Servers look these up before they listen. Looking up is harmless; connecting to them is not allowed."""

_log = ""
_read = 0


class OutsideConnection(RuntimeError):
    """A test, or something that it runs, tried to reach another machine.

    No ``OSError``, so that the usual handlers of network trouble let it through.
    """


def is_loopback(host: object) -> bool:
    """Whether ``host`` is this machine by name or by address, without asking a resolver."""
    name = _name(host)
    if name in {"localhost", "::1"}:
        return True
    parts = name.removeprefix("::ffff:").split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isascii() and part.isdigit() for part in parts)


def _name(host: object) -> str:
    """The host, which may be text, bytes or None, in one form and without an IPv6 scope."""
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    return host.lower().partition("%")[0] if isinstance(host, str) else ""


def install(log: str) -> None:
    """Switch the block on for the rest of this process; attempts are appended to the file ``log``."""
    global _log
    if not _log:
        sys.addaudithook(_audit)
    _log = log


def take() -> list[str]:
    """The attempts of this process and its children since the last call, oldest first."""
    global _read
    try:
        with open(_log, encoding="utf-8") as file:
            file.seek(_read)
            text = file.read()
            _read = file.tell()
    except FileNotFoundError:
        return []
    return text.splitlines()


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event in _MESSAGES:
        sock, address = arguments
        if getattr(sock, "family", None) not in _INTERNET or not isinstance(address, tuple):
            return  # a Unix socket, or a message on a socket that is connected already
        if not is_loopback(address[0]):
            _refuse(event, address)
    elif event in _LOOKUPS:
        host = arguments[0]
        if _name(host) not in _WILDCARDS and not is_loopback(host):
            _refuse(event, host)


def _refuse(event: str, target: object) -> None:
    message = f"{event} to {target!r} by process {os.getpid()}: {' '.join(sys.orig_argv[:6])}"
    with open(_log, "a", encoding="utf-8") as file:
        file.write(message.replace("\n", " ") + "\n")
    raise OutsideConnection(f"{message}. Tests talk to loopback only: serve what is needed on 127.0.0.1.")


if __name__ == "sitecustomize" and os.environ.get(LOG_VARIABLE):
    install(os.environ[LOG_VARIABLE])
