"""An exported conversation holds what was said and its sources, and whatever was said stays text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qa.web.conversation import Exchange
from qa.web.export import as_markdown
from tests.web.answers import citation, hit, passage, quoted, refused, written
from tests.web.page_html import HOSTILE


def exchange(**fields: Any) -> Exchange:
    return replace(Exchange(id=1, question="How many?"), **fields)


def test_it_holds_questions_answers_and_sources() -> None:
    cited = citation(1)
    text = as_markdown(
        "Troops",
        [
            exchange(text="x", answer=replace(written(("**12,000** [1].", (cited,))), unfinished="It hung up.")),
            exchange(question="And where?", answer=refused(hit())),
            exchange(question="Why?", error="The key is wrong."),
            exchange(question="When?", text="Half of", stopped=True),
        ],
    )
    assert text.startswith("# Troops\n\n## How many?\n\n**12,000** [1].\n\n*The answer broke off. It hung up.*")
    place = f"report.txt, page 3, characters {cited.start} to {cited.end}"
    assert f"1. {place}: “The deployment could grow to 12,000 soldiers.”" in text
    assert "*Written by some-model.*" in text
    assert "## And where?\n\nThe documents do not answer this question.\n\n*Not answered by the documents.*" in text
    assert text.endswith("## Why?\n\n*The key is wrong.*\n\n## When?\n\nHalf of\n\n*Stopped.*\n")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_was_said_stays_text(hostile: str) -> None:
    of = passage(hostile, document=hostile, title=hostile)
    text = as_markdown(
        hostile,
        [
            exchange(question=hostile, answer=quoted(citation(1, hostile, of=of))),
            exchange(question=hostile, text=hostile, answer=written((hostile, ()), model=hostile)),
            exchange(question=hostile, text=hostile, error=hostile),
        ],
    )
    ours = text.replace("\\<", "").replace("&lt;", "")
    assert "<" not in ours
    assert "\n# " not in text and text.count("\n## ") == 3
