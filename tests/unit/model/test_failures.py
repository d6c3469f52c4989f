"""A model's server that fails: what is asked again, what is kept of a reply, and what the reader is told."""

from __future__ import annotations

import socket
import time
from email.utils import formatdate
from typing import cast

import pytest

from qa.errors import BadModelReply, ModelRefusedKey, ModelUnavailable, QAError, QuestionTooLong
from qa.model import Message
from tests.model_server import Behaviour, ModelServer, fails, says
from tests.unit.model.conftest import KEY, Make, failure, pieces, text_of


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


def test_what_is_sent_again_does_not_wait_longer_than_one_reply(make: Make, server: ModelServer) -> None:
    began = time.monotonic()
    busy = fails(429, headers={"Retry-After": "2"})
    failure(make(busy, busy, timeout=5, max_retries=8), ModelUnavailable)
    assert time.monotonic() - began < 5
    assert len(server.requests) == 2
    began = time.monotonic()
    script = fails(500, headers={"Retry-After": "0.5"}), says("Yes.", wait=30)
    error = failure(make(*script, timeout=2.5, max_retries=2), ModelUnavailable)
    assert time.monotonic() - began < 25 and "2.5 seconds" in str(error)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "behaviour", [fails(501), fails(429, code="insufficient_quota"), fails(500, "the input is too long")]
)
def test_what_does_not_pass_is_asked_once(make: Make, server: ModelServer, behaviour: Behaviour) -> None:
    with pytest.raises(QAError):
        pieces(make(behaviour, max_retries=2))
    assert len(server.requests) == 1


def test_a_word_that_stands_for_no_key_is_left_in_messages(make: Make) -> None:
    error = failure(make(fails(400, "no model, try ollama pull x"), api_key="ollama"), ModelUnavailable)
    assert "try ollama pull x" in str(error)


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


def test_a_connection_that_breaks_anywhere(make: Make, server: ModelServer) -> None:
    """Either the reply broke off, and what had arrived is kept, or all that matters had arrived."""
    reply = ("It grew to 9 ", "Ü🙂 [1].")
    states = []
    for cut in range(0, 900, 3):  # every byte: see test_reply, where no connection is made for each
        try:
            found = pieces(make(says(*reply, cut_at=cut)))
        except ModelUnavailable as exc:
            assert "".join(reply).startswith(exc.partial)
            assert "test-model" in str(exc) and str(exc).endswith(".")
            states.append(exc.partial)
        else:
            assert text_of(found) == "".join(reply)
            states.append("whole")
    assert states[0] == "" and states[-1] == "whole"
    broken = states[: states.index("whole")]
    assert len(broken) > 130
    assert [len(partial) for partial in broken] == sorted(len(partial) for partial in broken)
    assert set(states[len(broken) :]) == {"whole"}
    assert text_of(pieces(make(says("Yes.")))) == "Yes."


@pytest.mark.parametrize("finish", ["stop", "content_filter", "tool_calls"])
def test_a_reply_with_nothing_in_it(make: Make, finish: str) -> None:
    error = failure(make(Behaviour(pieces=(), finish=finish)), BadModelReply)
    assert ("filter" if finish == "content_filter" else finish) in str(error)


@pytest.mark.parametrize(
    "behaviour",
    [
        says("", reasoning="Let me see.", finish="length"),
        says("<think>Let me see.", finish="stop"),
        says("Let me see.</think>\n"),
    ],
)
def test_a_reply_of_thoughts_alone(make: Make, behaviour: Behaviour) -> None:
    error = failure(make(behaviour), BadModelReply)
    assert "thoughts and no answer" in str(error) and repr(behaviour.finish) in str(error)


def test_a_line_without_end_is_not_read_to_its_end(make: Make, server: ModelServer) -> None:
    error = failure(make(Behaviour(raw=b"data: " + b"a" * 20_000_000)), ModelUnavailable)
    assert "no end" in str(error)
    assert server.wait_until_left()


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


def test_a_mistake_of_ours_is_not_taken_for_a_failure_of_theirs(make: Make) -> None:
    with pytest.raises(AttributeError):
        list(make().stream([cast("Message", "not a message")]))
