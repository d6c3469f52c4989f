"""Texts as they can be sent and analysed."""

from __future__ import annotations


def whole_characters(text: str) -> str:
    """The text with a question mark for each half of a surrogate pair.

    A terminal or a file's name may hand over such a half. It is no character: UTF-8 cannot write it, so no server, no
    tokenizer and no index takes it.
    """
    return text.encode("utf-8", "replace").decode("utf-8")
