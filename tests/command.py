"""``footnote`` as a process, and what holds of every command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def footnote(*arguments: str, folder: Path, expect: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command in ``folder``; no traceback may ever be printed."""
    done = subprocess.run(
        [sys.executable, "-m", "qa", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == expect, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def error_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr of a command that could not."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines
    assert lines[0].startswith("Error: ")
    return lines[0]
