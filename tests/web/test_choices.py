"""What a reader tries in the page is obeyed, kept by the browser, and checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import expect

from index import Library
from qa.errors import QAError
from qa.model import OpenAIModel
from qa.settings import QASettings
from qa.web import serving
from qa.web.choices import Choices, Models, read_choices
from tests.model_server import ModelServer, says
from tests.web.conftest import OpenPage

SOLDIERS = "How many soldiers could the deployment grow to in total?"


def test_choices_are_read_from_texts() -> None:
    told = {"passages": " 3 ", "answers": "quoted", "model": "small:8b", "temperature": "0.5", "other": "x", "list": []}
    assert read_choices(told) == Choices(passages=3, quoted=True, model="small:8b", temperature=0.5)
    assert read_choices({}) == read_choices({"passages": "", "temperature": "", "model": 7}) == Choices()


WRONG = {
    "passages": ("0", "51", "2.5", "nan"),
    "temperature": ("-1", "hot"),
    "model": ("x" * 300, "a\nb"),
}


@pytest.mark.parametrize("name, value", [(name, value) for name, values in WRONG.items() for value in values])
def test_what_cannot_be_chosen_is_said(name: str, value: str) -> None:
    with pytest.raises(QAError):
        read_choices({name: value})


def test_models_are_made_once_and_only_where_one_is_configured() -> None:
    bare = Models(QASettings(), None)
    settings, model = bare.asked(Choices(model="other", passages=3))
    assert model is None and settings.passages == 3 and not settings.has_model
    configured = QASettings(openai_base_url="http://127.0.0.1:1/v1", model="own", temperature=0.2)
    with closing(OpenAIModel.from_settings(configured)) as own:
        models = Models(configured, own)
        assert models.asked(Choices())[1] is own
        assert models.asked(Choices(model="own", temperature=0.2))[1] is own
        warm = models.asked(Choices(temperature=0.0))[1]
        assert warm is not own and warm is models.asked(Choices(temperature=0.0))[1]
        assert models.asked(Choices(quoted=True))[1] is None
        for number in range(40):
            models.asked(Choices(model=f"m{number}"))
        models.close()


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def test_choices_are_obeyed_and_kept_by_the_browser(
    open_page: OpenPage, library: Library, model_server: ModelServer
) -> None:
    settings = QASettings(openai_base_url=model_server.url, model="test-model")
    with serving(library, settings=settings) as address:
        visit = open_page(address, locale="en-GB")
        visit.page.get_by_text("Answers by test-model").click()
        form = visit.page.get_by_role("form", name="What to try")
        form.get_by_role("textbox", name="Model").fill("other-model")
        form.get_by_label("Temperature").fill("0.5")
        form.get_by_label("Passages").fill("2")
        form.get_by_role("button", name="Use").click()
        expect(form).to_be_hidden()
        summary = visit.page.locator(".fn-mode > summary")
        expect(summary).to_have_text("Answers by other-model, your choice")
        model_server.then(says("Up to 12,000 [1]."))
        expect(visit.ask(SOLDIERS)).to_contain_text("Written by other-model")
        request = model_server.requests[-1]
        assert request.body["model"] == "other-model" and request.body["temperature"] == 0.5
        visit.page.goto(address)
        visit.page.get_by_text("Answers by other-model, your choice").click()
        expect(form.get_by_role("textbox", name="Model")).to_have_value("other-model")
        form.get_by_label("Answers").select_option("quoted")
        form.get_by_role("button", name="Use").click()
        expect(summary).to_have_text("Quoted, your choice")
        expect(visit.ask(SOLDIERS)).to_contain_text("Quoted word for word")
        summary.click()
        form.get_by_role("button", name="As configured").click()
        expect(summary).to_have_text("Answers by test-model")
        visit.page.keyboard.press("Escape")
        model_server.then(says("Up to 12,000 [1]."))
        visit.begin_anew()
        expect(visit.ask(SOLDIERS)).to_contain_text("Written by test-model")
