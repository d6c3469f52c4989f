"""``footnote`` as a process, and what holds of every command."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest


def footnote(*arguments: str, folder: Path, expect: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command in ``folder`` as a process of its own; no traceback may ever be printed."""
    done = subprocess.run(
        [sys.executable, "-m", "qa", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    return _as_expected(done, expect)


def footnote_here(
    *arguments: str, folder: Path, expect: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The same in this process, which takes a tenth of the time: for tests that are about what is said and written."""
    from qa.cli import main

    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        patch.setattr("sys.stdin", io.StringIO())
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(arguments)
    assert isinstance(ended.value.code, int)
    done = subprocess.CompletedProcess(["footnote", *arguments], ended.value.code, out.getvalue(), err.getvalue())
    return _as_expected(done, expect)


def _as_expected(done: subprocess.CompletedProcess[str], expect: int) -> subprocess.CompletedProcess[str]:
    assert done.returncode == expect, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def error_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr of a command that could not."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines
    assert lines[0].startswith("Error: ")
    return lines[0]


@contextmanager
def served(documents: Path, *, port: str = "0", **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``footnote serve`` with its address, until it is killed at the end."""
    command = [sys.executable, "-m", "qa", "serve", "--documents", str(documents), "--port", port]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | environment
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found
            yield found[0], process
        finally:
            process.kill()
