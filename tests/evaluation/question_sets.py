"""Question sets that the tests write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qa.report import RunSettings


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines), "utf-8")
    return path


GOOD = {"id": "good", "question": "What boils?"}


def run_settings(**changes: Any) -> RunSettings:
    """What a run over a small library was."""
    plain: dict[str, Any] = {
        "retrieval_only": False,
        "question_set": None,
        "asked": 1,
        "unanswerable": 0,
        "without_evidence": 0,
        "failed": 0,
        "bad_lines": (),
        "absent_documents": (),
        "unplaced_quotes": 0,
        "library": "here",
        "documents": None,
        "document_count": 1,
        "passage_count": 1,
        "generation": 1,
        "embedder": "bundled",
        "depth": 20,
        "index": {},
        "versions": {},
    }
    return RunSettings(**plain | changes)
