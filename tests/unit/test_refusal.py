"""The refusal speaks the question's language, and is known again whichever language a model chose."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import prompts
from qa.refusal import is_refusal, may_become_refusal, question_language, refusal_for

QUESTIONS = {
    "How tall is the tower?": "english",
    "Tower height": "english",
    "Who is El Greco?": "english",
    "Wie hoch ist der Turm?": "german",
    "Wo wohnt Peter?": "german",
    "Was kostet das?": "german",
    "Quelle est la hauteur de la tour ?": "french",
    "Combien ça coûte ?": "french",
    "¿Cuál es la altura de la torre?": "spanish",
    "Qual è l'altezza della torre?": "italian",
    "Qual é a altura da torre?": "portuguese",
    "Hoe hoog is de toren?": "dutch",
    "Hur högt är tornet?": "swedish",
    "Hvor højt er tårnet?": "danish",
    "Hva heter tårnet?": "norwegian",
    "Kuinka korkea torni on?": "finnish",
    "Ile wynosi wysokość wieży?": "polish",
    "Jak vysoká je věž?": "czech",
    "Milyen magas a torony?": "hungarian",
    "Cât de înalt este turnul?": "romanian",
    "Kule ne kadar yüksek?": "turkish",
    "Berapa tinggi menara itu?": "indonesian",
    "Tháp cao bao nhiêu mét?": "vietnamese",
    "Какова высота башни?": "russian",
    "Яка висота вежі?": "ukrainian",
    "Πόσο ψηλός είναι αυτός;": "greek",
    "ما هو ارتفاع البرج؟": "arabic",
    "מה גובה המגדל?": "hebrew",
    "मीनार कितनी ऊँची है?": "hindi",
    "หอคอยสูงเท่าไร": "thai",
    "탑의 높이는 얼마입니까?": "korean",
    "塔の高さは\uff1f": "japanese",
    "塔有多高\uff1f": "chinese",
    "": "english",
    "1234?": "english",
}


@pytest.mark.parametrize("question, language", QUESTIONS.items())
def test_the_language_of_a_short_question(question: str, language: str) -> None:
    assert question_language(question) == language


def test_each_language_has_a_refusal_of_its_own() -> None:
    refusals = {language: refusal_for(question) for question, language in QUESTIONS.items()}
    assert len(set(refusals.values())) == len(refusals)
    for sentence in refusals.values():
        assert is_refusal(sentence) and is_refusal(f"  {sentence.rstrip('.')}\n")
        assert all(may_become_refusal(sentence[:cut]) for cut in range(len(sentence)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The documents answer this question: 12 metres.",
        "The documents do not answer this question in one place, but they say a lot about it elsewhere: it is so, "
        "and then again it is not, as the second report shows at great length.",
    ],
)
def test_an_answer_is_no_refusal(text: str) -> None:
    assert not is_refusal(text)


@given(st.text())
def test_any_question_gets_a_refusal(question: str) -> None:
    assert is_refusal(refusal_for(question))


def test_the_version_of_the_prompts_takes_in_every_text_that_a_model_is_told(root: Path) -> None:
    texts = sorted(path for path in (root / "qa" / "prompts").iterdir() if path.suffix in (".txt", ".json"))
    assert len(texts) == 3
    told = "\0".join(path.read_text(encoding="utf-8") for path in texts)
    assert prompts.version() == sha256(told.encode()).hexdigest()[:8]
