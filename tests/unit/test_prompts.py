"""What a model is sent: the same for the same texts, and between fences that none of them can close."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from index.values import Passage
from qa import prompts
from qa.values import Turn


def passage(text: str) -> Passage:
    return Passage(id="1-0", document="a.txt", title="A", heading="", text=text, start=0, end=len(text), page=None)


def test_the_same_question_over_the_same_passages_is_the_same_prompt() -> None:
    passages = [passage("The kettle boils."), passage("It whistles.")]
    assert prompts.answer_messages("What boils?", passages) == prompts.answer_messages("What boils?", passages)
    history = [Turn(role="user", text="Tell me about kettles.")]
    assert prompts.standalone_messages("Why?", history) == prompts.standalone_messages("Why?", history)


@given(st.text(), st.text())
def test_a_fence_is_of_other_texts_another_and_in_none_of_them(one: str, other: str) -> None:
    def fence(text: str) -> str:
        found = re.search(r"passage-[0-9a-f]{12}", prompts.answer_messages("q", [passage(text)])[1].text)
        assert found
        return found[0]

    # A text cannot hold its own fence, nor learn it from what was shown for another text.
    assert fence(one + fence(one)) != fence(one)
    shown = prompts.answer_messages("q", [passage(one + fence(one) + other)])[1].text
    assert shown.count(fence(one + fence(one) + other)) == 2
