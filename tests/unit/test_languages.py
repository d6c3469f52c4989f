"""The language of a text is told well enough that its words are stemmed by its own rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import ENGLISH, language_of, terms

TEXTS = {
    "english": "The committee said that it would report to the assembly before the end of the year.",
    "german": "Der Ausschuss sagte, dass er der Versammlung vor dem Ende des Jahres berichten werde.",
    "french": "Le comité a déclaré qu'il ferait rapport à l'assemblée avant la fin de l'année, et pas après.",
    "spanish": "El comité dijo que informaría a la asamblea antes de que terminara el año y no después.",
    "italian": "Il comitato ha detto che avrebbe riferito all'assemblea prima della fine dell'anno e non dopo.",
    "portuguese": "O comitê disse que não informaria a assembleia sobre isso até ao fim do ano, mas depois.",
    "dutch": "De commissie zei dat zij voor het einde van het jaar aan de vergadering zou rapporteren.",
    "swedish": "Utskottet sade att det skulle rapportera till församlingen före årets slut och inte efter.",
    "finnish": "Komitea sanoi, että se ei ole vielä valmis, mutta se on pian, ja sitten me kaikki näemme sen.",
    "hungarian": "A bizottság azt mondta, hogy ez még nem kész, de majd az év végére az is meg lesz.",
    "russian": "Комитет заявил, что представит доклад собранию до конца года.",
    "greek": "Η επιτροπή δήλωσε ότι θα υποβάλει έκθεση στη συνέλευση πριν από το τέλος του έτους.",
    "arabic": "قالت اللجنة إنها ستقدم تقريرا إلى الجمعية قبل نهاية العام",
    "turkish": "Komite, yıl sona ermeden önce meclise rapor vereceğini söyledi.",
    "romanian": "Comisia a spus că îi va raporta adunării înainte de sfârșitul anului și nu după aceea.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_shows_its_language(language: str) -> None:
    assert language_of(TEXTS[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "12 450 | 13 001 | 2.4 %",
        "for (int i = 0; i < n; i++) { sum += a[i]; }",
        "東京タワーは1958年に完成した。",
        "\x00\x01",
    ],
)
def test_what_shows_no_known_language_counts_as_english(text: str) -> None:
    assert language_of(text) == ENGLISH


def test_forms_of_a_word_meet_in_their_own_language_only() -> None:
    assert terms("Häuser", "german") == terms("Hauses", "german")
    assert terms("Häuser") != terms("Hauses")
    assert terms("нормативами", "russian") == terms("нормативов", "russian")


def test_stop_words_go_and_accents_do_not_matter() -> None:
    assert terms("die Kündigung der Mieter", "german") == terms("Kundigung Mieter", "german")
    assert terms("the of and") == []


def test_scripts_without_spaces_give_pairs_of_characters() -> None:
    assert terms("東京タワー is tall") == ["tall", "東京", "京タ", "タワ", "ワー"]
    assert terms("2023年 iPhone15を") == ["2023", "iphone15", "年", "を"]


@given(st.text(max_size=200), st.sampled_from(sorted(TEXTS)))
def test_any_text_has_a_language_and_terms_without_spaces(text: str, language: str) -> None:
    assert language_of(text) in TEXTS or language_of(text) in ("norwegian", "danish", "tamil")
    assert all(word and not any(letter.isspace() for letter in word) for word in terms(text, language))
