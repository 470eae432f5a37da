"""Capacity: so many at work, a line that is fair to every caller, then 503; and the rest of the server goes on."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import anyio
import httpx
import pytest
from starlette.exceptions import HTTPException

from sentisound import deadline
from sentisound.api import capacity as module, in_flight
from sentisound.api.capacity import LONG_S, LONGEST_S, AnalysisCapacity, Capacity, check_kind
from sentisound.api.in_flight import InFlight
from sentisound.deadline import limit
from sentisound.errors import DeadlineExceeded, WorkCancelled
from sentisound.settings import Settings


def until(condition: Callable[[], bool], patience_s: float = 5.0) -> None:
    """Wait until something holds that other threads bring about."""
    end_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end_s, "it did not come about"
        time.sleep(0.005)


async def soon(condition: Callable[[], bool]) -> None:
    """Wait until something holds that other tasks bring about."""
    with anyio.fail_after(5):
        while not condition():
            await anyio.sleep(0.002)


@contextmanager
def asking(caller: str, upload_bytes: int = 0) -> Iterator[InFlight]:
    """Do what the block does on a caller's behalf, as the middleware has it."""
    request = InFlight(caller, upload_bytes)
    token = in_flight.current.set(request)
    try:
        with limit(request.deadline):
            yield request
    finally:
        in_flight.current.reset(token)


def kinds(**capacities: Capacity) -> AnalysisCapacity:
    return AnalysisCapacity({kind: capacities.get(kind, Capacity(1, 10)) for kind in ("short", "long", "words")})


@pytest.fixture
def short_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Capacity], None]:
    """Let a server have this capacity for short sounds."""

    def have(short: Capacity) -> None:
        monkeypatch.setattr(AnalysisCapacity, "of", lambda _: kinds(short=short))

    return have


def test_slow_analyses_hold_up_nobody_and_a_full_line_refuses(serving, fake, short_of) -> None:
    """Two analyses run, one waits, the fourth is sent away, /health answers, and in the end all three are done."""
    short_of(capacity := Capacity(workers=2, line=1))
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
        metrics = client.get("/metrics").text
    assert refused.status_code == 503
    assert 1 <= int(refused.headers["Retry-After"]) <= 2 * LONGEST_S
    assert refused.json() == {"error": f"the server is busy; try again in {refused.headers['Retry-After']} seconds"}
    assert capacity.taken == 0
    assert 'sentisound_work_total{kind="short",outcome="done"} 4.0' in metrics


def test_a_full_server_refuses_before_it_reads_the_body(serving, fake, short_of) -> None:
    short_of(capacity := Capacity(workers=1, line=0))
    go_on, begun = threading.Event(), threading.Event()

    def work(sound: bytes) -> None:
        begun.set()
        assert sound == b"words" or go_on.wait(10)

    with serving(fake(work=work)) as client, ThreadPoolExecutor(1) as pool:
        files = {"file": ("a.wav", b"RIFF")}
        first = pool.submit(httpx.post, f"{client.base_url}/predict", files=files, trust_env=False)
        assert begun.wait(5)
        answers = [client.post(path, content=b"nothing of sense") for path in ("/predict", "/record")]
        words = client.post("/process_audio", files={"file": b"words"})  # another kind, another line
        go_on.set()
        assert first.result().status_code == 200
    assert [answer.status_code for answer in answers] == [503, 503]
    assert words.status_code == 200
    assert capacity.taken == 0


def test_work_runs_beside_the_event_loop() -> None:
    assert anyio.run(Capacity(1, 0).run, threading.get_ident) != threading.get_ident()


@pytest.mark.parametrize("stops", [False, True])
def test_never_more_at_once_than_there_are_workers_and_every_place_comes_back(stops: bool) -> None:
    """A hundred requests of ten callers, some cancelled at any moment: no place is given twice, none is lost.

    A server that stops cancels tasks as well, and abandons their threads.
    """
    lock, at_once, most = threading.Lock(), 0, 0
    chance = random.Random(1)  # noqa: S311 - no secret

    def work() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.003)
        with lock:
            at_once -= 1

    async def ask(capacity: Capacity, number: int) -> None:
        await anyio.sleep(chance.random() / 20)
        with asking(str(number % 10)) as request:
            if chance.random() < 0.3:
                threading.Timer(chance.random() / 10, request.deadline.cancel).start()
            try:
                with anyio.move_on_after(chance.choice([0.02, 10]) if stops else 10):
                    await capacity.run(work)
            except (WorkCancelled, HTTPException):
                pass

    async def all_of_them() -> None:
        capacity = Capacity(workers=3, line=40, share=2, wait_s=0.05)
        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(ask, capacity, number)
        assert (capacity.running, capacity.waiting, capacity.taken) == (0, 0, 0)
        assert capacity.ended.total() == 100
        assert await capacity.run(lambda: "still") == "still"

    anyio.run(all_of_them)
    assert most == 3 or stops


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
        assert (capacity.ended["done"], capacity.ended["refused"]) == (3, 7)

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


def order_of(capacity: Capacity, *callers: tuple[str, int]) -> list[str]:
    """Return in which order requests are done that come in this order while the only place is taken."""
    done: list[str] = []
    go_on = threading.Event()

    async def ask(name: str, upload_bytes: int) -> None:
        with asking(name.rstrip("0123456789"), upload_bytes):
            try:
                await capacity.run(lambda: done.append(name))
            except HTTPException as error:
                done.append(f"{name} refused: {error.status_code}")

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(capacity.run, lambda: go_on.wait(10))
            await soon(lambda: capacity.running == 1)
            for number, (name, size) in enumerate(callers, 1):
                group.start_soon(ask, name, size)
                await soon(lambda n=number: capacity.waiting + len(done) >= n)
            go_on.set()

    anyio.run(main)
    return done


def test_callers_have_turns_and_of_each_the_first_comes_first() -> None:
    greedy = [(f"a{number}", 0) for number in range(1, 6)]
    assert order_of(Capacity(1, 100), *greedy, ("b1", 0), ("b2", 0), ("c1", 0)) == [
        "a1", "b1", "c1", "a2", "b2", "a3", "a4", "a5",
    ]  # fmt: skip


def test_who_fills_the_line_makes_room_for_others_and_not_for_more_of_their_own() -> None:
    greedy = [(f"a{number}", 0) for number in range(1, 4)]
    assert order_of(Capacity(1, 3), *greedy, ("a4", 0), ("b1", 0), ("c1", 0), ("b2", 0)) == [
        "a4 refused: 503", "a3 refused: 503", "a2 refused: 503", "b2 refused: 503", "a1", "b1", "c1",
    ]  # fmt: skip


def test_large_uploads_fill_the_line_by_their_size() -> None:
    found = order_of(Capacity(1, 10), ("a1", 7_000_000), ("b1", 2_000_000), ("c1", 3_500_000), ("c2", 900_000))
    assert found == ["a1 refused: 503", "b1", "c1", "c2"]


def test_a_caller_leaves_a_place_to_others() -> None:
    """One caller's work that never ends holds all places but one."""
    go_on = threading.Event()

    async def ask(capacity: Capacity, caller: str, work: Callable[[], Any]) -> None:
        with asking(caller):
            await capacity.run(work)

    async def main() -> None:
        capacity = Capacity(3, 100, share=2)
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(ask, capacity, "greedy", lambda: go_on.wait(10))
            await soon(lambda: capacity.taken == 10)
            assert capacity.running == 2
            await ask(capacity, "other", lambda: None)
            go_on.set()

    anyio.run(main)


def test_who_hangs_up_leaves_the_line_at_once_and_work_that_runs_ends_at_its_next_check() -> None:
    ended: list[str] = []

    def endless() -> None:
        while True:
            time.sleep(0.005)
            deadline.check()

    async def ask(capacity: Capacity, request: InFlight, name: str) -> None:
        in_flight.current.set(request)
        with limit(request.deadline):
            try:
                await capacity.run(endless)
            except WorkCancelled:
                ended.append(name)

    async def main() -> None:
        capacity = Capacity(1, 100)
        running, waiting = InFlight("a"), InFlight("a")
        async with anyio.create_task_group() as group:
            group.start_soon(ask, capacity, running, "running")
            await soon(lambda: capacity.running == 1)
            group.start_soon(ask, capacity, waiting, "waiting")
            await soon(lambda: capacity.waiting == 1)
            waiting.deadline.cancel()
            await soon(lambda: capacity.waiting == 0)
            assert capacity.running == 1
            running.deadline.cancel()
        assert capacity.taken == 0
        assert capacity.ended["cancelled"] == 2

    anyio.run(main)
    assert ended == ["waiting", "running"]


def test_work_that_takes_too_long_ends_and_so_does_waiting() -> None:
    def endless() -> None:
        while True:
            time.sleep(0.005)
            deadline.check()

    async def main() -> None:
        capacity = Capacity(1, 100, wait_s=0.05, max_s=0.2)
        async with anyio.create_task_group() as group:

            async def expire() -> None:
                with pytest.raises(DeadlineExceeded):
                    await capacity.run(endless)

            group.start_soon(expire)
            await soon(lambda: capacity.running == 1)
            with pytest.raises(HTTPException) as refused:
                await capacity.run(lambda: None)
        assert refused.value.status_code == 503
        assert (capacity.ended["expired"], capacity.ended["refused"]) == (1, 1)

    anyio.run(main)


def test_when_to_come_back_follows_the_pace_of_the_line_and_differs() -> None:
    async def refused(work_s: float) -> list[int]:
        capacity = Capacity(1, 0)
        for _ in range(40):
            await capacity.run(lambda: time.sleep(work_s))
        go_on, waits_s = threading.Event(), []
        async with anyio.create_task_group() as group:
            group.start_soon(capacity.run, lambda: go_on.wait(10))
            await soon(lambda: capacity.running == 1)
            for _ in range(40):
                with pytest.raises(HTTPException) as error:
                    await capacity.run(lambda: None)
                waits_s.append(int(error.value.headers["Retry-After"]))
            go_on.set()
        return waits_s

    quick = anyio.run(refused, 0.0)
    assert set(quick) == {2}  # 1 to 2 s, rounded up: there is no shorter one
    capacity = Capacity(1, 0)
    capacity._mean_s = 20.0
    slow = {int(capacity._busy().headers["Retry-After"]) for _ in range(200)}
    assert 20 <= min(slow) < max(slow) <= 40
    assert len(slow) > 10


def test_work_moves_to_the_line_of_its_kind_and_is_begun_anew_there() -> None:
    begun: list[tuple[float, bool]] = []

    def work(duration_s: float, words: bool) -> str:
        begun.append((duration_s, words))
        check_kind(duration_s, words=words)
        return "done"

    async def main() -> None:
        capacity = kinds()
        for duration_s, words in ((1.0, False), (LONG_S + 1, False), (1.0, True)):
            assert await capacity.run(lambda d=duration_s, w=words: work(d, w)) == "done"
        assert await capacity.run(lambda: work(1.0, True), "words") == "done"
        assert {kind: one.ended["done"] for kind, one in capacity.kinds.items()} == {"short": 1, "long": 1, "words": 2}
        assert capacity.kinds["short"].ended["moved"] == 2

    anyio.run(main)
    assert len(begun) == 1 + 2 + 2 + 1
    work(10 * LONG_S, True)  # outside of all lines, in a job, nothing moves


def test_the_machine_decides_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    found = AnalysisCapacity.of(Settings.load(waiting_mb=100, analysis_max_s=7)).kinds
    assert {kind: (one.workers, one.share) for kind, one in found.items()} == {
        "short": (10, 9), "long": (4, 3), "words": (4, 3),
    }  # fmt: skip
    assert {(one.line, one.max_s) for one in found.values()} == {(100, 7)}
    monkeypatch.setattr("os.cpu_count", lambda: None)
    found = AnalysisCapacity.of(Settings.load()).kinds
    assert {kind: (one.workers, one.share) for kind, one in found.items()} == {
        "short": (3, 2), "long": (1, 1), "words": (1, 1),
    }  # fmt: skip


def test_long_sounds_and_words_do_not_keep_short_ones_waiting(serving, fake, monkeypatch) -> None:
    """The long line is stuck, and so is that of words: a short sound is answered at once."""
    monkeypatch.setattr(module, "LONG_S", 0.5)
    go_on, stuck = threading.Event(), []

    def work(_: bytes) -> None:
        stuck.append(1)
        assert go_on.wait(10)

    slow = fake(work=work)
    with serving(slow) as client, ThreadPoolExecutor(8) as pool:

        def send(path: str) -> httpx.Response:
            files = {"file": ("a.wav", b"RIFF" * 9000)}
            return httpx.post(f"{client.base_url}{path}", files=files, trust_env=False)

        waiting = [pool.submit(send, path) for path in ("/predict", "/process_audio") * 3]
        until(lambda: len(stuck) >= 2)
        object.__setattr__(slow, "work", lambda _: None)
        start = time.perf_counter()
        monkeypatch.setattr(module, "LONG_S", 60.0)
        assert client.post("/predict", files={"file": ("a.wav", b"RIFF")}).status_code == 200
        assert time.perf_counter() - start < 2
        go_on.set()
        assert {one.result().status_code for one in waiting} == {200}
