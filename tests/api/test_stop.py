"""Stopping a server as a service manager does, under load: what was accepted is answered, and nothing breaks."""

from __future__ import annotations

import io
import json
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from sentisound import deadline
from sentisound.api import in_flight, runner
from sentisound.testing import speech_like
from server_process import ServerProcess, server_process

ROUNDS = 2


def sound_of(seconds: float) -> bytes:
    """Return so many seconds of utterances."""
    rng = np.random.default_rng(5)
    buffer = io.BytesIO()
    part = np.concatenate([speech_like(3.0, 16_000, rng), 1e-4 * rng.standard_normal(8_000).astype(np.float32)])
    samples = np.tile(part, int(seconds / 3.5) + 1)[: int(16_000 * seconds)]
    soundfile.write(buffer, samples, 16_000, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


class Crowd:
    """Clients that ask again and again until the server has gone, and note what they were told."""

    def __init__(self, server: ServerProcess, asks: Callable[[httpx.Client], httpx.Response], clients: int) -> None:
        self.answers: Counter[int] = Counter()
        self.refusals: list[httpx.Response] = []
        self.kept: list[str] = []
        self.jobs: list[str] = []
        self.broken: list[str] = []
        self._server, self._asks = server, asks
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        with self._server.client() as client:
            while self._server.process.poll() is None:
                try:
                    self._note(self._asks(client))
                except httpx.ConnectError:  # nobody listens any more
                    return
                except httpx.HTTPError as error:
                    self.broken.append(repr(error))
                    return

    def _note(self, answer: httpx.Response) -> None:
        self.answers[answer.status_code] += 1
        if answer.status_code == 503:
            self.refusals.append(answer)
            time.sleep(0.05)
        elif answer.status_code == 202:
            self.jobs.append(answer.json()["id"])
        elif answer.headers.get("X-SentiSound-History") == "kept" and "id" in answer.json():
            self.kept.append(answer.json()["id"])

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_stop_at_any_moment_answers_what_was_accepted(tmp_path: Path, round_: int) -> None:
    """Clients of every kind ask without a pause: 200, 202 or 503 with Retry-After, and what was kept is there."""
    short, long = sound_of(3.0), sound_of(30.0)
    chance = random.Random(round_)  # noqa: S311 - no secret
    server = ServerProcess(tmp_path, async_after_s="20")

    def ask(client: httpx.Client) -> httpx.Response:
        path = chance.choice(["/v1/analyses", "/v1/analyses", "/predict", "/process_audio", "/upload"])
        name, sound = ("long.flac", long) if path == "/v1/analyses" and chance.random() < 0.2 else ("a.flac", short)
        return client.post(path, files={"file": (name, sound)})

    crowd = Crowd(server, ask, clients=12)
    time.sleep(1.0 + 2 * chance.random())
    began_s = time.monotonic()
    code = server.stop()
    took_s = time.monotonic() - began_s
    crowd.join()
    assert code == -signal.SIGTERM
    assert took_s < 45
    assert set(crowd.answers) <= {200, 202, 503}, crowd.answers
    assert crowd.answers[200] > 0
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in crowd.refusals)
    assert not crowd.broken
    assert "Traceback" not in server.said
    assert "ERROR" not in server.said
    with server_process(tmp_path) as again, again.client() as client:
        for identity in crowd.kept:
            assert client.get(f"/v1/analyses/{identity}").status_code == 200
        end_s = time.monotonic() + 60
        for identity in crowd.jobs:
            while (job := client.get(f"/v1/jobs/{identity}").json())["status"] != "succeeded":
                assert job["status"] in {"queued", "running"}, job
                assert time.monotonic() < end_s
                time.sleep(0.05)


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    with server_process(tmp_path) as server, server.client() as client:
        sound = sound_of(200.0)
        thread = threading.Thread(target=_ask_in_vain, args=(client, sound))
        thread.start()
        time.sleep(1.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert server.process.poll() is None
        began_s = time.monotonic()
        assert server.stop() == -signal.SIGTERM
        assert time.monotonic() - began_s < 5
        thread.join()
        assert "Traceback" not in server.said


def _ask_in_vain(client: httpx.Client, sound: bytes) -> None:
    with pytest.raises(httpx.HTTPError):
        client.post("/process_audio", files={"file": ("a.flac", sound)})


class Endless:
    """Work that goes on until its deadline ends it."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.deaf = False

    def __call__(self, _: bytes) -> None:
        self.begun.set()
        end_s = time.monotonic() + 20
        while time.monotonic() < end_s:
            time.sleep(0.005)
            if not self.deaf:
                deadline.check()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stop wait for a short time only."""
    monkeypatch.setattr(in_flight, "WORK_S", 0.5)
    monkeypatch.setattr(in_flight, "ANSWER_S", 0.5)
    monkeypatch.setattr(runner, "GRACE_S", 0.2)
    monkeypatch.setattr(runner, "END_S", 0.5)


def asked_while_stopping(serving, analyzer, path: str, **settings) -> tuple[httpx.Response, float]:
    """Return what a request is told whose work is going on when the server stops, and how long the stop took."""
    answers: list[httpx.Response] = []
    with serving(analyzer, **settings) as client:
        files = {"file": ("a.wav", b"RIFF")}
        ask = lambda: answers.append(httpx.post(f"{client.base_url}{path}", files=files, trust_env=False, timeout=30))  # noqa: E731
        thread = threading.Thread(target=ask)
        thread.start()
        assert analyzer.work.begun.wait(5)
        began_s = time.monotonic()
    took_s = time.monotonic() - began_s
    thread.join()
    return answers[0], took_s


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("deaf", [False, True])
def test_work_that_does_not_end_in_time_is_answered(serving, fake, caplog, deaf: bool) -> None:
    """Also work that never looks at its deadline."""
    endless = Endless()
    endless.deaf = deaf
    answer, took_s = asked_while_stopping(serving, fake(work=endless), "/predict")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Connection"] == "close"
    assert "the server stops" in answer.json()["error"]
    assert took_s < 10
    assert "Traceback" not in caplog.text


@pytest.mark.usefixtures("soon")
def test_work_that_does_not_end_in_time_becomes_a_job(serving, fake, tmp_path: Path) -> None:
    endless = Endless()
    answer, _ = asked_while_stopping(serving, fake(work=endless), "/v1/analyses", history=True, data_dir=tmp_path)
    assert answer.status_code == 202
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        end_s = time.monotonic() + 20
        while (job := client.get(answer.headers["Location"]).json())["status"] != "succeeded":
            assert time.monotonic() < end_s, job
            time.sleep(0.02)
        assert len(client.get("/v1/analyses").json()["analyses"]) == 1


@pytest.mark.usefixtures("soon")
def test_a_job_that_never_looks_at_its_deadline_goes_back(serving, fake, wav: bytes, tmp_path: Path) -> None:
    endless = Endless()
    endless.deaf = True
    with serving(fake(work=endless), history=True, data_dir=tmp_path) as client:
        at = client.post("/v1/analyses", files={"file": wav}, headers={"Prefer": "respond-async"}).headers["Location"]
        assert endless.begun.wait(5)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 10
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        end_s = time.monotonic() + 20
        while client.get(at).json()["status"] != "succeeded":
            assert time.monotonic() < end_s
            time.sleep(0.02)


@pytest.mark.usefixtures("soon")
def test_a_body_that_is_still_coming_is_refused(serving, fake) -> None:
    """It was not accepted; its client is told when to come back."""
    with serving(fake()) as client:
        connection = socket.create_connection((client.base_url.host, client.base_url.port))
        head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        connection.sendall(f"{head}Content-Length: 100000\r\n\r\n--x\r\n".encode())
        time.sleep(0.3)
    with connection, connection.makefile("rb") as answer:
        lines = answer.read().decode("latin-1").lower()
    assert lines.startswith("http/1.1 503")
    assert "retry-after:" in lines
    assert json.loads(lines.partition("\r\n\r\n")[2])["error"].startswith("the server stops")
