"""Addresses of Chroma servers."""

from __future__ import annotations

import pytest

from index.address import parse_address
from index.errors import LibraryError
from index.settings import load_settings


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


@pytest.mark.parametrize("name", ["a.b", "ab", "-ab", "a b c", "x" * 200])
def test_the_name_of_a_library_is_one_that_chroma_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEX_CHROMA_COLLECTION", name)
    with pytest.raises(LibraryError, match="INDEX_CHROMA_COLLECTION"):
        load_settings()
