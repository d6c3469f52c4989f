"""Where a library lives and how it is built, from the environment and ``.env``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.address import parse_address
from index.errors import LibraryError
from index.wire import shown_address

_ACCESS = re.compile(r"^(\s*[\w+.-]*://)?.*@", re.DOTALL)
"""Whatever in a value may let somebody in, if it was meant as an address, however wrong it is."""

NOT_UTF8 = "The file '.env' in the working folder is not UTF-8 text. Save it as UTF-8."


class IndexSettings(BaseSettings):
    """Read from ``INDEX_*`` variables and OpenAI's own two, then from ``.env`` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="INDEX_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    path: Path = Path(".footnote")
    """The folder that holds the library: vectors, passages and the lexical mirror."""

    chroma_url: str | None = None
    """Address of a Chroma server that holds vectors, passages and records instead; ``path`` keeps what follows from
    them."""

    chroma_token: SecretStr | None = None
    """What that server wants to see."""

    chroma_collection: str = Field(default="footnote", pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{1,98}[a-zA-Z0-9]$")
    """What the library's collections are called on that server. Two libraries there need two names."""

    passage_tokens: int = Field(default=200, ge=32, le=230)
    """Size of a passage at most, in tokens of the embedder."""

    second_look: int = Field(default=20, ge=0, le=200)
    """How many of the best passages are compared with the question word by word; 0 leaves that out."""

    max_file_mb: int = Field(default=256, ge=1, le=4096)
    """Largest file that is read, in megabytes of 2**20 bytes, and most that a compressed one may unpack to."""

    password: SecretStr | None = None
    """Tried on encrypted PDF files, and on Office files where ``msoffcrypto-tool`` is installed."""

    ocr: bool = False
    """Whether scanned PDFs go through ocrmypdf or tesseract, where one of them is installed."""

    ocr_languages: str = Field(default="eng", pattern=r"^\w+(\+\w+)*$")
    """Languages of scanned pages as these programs name them: ``eng+deu``."""

    embedder: str = "bundled"
    """``bundled``, ``openai:MODEL`` for a server with OpenAI's /embeddings, or ``fastembed:MODEL``."""

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    """Key of that server."""

    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    """Address of that server; OpenAI's own when unset."""

    @field_validator("chroma_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None:
            parse_address(value)
        return value

    def shown(self) -> dict[str, Any]:
        """Every setting as JSON that may be kept and shown to others: no key, no token, no password in an address."""
        values = self.model_dump(mode="json")
        addresses = {name: shown_address(values[name]) for name in ("chroma_url", "openai_base_url") if values[name]}
        return {**values, **addresses}


def load_settings() -> IndexSettings:
    """The settings as they stand now.

    Raises:
        LibraryError: a value is not what it can be.
    """
    try:
        return IndexSettings()
    except ValidationError as exc:
        raise LibraryError(explain(exc, "INDEX_")) from exc
    except UnicodeDecodeError as exc:
        raise LibraryError(NOT_UTF8) from exc


def explain(error: ValidationError, prefix: str) -> str:
    """One line for a person: which setting, what is wrong with it, where to mend it."""
    first = error.errors()[0]
    place = str(first["loc"][0])
    name = place if place.isupper() else f"{prefix}{place.upper()}"
    value = _ACCESS.sub(r"\1", str(first["input"]))
    why = first["msg"].removeprefix("Value error, ")
    return f"The setting {name} cannot be {value!r}: {why[:1].lower()}{why[1:]}. Correct it in .env or the environment."
