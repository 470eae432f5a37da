"""Capacity: so many at work, a short line, then 503; and the rest of the server goes on meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest
from starlette.exceptions import HTTPException

from sentisound.api.capacity import LINE_PER_CPU, Capacity


def until(condition: Callable[[], bool], patience_s: float = 5.0) -> None:
    """Wait until something holds that other threads bring about."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)


def test_slow_analyses_hold_up_nobody_and_a_full_line_refuses(serving, fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two analyses run, one waits, the fourth is sent away, /health answers, and in the end all three are done."""
    capacity = Capacity(workers=2, line=1)
    monkeypatch.setattr(Capacity, "of_this_machine", lambda: capacity)
    go_on = threading.Event()
    at_work: list[bytes] = []

    def work(sound: bytes) -> None:
        at_work.append(sound)
        assert go_on.wait(10)

    with serving(fake(work=work)) as client, ThreadPoolExecutor(3) as pool:
        send = lambda: httpx.post(f"{client.base_url}/predict", files={"file": ("a.wav", b"RIFF")}, trust_env=False)  # noqa: E731
        answers = [pool.submit(send) for _ in range(3)]
        try:
            until(lambda: capacity.taken == 3 and len(at_work) == 2)
            start = time.perf_counter()
            assert client.get("/health").status_code == 200
            assert client.get("/").status_code == 200
            refused = client.post("/predict", files={"file": ("a.wav", b"RIFF")})
            assert time.perf_counter() - start < 1.0
            assert len(at_work) == 2
        finally:
            go_on.set()
        assert [answer.result().status_code for answer in answers] == [200, 200, 200]
        assert client.post("/predict", files={"file": ("a.wav", b"RIFF")}).status_code == 200
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "2"
    assert refused.json() == {"error": "the server is busy; try again in 2 seconds"}
    assert capacity.taken == 0


def test_a_full_server_refuses_before_it_reads_the_body(serving, fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Capacity, "of_this_machine", lambda: Capacity(workers=1, line=-1))
    with serving(fake()) as client:
        answers = [client.post(path, content=b"nothing of sense") for path in ("/predict", "/record")]
    assert [answer.status_code for answer in answers] == [503, 503]


def test_work_runs_beside_the_event_loop() -> None:
    assert anyio.run(Capacity(1, 0).run, threading.get_ident) != threading.get_ident()


def test_never_more_at_once_than_there_are_workers() -> None:
    lock, at_once, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        with lock:
            at_once -= 1

    async def all_of_them() -> None:
        capacity = Capacity(workers=3, line=20)
        async with anyio.create_task_group() as group:
            for _ in range(15):
                group.start_soon(capacity.run, work)

    anyio.run(all_of_them)
    assert most == 3


def test_exactly_the_places_there_are_find_one() -> None:
    """Ten come in the same instant: three find a place, seven are refused, none is counted twice."""
    outcomes: list[int] = []

    async def come(capacity: Capacity) -> None:
        try:
            await capacity.run(lambda: time.sleep(0.02))
            outcomes.append(200)
        except HTTPException as error:
            outcomes.append(error.status_code)

    async def all_of_them() -> None:
        capacity = Capacity(workers=1, line=2)
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(come, capacity)

    anyio.run(all_of_them)
    assert sorted(outcomes) == [200] * 3 + [503] * 7


def test_a_failure_gives_its_place_back() -> None:
    capacity = Capacity(1, 0)

    def fail() -> None:
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            anyio.run(capacity.run, fail)
    assert capacity.taken == 0


def test_the_machine_decides_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert Capacity.of_this_machine().places == 8 + 8 * LINE_PER_CPU
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert Capacity.of_this_machine().places == 1 + LINE_PER_CPU
