"""A question from one English sentence, without a model: by what simple sentences with a date, a number or a name look
like. Each rule is sure of its kind of sentence or leaves it alone: most sentences give no question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from qa.dates import MONTHS
from qa.draft_amounts import amount, count, within
from qa.draft_clause import BE, CUT, Clause, Drafted, clause_of, cut, is_participle, may_end, rest_is_clear
from qa.draft_verbs import PAST_OF_PARTICIPLE
from qa.facts import word_set

SHORT_FORM = "abbreviation"
"""The type of questions that fit nearly every document, and say least."""

_SHORTEST, _LONGEST = 25, 320
"""Characters of a sentence that is looked at."""

_MOST_WORDS = 26
"""Of a question."""

_MONTH = rf"(?:{'|'.join(name.capitalize() for name in MONTHS)})"
_YEAR = r"(?:1[0-9]|20)\d\d(?![\d,.%]\d|\w|[–-])"
_DAY = rf"(?:{_MONTH} \d{{1,2}}(?:, {_YEAR})?|\d{{1,2}} {_MONTH}(?: {_YEAR})?)"
_DATE = rf"(?:in (?:the (?:early |late |mid-)?1\d\d0s|(?:early |late |mid-)?(?:{_MONTH}(?: of)? )?{_YEAR})|on {_DAY})"
_DATED = re.compile(rf"(?<!\S){_DATE}(?! (?:dollars|prices|terms|levels|figures))\b")
_LEADING = re.compile(rf"(?P<date>{_DATE}),? (?P<clause>.+)", re.IGNORECASE)
_NAME_WORD = r"[A-ZÀ-Þ][\w'’&.-]*"
_NAME = rf"{_NAME_WORD}(?: (?:(?:of|the|de|van|von|and|&) ){{0,2}}{_NAME_WORD})*"
_BY = re.compile(rf"(?<!\S)by (?P<agent>(?:the )?{_NAME})(?=\Z| (?:in|on|at|as|for|to|from|after|during)\b)")
_PLACED = re.compile(
    rf"\A(?P<how>located|based|headquartered|situated|born|buried|held|signed) (?P<date>(?:{_DATE}) )?(?:in|at) "
    rf"(?P<answer>(?:the )?{_NAME}(?:, {_NAME})*)"
)
_ROLE = re.compile(
    r"the (?P<role>(?:[\w-]+ ){0,3}(?:president|director|chairman|chairwoman|chair|author|founder|mayor|king|queen"
    r"|editor|chancellor|minister|officer|CEO|governor|secretary|captain|leader|inventor|designer|architect) of .+)"
)
_PERSON = re.compile(r"[A-ZÀ-Þ][\w'’.-]+(?: [A-ZÀ-Þ][\w'’.-]*){1,2}")
_SHORT_FORM = re.compile(r"\((?:the )?[\"“]?(?P<short>[A-Z]{2,6})[\"”]?\)")
_ASIDE = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]{0,40}\])")
_LABEL = re.compile(
    r"\A(?:AIMS?|BACKGROUND|OBJECTIVES?|METHODS|RESULTS|CONCLUSIONS?|PURPOSE|CONTEXT|IMPORTANCE|INTRODUCTION|DESIGN"
    r"|SETTING|FINDINGS|INTERPRETATION|NOTE|Note|Tip|Important):? "
)
_CONNECTIVE = re.compile(
    r"\A(?:However|In addition|Additionally|Moreover|Furthermore|Historically|Finally|Overall|Meanwhile"
    r"|As a result|Consequently|Therefore|Thus|Also|Today|Currently|In fact|For example|For instance|Notably"
    r"|Initially|Eventually), "
)
_NO_AGENT = word_set(
    "charter royal vote decree order court hurricane war article act section law treaty world congress earthquake may"
    " title chapter figure"
)
_STANDING_ALONE = word_set(
    "begin close collapse die disappear end expire explode finish launch open resign retire start surrender"
)


def draft(sentence: str, common: frozenset[str]) -> Drafted | None:
    """The question that ``sentence`` answers; None where no rule is sure of it.

    ``common`` are the words that the document writes with a small letter: no names, then, where a sentence begins.
    """
    flat = " ".join(sentence.split())
    if not (_SHORTEST <= len(flat) <= _LONGEST and flat[-1] == "." and (flat[0].isupper() or flat[0].isdigit())):
        return None
    if re.search(r"[|\t•<>{}=_\\]|\.{2}|https?:|www\.|@|\s[,.;]|[a-z]{4}\.\W{0,20} [A-Z]|\.\[", flat):
        return None
    plain = _CONNECTIVE.sub("", _LABEL.sub("", _ASIDE.sub("", flat))).rstrip(". ")
    plain = plain[:1].upper() + plain[1:]
    if "(" in plain or ")" in plain:
        return _short_form(flat)  # one within another: what is aside cannot be told
    for rule in _RULES:
        for found in rule(plain, common):
            if _is_good(found, flat):
                return found
    return _short_form(flat)


def _is_good(found: Drafted, sentence: str) -> bool:
    question, words = found.question, found.question.rstrip("?").split()
    if not 3 <= len(words) <= _MOST_WORDS or found.answer.lower() not in sentence.lower():
        return False
    if found.answer.lower() in question.lower() or re.search(r"[,;:(\[\"“”]\s*\?|\s[,.]|\.\?", question):
        return False
    ends = words[-1].lower()
    if (
        ends in _DANGLING
        or (ends in _LEFT_OVER and not question.endswith(("account for?", "consist of?")))
        or len(re.findall(r"\b(?:and|or)\?", question))
    ):
        return False
    telling = [word for word in words[1:] if word[0].isupper() or word[0].isdigit()]
    if question.startswith("What is a"):
        return True
    # Something in it must say which thing is meant.
    return bool(telling) or sum(len(word) > 4 for word in words[2:]) >= 4


_LEFT_OVER = word_set("in on at by with from to for of into as than per under over about between during after before")
_DANGLING = word_set(
    "the a an of and or is are was were be been its their his her that which who between both such very"
)


def _fits_when(clause: Clause, rest: str) -> bool:
    """Whether it can be asked when this happened."""
    if clause.bare or not rest_is_clear(rest, verbs=1 if clause.kind == "aux" else 0):
        return False
    if clause.kind in ("third", "plain") or clause.verb == "have":
        return False
    first = next(
        (word for word in rest.split() if not word.endswith("ly") and word not in ("also", "first", "then", "been")), ""
    )
    if clause.kind == "aux":
        return clause.verb in ("was", "were") and (not first or is_participle(first))
    return bool(rest) or clause.verb in _STANDING_ALONE


def _when(text: str, common: frozenset[str]) -> Iterator[Drafted]:
    leading = _LEADING.match(text)
    if leading:
        whole = leading["clause"]
        clause = clause_of(cut(whole[:1].upper() + whole[1:] if whole[:4] == "the " else whole), common)
        if clause and _fits_when(clause, clause.rest) and not _DATED.search(clause.rest):
            yield Drafted(question=clause.asked("When", clause.rest), answer=_bare_date(leading["date"]), type="when")
        return
    dated = _DATED.search(text)
    if dated and may_end(text, dated.end()) and not CUT.search(text, 0, dated.start()):
        clause = clause_of(text[: dated.start()].strip(), common)
        if clause and _fits_when(clause, clause.rest):
            after = cut(text[dated.end() :].strip())
            adds = len(clause.rest.split()) == 1 and re.match(r"(?:as|at|by|for|from|in|to) ", after)
            tail = after if adds and len(after.split()) < 9 and rest_is_clear(after, verbs=0) else ""
            asked = clause.asked("When", f"{clause.rest} {tail}")
            yield Drafted(question=asked, answer=_bare_date(dated[0]), type="when")


def _bare_date(date: str) -> str:
    return date.split(" ", 1)[1]


def _who(text: str, common: frozenset[str]) -> Iterator[Drafted]:
    by = _BY.search(text)
    if by and may_end(text, by.end()) and not CUT.search(text, 0, by.start()):
        clause = clause_of(text[: by.start()].strip(), common)
        if not clause or clause.verb not in ("was", "were") or clause.bare or not rest_is_clear(clause.rest):
            return
        words = clause.rest.split()
        past = PAST_OF_PARTICIPLE.get(words[0]) if words else None
        if past and not _NO_AGENT & set(by["agent"].lower().split()):
            after = _DATED.match(text[by.end() :].strip())
            tail = " ".join([*words[1:], after[0] if after else ""]).strip()
            question = " ".join(f"Who {past} {clause.subject} {tail}".split())
            yield Drafted(question=f"{question}?", answer=by["agent"], type="who")
        return
    clause = clause_of(cut(text), common)
    if clause and clause.kind == "aux" and clause.verb in ("is", "was") and _PERSON.fullmatch(clause.subject):
        role = _ROLE.match(clause.rest)
        if role and rest_is_clear(clause.rest):
            yield Drafted(question=f"Who {clause.verb} the {role['role']}?", answer=clause.subject, type="who")


def _where(text: str, common: frozenset[str]) -> Iterator[Drafted]:
    clause = clause_of(text, common)
    if clause and clause.kind == "aux" and clause.verb in BE and not clause.bare:
        placed = _PLACED.match(clause.rest)
        if placed and may_end(clause.rest, placed.end()) and not re.search(_MONTH, placed["answer"]):
            question = clause.asked("Where", f"{placed['how']} {(placed['date'] or '').strip()}")
            yield Drafted(question=question, answer=placed["answer"], type="where")


def _what(text: str, common: frozenset[str]) -> Iterator[Drafted]:
    """ "A fjord is a long, narrow inlet": what is a fjord?"""
    clause = clause_of(text, common)
    if clause is None or clause.verb != "is" or len(clause.subject.split()) > 4 or clause.subject.startswith("the "):
        return
    said = cut(clause.rest)
    if (
        re.match(r"an? (?!lot |few |result |good |great |bit |must |way |key |part |member |similar |different )", said)
        and 4 <= len(said.split()) <= 14
    ):
        name = clause.subject
        if (
            rest_is_clear(said)
            and re.match(r"[A-ZÀ-Þ]|an? (?!\S+ [A-ZÀ-Þ])", name)
            and not _PERSON.fullmatch(name)
            and not _RUNS_ON.search(said)
        ):
            yield Drafted(question=f"What is {name}?", answer=said, type="what")


_RUNS_ON = re.compile(r" and \w+s (?:an?|the|in|with|of|to|from) ")


def _short_form(sentence: str) -> Drafted | None:
    """ "the World Health Organization (WHO)": what does WHO stand for?"""
    for found in _SHORT_FORM.finditer(sentence):
        words = [match for match in re.finditer(r"[\w'’-]+", sentence[: found.start()])]
        initials = list(found["short"].lower())
        at = len(words)
        while at and initials:
            at -= 1
            word = words[at].group().lower()
            if word[0] == initials[-1]:
                initials.pop()
            elif word not in ("of", "and", "for", "the", "in", "on", "to"):
                break
        if not initials and len(words) - at >= 2:
            return Drafted(
                question=f"What does {found['short']} stand for?",
                answer=sentence[words[at].start() : words[-1].end()],
                type=SHORT_FORM,
            )
    return None


_RULES: tuple[Callable[[str, frozenset[str]], Iterator[Drafted]], ...] = (
    count,
    within,
    amount,
    _who,
    _where,
    _when,
    _what,
)
