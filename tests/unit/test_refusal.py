"""The refusal speaks the question's language, and is known again whichever language a model chose."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import prompts
from qa.refusal import is_refusal, may_become_refusal, question_language, refusal_for, refuses

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


@pytest.mark.parametrize(
    "answer",
    [
        "The documents do not answer this question [1].",
        "The documents do not answer this question.",
        "**The documents do not answer this question.** [2]",
        "I don't know.",
        "I do not know the answer.",
        "I cannot find this in the passages provided.",
        "I'm sorry, but I could not find any information about that in the documents.",
        "Die bereitgestellten Dokumente enthalten keine Informationen dazu.",
        "The provided documents do not contain information about the rent.",
        "Unfortunately, the passages do not mention the CEO's salary.",
        "There is no information about the deposit in the given passages.",
        "No information about this is available in the documents.",
        "The answer is not contained in the provided context.",
        "I don't know. The documents don't mention it.",
        "Leider geht das aus den Dokumenten nicht hervor.",
        "In den Unterlagen finden sich keine Angaben zur Miete.",
        "Les documents fournis ne contiennent pas d'information à ce sujet.",
        "Los documentos no contienen información sobre esto.",
        "I documenti forniti non contengono informazioni su questo.",
        "Os documentos não contêm informações sobre isso.",
        "De documenten bevatten geen informatie hierover.",
        "Ich weiß es nicht.",
        "This is not mentioned in the documents.",
        "The text does not say who founded it.",
        "I am not able to find an answer in the documents.",
        "I'm unable to find this information in the documents.",
        "The question cannot be answered from the passages.",
        "Based on the provided passages, I cannot answer this question.",
        "I can't answer this question based on the documents.",
        "Die Frage kann anhand der Dokumente nicht beantwortet werden.",
        "Sorry, I don't know.",
    ],
)
def test_a_refusal_in_other_words_is_one(answer: str) -> None:
    assert refuses(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "The monthly rent is £1,150.",
        "The lease does not mention pets [1].",
        "The lease does not allow pets.",
        "The documents must not be copied.",
        "No information was available about the victims.",
        "The documents do not answer this question fully, but 12,000 soldiers are named [1].",
        "The documents do not mention the rent, but the deposit is £1,725.",
        "The rent is £1,150. The documents do not mention the deposit.",
        "Die Dokumente dürfen nicht kopiert werden.",
        "I do not know of any case, said the mayor.",
        "Visitors do not have to show documents.",
        "No.",
        "No, smoking is not allowed.",
        "Nein.",
        "Employees may not have alcohol at work.",
        "The text was written in 1900.",
        "The company does not have a written policy.",
        "The passage connects the two halls.",
        "The provided documents do not contain information about the rent [1].",
        "Members do not have to provide documents.",
        "The source of the leak was not found.",
        "The files were not found on the server.",
        "Customers are not required to provide any information.",
        "Die Frage wurde im Rat nicht beantwortet.",
        "The minister did not answer the question.",
        "You do not have to give a source.",
        "The context menu does not contain a copy entry.",
        "No documents are needed.",
        "Tenants cannot see the documents.",
        "Applicants must include documents; no copies.",
        "The passage is not included in the ticket.",
        "Do not answer the question.",
        "Do not give any information to callers.",
    ],
)
def test_an_answer_that_denies_something_is_none(answer: str) -> None:
    assert not refuses(answer)


@given(st.text(st.sampled_from("the documents do not contain no information [1].'") | st.characters(), max_size=400))
def test_any_answer_is_judged(answer: str) -> None:
    assert refuses(answer) in (True, False)


@given(st.text())
def test_any_question_gets_a_refusal(question: str) -> None:
    assert is_refusal(refusal_for(question))


def test_the_version_of_the_prompts_takes_in_every_text_that_an_answer_rests_on(root: Path) -> None:
    texts = sorted(path for path in (root / "qa" / "prompts").iterdir() if path.suffix in (".txt", ".json"))
    others = ("draft", "judge")  # they write and judge question sets
    answering = [path for path in texts if not path.name.startswith(others)]
    assert len(answering) == 3
    told = "\0".join(path.read_text(encoding="utf-8") for path in answering)
    assert prompts.version() == sha256(told.encode()).hexdigest()[:8]
