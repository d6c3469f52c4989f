"""Numbers, dates, names and negations of a claim against those of its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.dates import month_name, months, weekdays
from qa.facts import Name, Source, denies, names, negations
from qa.numbers import Number, has_number, numbers, single_units
from qa.support_beside import Beside
from qa.support_cues import opposites
from qa.support_words import FAR, normal, plain_words

_REACH = 6.0
"""Words after which a neighbour's say in where a name belongs has fallen to a third."""

_SCOPE = 3
"""Words that a negation is about."""

_SHARED = 0.6
"""How near these must come to words of the claim, on average."""

_COPY = 3
"""Words that a claim must have to be a copy: fewer stand in any source."""

_HAS = 0.5
"""Share of a name's words from which on a text has the name."""

_HOME = 0.02
"""How far behind the best a sentence may be that has the name or number itself, and still be taken for where the source
speaks of it. Chosen on the development sets."""

_ASIDE = 0.3
"""How much more the best sentence must have of what stands around a name or number than the best one that has it, so
that another stands in its place. This and the next three were chosen on the development sets."""

_SPEAKS_OF_NUMBER = 0.7
_SPEAKS_OF_NAME = 0.8
"""How much that sentence must have of what stands around."""

_SAYS_OPPOSITE = 0.65
"""How much of the claim's other words a sentence with the opposite of one must have, to be about the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What differs between a claim and its source, for the reader."""

    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()
    """Names and numbers that the source has, but others where it speaks of what the claim does."""

    negated: int = 0
    """1 where only the claim says no, -1 where only the source does, 0 where they agree."""

    opposites: tuple[tuple[str, str], ...] = ()
    """Words of the claim, each with its opposite, which the source has where it says the rest of the claim; none where
    only one of the two says no, so that the opposite may be meant."""

    words: tuple[str, ...] = ()
    """Words without a source."""

    copied: bool = False
    """The claim stands in the source word by word, and has enough of them to say something."""

    is_foreign: bool = False
    """The source is in other languages than the claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Whether the source has a name or number where it speaks of what the claim does."""

    gap: float = 0.0
    """How much more of what stands around it in the claim the best sentence of all has than the best one with it, or
    with it in the sentence before."""

    around: float = 0.0
    """How much of that the best sentence has."""

    near: float = 1.0
    """Cosine with the same word in the source: lower where it stands among other words."""

    slot: float = -1.0
    """How much nearer another word of the best sentence comes to it than the same word does."""

    has_rival: bool = False
    """The best sentence lacks it and has another of its kind, which the claim lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """A name or number of the claim beside the source."""

    text: str
    share: float
    """Of its words that the source has: 0 to 1; of a number 0 or 1."""

    share_here: float
    """The same in the sentences that carry most of the claim."""

    place: _Place

    @property
    def is_there(self) -> bool:
        return self.share >= _HAS

    def is_misplaced(self, least: float) -> bool:
        """The source has it, but another where it speaks of what the claim does, with ``least`` of what stands around
        it."""
        place = self.place
        return self.is_there and place.has_rival and place.gap >= _ASIDE and place.around >= least


def compared(c: Beside) -> tuple[dict[str, float], Findings]:
    """What can be compared exactly."""
    here = "\n".join(c.sentences[at].text for at in c.order[:2])
    numbers_here, names_here = [*numbers(here), *single_units(here)], Source(here)
    met_numbers = [
        _Met(
            text=each.text,
            share=float(has_number(each, c.source.numbers)),
            share_here=float(has_number(each, numbers_here)),
            place=_number_place(c, each),
        )
        for each in c.numbers
    ]
    met_names = [
        _Met(
            text=each.text,
            share=c.source.known.share(each.text),
            share_here=names_here.share(each.text),
            place=_name_place(c, each),
        )
        for each in c.names
    ]
    lost_months = [each for each in months(c.claim) if not any(set(each) & set(one) for one in c.source.months)]
    days = c.source.weekdays
    lost_days = [word for day, word in sorted(weekdays(c.claim).items()) if days and day not in days]
    negated = _negated(c)
    says_no = bool(negations(c.claim))
    source_says_no = bool(c.order and negations(c.sentences[c.order[0]].text))
    apart = opposites(c.mine, c.carrying)
    figures = {
        **_figures("number", met_numbers, most=3.0),
        **_figures("name", met_names, most=4.0),
        "months_missing": float(len(lost_months)),
        "negated_claim": float(says_no),
        "negated_source": float(source_says_no),
        "negated_apart": float(negated != 0),
        "opposites": min(2.0, float(len(apart))),
    }
    missing = [(each, met) for each, met in zip(c.numbers, met_numbers, strict=True) if not met.is_there]
    findings = Findings(
        numbers=tuple(
            each.text for each, met in missing if not each.is_date and (met.place.has_rival or not each.is_own_count)
        ),
        dates=(
            *(each.text for each, _ in missing if each.is_date),
            *(month_name(each[0]) for each in sorted(lost_months)),
            *dict.fromkeys(lost_days),
        ),
        names=tuple(met.text for met in met_names if not met.is_there),
        misplaced=(
            *(met.text for met in met_names if met.is_misplaced(_SPEAKS_OF_NAME)),
            *(met.text for met in met_numbers if met.is_misplaced(_SPEAKS_OF_NUMBER)),
        ),
        negated=negated,
        opposites=_opposed(c, apart) if says_no == source_says_no else (),
        words=() if c.is_foreign else _without_source(c),
        copied=len(c.mine) >= _COPY and any(c.words.telling) and f" {' '.join(c.mine)} " in c.source.flat,
        is_foreign=c.is_foreign,
    )
    return figures, findings


def _figures(kind: str, met: Sequence[_Met], *, most: float) -> dict[str, float]:
    """Of the claim's names, or of its numbers, of which no more than ``most`` are counted."""
    places = [each.place for each in met if each.is_there]
    return {
        f"{kind}s": min(most, float(len(met))),
        f"{kind}s_missing": min(3.0, sum(1 - each.share for each in met)),
        f"{kind}s_elsewhere": min(3.0, sum(1 - each.share_here for each in met)),
        f"{kind}_gap": max((each.gap for each in places), default=0.0),
        f"{kind}_near": min((each.near for each in places), default=1.0),
        f"{kind}_slot": max((each.slot for each in places), default=-1.0),
        f"{kind}_rivals": min(3.0, float(sum(each.place.has_rival for each in met))),
    }


def _without_source(c: Beside) -> tuple[str, ...]:
    """The telling words, neither names nor numbers, to which nothing in the source comes near; each once."""
    words = dict.fromkeys(
        c.claim[low:high]
        for (low, high), near, telling, special in zip(c.words.spans, c.top, c.telling, c.special, strict=True)
        if telling and not special and near < FAR
    )
    return tuple(words)


def _opposed(c: Beside, apart: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Of the words with an opposite in the source those whose opposite stands in the leading sentence, where that has
    the rest of the claim."""
    import numpy as np

    if not apart:
        return ()
    at = c.order[0]
    words = [" ".join(plain_words(c.claim[low:high])) for low, high in c.words.spans]
    rest = normal(np.where([word in dict(apart) for word in words], 0.0, c.weights))
    there = set(c.sentences[at].folded)
    if rest @ c.best[:, at] < _SAYS_OPPOSITE:
        return ()
    return tuple((mine, theirs) for mine, theirs in apart if theirs in there)


def _name_place(c: Beside, name: Name) -> _Place:
    rows = c.rows(name.start, name.end)
    if not rows or not c.sentences:
        return _Place()
    there = c.lexical[rows].mean(axis=0) >= _HAS
    place, at = _place(c, rows, [bool(each) for each in there])
    own = set(c.mine)
    others = names(c.sentences[at].text, capital_nouns=c.capital_nouns)
    rivals = any(not own & set(plain_words(each.text)) for each in others)
    is_here = there[at] or Source(c.sentences[at].text).share(name.text) >= _HAS
    return replace(place, has_rival=not is_here and rivals)


def _number_place(c: Beside, number: Number) -> _Place:
    rows = c.rows(number.start, number.end)
    if not rows or not c.sentences:
        return _Place()
    there = [has_number(number, each) for each in c.sentence_numbers]
    place, at = _place(c, rows, there)
    others = numbers(c.sentences[at].text)
    rivals = any(each.is_date == number.is_date and not has_number(each, c.numbers) for each in others)
    return replace(place, has_rival=not there[at] and rivals)


def _place(c: Beside, rows: Sequence[int], there: Sequence[bool]) -> tuple[_Place, int]:
    """Where the source speaks of what stands around ``rows`` in the claim, against where it has ``rows``.

    Returns the comparison and the sentence that has most of what stands around them.
    """
    import numpy as np

    middle = (rows[0] + rows[-1]) / 2
    weights = c.weights * np.exp(-np.abs(np.arange(len(c.words.spans)) - middle) / _REACH)
    weights[list(rows)] = 0.0
    around = normal(weights) @ c.best
    at = int(np.argmax(around + _HOME * np.array(there)))
    with_it = [place for place, is_there in enumerate(there) if is_there]
    with_it += [place + 1 for place in with_it if place + 1 < len(there)]
    gap = float(around.max() - around[with_it].max()) if with_it else float(around.max())
    near, same = c.near[list(rows)], c.same[list(rows)]
    own = float((near * same).max(axis=1).min())
    sentence = c.sentences[at]
    others = (near * (1 - same))[:, sentence.low : sentence.high]
    return _Place(gap=gap, around=float(around.max()), near=own, slot=float(others.max()) - own), at


def _negated(c: Beside) -> int:
    """Whether only one of claim and source says no; the source about something that the claim speaks of as well."""
    if not c.order:
        return 0
    leading = c.sentences[c.order[0]]
    own, theirs = negations(c.claim), negations(leading.text)
    if own and not theirs and not denies(leading.text):
        return 1
    if theirs and not own and not denies(c.claim):
        here = c.mixed[:, leading.low : leading.high].max(axis=0).tolist()
        return -int(any(_about(leading.spans, leading.telling, here, end) for _, end in theirs))
    return 0


def _about(spans: Sequence[tuple[int, int]], telling: Sequence[bool], near: Sequence[float], end: int) -> bool:
    """Whether the words that a negation ending at ``end`` stands before, or else the last ones, are in the claim too,
    as ``near`` says of each."""
    rows = [row for row, (low, _) in enumerate(spans) if telling[row]]
    after = [row for row in rows if spans[row][0] >= end][:_SCOPE] or rows[-_SCOPE:]
    return not after or sum(near[row] for row in after) / len(after) >= _SHARED
