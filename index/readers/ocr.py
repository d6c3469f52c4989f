"""Text recognition for scanned PDFs, by programs that are installed on this machine: nothing is sent anywhere."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from index.errors import UnreadableDocument
from index.readers.clean import one_line
from index.readers.options import ReadOptions
from index.readers.reasons import SCANNED


def programs() -> tuple[str | None, str | None]:
    """Where ocrmypdf and tesseract are, None for one that is not installed."""
    return shutil.which("ocrmypdf"), shutil.which("tesseract")


def seconds_for(pages: int, options: ReadOptions) -> float:
    """How long recognition of so many pages may take."""
    return max(options.ocr_least_seconds, pages * options.ocr_seconds)


def with_text_layer(program: str, data: bytes, pages: int, options: ReadOptions) -> bytes:
    """The PDF with a text layer, by ocrmypdf. Raises UnreadableDocument where it fails or takes too long."""
    with TemporaryDirectory(prefix="footnote-ocr-") as folder:
        source, result = Path(folder, "scan.pdf"), Path(folder, "text.pdf")
        source.write_bytes(data)
        command = [program, "--skip-text", "--quiet", "--output-type", "pdf", "--language", options.ocr_languages]
        _run([*command, str(source), str(result)], time.monotonic() + seconds_for(pages, options))
        try:
            return result.read_bytes()
        except OSError as exc:
            raise UnreadableDocument(f"{SCANNED}, and OCR made nothing of it") from exc


def page_texts(program: str, pictures: Iterable[bytes], pages: int, options: ReadOptions) -> list[str]:
    """The text of each page by tesseract, from its picture as PGM. Raises UnreadableDocument as above."""
    texts = []
    end = time.monotonic() + seconds_for(pages, options)
    with TemporaryDirectory(prefix="footnote-ocr-") as folder:
        picture = Path(folder, "page.pgm")
        for data in pictures:
            picture.write_bytes(data)
            output = _run([program, str(picture), "stdout", "-l", options.ocr_languages], end)
            texts.append(output.decode("utf-8", errors="replace").replace("\f", "\n"))
    return texts


def _run(command: list[str], end: float) -> bytes:
    name = Path(command[0]).name
    try:
        # In a session of its own, so that the programs which it starts can be ended with it.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
    except OSError as exc:
        raise UnreadableDocument(f"{SCANNED}, and {name} cannot be run: {exc.strerror or exc}") from exc
    with process:
        try:
            output, errors = process.communicate(timeout=max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired as exc:
            _end(process)
            raise UnreadableDocument(f"{SCANNED}, and {name} did not come to an end in time") from exc
        except BaseException:  # Ctrl-C does not reach another session
            _end(process)
            raise
    if process.returncode:
        why = one_line(errors.decode("utf-8", errors="replace"))[-200:]
        raise UnreadableDocument(f"{SCANNED}, and {name} failed (exit status {process.returncode}): {why}")
    return output


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
