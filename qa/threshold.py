"""From which confidence on a question is answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.confidence import THRESHOLD
from qa.settings import QASettings

if TYPE_CHECKING:
    from index import Library

FILE = "calibration.json"
"""In the library's folder."""


def store_threshold(threshold: float, library: Library) -> Path:
    """Let the library use this threshold from now on; the path of the file that says so.

    Raises:
        OSError: the library's folder cannot be written to.
    """
    path = library.path / FILE
    kept = {"threshold": threshold, "embedder": library.embedder.name}
    new = path.with_suffix(".new")
    new.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    new.replace(path)
    return path


def threshold_for(library: Library, settings: QASettings) -> float:
    """The confidence from which on a question is answered: the setting, else the library's own, else the shipped one.

    The library's own counts only for the embedder that it was fitted with, whose cosines are in it.
    """
    if settings.threshold is not None:
        return settings.threshold
    try:
        kept: Any = json.loads((library.path / FILE).read_text(encoding="utf-8"))
        threshold = float(kept["threshold"])
        fits = kept["embedder"] == library.embedder.name and 0 <= threshold <= 1
    except (OSError, ValueError, KeyError, TypeError):
        return THRESHOLD
    return threshold if fits else THRESHOLD
