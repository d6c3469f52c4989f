"""Addresses of servers, and what of them is shown."""

from __future__ import annotations

import pytest

from index.address import parse_address
from index.errors import LibraryError
from index.settings import load_settings
from index.wire import shown_address


@pytest.mark.parametrize(
    "text, url",
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("https://chroma.example.org", "https://chroma.example.org"),
        ("https://chroma.example.org:8443/team/a/", "https://chroma.example.org:8443/team/a"),
        ("https://chroma.example.org/team/api/v2", "https://chroma.example.org/team"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        (" http://localhost:8000 ", "http://localhost:8000"),
    ],
)
def test_an_address_is_taken_as_people_write_it(text: str, url: str) -> None:
    address = parse_address(text)
    assert (address.url, address.basic) == (url, None)


def test_credentials_are_sent_and_not_shown() -> None:
    address = parse_address("https://ann:p%40ss@chroma.example.org/x")
    assert address.url == "https://chroma.example.org/x"
    assert address.basic == "Basic YW5uOnBAc3M="
    assert "p@ss" not in address.url


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1:8000", "localhost", "ftp://example.org", "http://", "http://a:b", "http://a/?x=1", "http://a:0x"],
)
def test_what_is_no_address_is_refused_where_the_settings_are_read(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError):
        parse_address(text)
    monkeypatch.setenv("INDEX_CHROMA_URL", text)
    with pytest.raises(LibraryError, match=r"INDEX_CHROMA_URL.*Correct it"):
        load_settings()


@pytest.mark.parametrize(
    "text, shown",
    [
        ("https://me:SECRET@host:99999", "'https://host:99999'"),
        ("chroma.Example:SECRET@host", "'host'"),
        ("https://me:SEC/RET SEC@RET@host", "'https://host'"),
        ("ftp://SECRET@Host", "'ftp://Host'"),
    ],
)
def test_no_password_is_shown_where_an_address_is_wrong(text: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEX_CHROMA_URL", text)
    with pytest.raises(LibraryError) as caught:
        load_settings()
    message = str(caught.value)
    assert f"INDEX_CHROMA_URL cannot be {shown}: it " in message
    assert "SEC" not in message and "RET" not in message


def test_what_is_wrong_with_a_setting_is_told_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEX_CHROMA_COLLECTION", "a.b")
    with pytest.raises(LibraryError, match=r"cannot be 'a\.b': string should match pattern '\^\[a-zA-Z0-9\]"):
        load_settings()


@pytest.mark.parametrize(
    "text, shown",
    [
        ("https://me:SECRET@host:8000/v1", "https://host:8000/v1"),
        ("https://me:SEC@RET@host/v1", "https://host/v1"),
        ("me:SECRET@host/v1", "host/v1"),
        ("https://host/v1?key=SECRET", "https://host/v1"),
        ("https://host/team@x/v1", "https://host/team@x/v1"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
    ],
)
def test_addresses_are_shown_without_what_lets_somebody_in(
    text: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown_address(text) == shown
    monkeypatch.setenv("OPENAI_BASE_URL", text)
    assert load_settings().shown()["openai_base_url"] == shown


@pytest.mark.parametrize("name", ["a.b", "ab", "-ab", "a b c", "x" * 200])
def test_the_name_of_a_library_is_one_that_chroma_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEX_CHROMA_COLLECTION", name)
    with pytest.raises(LibraryError, match="INDEX_CHROMA_COLLECTION"):
        load_settings()
