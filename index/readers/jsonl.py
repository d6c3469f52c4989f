"""Many documents in one file: JSON Lines, one object ``{"id", "title"?, "text", ...}`` a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from hashlib import blake2b
from io import BufferedIOBase
from pathlib import Path

from index.readers.clean import has_text, one_line, verbatim
from index.readers.content import first_line_title
from index.values import Document, Failure

LONGEST_LINE = 64 * 2**20
"""Bytes. A longer line is reported and passed over, so that no file of one endless line fills the memory."""

_GIVE_UP_AFTER = 100
"""Bad lines at the head of a file with no good one among them: it is something else."""


def read_lines(source: Path | Iterable[bytes], name: str) -> Iterator[Document | Failure]:
    """One document a line, named ``name#id``, in order; a Failure named ``name:line`` for each that is none.

    Empty lines are passed over; a second line with an id already met is a Failure. Memory holds one line at a time
    and 16 bytes for each id. ``source`` is a file by its path or opened for bytes, or its lines, with their line
    ends or without. Raises OSError where the file cannot be opened or read.
    """
    seen: set[bytes] = set()
    good = bad = 0
    with ExitStack() as stack:
        if isinstance(source, Path):
            source = stack.enter_context(source.open("rb"))
        lines = _bounded(source) if isinstance(source, BufferedIOBase) else source
        for number, line in enumerate(lines, start=1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            result = _document(line, name, seen)
            if isinstance(result, Document):
                good += 1
                yield result
                continue
            bad += 1
            if bad > _GIVE_UP_AFTER and not good:
                yield Failure(
                    document=name,
                    reason=f"its first {_GIVE_UP_AFTER} lines are no documents: the rest was not read",
                )
                return
            yield Failure(document=f"{name}:{number}", reason=result)


def _bounded(file: BufferedIOBase) -> Iterator[bytes]:
    """The file's lines; of a line that is too long only so much that it is seen to be so."""
    while line := file.readline(LONGEST_LINE + 2):
        if len(line) > LONGEST_LINE + 1 and not line.endswith(b"\n"):
            yield line
            while (rest := file.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
        else:
            yield line


def _document(line: bytes, name: str, seen: set[bytes]) -> Document | str:
    """The document of a line, or what is wrong with it."""
    if len(line) > LONGEST_LINE:
        return f"the line is longer than {LONGEST_LINE // 2**20} MB: split its document"
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return "the line is not UTF-8"
    except json.JSONDecodeError as exc:
        return f"the line is not JSON: {exc.msg} at column {exc.colno}"
    except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
        return "the line is JSON that cannot be read"
    if not isinstance(record, dict):
        return 'the line is no JSON object like {"id": "…", "text": "…"}'
    key = record.get("id")
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    if not isinstance(key, str) or not (key := one_line(key)):
        return 'the line has no "id", which its document is named by'
    text = record.get("text")
    if not isinstance(text, str):
        return 'the line has no "text"'
    text = verbatim(text)
    if not has_text(text):
        return f"the document {key!r} has no text"
    digest = blake2b(key.encode(), digest_size=16).digest()
    if digest in seen:
        return f"the id {key!r} was used by an earlier line: ids must differ"
    seen.add(digest)
    title = record.get("title")
    title = one_line(title)[:300] if isinstance(title, str) else ""
    return Document(name=f"{name}#{key}", text=text, title=title or first_line_title(text) or key)
