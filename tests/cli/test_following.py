"""``footnote sync --watch``, ``check`` and Ctrl-C, as processes that a user runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from index.gate import write_lock
from tests.command import footnote, footnote_here

PATIENCE = 60.0


def wait_for(path: Path, text: str, process: subprocess.Popen[str]) -> None:
    """Until the file that the process writes, or that it has still to make, holds the text."""
    end = time.monotonic() + PATIENCE
    while not path.exists() or text not in path.read_text(encoding="utf-8"):
        assert time.monotonic() < end and process.poll() is None, path.exists() and path.read_text(encoding="utf-8")
        time.sleep(0.02)


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A command whose output goes to files of its streams' names."""
    with (folder / "stdout").open("w") as out, (folder / "stderr").open("w") as err:
        return subprocess.Popen(
            [sys.executable, "-m", "qa", *arguments],
            cwd=folder,
            stdout=out,
            stderr=err,
            stdin=subprocess.DEVNULL,
            text=True,
        )


def test_a_folder_is_followed_until_ctrl_c(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "stars.txt").write_text("Sirius is the brightest star of the night sky.", encoding="utf-8")
    process = start(tmp_path, "sync", "documents", "--watch")
    try:
        wait_for(tmp_path / "stderr", "Following the folder", process)
        time.sleep(1)
        (documents / "moons.txt").write_text("Titan is a moon of Saturn.", encoding="utf-8")
        wait_for(tmp_path / "stdout", "1 added, 1 unchanged", process)
        assert "moons.txt" in footnote_here("search", "Which moon has Saturn?", folder=tmp_path).stdout
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in (tmp_path / "stderr").read_text()


def test_ctrl_c_says_where_a_sync_stopped_and_the_next_goes_on(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(60):
        lines = "".join(f"Line {line} of file {number} tells of matter {number * line}. " * 3 for line in range(40))
        (documents / f"{number:02}.txt").write_text(lines, encoding="utf-8")
    process = start(tmp_path, "sync", "documents")
    try:
        wait_for(tmp_path / ".footnote" / "generation", "", process)  # written after the first batch
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    finally:
        process.kill()
        process.wait()
    said = (tmp_path / "stderr").read_text()
    assert "Traceback" not in said
    assert "of 60 new or changed files" in said
    taken = json.loads(footnote("status", "--json", folder=tmp_path).stdout)["documents"]
    assert 0 < taken < 60
    assert "matter" in footnote("search", "What does line 7 tell of?", folder=tmp_path).stdout
    report = json.loads(footnote("sync", "documents", "--json", folder=tmp_path).stdout)
    assert len(report["unchanged"]) + len(report["added"]) == 60
    assert len(report["unchanged"]) == taken
    assert footnote("check", folder=tmp_path).stdout.rstrip().endswith("all is well.")


def test_check_repairs_and_says_what(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "stars.txt").write_text("Sirius is the brightest star of the night sky.", encoding="utf-8")
    footnote_here("sync", "documents", folder=tmp_path)
    for file in sorted((tmp_path / ".footnote" / "keyword-1").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    done = footnote_here("check", "--dry-run", folder=tmp_path, expect=1)
    assert "missing from the lexical index" in done.stdout
    assert done.stdout.rstrip().endswith("Not repaired.")
    assert footnote_here("check", folder=tmp_path).stdout.rstrip().endswith("Repaired.")
    assert json.loads(footnote_here("check", "--json", folder=tmp_path).stdout)["not_searchable"] == 0
    (documents / "stars.txt").write_text("Vega is a bright star too.", encoding="utf-8")
    os.utime(documents / "stars.txt")
    assert "1 changed (run `footnote sync`)" in footnote_here("status", folder=tmp_path).stdout


def test_the_page_is_served_while_another_process_syncs(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "stars.txt").write_text("Sirius is the brightest star of the night sky.", encoding="utf-8")
    with write_lock(tmp_path / ".footnote"):  # a first sync by somebody else, of which nothing is known yet
        done = footnote("serve", "--documents", "documents", "--port", "0", folder=tmp_path, expect=1)
        assert "is being written by" in done.stderr
    footnote("sync", "documents", folder=tmp_path)
    with write_lock(tmp_path / ".footnote"):
        done = footnote("serve", "--documents", ".", "--port", "0", folder=tmp_path, expect=1)
        assert "is being written by" in done.stderr, "another folder is not what the library holds"
        process = start(tmp_path, "serve", "--documents", "documents", "--port", "0")
        try:
            wait_for(tmp_path / "stdout", "Footnote is at", process)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()
    assert "the page shows what is in already" in (tmp_path / "stderr").read_text()
