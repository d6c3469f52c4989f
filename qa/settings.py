"""How questions are answered, from the environment and ``.env``."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.settings import NOT_UTF8, explain
from qa.errors import QAError


class QASettings(BaseSettings):
    """Read from ``QA_*`` variables and the vendor's own two, then from ``.env`` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="QA_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    """Key of the model's server. With neither key nor address answers are quoted."""

    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    """Address of an OpenAI-compatible server, such as ``http://127.0.0.1:11434/v1``."""

    openai_api_version: str | None = Field(default=None, validation_alias="OPENAI_API_VERSION")
    """For Azure: the version of its interface, such as ``2024-10-21``; the address is then the resource's endpoint and
    ``QA_MODEL`` the deployment. Not needed for Azure addresses that end in ``/openai/v1``."""

    model: str = "gpt-5-mini"
    """Name of the model, as the server knows it."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    """Left out of the request when unset: some models take none but their own."""

    timeout: float = Field(default=120, gt=0)
    """Seconds to wait for the model's next piece of text. One that is being loaded may take a minute for its first."""

    context_tokens: int | None = Field(default=None, ge=1024)
    """How many tokens the model takes in, where that is few: passages are left out until the rest fits. Unset, the
    server is asked with all of them, and with fewer where it says that they are too many."""

    passages: int = Field(default=6, ge=1, le=50)
    """How many passages a model is shown, and how many are searched for quotes."""

    threshold: float | None = Field(default=None, ge=0, le=1)
    """Confidence from which on a quoted answer is given; unset, what ``footnote eval --calibrate`` found, or what was
    fitted on public sets."""

    questions_per_minute: int = Field(default=60, ge=1)
    """How many questions the page takes from one person in a minute."""

    at_once: int = Field(default=50, ge=1)
    """How many questions the page answers at the same time; whoever asks meanwhile sees how many are before them. Set
    it to what your model's server does at once."""

    max_upload_mb: int = Field(default=100, ge=0)
    """Largest file that can be added through the page, in megabytes of 2**20 bytes; 0 for none."""

    max_question: int = Field(default=4000, ge=1)
    """Longest question taken, in characters."""

    eval_at_once: int | None = Field(default=None, ge=1, le=64)
    """How many questions of a set are asked at the same time; unset, four with a model and one without."""

    judge_model: str | None = None
    """What judges the answers of a question set, at the same address; unset, no model does."""

    @property
    def has_model(self) -> bool:
        """Whether a model is configured at all."""
        key = self.openai_api_key.get_secret_value() if self.openai_api_key else ""
        return bool(key or self.openai_base_url)

    def shown(self) -> dict[str, Any]:
        """Every setting as JSON that may be kept and shown to others: of the key whether there is one, of the address
        the server."""
        values = self.model_dump(mode="json")
        return {**values, "openai_base_url": host(self.openai_base_url)}


def host(address: str | None) -> str | None:
    """Of an address the server and its port alone: names, passwords and paths may be keys."""
    if not address:
        return None
    try:
        parts = urlsplit(address.strip())
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return None


def load_settings() -> QASettings:
    """The settings as they stand now.

    Raises:
        QAError: a value is not what it can be.
    """
    try:
        return QASettings()
    except ValidationError as exc:
        raise QAError(explain(exc, "QA_")) from exc
    except UnicodeDecodeError as exc:
        raise QAError(NOT_UTF8) from exc
