"""The model's side of things, over real HTTP: what is sent, and what is made of every kind of reply."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress

import httpx
import pytest

from qa.errors import ModelUnavailable
from qa.model import Message, OpenAIModel, Piece, complete
from qa.reply import LONGEST_REPLY
from qa.settings import QASettings
from qa.values import Tokens
from tests.model_server import Behaviour, ModelServer, fails, says
from tests.unit.model.conftest import ASK, KEY, TEXT, Make, failure, pieces, text_of


def test_a_reply_streams_and_ends_with_its_cost(make: Make, server: ModelServer) -> None:
    found = pieces(make(says(TEXT, usage=(812, 34))))
    assert text_of(found) == TEXT
    assert len(found) > 5
    assert [piece.finish for piece in found if piece.finish] == ["stop"]
    assert found[-1] == Piece(tokens=Tokens(prompt=812, reply=34))


def test_text_arrives_while_the_model_is_still_writing(make: Make) -> None:
    stream = make(says("one ", "two", delay=0.3)).stream(ASK)
    assert next(stream).text == "one "
    began = time.monotonic()
    assert next(stream).text == "two"
    assert time.monotonic() - began > 0.15


def test_what_is_sent(make: Make, server: ModelServer) -> None:
    pieces(make(says("Yes.")))
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "test-model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How many?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_settings_reach_the_server(server: ModelServer) -> None:
    settings = QASettings(
        openai_api_key=f" {KEY}\n", openai_base_url=server.url, model="other", temperature=0.0, timeout=7
    )
    with closing(OpenAIModel.from_settings(settings)) as model:
        assert model.name == "other"
        pieces(model)
    assert server.requests[0].body["model"] == "other"
    assert server.requests[0].body["temperature"] == 0.0
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_server_of_ones_own_needs_no_key(make: Make, server: ModelServer) -> None:
    assert text_of(pieces(make(says("Yes."), api_key=""))) == "Yes."
    assert "sk-" not in server.requests[0].headers["authorization"]


def test_a_server_that_counts_no_tokens(make: Make) -> None:
    found = pieces(make(says("Yes.", usage=None)))
    assert text_of(found) == "Yes."
    assert all(piece.tokens is None for piece in found)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_in_a_field_of_its_own(make: Make, field: str) -> None:
    found = pieces(make(says("Yes.", reasoning="Let me see.", reasoning_field=field)))
    assert "".join(piece.reasoning for piece in found) == "Let me see."
    assert text_of(found) == "Yes."


@pytest.mark.parametrize(
    "written, reasoning, text",
    [
        (("<think>", "a < b", "</think>", "\n\nYes."), "a < b", "Yes."),
        (("  \n<thi", "nk>so</th", "ink>Yes."), "so", "Yes."),
        (("<think>a</think>", "<think>b</think>Yes."), "ab", "Yes."),
        (("<thinking>x</thinking>Yes.",), "x", "Yes."),
        (("<THINK>x</Think>Yes.",), "x", "Yes."),
        (("<thought>x", "</thought>Yes."), "x", "Yes."),
        (("[THINK]x[/THINK]Yes.",), "x", "Yes."),
        (("hmm [1]</thi", "nk>\n\nYes."), "hmm [1]", "Yes."),
        (("<think>a</think>b</think>c",), "ab", "c"),
        (("Well.<think>hmm</think>Yes.",), "hmm", "Well. Yes."),
        (("Yes. <think>no",), "no", "Yes. "),
        (("The tag <think> opens, `</think>` closes.",), "", "The tag <think> opens, `</think>` closes."),
        (
            (
                "<|channel|>analysis<|message|>hmm<|end|><|start|>assis",
                "tant<|channel|>final<|mess",
                "age|>Yes.<|return|>",
            ),
            "hmm",
            "Yes.",
        ),
        (
            (
                "<thi",
                "s> is text",
            ),
            "",
            "<this> is text",
        ),
        (("<think></think>Yes.",), "", "Yes."),
        (("<th",), "", "<th"),
    ],
)
def test_reasoning_between_tags(make: Make, written: tuple[str, ...], reasoning: str, text: str) -> None:
    found = pieces(make(Behaviour(pieces=written)))
    assert "".join(piece.reasoning for piece in found) == reasoning
    assert text_of(found) == text


def test_text_that_turns_out_to_be_thinking_is_taken_back(make: Make) -> None:
    found = pieces(make(Behaviour(pieces=("Let me ", "see.", "</think>", "Yes."))))
    assert [piece.text for piece in found if piece.text] == ["Let me ", "see.", "Yes."]
    (anew,) = [piece for piece in found if piece.anew]
    assert (anew.reasoning, anew.text) == ("Let me see.", "")
    assert complete(make(Behaviour(pieces=("Hm</think>Yes.",))), ASK) == "Yes."


def test_content_in_parts(make: Make) -> None:
    parts = (
        b'data: {"choices": [{"delta": {"content": ['
        b'{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]}}]}\n'
        b'data: {"choices": [{"delta": {"content": [{"type": "text", "text": "Yes."}]}}]}\n'
        b"data: [DONE]\n"
    )
    found = pieces(make(Behaviour(raw=parts)))
    assert ("".join(piece.reasoning for piece in found), text_of(found)) == ("Hm.", "Yes.")


def test_a_whole_reply_where_a_stream_was_asked_for(make: Make) -> None:
    found = pieces(make(says(TEXT, streams=False, usage=(5, 6), reasoning="Hm.")))
    assert text_of(found) == TEXT
    assert "".join(piece.reasoning for piece in found) == "Hm."
    assert found[-1].tokens == Tokens(prompt=5, reply=6)


def test_a_server_without_stream_options_is_asked_without_them_from_then_on(make: Make, server: ModelServer) -> None:
    picky = says("Yes.", refuses=("stream_options", "temperature"))
    model = make(picky, picky, picky, picky, temperature=0.3)
    assert text_of(pieces(model)) == text_of(pieces(model)) == "Yes."
    sent = [(("stream_options" in r.body), ("temperature" in r.body)) for r in server.requests]
    assert sent == [(True, True), (False, True), (False, False), (False, False)]


def test_a_temperature_is_only_left_out_where_it_is_refused(make: Make, server: ModelServer) -> None:
    model = make(says("Yes.", refuses=("temperature",)), says("Yes."), says("Yes."), temperature=0.3)
    pieces(model)
    pieces(model)
    sent = [(("stream_options" in r.body), ("temperature" in r.body)) for r in server.requests]
    assert sent == [(True, True), (True, False), (True, False)]


def test_a_seed_is_sent_to_those_who_take_it(make: Make, server: ModelServer) -> None:
    picky = says("Yes.", refuses=("seed",))
    model = make(picky, picky, picky, seed=7, temperature=0.0)
    assert text_of(pieces(model)) == text_of(pieces(model)) == "Yes."
    assert [(r.body.get("seed"), r.body.get("temperature")) for r in server.requests] == [(7, 0), (None, 0), (None, 0)]


def test_half_a_character_is_sent_and_received_as_a_replacement(make: Make, server: ModelServer) -> None:
    raw = (
        b'data: {"choices": [{"delta": {"content": "a\\ud83d"}}]}\n\n'
        b'data: {"choices": [{"delta": {"content": "\\ude42b\\ud800c"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    )
    model = make(Behaviour(raw=raw))
    found = text_of(list(model.stream([Message(role="user", text="caf\udce9")])))
    assert found == "a\U0001f642b\ufffdc"
    assert server.requests[0].body["messages"][0]["content"] == "caf?"


def test_signs_of_life_keep_a_slow_model_waited_for(make: Make) -> None:
    lines = b": thinking\n\n" * 3 + b'data: {"choices": [{"delta": {"content": "Yes."}, "finish_reason": "stop"}]}\n\n'
    assert text_of(pieces(make(Behaviour(raw=lines), timeout=5))) == "Yes."


@pytest.mark.parametrize("finish", [None, "stop"])
@pytest.mark.parametrize("done", [False, True])
def test_either_sign_of_the_end_is_enough(make: Make, finish: str | None, done: bool) -> None:
    model = make(says("It grew.", finish=finish, done=done, usage=None))
    if not finish and not done:
        assert getattr(failure(model, ModelUnavailable), "partial", None) == "It grew."
    else:
        found = pieces(model)
        assert text_of(found) == "It grew."
        assert [piece.finish for piece in found if piece.finish] == ["stop"]


def test_a_silent_end_after_the_last_word_costs_nothing_but_the_count(make: Make) -> None:
    found = pieces(make(says("It grew.", stall_after=3), timeout=0.3))
    assert text_of(found) == "It grew."
    assert found[-1].finish == "stop"


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("size", [400_000, 7_000_000])
def test_a_reply_without_measure_is_cut(make: Make, size: int, streams: bool) -> None:
    found = pieces(make(Behaviour(pieces=("a" * size, "the end"), streams=streams)))
    if size < LONGEST_REPLY:
        assert text_of(found) == "a" * size + "the end"
        assert [piece.finish for piece in found if piece.finish] == ["stop"]
    else:
        assert text_of(found) == "a" * LONGEST_REPLY
        assert [piece.finish for piece in found if piece.finish] == ["length"]


def test_leaving_early_ends_the_request(make: Make, server: ModelServer) -> None:
    model = make(says(TEXT, delay=0.05))
    stream = model.stream(ASK)
    assert next(stream).text
    stream.close()
    assert server.wait_until_left()
    assert server.left == 1
    with pytest.raises(StopIteration):
        next(stream)


def test_an_abandoned_stream_ends_the_request(make: Make, server: ModelServer) -> None:
    for _ in make(says(TEXT, delay=0.05)).stream(ASK):
        break
    assert server.wait_until_left()


def test_nothing_is_asked_before_the_first_piece_is(make: Make, server: ModelServer) -> None:
    stream = make().stream(ASK)
    stream.close()
    assert server.requests == []


def test_no_connection_and_no_thread_stays(make: Make, server: ModelServer) -> None:
    model = make(says(TEXT), fails(500), says(TEXT, cut_at=400), says(TEXT), *[says("Yes.")] * 5, own=True)
    threads = threading.active_count()
    for _ in range(9):
        with suppress(ModelUnavailable):
            pieces(model)
    model.close()
    deadline = time.monotonic() + 5
    while (server.open_connections or threading.active_count() > threads) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.open_connections == 0
    assert threading.active_count() <= threads
    assert text_of(pieces(model)) == "How many?"


def test_threads_share_a_model(make: Make) -> None:
    model = make()
    found: dict[int, str] = {}

    def ask(number: int) -> None:
        found[number] = complete(model, [Message(role="user", text=f"Say {number}.")])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"Say {number}." for number in range(12)}


def test_complete_leaves_the_reasoning_out(make: Make) -> None:
    assert complete(make(says("Yes", ", sir.", reasoning="Hm.")), ASK) == "Yes, sir."


def test_a_proxy_of_the_environment_is_used(make: Make, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
    assert text_of(pieces(make(says("Yes."), base_url="http://model.example/v1", own=True))) == "Yes."
    assert server.requests[0].path == "http://model.example/v1/chat/completions"


def test_an_http_client_of_ones_own_is_used_and_left_open(make: Make, server: ModelServer) -> None:
    with httpx.Client(headers={"X-Team": "blue"}) as client:
        model = make(says("Yes."), http_client=client)
        pieces(model)
        model.close()
        assert not client.is_closed
    assert server.requests[0].headers["x-team"] == "blue"


def test_azures_newer_interface_has_no_deployments_and_no_versions(make: Make, server: ModelServer) -> None:
    root = server.url.removesuffix("/v1")
    model = make(says("Fine [1]."), base_url=f"{root}/openai/v1/", api_version="2024-10-21", own=True)
    assert text_of(pieces(model)) == "Fine [1]."
    assert server.requests[-1].path == "/openai/v1/chat/completions"


def test_azure_is_asked_at_its_deployment(make: Make, server: ModelServer) -> None:
    root = server.url.removesuffix("/v1")
    model = make(says("Fine [1]."), base_url=root, api_version="2024-10-21", own=True)
    assert text_of(pieces(model)) == "Fine [1]."
    request = server.requests[-1]
    assert request.path == "/openai/deployments/test-model/chat/completions?api-version=2024-10-21"
    assert request.headers["api-key"] == KEY
