"""The model's side of things, over real HTTP: what is sent, what is made of every kind of reply and failure."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from qa.errors import BadModelReply, ModelRefusedKey, ModelUnavailable, QAError, QuestionTooLong
from qa.model import Message, OpenAIModel, Piece, _patient_client, complete
from qa.reply import LONGEST_REPLY
from qa.settings import QASettings
from qa.values import Tokens
from tests.model_server import Behaviour, ModelServer, fails, says

KEY = "sk-test-0123456789abcdef"
ASK = [Message(role="system", text="Be brief."), Message(role="user", text="How many?")]
TEXT = "The deployment could grow to 12,000 soldiers [1]. \u00dcber 1.500 sind schon da [2]. \U0001f642"

Make = Callable[..., OpenAIModel]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    threads = threading.active_count()
    with ModelServer() as running:
        yield running
    assert threading.active_count() == threads


@pytest.fixture(scope="module")
def shared_client() -> Iterator[httpx.Client]:
    """What a model makes for itself; making one reads all certificates there are, which takes its time."""
    with _patient_client(httpx.Timeout(60)) as client:
        yield client


@pytest.fixture
def make(server: ModelServer, shared_client: httpx.Client) -> Iterator[Make]:
    """Makes models of the server; ``script`` is what it is going to do. ``own=True`` lets one connect by itself."""
    made: list[OpenAIModel] = []

    def make(*script: Behaviour, own: bool = False, **options: Any) -> OpenAIModel:
        server.then(*script)
        defaults = {"api_key": KEY, "base_url": server.url, "max_retries": 0}
        model = OpenAIModel("test-model", **{"http_client": None if own else shared_client, **defaults, **options})
        made.append(model)
        return model

    yield make
    for model in made:
        model.close()


def pieces(model: OpenAIModel) -> list[Piece]:
    return list(model.stream(ASK))


def text_of(found: list[Piece]) -> str:
    return "".join(piece.text for piece in found)


def failure(model: OpenAIModel, kind: type[QAError]) -> QAError:
    """The error that asking raises, after a look at what every error's message must and must not hold."""
    with pytest.raises(kind) as caught:
        pieces(model)
    message = str(caught.value)
    assert type(caught.value) is kind
    assert KEY not in message and "0123456789" not in message
    assert "Traceback" not in message and "\n" not in message
    assert 40 < len(message) < 600
    assert message.endswith(".")
    return caught.value


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
        (("Yes. <think>no</think>",), "", "Yes. <think>no</think>"),
        (
            (
                "<thi",
                "s> is text",
            ),
            "",
            "<this> is text",
        ),
        (("<think>cut off",), "cut off", ""),
        (("<think></think>Yes.",), "", "Yes."),
        (("<th",), "", "<th"),
    ],
)
def test_reasoning_between_tags(make: Make, written: tuple[str, ...], reasoning: str, text: str) -> None:
    found = pieces(make(Behaviour(pieces=written)))
    assert "".join(piece.reasoning for piece in found) == reasoning
    assert text_of(found) == text


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


def test_half_a_character_is_sent_and_received_as_a_replacement(make: Make, server: ModelServer) -> None:
    raw = (
        b'data: {"choices": [{"delta": {"content": "a\\ud83d"}}]}\n\n'
        b'data: {"choices": [{"delta": {"content": "\\ude42b\\ud800c"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    )
    model = make(Behaviour(raw=raw))
    found = text_of(list(model.stream([Message(role="user", text="caf\udce9")])))
    assert found == "a\U0001f642b\ufffdc"
    assert server.requests[0].body["messages"][0]["content"] == "caf?"


@pytest.mark.parametrize(
    "behaviour, kind, named",
    [
        (fails(401, f"Incorrect API key provided: {KEY}."), ModelRefusedKey, ["OPENAI_API_KEY"]),
        (fails(403, f"Key {KEY} is not allowed in your country"), ModelRefusedKey, ["QA_MODEL", "country"]),
        (fails(404, "No such model."), ModelUnavailable, ["'test-model'", "QA_MODEL", "/v1"]),
        (fails(404), ModelUnavailable, ["QA_MODEL"]),
        (fails(429, "Slow down"), ModelUnavailable, ["Slow down", "later"]),
        (
            fails(400, "This model's maximum context length is 4096 tokens.", code="context_length_exceeded"),
            QuestionTooLong,
            ["QA_PASSAGES", "4096"],
        ),
        (fails(400, "the request exceeds the available context size."), QuestionTooLong, ["QA_PASSAGES"]),
        (fails(400, f"Bad {KEY}, " + "very " * 200 + "bad"), ModelUnavailable, ["400", "[key]", "very"]),
        (fails(422, "Unprocessable"), ModelUnavailable, ["422", "Unprocessable"]),
        (fails(500, "Out of memory"), ModelUnavailable, ["500", "Out of memory"]),
        (Behaviour(status=502, error="<html><body>Bad gateway</body></html>"), ModelUnavailable, ["502"]),
        (Behaviour(status=503, error={"detail": [{"msg": "x"}]}), ModelUnavailable, ["503"]),
        (Behaviour(status=418, error="short and stout"), ModelUnavailable, ["418", "short and stout"]),
    ],
)
def test_a_server_that_refuses(
    make: Make, server: ModelServer, behaviour: Behaviour, kind: type[QAError], named: list[str]
) -> None:
    error = failure(make(behaviour), kind)
    for part in named:
        assert part in str(error)
    assert server.url in str(error)
    assert len(server.requests) == 1


def test_a_busy_server_is_asked_again_when_it_said(make: Make, server: ModelServer) -> None:
    began = time.monotonic()
    busy = fails(429, headers={"Retry-After": "0.2"})
    assert text_of(pieces(make(busy, busy, says("Yes."), max_retries=2))) == "Yes."
    assert len(server.requests) == 3
    assert time.monotonic() - began >= 0.4


def test_a_broken_server_is_asked_again(make: Make, server: ModelServer) -> None:
    broken = fails(500, headers={"retry-after-ms": "10"})
    assert text_of(pieces(make(broken, broken, says("Yes."), max_retries=2))) == "Yes."
    model = make(broken, broken, broken, max_retries=2)
    failure(model, ModelUnavailable)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "header, seconds",
    [("90", 90), ("7200", 7200), ("soon", None), ("-5", 0)],
)
def test_a_longer_wait_is_left_to_the_reader(
    make: Make, server: ModelServer, header: str, seconds: float | None
) -> None:
    error = failure(make(fails(429, headers={"Retry-After": header}), timeout=5), ModelUnavailable)
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after == (None if seconds is None else pytest.approx(seconds, abs=30))


def test_a_wait_may_be_given_as_a_date(make: Make, server: ModelServer) -> None:
    until = formatdate(time.time() + 500, usegmt=True)
    error = failure(make(fails(429, headers={"Retry-After": until}), timeout=5), ModelUnavailable)
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after is not None and 300 < error.retry_after <= 501


def test_nobody_waits_longer_for_a_retry_than_for_a_reply(make: Make, server: ModelServer) -> None:
    began = time.monotonic()
    failure(make(fails(429, headers={"Retry-After": "90"}), timeout=5, max_retries=2, own=True), ModelUnavailable)
    assert time.monotonic() - began < 60
    assert len(server.requests) == 1


def test_a_server_that_never_answers_is_asked_once(make: Make, server: ModelServer) -> None:
    began = time.monotonic()
    error = failure(make(says("Yes.", wait=30), timeout=0.3, max_retries=2), ModelUnavailable)
    assert 0.25 < time.monotonic() - began < 25
    assert "0.3 seconds" in str(error) and "QA_TIMEOUT" in str(error)
    assert len(server.requests) == 1
    assert server.wait_until_left()


@pytest.mark.parametrize("keep_alive", [0, 0.05])
def test_a_reply_that_stalls(make: Make, server: ModelServer, keep_alive: float) -> None:
    script = says("It ", "grew", " a lot", stall_after=3, keep_alive=keep_alive)
    error = failure(make(script, timeout=0.4), ModelUnavailable)
    assert isinstance(error, ModelUnavailable)
    assert error.partial == "It grew"
    assert "0.4 seconds" in str(error)
    assert server.wait_until_left()


def test_signs_of_life_keep_a_slow_model_waited_for(make: Make) -> None:
    lines = b": thinking\n\n" * 3 + b'data: {"choices": [{"delta": {"content": "Yes."}, "finish_reason": "stop"}]}\n\n'
    assert text_of(pieces(make(Behaviour(raw=lines), timeout=5))) == "Yes."


def event(content: str) -> bytes:
    return b'data: {"choices": [{"index": 0, "delta": {"content": "' + content.encode() + b'"}}]}\n\n'


@pytest.mark.parametrize(
    "raw, partial",
    [
        (event("It grew"), "It grew"),
        (event("It ") + b'data: {"choices": [{"de\n\n', "It "),
        (event("It ") + b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n', "It "),
        (event("It ") + b'data: {"error": {"message": "Out of memory", "code": 500}}\n\n', "It "),
        (event("It ") + b'data: {"error": {"message": "Slow down", "code": 429}}\n\n', "It "),
        (event("It ") + b'data: {"error": "plain words"}\n\n', "It "),
        (event("It ") + b"data: [1, 2]\n\n", "It "),
        (event("It ") + b"data: " + b"[" * 100_000 + b"\n\n", "It "),
        (bytes(range(256)) * 40, ""),
        (b"", ""),
        (b"<!doctype html><title>Not this page</title>", ""),
    ],
)
def test_a_reply_that_breaks_off(make: Make, raw: bytes, partial: str) -> None:
    error = failure(make(Behaviour(raw=raw)), ModelUnavailable)
    assert isinstance(error, ModelUnavailable)
    assert error.partial == partial
    assert "'test-model'" in str(error)


def test_the_wrong_address_is_told_from_a_reply_that_broke_off(make: Make) -> None:
    assert "OPENAI_BASE_URL" in str(failure(make(Behaviour(raw=b"<html>")), ModelUnavailable))
    assert "OPENAI_BASE_URL" not in str(failure(make(Behaviour(raw=event("It"))), ModelUnavailable))


def test_words_of_the_server_reach_the_reader(make: Make) -> None:
    raw = event("It ") + b'data: {"error": {"message": "Out of   memory\\nat step 3"}}\n\n'
    assert "Out of memory at step 3" in str(failure(make(Behaviour(raw=raw)), ModelUnavailable))


def test_a_window_that_turns_out_too_small_while_streaming(make: Make) -> None:
    raw = b'data: {"error": {"message": "prompt exceeds the context window of 4096"}}\n\n'
    failure(make(Behaviour(raw=raw)), QuestionTooLong)


@pytest.mark.parametrize("cut", [0, 1, 5, 150, 151, 160, 321, 700, 1000, 1200, 1700])
def test_a_connection_that_breaks(make: Make, server: ModelServer, cut: int) -> None:
    model = make(says(TEXT, cut_at=cut))
    error = failure(model, ModelUnavailable)
    assert isinstance(error, ModelUnavailable)
    assert TEXT.startswith(error.partial)
    assert text_of(pieces(make(says("Yes.")))) == "Yes."


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


@pytest.mark.parametrize("finish", ["stop", "content_filter", "tool_calls"])
def test_a_reply_with_nothing_in_it(make: Make, finish: str) -> None:
    error = failure(make(Behaviour(pieces=(), finish=finish)), BadModelReply)
    assert ("filter" if finish == "content_filter" else finish) in str(error)


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


def test_a_line_without_end_is_not_read_to_its_end(make: Make, server: ModelServer) -> None:
    error = failure(make(Behaviour(raw=b"data: " + b"a" * 20_000_000)), ModelUnavailable)
    assert "no end" in str(error)
    assert server.wait_until_left()


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


def test_nobody_listens_at_the_address(make: Make) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{sock.getsockname()[1]}/v1"
        error = failure(make(base_url=f"http://someone:{KEY}@{place}?a={KEY}"), ModelUnavailable)
    assert "OPENAI_BASE_URL" in str(error)
    assert f"http://{place} " in str(error)


@pytest.mark.parametrize(
    "url", ["localhost:11434/v1", "127.0.0.1", "ftp://127.0.0.1/v1", "http://", "http://[::1/v1", "http://a:b:c/v1"]
)
def test_an_address_that_is_none(make: Make, url: str) -> None:
    assert "OPENAI_BASE_URL" in str(failure(make(base_url=url), ModelUnavailable))


def test_no_key_and_no_address(make: Make, server: ModelServer) -> None:
    assert "OPENAI_BASE_URL" in str(failure(make(api_key="", base_url=""), ModelRefusedKey))


@pytest.mark.parametrize("key", ["sk-\u2026copied", "sk-a\nb"])
def test_a_key_that_cannot_be_one(make: Make, server: ModelServer, key: str) -> None:
    error = failure(make(api_key=key), ModelRefusedKey)
    assert key not in str(error)
    assert server.requests == []


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


def test_a_mistake_of_ours_is_not_taken_for_a_failure_of_theirs(make: Make) -> None:
    with pytest.raises(AttributeError):
        list(make().stream(["not a message"]))  # type: ignore[list-item]  # the point of the test
