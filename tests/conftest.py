"""What every test gets: no network beyond this machine, none of the developer's settings, an empty folder."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.offline import sitecustomize as offline

if TYPE_CHECKING:
    from index import Library

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
REPORTED = ("chromadb", "llama-index-core", "openai", "gradio", "onnxruntime")

SETTINGS = ("INDEX_", "QA_", "OPENAI_", "GRADIO_", "CHROMA_", "HF_", "NLTK_", "XDG_")
"""Variables that begin so would carry the developer's machine into a test."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY")
"""A proxy on this machine would be a way around the block."""


def _foreign_variables() -> list[str]:
    return [name for name in os.environ if name.upper().startswith(SETTINGS) or name.upper() in PROXIES]


def pytest_report_header() -> str:
    found = []
    for name in REPORTED:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} missing")
    return "with " + ", ".join(found)


def pytest_configure(config: pytest.Config) -> None:
    """Block before collection: a module that goes out while it is imported is caught as well."""
    if getattr(config.option, "numprocesses", None):
        return  # the tests run in other processes, which block for themselves
    log = Path(tempfile.mkdtemp(prefix="footnote-tests-")) / "attempts.log"
    offline.install(str(log))
    os.environ[offline.LOG_VARIABLE] = str(log)
    # The checkout comes second, so that child processes run this code from any working folder.
    paths = [str(Path(offline.__file__).parent), str(ROOT), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors, because many tests wait for something; each takes memory for a browser."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 7) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED_DATA.is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason="the evaluation data are not beside the checkout"))


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """A shell that starts the tests in the background has them ignore Ctrl-C, and with them whatever they start."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    """Fails the last test for what went out after its own test, from a thread or a child that was left running."""
    yield
    late = offline.take()
    if late:
        pytest.fail("Tried to reach another machine after its test was over:\n  " + "\n  ".join(late), pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def _clean_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Servers and libraries that live longer than one test start clean too."""
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps its browsers below the real home.
        browsers = Path.home() / ".cache" / "ms-playwright"
        if browsers.is_dir() and "PLAYWRIGHT_BROWSERS_PATH" not in os.environ:
            patch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(browsers))
        for name in _foreign_variables():
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.chdir(tmp_path_factory.mktemp("session"))
        yield


@pytest.fixture(autouse=True)
def clean_environment(
    _clean_session: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No settings in the environment, and a new empty folder as home and as working folder.

    So the developer's ``.env`` and ``.footnote`` are neither read nor written, whatever a test does.
    """
    for name in _foreign_variables():
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.chdir(tmp_path_factory.mktemp("work"))


@pytest.fixture(autouse=True)
def _stayed_on_this_machine() -> Iterator[None]:
    """Fails a test that tried to get out, even where the exception was swallowed on the way."""
    yield
    attempts = offline.take()
    if attempts:
        pytest.fail("Tried to reach another machine:\n  " + "\n  ".join(attempts), pytrace=False)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder that holds ``pyproject.toml``."""
    return ROOT


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The documents that the product ships with; read-only by convention."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The evaluation data; tests that use it carry the marker ``shared``."""
    return SHARED_DATA


@pytest.fixture(scope="session")
def seed_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The shipped documents, embedded by the bundled embedder, without any setting of the developer's."""
    from index import Library
    from index.settings import IndexSettings

    with Library.open(tmp_path_factory.mktemp("seeds") / "library", settings=IndexSettings(_env_file=None)) as library:
        library.sync(ROOT / "seeds")
        yield library
