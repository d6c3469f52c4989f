"""The support check: what differs is found and named, what is only worded otherwise is not held against a sentence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index import Passage
from index.embed import BundledEmbedder
from index.embed_openai import OpenAIEmbedder
from qa.dates import months
from qa.facts import Source, names, negations
from qa.numbers import has_number, numbers
from qa.support import Checker, check_support
from qa.support_model import read_model
from qa.support_needs import needs_support, table_heads
from qa.values import Support
from tests.embedding_server import EmbeddingServer

SOURCE = (
    "The deployment could grow to a total of 12,000 soldiers across four brigades. General Ray Odierno told reporters"
    " in Baghdad on 12 May 2010 that the first brigade would leave by August. The army has not decided where the other"
    " three will be sent."
)
OTHER = (
    "Marie Curie was born in Warsaw and studied physics in Paris. She shared the Nobel Prize of 1903 with her husband"
    " Pierre and Henri Becquerel."
)


@pytest.fixture(scope="module")
def bundled() -> BundledEmbedder:
    return BundledEmbedder(threads=1)


def judge(claim: str, passages: Sequence[str | Passage], bundled: BundledEmbedder) -> Support:
    return check_support(claim, passages, embedder=bundled)


@pytest.mark.parametrize(
    "claim",
    [
        "The deployment could grow to 12,000 soldiers in four brigades.",
        "The deployment could grow to twelve thousand soldiers across 4 brigades [1].",
        "On May 12, 2010, General Ray Odierno told reporters in Baghdad that the first brigade would leave by August.",
        "The army has not decided where the other three brigades will be sent.",
        "Marie Curie was born in Warsaw.",
        "In 1903 she shared the Nobel Prize with Pierre and Henri Becquerel.",
    ],
)
def test_what_the_source_says_is_supported(claim: str, bundled: BundledEmbedder) -> None:
    found = judge(claim, [SOURCE, OTHER], bundled)
    assert found.label == "supported", found


@pytest.mark.parametrize(
    "claim, named",
    [
        ("The deployment could grow to a total of 15,000 soldiers across four brigades.", "15,000"),
        ("The deployment could grow to a total of 12,000 soldiers across nine brigades.", "nine"),
        ("General Ray Odierno told reporters in Baghdad on 12 May 2011.", "2011"),
        ("General Ray Odierno told reporters in Baghdad on 12 June 2010.", "June"),
        ("General David Petraeus told reporters in Baghdad on 12 May 2010.", "David Petraeus"),
        ("Marie Curie was born in Vienna and studied physics in Paris.", "Vienna"),
        ("Marie Curie was not born in Warsaw.", "says no"),
        ("The army has decided where the other three will be sent.", "says no"),
    ],
)
def test_a_changed_fact_is_found_and_named(claim: str, named: str, bundled: BundledEmbedder) -> None:
    found = judge(claim, [SOURCE, OTHER], bundled)
    assert found.label != "supported", found
    assert named in found.reason
    assert "\n" not in found.reason


def test_what_the_source_does_not_speak_of_is_unsupported(bundled: BundledEmbedder) -> None:
    found = judge("Bananas ripen faster beside apples.", [SOURCE, OTHER], bundled)
    assert found.label == "unsupported"
    assert "Bananas" in found.reason


def test_every_sentence_of_a_claim_must_hold(bundled: BundledEmbedder) -> None:
    good = "Marie Curie was born in Warsaw. She studied physics in Paris."
    assert judge(good, [OTHER], bundled).label == "supported"
    found = judge(f"{good} She had 17 cats.", [OTHER], bundled)
    assert found.label != "supported"
    assert "17" in found.reason


def test_sentences_that_lead_in_do_not_count(bundled: BundledEmbedder) -> None:
    claim = "Here is a brief summary:\n\nMarie Curie was born in Warsaw."
    assert judge(claim, [OTHER], bundled) == judge("Marie Curie was born in Warsaw.", [OTHER], bundled)


def test_every_sentence_of_a_document_is_supported_by_it(seeds: Path, bundled: BundledEmbedder) -> None:
    from index.sentences import sentence_spans

    text = next(iter(sorted(seeds.glob("*.txt")))).read_text(encoding="utf-8")[:4000]
    spans = sentence_spans(text)[1:-1]
    assert len(spans) > 10
    for start, end in spans[:12]:
        found = judge(text[start:end], [text], bundled)
        assert found.score >= 0.9, found


def test_the_order_of_passages_does_not_matter(bundled: BundledEmbedder) -> None:
    claim = "The deployment could reach 12,000 soldiers, says the army of Marie Curie."
    passages = [SOURCE, OTHER, "Nothing of this.", SOURCE]
    assert len({judge(claim, list(each), bundled) for each in permutations(passages)}) == 1


def test_title_and_headings_of_a_passage_count(bundled: BundledEmbedder) -> None:
    text = "It was built in 1889 and is 300 m high."
    claim = "The Eiffel Tower was built in 1889."
    passage = Passage(
        id="1", document="a.txt", title="Eiffel Tower", heading="", text=text, start=0, end=len(text), page=None
    )
    assert judge(claim, [passage], bundled).label == "supported"
    found = judge(claim, [text], bundled)
    assert found.label != "supported"
    assert "Eiffel Tower" in found.reason


def test_markers_are_no_numbers(bundled: BundledEmbedder) -> None:
    claim = "Marie Curie was born in Warsaw"
    assert judge(f"{claim} [7].", [OTHER], bundled) == judge(f"{claim}.", [OTHER], bundled)


def test_numbers_are_found_in_other_languages(bundled: BundledEmbedder) -> None:
    source = "Der Vertrag wurde 2020 geschlossen und endet am 31. Mai 2024 ohne Kündigung."
    assert judge("Der Vertrag endet am 31. Mai 2024.", [source], bundled).label == "supported"
    found = judge("Der Vertrag endet am 31. Mai 2025.", [source], bundled)
    assert found.label != "supported"
    assert "2025" in found.reason


class PlainEmbedder:
    """Gives vectors of whole texts only, as one behind a server does."""

    name = "plain"
    dimension = 2
    max_tokens = 100

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 2), dtype=np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return np.ones(2, dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def test_an_embedder_without_vectors_of_words_will_do() -> None:
    plain = PlainEmbedder()
    good = check_support("Marie Curie was born in Warsaw.", [SOURCE, OTHER], embedder=plain)
    bad = check_support("Marie Curie was born in 1867.", [SOURCE, OTHER], embedder=plain)
    assert good.label == "supported"
    assert bad.label != "supported"
    assert "1867" in bad.reason


def test_a_server_that_gives_no_vectors_of_words_is_not_asked() -> None:
    with EmbeddingServer() as server, closing(OpenAIEmbedder("small", base_url=server.url)) as embedder:
        assert check_support("Marie Curie was born in Warsaw.", [OTHER], embedder=embedder).label == "supported"
        assert server.requests == []


@pytest.mark.parametrize("claim", ["", "   ", "?!", "[1]"])
def test_nothing_said_is_nothing_to_support(claim: str) -> None:
    assert check_support(claim, [SOURCE]).score == 1.0


@pytest.mark.parametrize("passages", [[], [""], ["  \n "]])
def test_without_a_source_nothing_is_supported(passages: list[str]) -> None:
    assert check_support("Marie Curie was born in Warsaw.", passages).label == "unsupported"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.lists(st.text(max_size=160), max_size=3))
def test_any_text_gets_a_score(claim: str, passages: list[str]) -> None:
    for embedder in (_SHARED, PlainEmbedder()):
        found = check_support(claim, passages, embedder=embedder)
        assert 0.0 <= found.score <= 1.0
        assert found.reason.endswith(".")
        assert len(found.reason.splitlines()) == 1


_SHARED = BundledEmbedder(threads=1)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="0123456789.,'’ \u00a0-–kmb%eE٣४ twofivehundredthousandmillion", max_size=60))
def test_any_run_of_figures_is_read(text: str) -> None:
    for number in numbers(text):
        assert text[number.start : number.end] == number.text
        assert has_number(number, numbers(text))
    needs_support(text)


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("1,200 people", "1200 people", True),
        ("1.200 Leute", "1200 Leute", True),
        ("1 200 personnes", "twelve hundred people", True),
        ("one thousand two hundred", "1,200", True),
        ("twenty-five", "25", True),
        ("$1.2 million", "1,200,000 dollars", True),
        ("5 bn", "5 billion", True),
        ("1.2 million", "1,234,567", True),
        ("about 500", "487", True),
        ("the 1990s", "1990", True),
        ("1992–93", "1993", True),
        ("٣٤", "34", True),
        ("third", "3rd", True),
        ("500", "487", False),
        ("2010", "2011", False),
        ("12,000", "15,000", False),
        ("4.5", "45", False),
        ("seven", "nine", False),
    ],
)
def test_numbers_are_compared_however_they_are_written(one: str, other: str, same: bool) -> None:
    (mine,) = numbers(one)[-1:]
    assert has_number(mine, numbers(other)) is same


@pytest.mark.parametrize(
    "text, values",
    [
        ("2009,2010", [(2009.0,), (2010.0,)]),
        ("July 4,2010", [(4.0,), (2010.0,)]),
        ("1,200,2010", [(1200.0, 1.2), (2010.0,)]),
        ("4,5", [(4.5,)]),
        ("3,14", [(3.14,)]),
        ("1.200,50", [(1200.5,)]),
        ("0,0025", [(0.0025,)]),
        ("3.14159", [(3.14159,)]),
        ("2009, 2010", [(2009.0,), (2010.0,)]),
    ],
)
def test_a_comma_parts_years_and_not_the_figures_of_a_decimal(text: str, values: list[tuple[float, ...]]) -> None:
    assert [number.values for number in numbers(text)] == values


def test_months_are_found_and_verbs_are_not() -> None:
    assert months("On 12 May 2010 and 2011-09-30, not in Dec.") == {(5,), (9,), (12,)}
    assert months("It may march on.") == set()


def test_names_are_runs_of_capitals_that_do_not_open_a_sentence() -> None:
    text = "In August the General met Ray Odierno. Later He moved to the U.S. Army. Glass is brittle."
    assert [name.text for name in names(text)] == ["General", "Ray Odierno", "U.S. Army"]


@pytest.mark.parametrize(
    "name, text, has",
    [
        ("Müller", "Herr Muller kam.", True),
        ("Earth’s", "the planet Earth", True),
        ("NATO", "the North Atlantic Treaty Organization", True),
        ("U.S.", "in the US", True),
        ("CO2", "CO 2 rises", True),
        ("Russian", "in Russia", True),
        ("Mueller", "Herr Muller kam.", True),
        ("Spanish", "in Spain", False),
        ("Chanukah", "Hanukkah begins", False),
        ("Warsaw", "born in Vienna", False),
        ("David Petraeus", "Ray Odierno", False),
    ],
)
def test_a_name_is_known_in_its_other_forms(name: str, text: str, has: bool) -> None:
    assert (Source(text).share(name) >= 0.5) is has


def test_not_only_is_no_negation() -> None:
    assert negations("It is not only fast, and no. 5 is not slow.") == [(34, 37)]


def test_the_head_of_a_table_says_nothing() -> None:
    text = "Prices\n| City | Price |\n|------|------:|\n| Rome | 12 |\n\n| no | head |\n| at | all |\n"
    assert [text[low:high] for low, high in table_heads(text)] == ["| City | Price |\n"]


@pytest.mark.parametrize(
    "sentence",
    [
        *(
            "Hello!",
            "Thank you very much!",
            "Sure, here is a brief overview of the findings:",
            "Here are the main points.",
        ),
        *(
            "## Results",
            "**Key facts:**",
            "What is it?",
            "Based on the documents provided:",
            "1.",
            "---",
            "",
            "I hope this helps!",
            "```python",
        ),
        "The documents do not answer this question.",
    ],
)
def test_nothing_to_support(sentence: str) -> None:
    assert needs_support(sentence) is False


@pytest.mark.parametrize(
    "sentence",
    [
        *("The tower is 300 m high.", "- The tower is 300 m high.", "The tower is high. Is it?"),
        *("Here are the two rivers: Nile and Amazon.", "Hello Kitty was designed in 1974.", "2010"),
        "In summary, the tower is 300 m high.",
    ],
)
def test_something_to_support(sentence: str) -> None:
    assert needs_support(sentence) is True


def test_the_committed_parameters_ask_for_figures_that_there_are(root: Path, bundled: BundledEmbedder) -> None:
    from qa.support import lay, source_texts
    from qa.support_beside import Prepared

    stored = json.loads((root / "qa" / "support_model.json").read_text(encoding="utf-8"))
    assert set(stored) == {"meanings", "words"}
    for way, embedder in (("meanings", bundled), ("words", None)):
        (laid,) = lay("Marie Curie was born in Warsaw.", Prepared(source_texts([OTHER]), embedder))
        assert stored[way]["figures"] == sorted(laid.figures)
        assert read_model(stored[way]).score(laid.figures) > 0.5


def test_trees_answer_in_the_product_as_they_were_fitted() -> None:
    from tests.bench.trees import Shape, chances, fit

    draw = np.random.default_rng(3)
    x = draw.random((400, 3))
    y = (x[:, 0] > 0.5) ^ (x[:, 1] > 0.3)
    trees = fit(x, y, np.ones(400), Shape(rounds=60, rate=0.2, columns=1.0))
    model = read_model(json.loads(json.dumps({"figures": ["a", "b", "c"], "trees": trees})))
    expected = chances(trees, x)
    scores = [model.score(dict(zip("abc", map(float, row), strict=True))) for row in x]
    assert np.allclose(scores, expected)
    assert ((expected > 0.5) == y).mean() > 0.9


def test_what_was_checked_before_changes_no_verdict() -> None:
    claims = ["Marie Curie was born in Warsaw.", "She was born in 1867.", "Paris is in Peru.", "Nobody was born there."]
    checker = Checker()
    for claim in [*claims, *reversed(claims)]:
        for passages in ([OTHER], [OTHER, "Paris is a city in France."]):
            assert checker.check(claim, passages) == check_support(claim, passages)
