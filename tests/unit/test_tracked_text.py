"""No file of the project carries a path of somebody's machine or the address of a package registry."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

MACHINE_PATH = re.compile(
    r"""(?<![\w.:/~)}\]-])/(?:home|root|Users|tmp|work|workspace|var/folders|private/tmp)/[\w.]"""
    r"""|\b[A-Za-z]:\\{1,2}Users\\{1,2}\w"""
)
REGISTRY = re.compile(
    r"""pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|proxy\.golang|crates\.io"""
    r"""|https?://\S*(?:/simple/|/simple\b|artifactory|nexus|devpi)"""
    # In parts: whole, they would be found in this file, too.
    r"|--(?:"
    + "|".join("-".join(words) for words in (("(?:extra-)?index", "url"), ("find", "links"), ("trusted", "host")))
    + ")",
    re.IGNORECASE,
)


def complaints(text: str) -> list[str]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in (("a machine's path", MACHINE_PATH), ("a registry's address", REGISTRY)):
            match = pattern.search(line)
            if match:
                found.append(f"line {number}: {what}: {line[max(0, match.start() - 20) : match.end() + 20]!r}")
    return found


def project_files(root: Path) -> list[Path]:
    """Everything in the checkout that git tracks or would take: all but what ``.gitignore`` names."""
    # The checkout may belong to another user, as it does on many build machines.
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("git is not installed")
    if done.returncode:
        pytest.skip("this is not a git checkout")
    files = [root / name for name in done.stdout.split("\0") if name]
    return [path for path in files if path.is_file() and not path.is_symlink()]


def test_no_text_file_names_a_machine_or_a_registry(root: Path) -> None:
    files = project_files(root)
    assert root / "pyproject.toml" in files
    found = {}
    for path in files:
        try:
            lines = complaints(path.read_bytes().decode("utf-8"))
        except UnicodeDecodeError:
            continue  # a picture, a model, a document in another encoding
        if lines:
            found[path.relative_to(root).as_posix()] = lines
    assert found == {}


def absolute(*names: str) -> str:
    """A path in parts: whole, it would be found in this file, too."""
    return "/".join(("", *names))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("see " + absolute("home", "someone", "notes.txt"), 1),
        ('open("' + absolute("tmp", "x.pdf") + '")', 1),
        ("cp " + absolute("root", "x") + " .", 1),
        ("PATH=" + absolute("Users", "me", "bin"), 1),
        ("\\".join(("C:", "Users", "me")), 1),
        ("\n\nhttps://" + ".".join(("pypi", "org")) + "/project/x", 1),
        *(
            ("pip install --" + "-".join(words) + " x", 1)
            for words in (
                ("trusted", "host"),
                ("index", "url"),
                ("extra", "index", "url"),
                ("find", "links"),
            )
        ),
        ("https://packages.example" + absolute("simple", "footnote", ""), 1),
        ("https://example.org/home/page", 0),
        ("tmp/file and ./tmp/file and $ROOT/tmp/file and {folder}/tmp/file", 0),
        ("~/documents and /documents/report.pdf", 0),
        ("onnxruntime==1.20.0 ; python_full_version < '3.12'", 0),
    ],
)
def test_the_check_sees_what_it_should(text: str, expected: int) -> None:
    assert len(complaints(text)) == expected


def test_the_lock_holds_exact_versions_and_no_addresses(root: Path) -> None:
    for line in (root / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert re.fullmatch(r"[a-z0-9-]+==[\w.]+(?: ; [\w<>=!.' ]+)?", line), line
