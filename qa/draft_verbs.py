"""English verbs that rules can turn into questions: what is not listed here is not touched."""

from __future__ import annotations

import re

_REGULAR = """
abandon abolish absorb accept account achieve acquire adopt advance announce appear appoint approve arrest arrive
assassinate assemble attack attract ban begin believe block bomb broadcast call cancel capture cause celebrate change
charge claim close collapse collect commission compete complete compose comprise conduct confirm conquer consist
construct contain continue contribute control convert convict cover create cross declare decline decrease defeat define
deliver demolish deploy describe design destroy determine develop die direct disappear discontinue discover dissolve
divide drop earn elect employ enact encounter end endorse enter escape establish estimate evacuate exceed execute
exhibit expand expire explode export express extend fail file finance finish form found fund gain graduate grant help
host identify impose improve include incorporate increase install introduce invade invent invest join kill land last
launch license locate maintain manufacture marry measure merge migrate move name nominate observe obtain occupy occur
offer open operate order organize originate outlaw own paint pass patent perform persecute pioneer plant pledge present
produce promote propose publish purchase ratify reach rebuild receive record recover reduce reform refuse register
reject relaunch release relocate remove rename renovate repeal replace report represent require rescue resign resolve
restore retire return reveal review sail score serve settle shift sign spread stage start store suffer supply support
surrender suspend sustain switch target terminate test trade train transfer transform translate travel unify unveil
update use visit vote weigh widen
"""
_DOUBLING = {"drop", "ban", "equip", "plan", "refer", "transfer", "commit", "stop"}
_IRREGULAR = """
become became become; begin began begun; break broke broken; bring brought brought; build built built; buy bought
bought; catch caught caught; choose chose chosen; come came come; cost cost cost; draw drew drawn; drive drove driven;
eat ate eaten; fall fell fallen; fight fought fought; find found found; flee fled fled; fly flew flown; get got got;
give gave given; go went gone; grow grew grown; have had had; hold held held; hide hid hidden; keep kept kept; lay
laid laid; lead led led; leave left left; lose lost lost; make made made; meet met met; pay paid paid; rebuild rebuilt
rebuilt; rise rose risen; run ran run; see saw seen; sell sold sold; send sent sent; shoot shot shot; show showed
shown; speak spoke spoken; spend spent spent; stand stood stood; strike struck struck; take took taken; teach taught
taught; win won won; withdraw withdrew withdrawn; write wrote written; tell told told; say said said; know knew known;
think thought thought; sit sat sat; deal dealt dealt; feel felt felt; hear heard heard; throw threw thrown; wear wore
worn; swim swam swum; forbid forbade forbidden; arise arose arisen
"""
_AGENTIVE = """
acquire appoint arrest assassinate build capture commission compose conquer construct create defeat deliver demolish
design destroy develop direct discover establish execute finance found fund host invade invent introduce kill launch
lead manufacture nominate organize own paint patent perform pioneer propose publish purchase rebuild record rename
restore review sign sponsor translate unveil win write elect coin describe
"""


def _past(base: str) -> str:
    if base.endswith("e"):
        return f"{base}d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ied"
    return f"{base}{base[-1] if base in _DOUBLING else ''}ed"


def _third(base: str) -> str:
    if base == "have":
        return "has"
    if re.search(r"(?:s|x|z|ch|sh|o)\Z", base):
        return f"{base}es"
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ies"
    return f"{base}s"


_FORMS = [tuple(entry.split()) for entry in " ".join(_IRREGULAR.split()).split(";")]
_LISTED = [base for base in _REGULAR.split() if base not in {forms[0] for forms in _FORMS}]

BASE_OF_PAST = {_past(base): base for base in _LISTED} | {past: base for base, past, _ in _FORMS if past != "found"}
"""``acquired`` → ``acquire``. "found" is left out: it may be the past of "find", or to found."""

PARTICIPLES = frozenset(
    {_past(base) for base in _LISTED}
    | {participle for _, _, participle in _FORMS}
    | {"born", "based", "headquartered", "situated", "known", "set", "put", "cut", "done", "sponsored", "coined"}
)

PAST_OF_PARTICIPLE = {
    **{_past(base): _past(base) for base in _AGENTIVE.split() if base in _LISTED or base in ("sponsor", "coin")},
    **{participle: past for base, past, participle in _FORMS if base in _AGENTIVE.split()},
}
"""Of verbs that somebody does: ``written`` → ``wrote``."""

BASE_OF_THIRD = {
    _third(base): base
    for base in (
        *(
            "contain",
            "include",
            "comprise",
            "weigh",
            "last",
            "require",
            "employ",
            "operate",
            "support",
            "cost",
            "cover",
        ),
        *(
            "consist",
            "have",
            "own",
            "offer",
            "represent",
            "account",
            "take",
            "host",
            "serve",
            "produce",
            "hold",
            "use",
            "carry",
        ),
    )
}
"""Only what is hardly ever a plural noun where a subject stands before it."""
