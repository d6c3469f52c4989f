"""Question sets that the tests write."""

from __future__ import annotations

import json
from pathlib import Path


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines), "utf-8")
    return path


GOOD = {"id": "good", "question": "What boils?"}
