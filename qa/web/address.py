"""Addresses: where the server listens, and under which the page is shown."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from errno import EACCES, EADDRINUSE

from qa.errors import QAError

_PATH = re.compile(r"(?:/[\w.~-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where a reverse proxy shows the page; all empty where there is none."""

    host: str = ""
    """Its name without the port; empty where only the path is known."""

    path: str = ""
    """Such as ``/docs``, without a slash at its end."""

    whole: str = ""
    """As Gradio takes it: the address, or the path alone."""


def shown_at(text: str) -> Shown:
    """Read ``/docs`` or ``https://example.org/docs``.

    Raises:
        QAError: it is neither.
    """
    found = re.fullmatch(r"(https?://(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?)?(.*?)/*", text, re.IGNORECASE)
    if found is None or not _PATH.fullmatch(found[3]) or not (found[1] or found[3]):
        raise QAError(
            f"The page cannot be shown at {text!r}. Name the path at which a proxy shows it, such as /docs, or the "
            "whole address, such as https://example.org/docs."
        )
    return Shown(host=(found[2] or "").lower(), path=found[3], whole=f"{found[1] or ''}{found[3]}")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one.

    Raises:
        QAError: the port is taken or not allowed, or this machine has no such address.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        sock = socket.create_server((host, port), family=family)
        # Asyncio does so only where a socket names its protocol, as this one does not: without it each small piece of
        # an answer waits for the browser's receipt of the one before, up to 40 ms.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    except OSError as exc:
        if exc.errno == EADDRINUSE:
            raise QAError(
                f"Port {port} on {host} is in use. Stop what uses it, or take any free port: footnote serve --port 0"
            ) from exc
        if exc.errno == EACCES:
            raise QAError(f"Port {port} is not allowed to you. Take one above 1023, such as --port 7860.") from exc
        raise QAError(
            f"Cannot listen on {host!r}: {exc.strerror or exc}. Take an address of this machine, such as "
            "--host 127.0.0.1."
        ) from exc


def address_of(sock: socket.socket, host: str) -> str:
    """The address to put into a browser on this machine."""
    port = sock.getsockname()[1]
    if host in {"", "0.0.0.0", "::"}:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_local(host: str) -> bool:
    """Whether only this machine can reach a server that listens on ``host``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def without_port(host: str) -> str:
    """A host as a request names it, without the port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and (":" not in name or name.endswith("]")) else host
