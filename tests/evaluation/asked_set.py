"""A run of a question set in a process of its own, which may be killed at any moment."""

from __future__ import annotations

import os
from multiprocessing.synchronize import Event
from pathlib import Path

from index import Library
from index.settings import IndexSettings
from qa.evaluation import evaluate
from qa.progress import EvaluateProgress
from qa.report import write_report
from qa.report_json import report_json
from qa.settings import QASettings

LOADED = ["tests.evaluation.asked_set", "chromadb", "onnxruntime", "openai", "qa.chat", "qa.journal", "tantivy"]
"""What such a process should not have to import each time."""


def ask(folder: Path, address: str, journal: Path, out: Path, begun: Event) -> None:
    """Over the library and the set in ``folder``; sets ``begun`` with the first question that is done."""
    os.chdir(folder)

    def progress(_: EvaluateProgress) -> None:
        begun.set()

    settings = QASettings(_env_file=None, openai_base_url=address, eval_at_once=2)
    with Library.open(folder / "library", settings=IndexSettings(_env_file=None)) as library:
        report = evaluate(folder / "set.jsonl", library, settings=settings, journal=journal, progress=progress)
    write_report(out, report_json(report))
