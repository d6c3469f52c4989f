"""The plan of the house: who may import whom, what importing may do, which names are public."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from index import errors as index_errors
from index import values as index_values
from qa import errors as qa_errors
from qa import values as qa_values

PACKAGES = ("index", "qa")

ONLY_IN = {
    "chromadb": ("index/chroma.py",),
    "fastembed": ("index/embed_fastembed.py",),
    "gradio": ("qa/web/*.py",),
    "httpx": ("qa/model.py", "index/embed*.py", "index/chroma.py"),
    "llama_index": ("index/passages.py", "index/retriever.py", "qa/llama.py"),
    "onnxruntime": ("index/embed*.py", "index/models/export.py"),
    "openai": ("qa/model.py", "index/embed*.py"),
    "tantivy": ("index/keyword.py", "index/languages.py"),
}
"""Each outside library has its adapters, and no other module knows it."""

HEAVY = {"chromadb", "fastembed", "gradio", "llama_index", "onnxruntime", "openai", "pydantic", "tantivy"}
"""Importing these takes from a tenth of a second to several; the verb that needs one imports it."""

VALUES = {
    name
    for module in (index_values, qa_values)
    for name, value in vars(module).items()
    if isinstance(value, type) and value.__module__ == module.__name__
}

PUBLIC = {
    "index": {"Document", "Failure", "Hit", "Library", "Passage", "Status", "SyncReport"},
    "qa": {"Answer", "Chat", "Citation", "ask"},
}
LATER = {"index": set[str](), "qa": {"check_support", "evaluate"}}
"""Public as soon as they exist."""


def imports(source: str) -> Iterator[str]:
    """Every absolute module name that ``source`` imports, anywhere in it and in whatever way."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"} and isinstance(node.args[0].value, str):
                yield node.args[0].value


def complaints(path: str, source: str) -> list[str]:
    """What a module at ``path``, relative to the checkout, imports against the plan."""
    found = []
    for module in sorted(set(imports(source))):
        top = module.partition(".")[0]
        if top == "qa" and path.startswith("index/"):
            found.append(f"{path} imports {module}: index knows nothing of questions and answers")
        if top in ONLY_IN and not any(fnmatch(path, allowed) for allowed in ONLY_IN[top]):
            found.append(f"{path} imports {module}: that belongs in {' or '.join(ONLY_IN[top])}")
    return found


def test_every_module_keeps_to_the_plan(root: Path) -> None:
    modules = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    assert modules
    found = []
    for path in modules:
        found += complaints(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    assert found == []


@pytest.mark.parametrize(
    "path, source, expected",
    [
        ("index/library.py", "from qa.values import Answer", 1),
        ("index/library.py", "def f():\n    import qa", 1),
        ("index/library.py", "from importlib import import_module\nimport_module('qa.cli')", 1),
        ("index/library.py", "import chromadb.config as config", 1),
        ("qa/answer.py", "if True:\n    from openai import OpenAI", 1),
        ("qa/cli.py", "__import__('gradio')", 1),
        ("qa/cli.py", "import gradio_client\nfrom index import Library", 0),
        ("qa/web/page.py", "import gradio as gr", 0),
        ("index/chroma.py", "import chromadb\nfrom .values import Passage", 0),
        ("index/embed_openai.py", "import openai", 0),
        ("index/embed.py", "import fastembed", 1),
    ],
)
def test_the_check_of_the_plan_sees_what_it_should(path: str, source: str, expected: int) -> None:
    assert len(complaints(path, source)) == expected


PROBE = """
import json, logging, os, sys

seen = []

def hook(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            seen.append(f"{event} {path!r}")
    elif event in ("os.mkdir", "os.putenv", "os.unsetenv", "subprocess.Popen") or event.startswith("socket."):
        seen.append(f"{event} {arguments!r}")

sys.addaudithook(hook)
module = __import__(sys.argv[1])
loaded = sorted({name.partition(".")[0] for name in sys.modules})
result = {"file": module.__file__, "loaded": loaded, "seen": seen, "handlers": len(logging.root.handlers)}
print(json.dumps(result))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_does_nothing(package: str, root: Path) -> None:
    command = [sys.executable, "-B", "-c", PROBE, package]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    result = json.loads(done.stdout)

    assert result["file"] == str(root / package / "__init__.py")
    assert HEAVY & set(result["loaded"]) == set()
    assert result["seen"] == []
    assert result["handlers"] == 0
    assert list(Path.cwd().iterdir()) == list(Path.home().iterdir()) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_both_packages_are_the_ones_beside_pyproject(package: str, root: Path) -> None:
    assert (root / "pyproject.toml").is_file()
    assert import_module(package).__file__ == str(root / package / "__init__.py")
    # No other installed distribution brings a package of the same name.
    assert set(packages_distributions().get(package, [])) <= {"footnote-qa"}


def error_names(module: ModuleType) -> set[str]:
    return {name for name, value in vars(module).items() if isinstance(value, type) and issubclass(value, Exception)}


@pytest.mark.parametrize("package, errors", [("index", index_errors), ("qa", qa_errors)], ids=PACKAGES)
def test_public_names_are_the_planned_ones(package: str, errors: ModuleType) -> None:
    module = import_module(package)
    names = list(module.__all__)
    assert names == sorted(names)
    assert len(names) == len(set(names))

    planned = PUBLIC[package] | error_names(errors)
    assert planned - set(names) == set()
    assert set(names) - planned - LATER[package] - VALUES == set()
    for name in names:
        assert getattr(module, name) is not None


def setting_names(settings: type[BaseSettings]) -> dict[str, str]:
    """The environment variables of a settings class, each with the field that it sets."""
    prefix = settings.model_config.get("env_prefix", "")
    names: dict[str, str] = {}
    for field, info in settings.model_fields.items():
        alias = info.validation_alias
        if isinstance(alias, AliasChoices):
            names |= {choice: field for choice in alias.choices if isinstance(choice, str)}
        else:
            names[alias if isinstance(alias, str) else f"{prefix}{field}".upper()] = field
    return names


def settings_classes() -> list[type[BaseSettings]]:
    found = []
    for package in PACKAGES:
        module = import_module(f"{package}.settings")
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, BaseSettings) and value.__module__ == module.__name__
        ]
    return found


def example_settings(root: Path) -> dict[str, str]:
    """The commented-out lines of ``.env.example``; each must follow a line that says what it means."""
    found: dict[str, str] = {}
    previous = ""
    for line in (root / ".env.example").read_text(encoding="utf-8").splitlines():
        name, equals, value = line.removeprefix("# ").partition("=")
        if equals and name.isidentifier() and name.isupper():
            assert line.startswith("# "), f"{name} is not commented out"
            assert previous.startswith("# ") and previous.endswith("."), f"{name} has no meaning above it"
            assert name not in found, f"{name} is there twice"
            found[name] = value
        previous = line
    return found


def test_the_example_settings_name_what_the_classes_read(root: Path) -> None:
    known = {name for settings in settings_classes() for name in setting_names(settings)}
    assert known
    assert set(example_settings(root)) == known


def test_the_example_settings_show_the_defaults(root: Path, tmp_path: Path) -> None:
    example = example_settings(root)
    for settings in settings_classes():
        defaults = settings(_env_file=None)
        shown = []
        for name, field in setting_names(settings).items():
            if getattr(defaults, field) is None:
                assert example[name] == "", f"{name} has no default"
            else:
                shown.append(f"{name}={example[name]}")
        file = tmp_path / "settings.env"
        file.write_text("\n".join(shown), encoding="utf-8")
        assert settings(_env_file=file) == defaults
