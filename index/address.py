"""A Chroma server's address, as people write it. Pure."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A server's address, taken apart."""

    url: str
    """Scheme, host, port where one is named, and path; without credentials and without a slash at the end."""

    basic: str | None
    """The header that says who asks, where the address named a user."""


def parse_address(text: str) -> Address:
    """A Chroma server's address: ``http://host:8000``, ``https://user:password@host/path``.

    Without a port it is 80 or 443, as in a browser.

    Raises:
        ValueError: it is none; the message names no credentials.
    """
    parts = urlsplit(text.strip())
    try:
        port = parts.port
    except ValueError as exc:
        raise ValueError("it names no port that there is") from exc
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("it must look like http://127.0.0.1:8000 or https://chroma.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.rstrip("/").removesuffix("/api/v2").rstrip("/")
    basic = None
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        basic = "Basic " + b64encode(who.encode()).decode()
    return Address(url=f"{parts.scheme}://{host}{f':{port}' if port else ''}{path}", basic=basic)
