"""Question sets that are run from the page: one at a time, in a thread of their own, their reports kept on disk."""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from index.errors import LibraryError
from index.library import Library
from index.text import whole_characters
from qa.comparison import compare
from qa.errors import QAError
from qa.evaluation import evaluate
from qa.journal import FOLDER as JOURNALS
from qa.progress import EvaluateProgress
from qa.report import Report, write_report
from qa.report_json import read_report, report_json
from qa.report_page import report_html
from qa.settings import QASettings

FOLDER = "reports"
"""In the library's folder: a folder a person, in it one a run."""

LARGEST = 5_000_000
"""Bytes of a question set that the page takes; as in ``lists.js``."""

_SET, _JSON, _PAGE, _ABOUT = "questions.jsonl", "report.json", "report.html", "about.json"
_ID = re.compile(r"[\w-]{16,40}")
_INTERRUPTED = "Footnote ended before it did. The same set goes on where it was."
_FAILED = "It could not be run to its end. The terminal where Footnote runs says why."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A question set that was run to its end, or why it was not."""

    id: str
    """Names the run in addresses; nobody guesses it."""

    name: str
    """Of the set."""

    at: float
    """When it was started, in seconds since 1970."""

    questions: int = 0
    metrics: dict[str, float] | None = None
    worse: int = 0
    """Metrics that got worse since the run of a set of this name before."""

    better: int = 0
    compared: bool = False
    failed: int = 0
    """Questions that failed."""

    bad_lines: int = 0
    """Lines of the set that are no questions."""

    problem: str = ""


class _Stopped(Exception):
    """The reader does not want the rest."""


@dataclass(slots=True, kw_only=True)
class _Current:
    """The run that is under way."""

    owner: str
    run: Run
    progress: EvaluateProgress | None = None
    stopped: bool = False


class Runs:
    """Each person's runs; whoever has none sees none."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._current: _Current | None = None
        self.version = 0
        """Grows whenever the list of runs may be another."""

    def start(self, owner: str, name: str, data: bytes, settings: QASettings) -> None:
        """Begin to run a question set, given as its file's bytes, with answers as ``settings`` say.

        Raises:
            QAError: another one is run, or it is too large or cannot be kept.
        """
        if len(data) > LARGEST:
            raise QAError(f"The question set is larger than {LARGEST // 1_000_000} MB. Run it with `footnote eval`.")
        run = Run(id=secrets.token_urlsafe(18), name=whole_characters(name.strip()) or "questions", at=time.time())
        with self._lock:
            if self._current is not None:
                mine = self._current.owner == owner
                whose = "Your" if mine else "Somebody's"
                raise QAError(f"{whose} question set is being run at the moment. Wait until that ends.")
            folder = self._folder(owner) / run.id
            try:
                folder.mkdir(parents=True)
                (folder / _SET).write_bytes(data)
                write_report(folder / _ABOUT, asdict(replace(run, problem=_INTERRUPTED)))
            except OSError as exc:
                raise QAError(f"The question set could not be kept: {exc.strerror or exc}.") from exc
            self._current = _Current(owner=owner, run=run)
            self.version += 1
        threading.Thread(
            target=self._run, args=(self._current, folder, settings), name="footnote-run", daemon=True
        ).start()

    def stop(self, owner: str) -> None:
        """End the run that this person started; what was asked by then is kept for the next run of the same set."""
        with self._lock:
            if self._current is not None and self._current.owner == owner:
                self._current.stopped = True

    def under_way(self, owner: str) -> tuple[Run, EvaluateProgress | None] | None:
        """This person's run that has not ended."""
        current = self._current
        return (current.run, current.progress) if current is not None and current.owner == owner else None

    def state(self) -> tuple[int, EvaluateProgress | None]:
        """Another value whenever any person's list, or how far a run is, may be another."""
        current = self._current
        return self.version, current.progress if current is not None else None

    def listed(self, owner: str) -> list[Run]:
        """This person's runs that have ended, newest first."""
        runs = []
        current = self._current
        for path in self._folder(owner).glob(f"*/{_ABOUT}"):
            with suppress(OSError, ValueError, TypeError):
                runs.append(Run(**json.loads(path.read_text(encoding="utf-8"))))
        return sorted((run for run in runs if current is None or run.id != current.run.id), key=lambda run: -run.at)

    def remove(self, owner: str, id_: str) -> None:
        """Forget a run and its report.

        Raises:
            QAError: it cannot be deleted.
        """
        if not _ID.fullmatch(id_):
            return
        try:
            shutil.rmtree(self._folder(owner) / id_)
        except FileNotFoundError:
            return
        except OSError as exc:
            raise QAError(f"The report could not be deleted: {exc.strerror or exc}.") from exc
        finally:
            self.version += 1

    def page(self, id_: str, owner: str | None = None) -> Path | None:
        """A run's report as a page; None where there is no such run, or the ``owner``, if one is given, has none."""
        if not _ID.fullmatch(id_):
            return None
        folder = "*" if owner is None else self._folder(owner).name
        return next((self._library.path / FOLDER).glob(f"{folder}/{id_}/{_PAGE}"), None)

    def _folder(self, owner: str) -> Path:
        return self._library.path / FOLDER / sha256(owner.encode()).hexdigest()[:24]

    def _run(self, current: _Current, folder: Path, settings: QASettings) -> None:
        run = current.run
        made: Run | None = None
        try:
            made = self._made(current, folder, settings)
        except (QAError, LibraryError) as exc:
            made = replace(run, problem=str(exc).replace(str(folder / _SET), run.name))  # as this person calls it
        except _Stopped:
            made = replace(run, problem="Stopped. The same set goes on where it was.")
        except Exception:
            _log.exception("While a question set was run")
            made = replace(run, problem=_FAILED)
        finally:
            with suppress(QAError):
                write_report(folder / _ABOUT, asdict(made or replace(run, problem=_FAILED)))
            with self._lock:
                self._current = None
            self.version += 1

    def _made(self, current: _Current, folder: Path, settings: QASettings) -> Run:
        def note(progress: EvaluateProgress) -> None:
            current.progress = progress
            if current.stopped:
                raise _Stopped

        runs = [run for run in self.listed(current.owner) if run.name == current.run.name]
        report = evaluate(
            folder / _SET,
            self._library,
            settings=settings,
            journal=self._library.path / JOURNALS,
            anew=bool(runs) and not runs[0].problem,  # only one that was cut short is gone on with
            progress=note,
        )
        report = replace(report, settings=replace(report.settings, question_set=current.run.name))
        before = self._report_of(current.owner, runs)
        comparison = compare(before, report) if before is not None else None
        write_report(folder / _JSON, report_json(report))
        write_report(folder / _PAGE, report_html(report, comparison))
        verdicts = [change.verdict for change in comparison.changes] if comparison is not None else []
        return replace(
            current.run,
            questions=len(report.questions),
            metrics=dict(report.metrics),
            worse=verdicts.count("worse"),
            better=verdicts.count("better"),
            compared=comparison is not None,
            failed=report.settings.failed,
            bad_lines=len(report.settings.bad_lines),
        )

    def _report_of(self, owner: str, runs: Sequence[Run]) -> Report | None:
        """The report of the newest of these runs that has one."""
        for run in runs:
            if not run.problem:
                with suppress(QAError):
                    return read_report(self._folder(owner) / run.id / _JSON)
        return None
