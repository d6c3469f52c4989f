"""Writes the picture that the README shows: ``python -m tests.web.screenshots tests/files/screenshot.png``."""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image

from index import Library
from qa.settings import QASettings
from qa.web import serving
from tests.web.chromium import chromium
from tests.web.visit import Visit

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
QUESTION = "How many soldiers could the deployment grow to in total?"
SIZE = (1400, 900)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="the PNG file to write")
    path: Path = parser.parse_args().path
    path.write_bytes(picture())
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def picture() -> bytes:
    """The page after an answer with its source open, as a PNG with a palette: a third of the size, same look."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Library.open(folder) as library,
        chromium() as browser,
    ):
        library.sync(SEEDS)
        # Answers are quoted, whatever this machine's settings say.
        with serving(library, settings=QASettings(openai_api_key=None, openai_base_url=None)) as address:
            page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
            visit = Visit(page, address)
            turn = visit.ask(QUESTION)
            turn.locator(".fn-cite").first.click()
            visit.marked()
            page.mouse.move(0, SIZE[1])
            page.wait_for_timeout(300)
            shot = page.screenshot(animations="disabled", caret="hide")
    whole = Image.open(io.BytesIO(shot)).convert("RGB")
    small = io.BytesIO()
    whole.quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    main()
