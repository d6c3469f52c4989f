"""Claims that differ from their source in one thing, and claims that only say it in other words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.embed import BundledEmbedder
from qa.facts import Source, names, negations
from qa.support import check_support
from qa.support_language import is_foreign, language_said
from qa.values import Support

RENT = "The monthly rent is £1,150. The deposit is £1,725."
LEASE = (
    "The monthly rent is £1,150, payable in advance on the first day of each month. Pets are allowed only with the"
    " landlord's written consent."
)


@pytest.fixture(scope="module")
def bundled() -> BundledEmbedder:
    return BundledEmbedder(threads=1)


def judge(claim: str, passages: Sequence[str], bundled: BundledEmbedder) -> Support:
    return check_support(claim, passages, embedder=bundled)


@pytest.mark.parametrize(
    "claim, source, named",
    [
        ("The monthly rent is £1,725.", RENT, "in place of “1,725”"),
        ("The agreement is valid until 2025.", "The agreement is valid until 2024. It was signed in 2025.", "“2025”"),
        ("Smoking is allowed.", "Smoking is prohibited.", "“prohibited” where the sentence says “allowed”"),
        ("Take the pill after meals.", "Take the pill before meals.", "“before”"),
        ("The minimum order is 50 units.", "The maximum order is 50 units.", "“maximum”"),
        ("Revenue fell by 12%.", "Revenue increased 12% last year.", "“increased”"),
        ("Am 1. Mai ist das Büro geöffnet.", "Am 1. Mai ist das Büro nicht geöffnet.", "says no"),
        ("Le bureau est ouvert le 8 mai.", "Le bureau n'est pas ouvert le 8 mai.", "says no"),
        ("The battery lasts 12 days.", "The battery lasts 12 hours.", "12"),
        ("The pipe is 12 cm long.", "The pipe is 12 mm long.", "12"),
        ("Hotels cost 140 dollars.", "Hotels cost 140 euros.", "140"),
        ("Payment is due within 14 working hours.", "Payment is due within 14 working days.", "14"),
        ("The temperature is -5 °C.", "The temperature is 5 °C.", "-5"),
        ("The shop opens at 9 am.", "The shop opens at 9 pm.", "9 am"),
        ("The flight leaves on Monday.", "The flight leaves on Sunday.", "Monday"),
        ("Version 2.10 fixes the bug.", "Version 2.1 fixes the bug.", "2.10"),
        ("Room A-204 is booked.", "Room B-204 is booked.", "A-204"),
        ("Over 1,100 staff work there.", "1,000 staff work there.", "1,100"),
        ("Herr Peter Schulz leitet das Werk.", "Herr Karl Braun leitet das Werk und die Firma.", "Peter Schulz"),
    ],
)
def test_a_difference_is_found_and_named(claim: str, source: str, named: str, bundled: BundledEmbedder) -> None:
    found = judge(claim, [source], bundled)
    assert found.label != "supported", found
    assert named in found.reason


@pytest.mark.parametrize(
    "claim, source",
    [
        ("The monthly rent is £1,150.", RENT),
        ("Smoking isn't allowed.", "Smoking is forbidden anywhere on the premises."),
        ("The contract ends on March 31, 2025.", "This agreement terminates on 31.03.2025."),
        ("The talk was on 5/3/2024.", "The talk took place on 5 March 2024."),
        ("The meeting is at 3 pm.", "The meeting starts at 15:00 in room 4."),
        ("The store is open from 9 to 5.", "The store is open from 9:00 to 17:00."),
        ("The US joined in 2004.", "The United States joined in 2004."),
        ("The UN approved the plan.", "The United Nations approved the plan."),
        ("Preheat the oven to 180 degrees Celsius.", "Heat the oven to 180 °C."),
        ("Nobody was injured in the fire.", "The fire caused no injuries."),
        ("The notice period is 1 month.", "Either party may terminate with one month's notice."),
        ("Die Vereinbarung trat am 1. Mai 2023 in Kraft.", "Die Vereinbarung trat am 01.05.2023 in Kraft."),
        ("Die Lieferung kostet 5,90 Euro.", "Der Versand kostet 5,90 €."),
        ("Room B-204 is booked.", "Room B 204 is booked."),
    ],
)
def test_other_words_for_the_same_are_no_difference(claim: str, source: str, bundled: BundledEmbedder) -> None:
    found = judge(claim, [source], bundled)
    assert found.label == "supported", found


@pytest.mark.parametrize("claim", ["The warranty lasts two years.", "The warranty lasts 24 months."])
def test_the_same_in_other_units_is_not_named_as_missing(claim: str, bundled: BundledEmbedder) -> None:
    found = judge(claim, ["The warranty period is 24 months."], bundled)
    assert "not in the source" not in found.reason


@pytest.mark.parametrize("claim", ["The monthly", "And the", "The"])
def test_a_fragment_is_no_copy(claim: str, bundled: BundledEmbedder) -> None:
    found = judge(claim, [RENT], bundled)
    assert found.score < 0.97
    assert "same words" not in found.reason
    assert "same words" in judge("The monthly rent", [RENT], bundled).reason


@pytest.mark.parametrize(
    "claim",
    [
        "Die monatliche Miete beträgt 1.150 £.",
        "Le loyer mensuel est de 1 150 £.",
        "El alquiler mensual es de 1.150 libras.",
        "Haustiere sind nur mit schriftlicher Zustimmung des Vermieters erlaubt.",
    ],
)
def test_a_claim_in_another_language_is_compared_by_its_figures(claim: str, bundled: BundledEmbedder) -> None:
    found = judge(claim, [LEASE], bundled)
    assert found.label == "weak", found
    assert "another language" in found.reason
    assert "without a source" not in found.reason


def test_a_wrong_figure_in_another_language_is_unsupported(bundled: BundledEmbedder) -> None:
    found = judge("Die monatliche Miete beträgt 1.250 £.", [LEASE], bundled)
    assert found.label == "unsupported"
    assert "1.250" in found.reason


def test_of_a_language_that_does_not_show_nothing_is_foreign() -> None:
    assert language_said("Umsatz 2020: 5 Mio.") is None
    assert language_said("Two designers hired.") is None
    assert language_said("Die monatliche Miete beträgt 1.150 £.") == "german"
    assert language_said(LEASE) == "english"
    assert not is_foreign(None, ["english"])
    assert not is_foreign("german", [None])
    assert not is_foreign("german", ["english", "german"])
    assert is_foreign("german", ["english", None])


def test_the_nouns_of_german_are_no_names() -> None:
    text = "Die Lieferung kostet im Dezember 5 Euro, sagt Anna Keller von der BASF zu Office365."
    assert [name.text for name in names(text, capital_nouns=True)] == ["Anna Keller", "BASF", "Office365"]


def test_the_month_of_may_says_no_in_no_language() -> None:
    assert negations("Am 1. Mai und le 8 mai") == []
    assert negations("Non è mai vero") == [(0, 3)]


@pytest.mark.parametrize(
    "name, text, has",
    [
        ("A-204", "in B-204", False),
        ("A-204", "in A 204 and B-204", True),
        ("X12", "X123", False),
        ("CO2", "CO 2 rises", True),
        ("US", "The United States", True),
        ("UK", "The United States", False),
    ],
)
def test_a_code_is_compared_whole(name: str, text: str, has: bool) -> None:
    assert (Source(text).share(name) >= 0.5) is has


def test_half_a_surrogate_pair_is_taken(bundled: BundledEmbedder) -> None:
    assert judge("The rent is 5", ["The rent \ud800 is 5"], bundled).label == "supported"
    assert judge("The rent \udcff is 5", ["The rent is 5"], bundled).label == "supported"
