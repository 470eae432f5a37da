"""Requests in flight over a real socket: work ends with its client, and what is kept is kept whole."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest.mock import AsyncMock

import anyio
import httpx
import pytest
from starlette.types import Message

from sentisound import deadline
from sentisound.api.capacity import AnalysisCapacity, Capacity
from sentisound.api.in_flight import Requests, TrackRequests, announced_bytes, caller_of
from sentisound.api.outcomes import Outcomes
from sentisound.identity.owner import Owner

SOUND = b"RIFF of no sense"


def until(condition: Callable[[], bool], patience_s: float = 10.0) -> None:
    end_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end_s, "it did not come about"
        time.sleep(0.005)


class Endless:
    """Work that goes on until its deadline ends it; other work is done at once."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Semaphore(0), threading.Semaphore(0)
        self.calls = 0
        self.on = True

    def __call__(self, _: bytes) -> None:
        self.calls += 1
        self.begun.release()
        try:
            while self.on:
                time.sleep(0.005)
                deadline.check()
        finally:
            self.ended.release()


def sent(client: httpx.Client, path: str = "/predict", **headers: str) -> socket.socket:
    """Send a sound and return the connection."""
    request = client.build_request("POST", path, files={"file": ("a.wav", SOUND)}, headers=headers)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    connection = socket.create_connection((client.base_url.host, client.base_url.port))
    connection.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + request.read())
    return connection


def metric(client: httpx.Client, line: str) -> float:
    found = [row for row in client.get("/metrics").text.splitlines() if row.startswith(line + " ")]
    return float(found[0].split()[-1]) if found else 0.0


CANCELLED = 'sentisound_work_total{kind="short",outcome="cancelled"}'


@pytest.mark.parametrize("path", ["/predict", "/upload", "/process_audio", "/v1/analyses"])
def test_work_ends_when_its_client_hangs_up(serving, fake, tmp_path: Path, path: str, caplog) -> None:
    endless = Endless()
    with serving(fake(work=endless), history=True, data_dir=tmp_path) as client:
        connection = sent(client, path)
        assert endless.begun.acquire(timeout=5)
        connection.close()
        assert endless.ended.acquire(timeout=5)
        counted = f'sentisound_requests_total{{method="POST",route="{path}",status="499"}}'
        until(lambda: metric(client, counted) == 1)
        assert client.get("/history").json()["history"] == []
        assert client.get("/metrics").text.count('outcome="cancelled"} 1.0') == 1
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}]


def test_who_waits_and_hangs_up_leaves_the_line(serving, fake, monkeypatch) -> None:
    capacity = AnalysisCapacity({kind: Capacity(1, 3) for kind in ("short", "long", "words")})
    monkeypatch.setattr(AnalysisCapacity, "of", lambda _: capacity)
    short, endless = capacity.kinds["short"], Endless()
    with serving(fake(work=endless)) as client:
        held = sent(client)
        assert endless.begun.acquire(timeout=5)
        waiting = [sent(client) for _ in range(3)]
        until(lambda: short.waiting == 3)
        assert client.post("/predict", files={"file": SOUND}).status_code == 503
        for connection in waiting:
            connection.close()
        until(lambda: short.waiting == 0)
        assert endless.calls == 1
        held.close()
        until(lambda: short.taken == 0)
        endless.on = False
        assert client.post("/predict", files={"file": SOUND}).status_code == 200


def test_a_client_that_waits_and_one_that_asks_again_on_its_connection_are_served(serving, fake) -> None:
    endless = Endless()
    with serving(fake(work=endless)) as client:
        connection = sent(client)
        assert endless.begun.acquire(timeout=5)
        time.sleep(0.3)
        endless.on = False
        with connection, connection.makefile("rb") as answer:
            assert b" 200 " in answer.readline()
        for _ in range(3):
            assert client.post("/predict", files={"file": SOUND}).status_code == 200
        assert metric(client, CANCELLED) == 0


def test_a_key_whose_client_hung_up_is_free_again(serving, fake, tmp_path: Path) -> None:
    """The work was ended, so nothing was kept: the request that comes again is the first one."""
    endless = Endless()
    with serving(fake(work=endless), history=True, data_dir=tmp_path) as client:
        connection = sent(client, **{"Idempotency-Key": "k1"})
        assert endless.begun.acquire(timeout=5)
        connection.close()
        assert endless.ended.acquire(timeout=5)
        endless.on = False
        until(lambda: metric(client, CANCELLED) == 1)
        answers: list[httpx.Response] = []

        def answered() -> bool:
            files, headers = {"file": ("a.wav", SOUND)}, {"Idempotency-Key": "k1"}
            answers.append(client.post("/predict", files=files, headers=headers))
            return answers[-1].status_code != 409

        until(answered)
        assert (answers[-1].status_code, "Idempotency-Replayed" in answers[-1].headers) == (200, False)
        assert len(client.get("/history").json()["history"]) == 1


@pytest.mark.parametrize("path", ["/predict", "/v1/analyses"])
def test_what_is_kept_is_answered_to_who_comes_again(serving, fake, tmp_path: Path, path: str, monkeypatch) -> None:
    """The client hangs up when the analysis is in the history: its second request makes no second one."""
    kept, gone = threading.Event(), threading.Event()
    told = Outcomes.analysed

    def analysed(*arguments) -> None:
        kept.set()
        assert gone.wait(5)
        deadline.check()  # nothing ends here any more
        told(*arguments)

    monkeypatch.setattr(Outcomes, "analysed", analysed)
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        connection = sent(client, path, **{"Idempotency-Key": "k1"})
        assert kept.wait(5)
        connection.close()
        time.sleep(0.3)
        gone.set()

        def again() -> httpx.Response:
            files, headers = {"file": ("a.wav", SOUND)}, {"Idempotency-Key": "k1"}
            return client.post(path, files=files, headers=headers)

        until(lambda: again().status_code == 200)
        assert again().headers["Idempotency-Replayed"] == "true"
        assert len(client.get("/history").json()["history"]) == 1


def test_a_job_that_was_accepted_is_run_although_its_client_has_gone(serving, fake, tmp_path: Path) -> None:
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        for _ in range(5):
            sent(client, "/v1/analyses", Prefer="respond-async").close()
        time.sleep(0.3)
        until(lambda: all(job["status"] == "succeeded" for job in client.get("/v1/jobs").json()["jobs"]))
        jobs = client.get("/v1/jobs").json()["jobs"]
        assert len(client.get("/v1/analyses").json()["analyses"]) == len(jobs)


def test_work_that_takes_longer_than_allowed_says_so(serving, fake, tmp_path: Path) -> None:
    with serving(fake(work=Endless()), analysis_max_s=0.2, history=True, data_dir=tmp_path) as client:
        answer = client.post("/v1/analyses", files={"file": SOUND})
        plain = client.post("/predict", files={"file": SOUND})
        expired = metric(client, 'sentisound_work_total{kind="short",outcome="expired"}')
        assert client.get("/v1/analyses").json()["analyses"] == []
    assert (answer.status_code, answer.json()["code"]) == (503, "deadline_exceeded")
    assert "send a shorter sound" in answer.json()["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert (plain.status_code, plain.json()) == (503, {"error": answer.json()["detail"]})
    assert expired == 2


def test_a_drawing_goes_on_as_long_as_one_of_its_clients_waits(serving, fake, wav: bytes, monkeypatch) -> None:
    """Two wait for one drawing, one goes and gets it taken from nobody; when both go it is ended."""
    endless = Endless()

    def make(*_: object) -> bytes:
        endless(b"")
        return b"drawn"

    monkeypatch.setattr("sentisound.insight.album.Album.make", make)
    with serving(fake()) as client:
        place = client.post("/predict", files={"file": ("a.wav", wav)}).json()["visualization"]

        def asked() -> socket.socket:
            connection = socket.create_connection((client.base_url.host, client.base_url.port))
            connection.sendall(f"GET /{place} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            return connection

        first, second = asked(), asked()
        assert endless.begun.acquire(timeout=5)
        time.sleep(0.3)
        first.close()
        assert not endless.ended.acquire(timeout=0.5)
        second.close()
        assert endless.ended.acquire(timeout=5)
        third = asked()
        assert endless.begun.acquire(timeout=5)
        endless.on = False
        with third, third.makefile("rb") as answer:
            assert b" 200 " in answer.readline()
    assert endless.calls == 2


def test_whose_a_request_is() -> None:
    key = Owner("user:anna", credential="key:1")
    for owner, host, caller in (
        (key, "192.0.2.7", "owner:user:anna"),
        (Owner("local"), "192.0.2.7", "address:192.0.2.7"),
        (Owner("local"), "2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        (PermissionError(), "2001:db8:1:2:ffff::1", "address:2001:db8:1:2::/64"),
    ):
        assert caller_of({"type": "http", "state": {"owner": owner}, "client": (host, 1234)}) == caller


@pytest.mark.parametrize(("said", "length"), [("12", 12), ("", 0), ("-1", 0), ("x", 0), ("9" * 5000, 0), ("\u00b2", 0)])
def test_what_a_header_announces(said: str, length: int) -> None:
    assert announced_bytes({"type": "http", "headers": [(b"content-length", said.encode("latin-1"))]}) == length


def test_a_watch_that_is_not_told_that_it_is_over_ends_all_the_same() -> None:
    """As with ``asyncio.wait_for`` of Python 3.11, which may lose a cancellation: the request hung for ever."""
    asked = 0

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        with suppress(anyio.get_cancelled_exc_class()):
            await anyio.sleep_forever()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def app(*_: object) -> None:
        await anyio.sleep(0.01)

    async def main() -> None:
        scope = {"type": "http", "path": "/", "headers": [], "state": {}, "client": None}
        with anyio.fail_after(5):
            await TrackRequests(app, Requests())(scope, receive, AsyncMock())

    anyio.run(main)
    assert asked == 1
