"""What a reader may try in the page: how many passages, quoted or written, which model, how warm.

The choices are kept by each browser; the server checks them and asks no server but the configured one.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qa.errors import QAError
from qa.model import Model, OpenAIModel
from qa.settings import QASettings

_KEPT = 16
"""Models of chosen names that are kept ready."""

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What differs from the settings; None and empty leave them as they are."""

    passages: int | None = None
    quoted: bool = False
    model: str = ""
    temperature: float | None = None


def read_choices(told: Mapping[str, Any]) -> Choices:
    """The choices as a browser sends them, all as texts.

    Raises:
        QAError: a value is not what it can be; names it.
    """
    texts = {name: value.strip() for name, value in told.items() if isinstance(value, str)}
    passages = _number(texts.get("passages", ""), "The number of passages", 1, 50)
    if passages is not None and passages != int(passages):
        raise QAError(f"The number of passages is a whole number, not {passages:g}.")
    model = texts.get("model", "")
    if len(model) > _LONGEST_NAME or not (model.isprintable() and model.isascii()):
        raise QAError("The model's name is not one that a server could know.")
    return Choices(
        passages=None if passages is None else int(passages),
        quoted=texts.get("answers") == "quoted",
        model=model,
        temperature=_number(texts.get("temperature", ""), "The temperature", 0, 2),
    )


def _number(text: str, what: str, least: float, most: float) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise QAError(f"{what} is a number from {least:g} to {most:g}, not {text[:40]!r}.")
    return value


class Models:
    """The models behind the page: the configured one, and those that readers chose by name."""

    def __init__(self, settings: QASettings, model: Model | None) -> None:
        self._settings = settings
        self._model = model
        self._lock = threading.Lock()
        self._chosen: dict[tuple[str, float | None], OpenAIModel] = {}

    def asked(self, choices: Choices) -> tuple[QASettings, Model | None]:
        """Settings and model for these choices; no model where answers are quoted."""
        settings = self._settings
        if choices.passages is not None:
            settings = settings.model_copy(update={"passages": choices.passages})
        if self._model is None or choices.quoted:
            return settings.model_copy(update={"openai_api_key": None, "openai_base_url": None}), None
        temperature = settings.temperature if choices.temperature is None else choices.temperature
        wanted = (choices.model or settings.model, temperature)
        if wanted == (settings.model, settings.temperature):
            return settings, self._model
        settings = settings.model_copy(update={"model": wanted[0], "temperature": wanted[1]})
        with self._lock:
            if wanted not in self._chosen:
                while len(self._chosen) >= _KEPT:
                    # Not closed: an answer may be on its way through it. It closes when nobody holds it.
                    del self._chosen[next(iter(self._chosen))]
                self._chosen[wanted] = OpenAIModel.from_settings(settings)
            return settings, self._chosen[wanted]

    def close(self) -> None:
        """Let go of the connections of chosen models."""
        with self._lock:
            for model in self._chosen.values():
                model.close()
            self._chosen.clear()
