"""Questions from English sentences about how many, how much and how long."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.draft_clause import BE, Clause, Drafted, clause_of, cut, is_participle, rest_is_clear
from qa.draft_verbs import BASE_OF_PAST
from qa.facts import word_set

_SMALL = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety"
_SCALE = r"(?: (?:hundred|thousand|million|billion|trillion))"
_FIGURE = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?){_SCALE}?|(?:{_SMALL}){_SCALE}?"
_HEDGE = (
    r"(?:an estimated|a total of|estimated|approximately|about|around|over|nearly|almost|more than|at least|some"
    r"|roughly|up to|fewer than|less than|only|exactly)"
)
_NUMBER = rf"(?:{_HEDGE} )?(?P<number>{_FIGURE})(?![\w%,.]*\d)"
_COUNTING = re.compile(rf"{_NUMBER} (?P<rest>[a-z].+)", re.IGNORECASE)
_SHARE = re.compile(rf"(?:{_HEDGE} )?(?P<number>\d+(?:\.\d+)?(?:%| percent| per cent)) (?P<rest>of .+)", re.IGNORECASE)
_THERE = re.compile(rf"There (?P<verb>are|were) (?:currently )?{_NUMBER} (?P<things>[a-z].+)")
_TIME_UNIT = r"(?:seconds?|minutes?|hours?|(?:business |working |calendar )?days?|weeks?|months?|years?)"
_WITHIN = re.compile(rf"(?<!\S)within (?P<number>{_FIGURE}) (?P<unit>{_TIME_UNIT})\b(?! old)")
_FOR = re.compile(rf"(?<!\S)for (?P<answer>{_NUMBER} {_TIME_UNIT})(?=\Z| (?:after|from|before))")
_LONG = re.compile(rf"\A(?:for )?(?P<answer>(?:{_HEDGE} )?(?:{_FIGURE}) {_TIME_UNIT})\Z")
_SIZED = re.compile(
    rf"\A(?P<answer>(?:{_HEDGE} )?(?:{_FIGURE}) ?[a-z]+) (?P<how>long|tall|high|wide|deep|thick|old)(?=\Z| and )"
)
_IN_YEAR = re.compile(r"In (?P<year>(?:1[0-9]|20)\d\d),? (?P<first>[tT])(?P<rest>he (?:[^,;]|,(?=\d))+)\Z")
_HAVING = re.compile(rf"(?P<prep>of )?{_NUMBER} (?P<things>.+)")
_WEIGHT = re.compile(rf"(?:{_HEDGE} )?(?:{_FIGURE}) ?[a-z]+\Z")
_MONEY = r"(?:US\$|[$€£])\s?\d[\d,.]*\d?(?: (?:thousand|million|billion|trillion))?"
_WORTH = re.compile(rf"\A(?P<answer>(?:{_HEDGE} )?{_MONEY})(?P<tail>(?: (?:in|for|during) .+)?)\Z")
_PER_CENT = r"\d+(?:\.\d+)?(?:%| percent| per cent)"
_BY_SHARE = re.compile(
    rf"\A(?:by )?(?P<answer>(?:{_HEDGE} )?{_PER_CENT})(?P<tail>(?: (?:in|during|from|between) .+)?)\Z"
)
_SHARE_OF = re.compile(rf"\A(?P<lead>for )?(?P<answer>(?:{_HEDGE} )?{_PER_CENT}) (?P<of>of .+)\Z")
_SAYS = (
    r"\b(?:indicates?|shows?|showed|found|estimates?|estimated|reports?|reported|said|says|suggests?|announced|stated"
    r"|believed?s?|notes?|noted|reveals?|revealed) that "
)
_PLURAL_OTHERWISE = word_set(
    "people men women children feet teeth mice geese sheep salmon trout deer species series aircraft police"
)
_NO_COUNT = word_set("percent per cent degrees of to times times. st nd rd th points s")
_FOLLOWS = r"in|on|at|of|for|with|across|worldwide|from|during|per|as"
_FINITE = word_set("are were have had will can must may could is was")
_NOT_BESIDE = word_set("that which who later after before ago old this these those its their his her our other")
_CHANGES = word_set("increase decrease rise fall grow decline drop")
_SHARES = word_set("account represent comprise cover own produce hold")


def count(text: str, common: frozenset[str]) -> Iterator[Drafted]:
    """ "1,500 soldiers crossed the river": how many did?"""
    starts = [text, *(text[match.end() :] for match in re.finditer(_SAYS, text))]
    for start in starts:
        if re.match(r"\d ", start):
            continue  # rather the small figure of a formula
        for pattern, opening, kind in ((_SHARE, "What percentage", "percentage"), (_COUNTING, "How many", "how many")):
            found = pattern.match(start)
            if not found:
                continue
            rest = cut(found["rest"])
            if kind == "percentage":
                rest = re.sub(r"\Aof (?:the )?(?=respondents|people|users|adults|patients)", "of ", rest)
            if _speaks_of_many(rest, share=kind == "percentage"):
                yield Drafted(question=f"{opening} {rest}?", answer=found["number"], type=kind)
    there = _THERE.match(text)
    if there:
        things = cut(there["things"])
        noun = _noun(things)
        tail = things[len(noun) :].strip() if noun else ""
        of = re.match(r"of (?:the )?[\w-]+(?=\Z| (?:in|on|at|for)\b)", tail)
        noun, tail = (f"{noun} {of[0]}", tail[of.end() :]) if of else (noun, tail)
        if noun is not None and rest_is_clear(tail, verbs=1) and not tail.startswith("of "):
            asked = " ".join(f"How many {noun} {there['verb']} there {tail}".split())
            yield Drafted(question=f"{asked}?", answer=there["number"], type="how many")


def _speaks_of_many(rest: str, *, share: bool) -> bool:
    """Whether "How many" before these words makes a question: things, and what they did."""
    words = rest.split()
    if not words or not words[0][0].islower():
        return False
    verb = next((at for at, word in enumerate(words[1:9], 1) if _may_be_verb(word)), None)
    if (
        verb is None
        or _may_be_verb(words[0])
        or verb + 1 >= len(words)
        or words[0] in _NO_COUNT - ({"of"} if share else set())
    ):
        return False
    noun = words[:verb]
    if not share and (re.fullmatch(_FOLLOWS, noun[0]) or words[verb] in ("is", "was")):
        return False
    if not share and not any(_is_plural(word) for word in noun[:4]):
        return False
    if _NOT_BESIDE & set(noun):
        return False
    if is_participle(words[verb]) and words[verb] not in BASE_OF_PAST:
        return False
    if words[verb] in BASE_OF_PAST and any(_may_be_verb(word) for word in words[verb + 1 :]):
        return False
    return not re.search(r"\b(?:this|these|those|it|they|them|he|she|we|our|you|your|i)\b", rest, re.IGNORECASE)


def _may_be_verb(word: str) -> bool:
    return word in BASE_OF_PAST or word in _FINITE


def _is_plural(word: str) -> bool:
    return word in _PLURAL_OTHERWISE or (len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")))


def _noun(text: str) -> str | None:
    """The plural that ``text`` begins with, "large national parks"; None where none shows."""
    words = text.split()
    for at, word in enumerate(words[:4]):
        if not re.fullmatch(r"[A-Za-z][\w-]*", word) or word in _NO_COUNT or word == "other":
            return None
        if _is_plural(word):
            following = words[at + 1] if at + 1 < len(words) else "in"
            return " ".join(words[: at + 1]) if re.fullmatch(_FOLLOWS, following) else None
    return None


def amount(text: str, common: frozenset[str]) -> Iterator[Drafted]:
    """What something has, measures, costs or takes."""
    dated = _IN_YEAR.match(text)
    if dated:
        text = f"{dated['first'].upper()}{dated['rest']} in {dated['year']}"
    clause = clause_of(cut(text), common)
    if clause is None or (clause.bare and clause.kind == "past" and not re.search(r" in (?:\d{4}|[A-Z])", clause.rest)):
        return
    if clause.kind != "aux":
        yield from _had(clause)
        yield from _did(clause)
    elif clause.verb in BE:
        sized, worth = _SIZED.match(clause.rest), _WORTH.match(clause.rest)
        if sized:
            yield Drafted(question=clause.asked(f"How {sized['how']}", ""), answer=sized["answer"], type="how long")
        if worth and rest_is_clear(worth["tail"], verbs=0):
            yield Drafted(question=clause.asked("How much", worth["tail"]), answer=worth["answer"], type="how much")


def _had(clause: Clause) -> Iterator[Drafted]:
    """ "The park has 40 lakes": how many lakes?"""
    counted = _HAVING.match(clause.rest)
    noun = _noun(counted["things"]) if counted else None
    if not counted or not noun or re.fullmatch(_TIME_UNIT, noun):
        return
    if bool(counted["prep"]) != (clause.verb == "consist"):
        return
    tail = counted["things"][len(noun) :].strip()
    if re.match(r"of (?:the )?[\w-]+\Z", tail):
        noun, tail = f"{noun} {tail}", ""
    if rest_is_clear(tail, verbs=0) and len(tail.split()) <= 7 and not tail.startswith("of "):
        question = clause.asked(f"How many {noun}", f"{counted['prep'] or ''} {tail}")
        yield Drafted(question=question, answer=counted["number"], type="how many")


def _did(clause: Clause) -> Iterator[Drafted]:
    """What verbs with an amount behind them say: lasted, cost, weighed, grew, accounted for."""
    verb, rest = clause.verb, clause.rest
    if verb in ("last", "take") and (lasting := _LONG.match(rest)):
        yield Drafted(question=clause.asked("How long", ""), answer=lasting["answer"], type="how long")
    if verb == "cost" and (worth := _WORTH.match(rest)):
        yield Drafted(question=clause.asked("How much", worth["tail"]), answer=worth["answer"], type="how much")
    if verb == "weigh" and _WEIGHT.match(rest):
        yield Drafted(question=clause.asked("How much", ""), answer=rest, type="how much")
    by, of = _BY_SHARE.match(rest), _SHARE_OF.match(rest)
    if verb in _CHANGES and by and rest_is_clear(by["tail"], verbs=0):
        question = clause.asked("By what percentage", by["tail"])
        yield Drafted(question=question, answer=by["answer"], type="percentage")
    if verb in _SHARES and of and rest_is_clear(of["of"], verbs=0):
        question = clause.asked(f"What percentage {of['of']}", of["lead"] or "")
        yield Drafted(question=question, answer=of["answer"], type="percentage")


def within(text: str, common: frozenset[str]) -> Iterator[Drafted]:
    """ "Claims must be sent within 30 days": within how many days must they be?"""
    clause = clause_of(cut(text), common)
    if clause is None or clause.kind != "aux":
        return
    first = clause.rest.split()[:1]
    if clause.verb in BE and not (first and is_participle(first[0])):
        return
    inside = _WITHIN.search(clause.rest)
    if inside and rest_is_clear(clause.rest, verbs=3):
        unit = inside["unit"] if inside["unit"].endswith("s") else f"{inside['unit']}s"
        after = clause.rest[inside.end() :].strip()
        joined = after.startswith("of ") or (after.startswith(("after ", "from ")) and len(after.split()) < 5)
        of, after = (after, "") if joined else ("", after)
        yield Drafted(
            question=clause.asked(f"Within how many {unit} {of}", f"{clause.rest[: inside.start()]} {after}"),
            answer=f"{inside['number']} {inside['unit']}",
            type="how long",
        )
    lasting = _FOR.search(clause.rest)
    if lasting and clause.rest[: lasting.start()].strip() and rest_is_clear(clause.rest, verbs=3):
        rest = f"{clause.rest[: lasting.start()]} {clause.rest[lasting.end() :]}"
        yield Drafted(question=clause.asked("For how long", rest), answer=lasting["answer"], type="how long")
