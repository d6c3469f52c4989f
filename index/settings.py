"""Where a library lives and how it is built, from the environment and ``.env``."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.errors import LibraryError

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

    passage_tokens: int = Field(default=200, ge=32, le=230)
    """Size of a passage at most, in tokens of the embedder."""

    second_look: int = Field(default=20, ge=0, le=200)
    """How many of the best passages are compared with the question word by word; 0 leaves that out."""

    embedder: str = "bundled"
    """``bundled``, ``openai:MODEL`` for a server with OpenAI's /embeddings, or ``fastembed:MODEL``."""

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    """Key of that server."""

    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    """Address of that server; OpenAI's own when unset."""


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
    wrong = f"The setting {name} cannot be {first['input']!r}: {first['msg'].lower()}."
    return f"{wrong} Correct it in .env or the environment."
