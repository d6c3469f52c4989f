"""What the page shows of an answer, a document and the library, whatever is written in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from index.values import DocumentInfo, Failure, Status
from qa.output import answer_text
from qa.settings import QASettings
from qa.values import Answer, Label, Support
from qa.web import listing, render, source_view
from qa.web.choices import Choices
from qa.web.conversation import Exchange, Span
from qa.web.header import header
from qa.web.history import Kept
from qa.web.markup import STOP
from qa.web.source import Window
from tests.web.answers import QUOTE, TEXT, citation, hit, passage, quoted, refused, written
from tests.web.page_html import HOSTILE, Parsed, parsed


def exchange(answer: Answer | None = None, **fields: Any) -> Exchange:
    base = Exchange(id=1, question="How many?", stage="done" if answer else "searching", answer=answer)
    return replace(base, **fields)


def shown(given: Exchange) -> Parsed:
    return parsed("".join(render.exchange_parts(given)))


def window(before: str = "", quote: str = QUOTE, after: str = "", **fields: Any) -> Window:
    span = Span(
        document="report.txt",
        title="A report",
        page=3,
        quote=quote,
        start=len(before),
        end=len(before) + len(quote),
        number=2,
    )
    return replace(Window(span=span, before=before, after=after), **fields)


def status(**fields: Any) -> Status:
    base = Status(
        path="library",
        folder="documents",
        documents=1,
        passages=4,
        characters=1000,
        embedder="e",
        dimension=3,
        generation=1,
        synced_at=None,
        failed=(),
        bytes_on_disk=1,
        bytes_read=1,
        changes=None,
    )
    return replace(base, **fields)


def info(name: str, title: str) -> DocumentInfo:
    return DocumentInfo(name=name, title=title, passages=1, characters=10, pages=0, bytes=10)


def test_a_quoted_answer_shows_its_quote_its_number_and_its_source() -> None:
    page = shown(exchange(quoted(citation(1))))
    assert f"“{QUOTE}”" in page.text
    assert page.values("data-target") == ["1.s0.1", "1.c1"]
    assert "A report, page 3" in page.text and "report.txt" in page.text
    assert "Quoted word for word" in page.text


def test_a_quote_is_the_documents_and_no_markdown() -> None:
    text = "**Not bold** [1] `x`\n- [2] ![i](http://outside.example)"
    page = shown(exchange(quoted(citation(1, text, of=passage(text)), citation(2, text, of=passage(text)))))
    assert page.values("data-target") == ["1.s0.1", "1.s1.2", "1.c1", "1.c2"]
    assert "**Not bold** [1] `x` - [2] ![i](http://outside.example)" in page.text
    assert not {"strong", "code", "img", "a"} & set(page.tags)


def test_each_marker_opens_the_span_of_its_own_sentence() -> None:
    first, second = citation(1), citation(1, "More follows here.")
    page = shown(exchange(written(("It could grow. [1]", (first,)), ("More follows. [1] [9]", (second,)))))
    assert page.values("data-target") == ["1.s0.1", "1.s1.1", "1.c1"]
    assert "[9]" in page.text
    assert "Written by some-model" in page.text


def test_a_marker_behind_its_sentence_still_belongs_to_it() -> None:
    answer = written(("It could grow.", (citation(1),)))
    page = shown(exchange(replace(answer, text=f"{answer.text} [1]")))
    assert page.values("data-target")[0] == "1.s0.1"


def test_numbers_are_no_buttons_before_the_answer_is_complete() -> None:
    page = shown(exchange(text="It could grow [1]. And", stage="writing"))
    assert "It could grow 1. And" in page.text
    assert page.values("data-target") == []
    assert "Writing…" in page.text


@pytest.mark.parametrize("stage, words", [("searching", "Searching"), ("reading", "Reading"), ("writing", "Writing")])
def test_the_stage_is_said_while_waiting(stage: str, words: str) -> None:
    assert words in shown(exchange(stage=stage)).text
    assert words in render.status(exchange(stage=stage))


def test_a_refusal_lists_at_most_three_of_the_closest_passages() -> None:
    page = shown(exchange(refused(*[hit() for _ in range(5)])))
    assert "The documents do not answer this question." in page.text
    assert page.values("data-target") == ["1.h0", "1.h1", "1.h2"]
    assert "First line of it." in page.text
    assert "Closest" not in shown(exchange(refused())).text


def test_a_refusal_that_broke_off_says_so() -> None:
    broken = replace(refused(), unfinished="It reached its longest reply.", reasoning="Hm, <i>let me see</i>.")
    text = shown(exchange(broken)).text
    assert "The answer broke off. It reached its longest reply." in text
    assert "Hm, <i>let me see</i>." in text


def test_failures_are_said_in_words() -> None:
    assert "No answer. The key is wrong." in shown(exchange(error="The key is wrong.")).text
    assert "Stopped." in shown(exchange(stopped=True, text="Half")).text
    broken = replace(written(("Half.", ())), unfinished="The server hung up.")
    assert "The answer broke off. The server hung up." in shown(exchange(broken)).text


def test_what_else_is_to_say_is_said_below() -> None:
    answer = replace(
        written(("Four.", ())),
        seconds=1.26,
        removed_markers=2,
        reasoning="I thought <i>hard</i>.",
    )
    text = shown(exchange(answer)).text
    assert "1.3 s" in text
    assert "2 citations that pointed nowhere removed" in text
    assert "I thought <i>hard</i>." in text


def test_each_checked_sentence_says_what_the_check_found() -> None:
    answer = written(
        ("He said `a. b` [1].", (citation(1),)), ("**Ten came.**", ()), ("- In May [1]", (citation(1),)), ("Hello!", ())
    )
    labels: tuple[Label, ...] = ("supported", "unsupported", "weak")
    checked = tuple(
        replace(sentence, support=Support(label=label, score=0.5, reason=f"It is <{label}>."))
        for sentence, label in zip(answer.sentences, labels, strict=False)
    )
    page = shown(exchange(replace(answer, sentences=(*checked, answer.sentences[3]))))
    marks = [value for value in page.values("aria-label") if ". It is <" in value]
    assert marks == [f"{label.capitalize()}. It is <{label}>." for label in labels]
    assert "He said a. b 1.✓ Ten came.✗" in page.text and "Hello!" in page.text
    assert page.values("data-target")[:2] == ["1.s0.1", "1.s2.1"]
    assert STOP not in page.text


def test_what_a_follow_up_was_understood_as_can_be_changed() -> None:
    page = shown(exchange(standalone="How many <b>'brigades'</b>?"))
    assert "Understood as: How many <b>'brigades'</b>?" in page.text
    assert page.values("value") == ["How many <b>'brigades'</b>?"]
    for given in (exchange(), exchange(standalone="How many?")):
        assert "Understood" not in shown(given).text


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_others_wrote_becomes_markup(text: str) -> None:
    bad = passage(text, document=text, title=text)
    cited = citation(1, text, of=bad)
    settings = QASettings(model=text, openai_base_url="http://127.0.0.1:1/v1")
    for given in (
        exchange(question=text, error=text),
        exchange(question=text, text=text),
        exchange(question="And?", standalone=text),
        exchange(quoted(cited), question=text),
        exchange(replace(written((f"{text} [1]", (cited,)), model=text), reasoning=text, unfinished=text)),
        exchange(replace(refused(hit(bad)), text=text, standalone_question=text)),
    ):
        shown(given)
        render.status(given)
    parsed(render.notice(text))
    parsed(render.welcome([text], has_model=True))
    unread = status(failed=(Failure(document=text, reason=text),))
    parsed(header(unread, settings))
    parsed(header(None, settings, problem=text))
    parsed(header(None, settings, Choices(model=text), problem=text, name=text))
    parsed(listing.documents(unread, [replace(info(text, text), duplicate_of=text)], unread.failed, {text}))
    parsed(listing.scope([text] * 9))
    parsed(listing.conversations([Kept(id=text, name=text, changed=0)], current=text))
    parsed(listing.conversations([], current="", problem=text))
    parsed(source_view.no_source(text))
    made = parsed(source_view.source(window(before=text, quote=text, after=text, note=text)))
    assert made.marks == [text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")]


def test_an_example_is_asked_as_it_is_written() -> None:
    question = "What is “A & B” <about>?"
    assert parsed(render.welcome([question], has_model=False)).values("data-example") == [question]


def test_the_welcome_says_how_answers_come_about() -> None:
    assert "quoted word for word" in parsed(render.welcome([], has_model=False)).text
    assert "written from your documents" in parsed(render.welcome([], has_model=True)).text


def test_the_header_names_the_documents_and_who_answers() -> None:
    failed = (Failure(document="scan.pdf", reason="It has no text."),)
    page = parsed(header(status(documents=2, failed=failed), QASettings()))
    assert "2 documents, 1 not readable" in page.values("aria-label")
    assert "Answers are quoted" in page.text and "OPENAI_API_KEY" in page.text and "OPENAI_BASE_URL" in page.text
    with_model = QASettings(model="small-model", openai_base_url="http://127.0.0.1:1/v1")
    for choices, said in (
        (Choices(), "Answers by small-model"),
        (Choices(quoted=True), "Quoted, your choice"),
        (Choices(model="other"), "Answers by other, your choice"),
        (Choices(passages=3), "Answers by small-model, your settings"),
    ):
        assert f"{said}Answers are written" in parsed(header(status(), with_model, choices)).text
    assert "1 document" in parsed(header(status(), with_model)).text


def test_the_list_of_documents_says_what_each_is_and_what_could_not_be_read() -> None:
    failed = (Failure(document="scan.pdf", reason="It has no text."),)
    infos = [info("a.txt", "a"), replace(info("b.pdf", "Report B"), pages=2, bytes=1_234_567, duplicate_of="a.txt")]
    page = parsed(listing.documents(status(documents=2, failed=failed), infos, failed, {"b.pdf"}))
    assert "Report B b.pdf" in page.text and "1.2 MB · 2 pages" in page.text and "the same as a.txt" in page.text
    assert "scan.pdf It has no text." in page.text and "Asking 1 of 2." in page.text
    assert page.values("data-document") == ["a.txt", "a.txt", "b.pdf", "b.pdf"]
    assert [name for _, name, _ in page.attributes].count("checked") == 1


def test_a_long_list_of_documents_is_cut() -> None:
    many = [info(f"{number}.txt", f"{number}") for number in range(1000)]
    page = parsed(listing.documents(status(documents=1000), many, (), set()))
    assert page.tags.count("input") == 200 and "800 more" in page.text
    assert "1,000 documents" in parsed(header(status(documents=1000), QASettings())).text


def test_the_mark_holds_the_quote_and_nothing_else() -> None:
    before, quote, after = "Page one.\nStill ", "one.\nPage\r\ntwo ", "goes on."
    page = parsed(source_view.source(window(before, quote, after, pages=((0, 1), (len(before) + 5, 2)))))
    assert page.marks == [quote]
    assert before + quote + after in page.text
    assert page.values("data-page") == ["1", "2"]
    assert "page 3" in page.text
    assert f"Characters {len(before)} to {len(before) + len(quote)}" in page.values("title")


@pytest.mark.parametrize("place", [0, 3, 4])
def test_a_page_may_begin_where_the_mark_begins_or_ends(place: int) -> None:
    page = parsed(source_view.source(window("abc", "d", "efg", pages=((place, 7),))))
    assert page.marks == ["d"] and "abcdefg" in page.text and page.values("data-page") == ["7"]


def test_paragraphs_get_room_without_a_change_to_the_text() -> None:
    long = "word " * 40
    page = parsed(source_view.source(window(f"{long}\n{long}", f"{long}\n{long}", "")))
    assert page.marks == [f"{long}\n{long}"]
    assert page.values("class").count("fn-gap") == 2


def test_what_a_screen_reader_is_told_is_plain_text() -> None:
    answer = written(("It could grow. [1]", (citation(1),)))
    assert render.status(exchange(answer)) == "It could grow. [1] 1 source."
    assert render.status(exchange(error="Dead.")) == "No answer. Dead."
    assert render.status(exchange(refused())) == "The documents do not answer this question."
    assert TEXT.startswith("First")


def test_the_other_places_of_the_same_passage_are_named() -> None:
    copies = tuple(passage(document=f"copy <{number}>.txt") for number in range(5))
    found = replace(hit(), also=copies)
    text = shown(exchange(refused(found))).text
    assert "also in copy <0>.txt, page 3, copy <1>.txt, page 3, copy <2>.txt, page 3 and 2 more" in text


def test_sentences_that_are_not_supported_are_named_with_the_reason() -> None:
    answer = written(("It grew to 45 <b>men</b> [1].", (citation(1),)), ("It grew [1].", (citation(1),)))
    doubt = Support(label="unsupported", score=0.1, reason="Number not in the source: “45”.")
    sure = Support(label="supported", score=0.9, reason="What it says is in the source.")
    sentences = tuple(
        replace(sentence, support=support) for sentence, support in zip(answer.sentences, (doubt, sure), strict=True)
    )
    answer = replace(answer, sentences=sentences)
    page = shown(exchange(answer))
    assert "Unsupported: “It grew to 45 <b>men</b> [1].” Number not in the source: “45”." in page.text
    assert "b" not in page.tags
    assert page.text.count("Unsupported") == 1 and sure.reason not in page.text
    told = answer_text(answer)
    assert "(unsupported: “It grew to 45 <b>men</b> [1].” Number not in the source: “45”.)" in told
    assert sure.reason not in told


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (61, "1 minute ago"),
        (7300, "2 hours ago"),
        (259200, "3 days ago"),
        (65 * 86400, "2 months ago"),
    ],
)
def test_how_long_ago_is_said_in_words(seconds: float, said: str) -> None:
    assert listing.ago(seconds) == said
    assert listing.ago(400 * 86400) == "1 year ago" and listing.ago(800 * 86400) == "2 years ago"
