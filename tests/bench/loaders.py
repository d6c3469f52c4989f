"""What becomes of 123 odd files, and how much of their text the readers and other libraries get.

    python -m tests.bench.loaders [--out tests/bench/results]

The files lie in ../shared/data/loaders with a list of the outcome that each should have. For comparison:
``pip install pypdf "markitdown[all]" python-docx``; what is not installed is left out, and the table says so.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from html import unescape
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from index.documents import ReadOptions, read_document
from index.errors import UnreadableDocument
from tests.bench.tables import ROOT

FILES = ROOT.parent / "shared" / "data" / "loaders"
RESULTS = ROOT / "tests" / "bench" / "results"

REASONS = {
    "no_text_layer": r"no text layer.*scanned",
    "empty": r"is empty|has no text(?! layer)",
    "password_required": r"is encrypted",
    "corrupt_or_empty": r"damaged|is empty|has no text(?! layer)",
    "unsupported": r"no format that is read",
}
"""By which words of its reason a failure is of an outcome."""

CONTESTED = {
    ("python-mammoth__text-box.docx", "center"): "the value of a layout attribute (jc), which no reader of it sees",
}
"""What the list expects and is not text, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one file."""

    file: str
    category: str
    expected: str
    text: bool
    """Whether it was read."""

    reason: str = ""
    wrong: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How many of the expected words one reader's text of a format holds, and how many of its words are expected."""

    format: str
    reader: str
    files: int
    unread: int
    recall: float
    precision: float


def entries(folder: Path) -> list[dict[str, Any]]:
    """The list of files."""
    found: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def outcome(folder: Path, entry: dict[str, Any]) -> Result:
    """Read one file and compare; one that a password opens is read with it as well."""
    name, expected = entry["file"], entry["outcome"]
    path = folder / "files" / name
    wrong: list[str] = []
    contested: list[str] = []
    reason = ""
    try:
        document = read_document(path, name)
    except UnreadableDocument as exc:
        reason = str(exc)
        if expected != "degraded" and not re.search(REASONS.get(expected, "(?!)"), reason):
            wrong.append(f"it {reason}")
    else:
        if expected not in ("text", "degraded"):
            wrong.append("it was read")
        elif expected == "text":
            contested = [word for word in entry["contains"] if (name, word) in CONTESTED]
            wrong += _differences(document.text, entry, set(contested))
        if document.pages and entry.get("pages") not in (None, len(document.pages)):
            wrong.append(f"{len(document.pages)} pages instead of {entry['pages']}")
    if (password := entry.get("password")) and not _cannot_unlock(name):
        try:
            text = read_document(path, name, options=ReadOptions(password=password)).text
        except UnreadableDocument as exc:
            wrong.append(f"with its password it {exc}")
        else:
            wrong += [f"with its password: {each}" for each in _differences(text, entry, set())]
    return Result(
        file=name, category=entry["category"], expected=expected, text=not reason, reason=reason,
        wrong=tuple(wrong), contested=tuple(contested),
    )  # fmt: skip


def _cannot_unlock(name: str) -> bool:
    return not name.endswith(".pdf") and find_spec("msoffcrypto") is None


def _differences(text: str, entry: dict[str, Any], contested: set[str]) -> Iterator[str]:
    for word in entry["contains"]:
        if word not in text and word not in contested:
            yield f"{word!r} is missing"
    for word in entry.get("must_not_contain", ()):
        if word in text:
            yield f"{word!r} is there"


# Fidelity


def ours(path: Path) -> str:
    try:
        return read_document(path, path.name).text
    except UnreadableDocument:
        return ""


def by_pypdf(path: Path) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def by_python_docx(path: Path) -> str:
    from docx import Document as Word
    from docx.table import Table

    lines: list[str] = []
    for block in Word(str(path)).iter_inner_content():
        if isinstance(block, Table):
            lines += [" ".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            lines.append(block.text)
    return "\n".join(lines)


def by_markitdown(path: Path) -> str:
    from markitdown import MarkItDown

    return _without_markup(str(MarkItDown().convert(path).text_content))


OTHERS: dict[str, tuple[str, tuple[str, ...], Callable[[Path], str]]] = {
    "pypdf": ("pypdf", (".pdf",), by_pypdf),
    "python-docx": ("docx", (".docx",), by_python_docx),
    "markitdown": ("markitdown", (".pdf", ".docx", ".html", ".csv", ".txt", ".xml", ".pptx", ".xlsx"), by_markitdown),
}
"""Other libraries: the module that tells whether one is installed, the formats it reads, and how."""


def fidelity(folder: Path) -> list[Fidelity]:
    """Means over the files of each format for which the list has the text."""
    expected: dict[str, list[tuple[Path, Counter[str]]]] = {}
    for entry in entries(folder):
        if entry.get("expected_text") and entry["outcome"] == "text":
            path = folder / "files" / entry["file"]
            text = (folder / entry["expected_text"]).read_text(encoding="utf-8")
            if path.suffix != ".txt":
                text = _without_markup(text)
            if path.suffix == ".xml":  # the list has the source, and addresses in it are for programs
                text = re.sub(r"(?:https?|tag):\S*", " ", text)
            expected.setdefault(path.suffix, []).append((path, words(text)))
    found = []
    for suffix in sorted(expected):
        readers: dict[str, Callable[[Path], str]] = {"ours": ours}
        readers |= {
            name: read for name, (module, suffixes, read) in OTHERS.items() if suffix in suffixes and find_spec(module)
        }
        for name, read in readers.items():
            found.append(_measured(suffix, name, read, expected[suffix]))
    return found


def _measured(suffix: str, name: str, read: Callable[[Path], str], files: list[tuple[Path, Counter[str]]]) -> Fidelity:
    recalls, precisions, unread = [], [], 0
    for path, wanted in files:
        try:
            got = words(read(path))
        except Exception as exc:  # the other libraries raise what they please
            print(f"{name} on {path.name}: {type(exc).__name__}: {str(exc)[:120]}")
            got = Counter()
        unread += not got
        common = (wanted & got).total()
        recalls.append(common / max(1, wanted.total()))
        precisions.append(common / max(1, got.total()))
    count = len(files)
    return Fidelity(
        format=suffix, reader=name, files=count, unread=unread, recall=sum(recalls) / count,
        precision=sum(precisions) / count,
    )  # fmt: skip


_WORD = re.compile(r"[\u2e80-\u2fff\u3041-\u9fff\uf900-\ufaff]|[^\W_\u2e80-\u9fff\uf900-\ufaff]+")


def words(text: str) -> Counter[str]:
    """Words without regard to capitals; each sign of Chinese and Japanese counts as one."""
    return Counter(_WORD.findall(text.lower()))


def _without_markup(text: str) -> str:
    """The words of Markdown or XML source: without comments, tags, and the targets of links and images."""
    text = re.sub(r"<!--.*?-->", " ", text, flags=re.DOTALL).replace("<![CDATA[", " ").replace("]]>", " ")
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    text = re.sub(r"\]\([^()\s]*(?:\s\"[^\"]*\")?\)", "] ", text)
    text = re.sub(r"\\([_*#\[\]()<>&.-])", r"\1", text)
    text = re.sub(r"</?[a-zA-Z][^<>]*>|<[!?][^<>]*>", " ", text)
    return re.sub(r"</?[a-zA-Z][^<>]*>", " ", unescape(text))  # feeds escape the pages they carry


# Speed


def speed(folder: Path) -> dict[str, float]:
    """Seconds a megabyte for the PDFs that all of them read, the best of two rounds."""
    import pypdfium2 as pdfium

    def by_pypdfium2(path: Path) -> str:
        document = pdfium.PdfDocument(path.read_bytes())
        try:
            return "\n".join(page.get_textpage().get_text_range() for page in document)
        finally:
            document.close()

    paths = [folder / "files" / e["file"] for e in entries(folder) if e["category"].startswith("pdf/")]
    paths = [path for path in paths if ours(path)]
    readers: dict[str, Callable[[Path], str]] = {"pypdfium2 alone": by_pypdfium2, "ours, on pypdfium2": ours}
    if find_spec("pypdf"):
        readers["pypdf"] = by_pypdf
    taken = dict.fromkeys(readers, 0.0)
    size = 0
    for path in paths:
        times: dict[str, float] = {}
        try:
            for name, read in readers.items():
                times[name] = min(_seconds(read, path) for _ in range(2))
        except Exception as exc:
            print(f"{path.name} left out of the times: {type(exc).__name__}")
            continue
        size += path.stat().st_size
        for name, seconds in times.items():
            taken[name] += seconds
    return {name: seconds / (size / 1e6) for name, seconds in taken.items()}


def _seconds(read: Callable[[Path], str], path: Path) -> float:
    begin = time.perf_counter()
    read(path)
    return time.perf_counter() - begin


# Tables


def markdown(results: list[Result], found: list[Fidelity], times: dict[str, float]) -> str:
    """The results for people."""
    right = sum(not result.wrong for result in results)
    out = io.StringIO()
    print("# Readers bench\n", file=out)
    print("Made by `python -m tests.bench.loaders`.\n", file=out)
    print(f"{right} of {len(results)} files have the outcome that the list gives them.\n", file=out)
    print("| file | kind | expected | what became of it |\n|---|---|---|---|", file=out)
    for result in results:
        became = "read" if result.text else result.reason
        became += "".join(f"; **wrong: {each}**" for each in result.wrong)
        became += "".join(f"; contested: {each!r} is {CONTESTED[result.file, each]}" for each in result.contested)
        print(f"| {result.file} | {result.category} | {result.expected} | {_cell(became)} |", file=out)
    print("\n## Words\n", file=out)
    print(
        "Against the text that the list gives, where it does: means over a format's files of the share of the", file=out
    )
    print(
        "expected words that were read, and of the share of the read words that are expected. For .xml and the",
        file=out,
    )
    print(
        "one .html in UTF-16 the list has the source, of which tags and, in .xml, addresses are taken out.\n", file=out
    )
    print("| format | files | reader | recall | precision | not read |\n|---|---:|---|---:|---:|---:|", file=out)
    for each in found:
        row = f"| {each.format} | {each.files} | {each.reader} | {each.recall:.3f} | {each.precision:.3f} |"
        print(f"{row} {each.unread or ''} |", file=out)
    missing = [name for name, (module, _, _) in OTHERS.items() if not find_spec(module)]
    if missing:
        print(f"\nNot installed, so not compared: {', '.join(missing)}.", file=out)
    print("\n## PDF, seconds a megabyte\n\n| reader | s/MB |\n|---|---:|", file=out)
    for name, seconds in times.items():
        print(f"| {name} | {seconds:.3f} |", file=out)
    print(f"\nVersions: {', '.join(_versions())}.", file=out)
    return out.getvalue()


def _versions() -> Iterator[str]:
    for name in ("pypdfium2", "lxml", "striprtf", *OTHERS):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    results = [outcome(FILES, entry) for entry in entries(FILES)]
    found, times = fidelity(FILES), speed(FILES)
    options.out.mkdir(parents=True, exist_ok=True)
    values = {
        "files": [asdict(result) for result in results],
        "words": [asdict(each) for each in found],
        "pdf_seconds_per_mb": times,
    }
    (options.out / "loaders.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    (options.out / "loaders.md").write_text(markdown(results, found, times), encoding="utf-8")
    for result in results:
        for each in result.wrong:
            print(f"{result.file}: expected {result.expected}, but {each}")
    print(f"{sum(not result.wrong for result in results)} of {len(results)} as expected; {options.out / 'loaders.md'}")


if __name__ == "__main__":
    main()
