"""One client does not block the others: a real server, attacked as the first release was, and an ordinary client."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from sentisound.testing import speech_like
from server_process import ServerProcess, server_process

ATTACK_S = 8.0
PATIENCE_S = 10.0
"""More than an ordinary client waits on a machine that is busy otherwise; it was refused for minutes."""


def flac(samples: np.ndarray, rate_hz: int = 16_000) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def clip() -> bytes:
    return flac(speech_like(3.0, 16_000, np.random.default_rng(1)))


@pytest.fixture(scope="module")
def hour() -> bytes:
    """Return an hour of clicks, which take a minute and a half to recognise."""
    samples = np.zeros(3600 * 2000, dtype=np.float32)
    samples[::4096] = 0.1
    return flac(samples, 2000)


@pytest.fixture(scope="module")
def silence() -> bytes:
    """Return an hour of nothing: 23 kB."""
    return flac(np.zeros(3600 * 2000, dtype=np.float32), 2000)


@pytest.fixture(scope="module")
def talk() -> bytes:
    """Return 3.5 minutes of utterances."""
    rng = np.random.default_rng(2)
    parts = [speech_like(3.0, 16_000, rng), 1e-4 * rng.standard_normal(8_000).astype(np.float32)]
    return flac(np.tile(np.concatenate(parts), 60))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with server_process(tmp_path) as server:
        with server.client() as client:
            assert client.get("/health").status_code == 200
        yield server
        assert "Traceback" not in server.said


@contextlib.contextmanager
def attack(attackers: int, act: Callable[[], None]) -> Iterator[None]:
    """Let so many act again and again while the block runs."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError, httpx.HTTPError):
                act()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(attackers)]
    for thread in threads:
        thread.start()
    time.sleep(1.0)
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(5)


def hang_up(server: ServerProcess, path: str, sound: bytes, after_s: float) -> None:
    """Send a sound and close the connection a while later."""
    with server.client() as client:
        request = client.build_request("POST", path, files={"file": ("a.flac", sound)})
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port)) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + request.read())
        time.sleep(after_s)


def ordinary(server: ServerProcess, clip: bytes) -> list[tuple[int, float]]:
    """Return what an ordinary client is answered for a while, and after how many seconds."""
    found = []
    end_s = time.monotonic() + ATTACK_S
    with server.client() as client:
        while time.monotonic() < end_s:
            start_s = time.monotonic()
            answer = client.post("/predict", files={"file": ("clip.flac", clip)})
            found.append((answer.status_code, time.monotonic() - start_s))
            time.sleep(0.2)
    return found


def check(found: list[tuple[int, float]]) -> None:
    assert {status for status, _ in found} == {200}, found
    assert max(took_s for _, took_s in found) < PATIENCE_S, found


@pytest.mark.parametrize("after_s", [0.0, 0.5])
def test_hours_that_are_sent_and_hung_up(server: ServerProcess, clip: bytes, hour: bytes, silence, after_s: float):
    """It was refused 88 times in 45 s; and what was hung up is over soon."""
    with (
        attack(5, lambda: hang_up(server, "/predict", hour, after_s)),
        attack(5, lambda: hang_up(server, "/upload", silence, after_s)),
    ):
        check(ordinary(server, clip))
    end_s = time.monotonic() + 30
    with server.client() as client:
        while "sentisound_queue_taken 0.0" not in client.get("/metrics").text:
            assert time.monotonic() < end_s
            time.sleep(0.2)


def test_hours_whose_sender_waits(server: ServerProcess, clip: bytes, hour: bytes):
    with attack(10, lambda: hang_up(server, "/predict", hour, 60)):
        check(ordinary(server, clip))


def test_words_of_minutes(server: ServerProcess, clip: bytes, talk: bytes):
    """Four of them, and nobody was answered."""
    with attack(4, lambda: hang_up(server, "/process_audio", talk, 60)):
        check(ordinary(server, clip))


def test_many_connections_that_ask_without_a_pause(server: ServerProcess, clip: bytes):
    """Twenty times as many as there are places; none is refused, and none is forgotten."""
    with attack(40, lambda: hang_up(server, "/predict", clip, 2)):
        check(ordinary(server, clip))
