"""Words that the support check knows by heart: opposites, words that claim more than a source may say, and hedges.

English only. A claim or source in another language meets none of them, and nothing is held against it.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.facts import word_set

ABSOLUTE = word_set(
    "all every each only always never none entirely completely first last most least best worst largest biggest highest"
    " smallest lowest greatest fastest main primary sole exclusively must proven guaranteed everyone nobody"
)
CAUSAL = word_set("because cause causes caused causing due therefore thus result results resulted led leads")
HEDGES = word_set("may might could possibly perhaps likely unlikely suggests suggest probably appears reportedly")
PERSONAL = word_set("i i'm i've my me mine you your yours we our us you're lol haha yeah yes")

_OPPOSITES = (
    "increase increased increases increasing rise rises rose rising grow grew grows grown growing gain gained higher"
    " more up|decrease decreased decreases decreasing fall falls fell falling drop dropped drops shrink shrank decline"
    " declined declines declining lower less fewer down reduce reduced reduces reducing",
    "before prior earlier|after later following afterwards",
    "first earliest|last latest",
    "win won wins winning beat defeated|lose lost loses losing",
    "hot warm warmer warming hotter|cold cool cooler cooling colder",
    "north northern|south southern",
    "east eastern|west western",
    "large larger largest big bigger biggest|small smaller smallest little tiny",
    "high highest|low lowest",
    "male man men boy father son brother husband he|female woman women girl mother daughter sister wife she",
    "most majority|few minority least",
    "good better best positive|bad worse worst negative",
    "open opened opens|close closed closes shut",
    "true correct right|false incorrect wrong myth",
    "include included includes including|exclude excluded excludes excluding",
    "support supports supported|oppose opposes opposed",
    "accept accepted accepts|reject rejected rejects refuse refused",
    "allow allowed allows permit permitted legal|ban banned forbid forbidden prohibit prohibited illegal",
    "strong stronger strongest|weak weaker weakest",
    "same similar|different",
    "old older oldest|young younger youngest new newer newest",
    "fast faster fastest quick|slow slower slowest",
    "inside internal indoor|outside external outdoor",
    "buy bought buys|sell sold sells",
    "arrive arrived|leave left depart departed",
    "begin began begins start started starts|end ended ends finish finished stop stopped",
    "minimum least|maximum most",
    "always|never",
    "all|none",
    "safe safer|dangerous harmful unsafe",
    "public|private",
    "alive born|dead died death",
)


def _sides() -> dict[str, list[tuple[int, int]]]:
    """Of each word, the pairs that it belongs to and its side in them."""
    found: dict[str, list[tuple[int, int]]] = {}
    for pair, line in enumerate(_OPPOSITES):
        for side, words in enumerate(line.split("|")):
            for word in words.split():
                found.setdefault(word, []).append((pair, side))
    return found


_SIDES = _sides()


def opposites(mine: Sequence[str], theirs: Sequence[str]) -> list[tuple[str, str]]:
    """Words of ``mine`` of which ``theirs`` has only the opposite, with that."""
    there: dict[tuple[int, int], str] = {}
    for word in theirs:
        for place in _SIDES.get(word, ()):
            there.setdefault(place, word)
    own = {place for word in mine for place in _SIDES.get(word, ())}
    found = []
    for word in dict.fromkeys(mine):
        for pair, side in _SIDES.get(word, ()):
            if (pair, side) not in there and (pair, 1 - side) in there and (pair, 1 - side) not in own:
                found.append((word, there[(pair, 1 - side)]))
    return found
