"""A text against the answers that its question accepts. Pure: text in, numbers out.

``exact_match``, ``token_f1`` and ``contained`` compare words as SQuAD's scripts do. ``gives`` says what is right, for
the scores of a run and for the check of a set alike: it knows amounts and dates in another writing too.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from index.languages import UNSPACED
from qa.dates import CalendarDate, calendar_dates
from qa.numbers import Number, has_number, is_same_amount, numbers, parted, single_units
from qa.units import with_unit

_SIGNS = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_ROUND = re.compile(r"\d[.,]000(?!\d)")
_LETTERED = re.compile(r"(?<!\w)([^\W\d_])(\+{1,2}|#|\*)(?!\w)")
_SIGN_NAMES = {"+": "plus", "++": "plusplus", "#": "sharp", "*": "star"}


# As SQuAD's scripts


def normalised(text: str) -> str:
    """Without case, punctuation, articles and superfluous white space, as SQuAD's scripts compare answers.

    Rajpurkar et al. 2016. They know ASCII's punctuation and symbols only; here those of all scripts go, since a
    document's own quotation marks and dashes must not decide, and what is not seen with them. An accent written as a
    character of its own is joined to its letter. Beyond their rules, a sign that is half of a name stays, in words: C++
    is not C#. On other ASCII the two are the same.
    """
    return " ".join(_ARTICLES.sub(" ", _without_signs(text)).split())


def _without_signs(text: str) -> str:
    folded = unicodedata.normalize("NFC", text.casefold())
    folded = _LETTERED.sub(lambda match: match[1] + _SIGN_NAMES[match[2]], folded)
    if folded.isascii():
        return folded.translate(_SIGNS)
    kinds = [(sign, unicodedata.category(sign)) for sign in folded]
    return "".join(sign for sign, kind in kinds if kind[0] not in "PS" and kind != "Cf")


def answer_tokens(text: str) -> list[str]:
    """The words of a normalised text; where a script is written without spaces, its characters."""
    return _parted(normalised(text))


def is_left(answer: str) -> bool:
    """Whether SQuAD's rules leave anything of an answer: nothing of "A", "The The" and "…"."""
    return bool(normalised(answer))


def exact_match(text: str, accepted: Sequence[str]) -> float | None:
    """1 where the text is an accepted answer, both normalised; one that nothing would be left of is taken as it is."""
    return _best(text, accepted, lambda said, answer: float(said == answer))


def token_f1(text: str, accepted: Sequence[str]) -> float | None:
    """The harmonic mean of precision and recall of the text's tokens, as a bag; the best over the accepted answers."""

    def f1(said: str, answer: str) -> float:
        given, wanted = Counter(_parted(said)), Counter(_parted(answer))
        return 2 * (given & wanted).total() / (given.total() + wanted.total())

    return _best(text, accepted, f1)


def contained(text: str, accepted: Sequence[str]) -> float | None:
    """1 where an accepted answer stands in the text as whole words, in a row; one that nothing would be left of, where
    it stands there to the letter."""
    known = [answer for answer in accepted if answer.strip()]
    if not known:
        return None
    said = f" {' '.join(answer_tokens(text))} "
    return float(
        any(
            f" {' '.join(answer_tokens(answer))} " in said if is_left(answer) else _stands_in(answer, text)
            for answer in known
        )
    )


def numbers_right(text: str, accepted: Sequence[str]) -> float | None:
    """1 where the text has all numbers of an accepted answer, however they are written; None where none holds any, or
    where one that holds none is in the text."""
    with_numbers = {answer: found for answer in accepted if (found := _plain(numbers(answer)))}
    if not with_numbers or contained(text, [answer for answer in accepted if answer not in with_numbers]):
        return None
    said = _plain([*numbers(text), *single_units(text)])
    return float(any(all(has_number(number, said) for number in found) for found in with_numbers.values()))


def _best(text: str, accepted: Sequence[str], score: Callable[[str, str], float]) -> float | None:
    """The best over the accepted answers, None without any. SQuAD's scripts pass over those that nothing is left of;
    here these keep their articles or, where there are none, their signs."""
    known = [answer for answer in accepted if answer.strip()]
    forms = [normalised if is_left(answer) else _lowered for answer in known]
    return max((score(form(text), form(answer)) for answer, form in zip(known, forms, strict=True)), default=None)


def _lowered(text: str) -> str:
    return " ".join(_without_signs(text).split()) or " ".join(text.casefold().split())


def _parted(text: str) -> list[str]:
    return UNSPACED.sub(lambda match: f" {' '.join(match[0])} ", text).split()


def _stands_in(answer: str, text: str) -> bool:
    """Whether an answer stands in a text to the letter, capitals and all: "A" is not in "a dog"."""
    written = r"\s+".join(map(re.escape, answer.split()))
    return bool(written) and re.search(rf"(?<![\w.,]){written}(?![\w+#*])", text) is not None


def _plain(found: Iterable[Number]) -> list[Number]:
    """Without the reading of 12,000 as twelve, which no one writes with three noughts."""
    return [
        replace(each, values=(max(each.values),)) if len(each.values) > 1 and _ROUND.search(each.text) else each
        for each in found
    ]


# What is right


def gives(text: str, answer: str) -> bool:
    """Whether a text gives an answer: word for word as ``contained`` has it, with the same numbers; or its words in a
    row, where amounts and dates may be written in another way.

    $48.5 million gives 48.5 million dollars, and 48,500,000; March 14, 2019 gives 14 March 2019, and March 2019. An
    amount must agree in its value and, where the answer has one, in its unit; nothing is rounded.
    """
    if not is_left(answer):
        return _stands_in(answer, text)
    if contained(text, [answer]):
        amounts = _plain([*numbers(text), *single_units(text)])
        if all(any(is_same_amount(mine, other) for other in amounts) for mine in _plain(numbers(answer))):
            return True
    wanted, said = _pieces(answer), _pieces(text)
    return bool(wanted) and any(
        _is_whole(text, said[at].start, said[at + len(wanted) - 1].end)
        and all(_agree(mine, other) for mine, other in zip(wanted, said[at:], strict=False))
        for at in range(len(said) - len(wanted) + 1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A word, an amount with its unit, or a date."""

    start: int
    end: int
    what: str | Number | CalendarDate


_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"\w[-\u2010-\u2015/'’.@&_+#*]*\Z")
_JOINING = re.compile(r"[-\u2010-\u2015/'’.@&_]?\w|[+#*]")


@lru_cache(maxsize=256)  # a question has several answers, and a set the same text in several metrics
def _pieces(text: str) -> tuple[_Piece, ...]:
    found = [_Piece(start=date.span[0], end=date.span[1], what=date) for date in calendar_dates(text)]
    written = parted(text)
    for number in _plain([*numbers(text), *single_units(text)]):
        low, high = with_unit(written, number.start, number.end)
        if number.units and (low, high) == (number.start, number.end):
            number = replace(number, units=())  # working days: its words say what it counts
        if not any(piece.start < number.end and number.start < piece.end for piece in found):
            found.append(_Piece(start=min(low, number.start), end=high, what=number))
    pieces, at = [], 0
    for piece in (*sorted(found, key=lambda each: each.start), _Piece(start=len(text), end=len(text), what="")):
        pieces += _word_pieces(text, at, piece.start)
        pieces.append(piece)
        at = max(at, piece.end)
    return tuple(pieces[:-1])


def _word_pieces(text: str, start: int, end: int) -> list[_Piece]:
    found = []
    for match in _WORD.finditer(text, start, end):
        at = match.start()
        # A character of a script without spaces is a word of its own.
        for run in re.split(rf"({UNSPACED.pattern})", match[0]):
            words = list(run) if UNSPACED.fullmatch(run) else [run] if run else []
            for word in words:
                written = unicodedata.normalize("NFC", word.casefold())
                if not _ARTICLES.fullmatch(written):
                    found.append(_Piece(start=at, end=at + len(word), what=written))
                at += len(word)
    return found


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on before or behind: "refundable" does not stand in "non-refundable"."""
    before, after = _JOINED.search(text, max(0, start - 4), start), _JOINING.match(text, end)
    return (not before or bool(UNSPACED.match(before[0]) or UNSPACED.match(text, start))) and (
        not after or bool(UNSPACED.match(after[0]) or UNSPACED.match(text, end - 1))
    )


def _agree(mine: _Piece, other: _Piece) -> bool:
    if isinstance(mine.what, CalendarDate):
        return isinstance(other.what, CalendarDate) and mine.what.is_in(other.what)
    if isinstance(mine.what, Number):
        if isinstance(other.what, CalendarDate):
            return mine.what.is_date and other.what.year in mine.what.values
        return isinstance(other.what, Number) and is_same_amount(mine.what, other.what)
    return mine.what == other.what
