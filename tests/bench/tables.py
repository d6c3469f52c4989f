"""The results of the retrieval bench on disk: JSON for programs, a table for people."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.settings import load_settings

ROOT = Path(__file__).parents[2]


def conditions(depth: int) -> dict[str, Any]:
    """When, where and of what a measurement was made."""
    return {
        "commit": _git("rev-parse", "HEAD") or "unknown",
        "uncommitted_changes": bool(_git("status", "--porcelain", "--", "index", "qa", "pyproject.toml")),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "settings": {
            name: value
            for name, value in load_settings().shown().items()
            if name in ("passage_tokens", "second_look", "embedder")
        }
        | {"depth": depth},
    }


def write(out: Path, name: str, entry: dict[str, Any], *, order: Sequence[str]) -> None:
    """Put one set's entry into the results of a folder; the others stay."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "retrieval.json"
    sets: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["sets"] if path.exists() else {}
    sets[name] = entry
    sets = {each: sets[each] for each in [*order, *(set(sets) - set(order))] if each in sets}
    path.write_text(json.dumps({"sets": sets}, indent=1) + "\n", encoding="utf-8")
    (out / "retrieval.md").write_text(markdown(sets), encoding="utf-8")


_COLUMNS = (
    *("hit@1", "hit@3", "hit@5", "hit@10", "recall@5", "recall@10", "mrr@10", "ndcg@10"),
    *("page_hit@1", "page_hit@5", "passage_hit@1", "passage_hit@5"),
    *("token_recall@5", "token_precision@5", "token_iou@5"),
)


def markdown(sets: Mapping[str, Any]) -> str:
    """All sets in one table, and what it takes to read it."""
    lines = [
        "# Retrieval bench",
        "",
        "Made by `make bench-retrieval`. Documents are ranked by their best passage, `page_` and `passage_` are about",
        "passages as they were found, `token_` about the characters of the first five. *dense* and *lexical* are the",
        "two sides alone, *rrf* their reciprocal rank fusion (k = 60), *ours* is `Library.search`. Milliseconds are of",
        "one search, embedding of the question included.",
        "",
        "| set | ranking | " + " | ".join(_COLUMNS) + " | ms p50 | ms p95 |",
        "|---|---|" + "---:|" * (len(_COLUMNS) + 2),
    ]
    for name, entry in sets.items():
        for system, metrics in entry["systems"].items():
            cells = [f"{metrics[column]:.3f}" if column in metrics else "" for column in _COLUMNS]
            cells += [
                f"{metrics[column]:.0f}" if column in metrics else ""
                for column in ("retrieve_ms_p50", "retrieve_ms_p95")
            ]
            label = f"**{name}**" if system == "ours" else ""
            lines.append(f"| {label} | {system} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "| set | ours less the better part, ndcg@10 | questions | documents | passages | note | measured at |",
        "|---|---:|---:|---:|---:|---|---|",
    ]
    for name, entry in sets.items():
        systems = entry["systems"]
        ahead = systems["ours"]["ndcg@10"] - max(systems[part]["ndcg@10"] for part in ("dense", "lexical"))
        questions = f"{entry['questions']:,}{' (sample)' if entry['sampled'] else ''}"
        commit = f"{entry['commit'][:10]}{' + changes' if entry['uncommitted_changes'] else ''}, {entry['date'][:10]}"
        counts = f"{entry['documents']:,} | {entry['passages']:,}"
        lines.append(f"| {name} | {ahead:+.3f} | {questions} | {counts} | {entry['note']} | {commit} |")
    under: dict[str, list[str]] = {}
    for name, entry in sets.items():
        settings = ", ".join(f"{each} {value}" for each, value in entry["settings"].items())
        under.setdefault(f"{settings}; {entry['machine']}", []).append(name)
    lines += [
        "",
        *(
            f"Settings ({'all sets' if len(under) == 1 else ', '.join(names)}): {each}."
            for each, names in under.items()
        ),
    ]
    return "\n".join([*lines, ""])


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
