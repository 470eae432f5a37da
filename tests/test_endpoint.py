"""The endpoint over a real socket: it waits, asks again and gives up as it says, and the key is never told."""

from __future__ import annotations

import logging
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from chat_server import BROKEN, BUSY, KEY, MALFORMED, UNAUTHORISED, Shape, answering, failure
from sentisound import endpoint
from sentisound.deadline import Deadline, limit
from sentisound.endpoint import Endpoint
from sentisound.engine_errors import EngineAnswerInvalid, EngineError, EngineMissing, EngineRefused, EngineUnavailable
from sentisound.errors import WorkCancelled

FINE = Shape(body={"fine": True})


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "BACKOFF_S", 0.01)


def at(url: str, **fields) -> Endpoint:
    given = {"key": SecretStr(KEY), "timeout_s": 5.0, "retries": 2, **fields}
    return Endpoint(name="the engine", url=url, key_setting="SENTISOUND_LLM_KEY", **given)


def test_the_key_goes_into_the_header_and_the_question_into_the_body():
    with answering(FINE) as server:
        assert at(server.url + "/").ask("chat/completions", json={"a": "ü"}) == {"fine": True}
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.json == {"a": "ü"}


def test_without_a_key_there_is_no_header():
    with answering(FINE) as server:
        at(server.url, key=None).ask("x", json={})
    assert "Authorization" not in server.asked[0].headers


@pytest.mark.parametrize("trouble", [BUSY, BROKEN, Shape(503), Shape(body=b"{" + b" " * 500, cut=True)])
def test_what_may_pass_is_asked_again(trouble: Shape):
    with answering(trouble, trouble, FINE) as server:
        assert at(server.url).ask("x", json={}) == {"fine": True}
    assert len(server.asked) == 3


def test_what_does_not_pass_is_told_with_the_servers_words():
    with answering(BROKEN) as server, pytest.raises(EngineUnavailable, match=r"answered 500: The server had an error"):
        at(server.url, retries=1).ask("x", json={})
    assert len(server.asked) == 2


def test_retry_after_is_kept():
    with answering(failure(429, "slow down", Retry_After="1"), FINE) as server:
        start = time.monotonic()
        at(server.url).ask("x", json={})
    assert 1.0 <= time.monotonic() - start < 3


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_pause_beyond_the_patience_is_not_waited_for(form: str):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=3600), usegmt=True)
    busy = failure(429, "quota", Retry_After="3600" if form == "seconds" else later)
    start = time.monotonic()
    with answering(busy) as server, pytest.raises(EngineUnavailable, match=r"come back in 3[56]\d\d s"):
        at(server.url).ask("x", json={})
    assert time.monotonic() - start < 2
    assert len(server.asked) == 1


@pytest.mark.parametrize("slow", [Shape(body={}, delay_s=2.0), Shape(body={"a": "b" * 100}, drip_s=0.2)])
def test_a_slow_endpoint_is_left_at_the_deadline_and_not_asked_again(slow: Shape):
    start = time.monotonic()
    with answering(slow) as server:
        with pytest.raises(EngineUnavailable, match=r"within 0\.5 s"):
            at(server.url, timeout_s=0.5).ask("x", json={})
        assert time.monotonic() - start < 1.5
    assert len(server.asked) == 1


def test_work_that_is_cancelled_does_not_wait_for_the_next_try():
    with answering(Shape(503, headers={"Retry-After": "4"}), FINE) as server, limit(Deadline()) as mine:
        threading.Timer(0.2, mine.cancel).start()
        start = time.monotonic()
        with pytest.raises(WorkCancelled):
            at(server.url).ask("x", json={})
        assert time.monotonic() - start < 3
    assert len(server.asked) == 1


def test_a_question_ends_with_the_time_of_the_work_that_it_is_part_of():
    with answering(Shape(body={}, delay_s=2.0)) as server, limit(Deadline(0.3)), pytest.raises(EngineUnavailable):
        at(server.url).ask("x", json={})


def test_nobody_there_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        at(f"http://127.0.0.1:{port}/v1").ask("x", json={})


@pytest.mark.parametrize(("status", "words"), [(401, "SENTISOUND_LLM_KEY"), (403, "key"), (404, "404"), (302, "moved")])
def test_what_will_not_pass_is_asked_once(status: int, words: str):
    shape = Shape(status, {"error": {"message": "no"}}, {"Location": "http://127.0.0.1:1/"} if status == 302 else {})
    with answering(shape) as server, pytest.raises(EngineRefused, match=words):
        at(server.url).ask("x", json={})
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [MALFORMED.content, b"", b"\xff\xfe", b"[" * 100_000, b"<html>down</html>"])
def test_what_is_no_json_is_refused(body: bytes):
    with answering(Shape(body=body)) as server, pytest.raises(EngineAnswerInvalid, match="JSON"):
        at(server.url).ask("x", json={})


def test_a_flood_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(endpoint, "MAX_BYTES", 10_000)
    with answering(Shape(body=b" " * 1_000_000)) as server, pytest.raises(EngineAnswerInvalid, match="longer"):
        at(server.url).ask("x", json={})


REFLECTIONS = [
    UNAUTHORISED,
    failure(400, f"bad key {KEY}"),
    failure(404, f"no model for ...{KEY[6:20]}..."),
    failure(500, f"Authorization: Bearer {KEY}"),
    Shape(418, {"error": f"I had {KEY}"}),
    Shape(422, f"{KEY}".encode()),
    Shape(body=f"<{KEY}>".encode()),
]


@pytest.mark.parametrize("shape", REFLECTIONS)
def test_a_key_that_comes_back_is_not_told(shape: Shape, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with answering(shape) as server, pytest.raises(EngineError) as raised:
        at(server.url, retries=1).ask("x", json={})
    told = f"{raised.value!r} {raised.value.__cause__!r} {caplog.text} {at(server.url)!r}"
    assert not [piece for piece in (KEY[start : start + 8] for start in range(len(KEY) - 7)) if piece in told]


def test_a_key_in_an_answer_is_not_passed_on():
    with answering(Shape(body={"text": f"your key is {KEY}"})) as server:
        assert at(server.url).ask("x", json={}) == {"text": "your key is ***"}


def test_without_the_http_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(EngineMissing, match=r"\.\[remote\]"):
        at("http://127.0.0.1:1").ask("x", json={})
