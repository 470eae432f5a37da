"""Workers do what they are sent, die without harm, and are gone when the process that they work for is."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sentisound.deadline import Deadline, limit
from sentisound.errors import DeadlineExceeded, MemoryLimitExceeded, SoundNotKept, WorkCancelled, WorkerDied
from sentisound.workers import Here, Processes, Workers

PROMPT_S = 2.0
"""Far below the minute that the work would take, and far above the 0.2 s that ending it takes."""


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes(2) as some:
        yield some


def double(number: int) -> int:
    return 2 * number


def fail(message: str) -> None:
    raise SoundNotKept(message)


def die_once(note: Path) -> str:
    """Die the first time; ``note`` remembers."""
    if note.exists():
        return "alive"
    note.touch()
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def die() -> None:
    os._exit(3)


def told(number: int) -> str:
    """Return who is still here after a signal that was meant for the server."""
    os.kill(os.getpid(), number)
    return "here"


@pytest.mark.parametrize("kind", ["here", "processes"])
def test_what_a_function_returns_and_raises_comes_back(kind: str, processes: Processes) -> None:
    workers: Workers = Here() if kind == "here" else processes
    assert workers.run(double, 21) == 42
    with pytest.raises(SoundNotKept, match="the sound of an_1"):
        workers.run(fail, "the sound of an_1")


def test_work_is_done_elsewhere_and_beside_other_work(processes: Processes) -> None:
    with ThreadPoolExecutor(2) as threads:
        start = time.perf_counter()
        list(threads.map(lambda _: processes.run(time.sleep, 0.5), range(2)))
        assert time.perf_counter() - start < 0.95
    assert processes.run(os.getpid) != os.getpid()


def test_a_process_that_dies_is_replaced_and_its_work_done_again(processes: Processes, tmp_path: Path) -> None:
    assert processes.run(die_once, tmp_path / "note") == "alive"


def test_work_that_kills_every_process_is_an_error_and_costs_the_others_nothing(processes: Processes) -> None:
    with pytest.raises(WorkerDied, match="died at this work, and again"):
        processes.run(die)
    assert processes.run(double, 4) == 8


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_is_for_the_server(processes: Processes, number: signal.Signals) -> None:
    assert processes.run(told, number) == "here"


def slow_then(number: int, seconds: float) -> int:
    time.sleep(seconds)
    return number


def busy(seconds: float) -> None:
    """Keep the interpreter busy, so that no thread of the process has a say."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def take(bytes_wanted: int) -> int:
    """Take memory and touch it; return how much there was."""
    return len(bytearray(os.urandom(1)) * bytes_wanted)


def take_in_numpy(bytes_wanted: int) -> int:
    try:
        return int(np.ones(bytes_wanted, np.uint8).size)
    except MemoryError as error:  # how a library tells of it in its own words
        raise RuntimeError("std::bad_alloc in the graph") from error


def copied(words: str, source: int, target: int) -> int:
    """Copy from one file to the other, and return the number that the other has here."""
    os.pwrite(target, words.encode() + os.pread(source, 100, 0), 0)
    return target


def unpicklable() -> None:
    error = ValueError("holds what cannot be sent")
    error.lock = threading.Lock()  # type: ignore[attr-defined]
    raise error


def answer_that_cannot_be_sent() -> object:
    return threading.Lock()


@pytest.mark.parametrize("work", [time.sleep, busy])
def test_work_whose_deadline_passes_ends_with_its_process(processes: Processes, work: Callable[[float], None]) -> None:
    start = time.monotonic()
    with limit(Deadline(0.2)), pytest.raises(DeadlineExceeded):
        processes.run(work, 60)
    assert time.monotonic() - start < PROMPT_S
    assert processes.run(double, 2) == 4


def test_work_that_nobody_waits_for_ends(processes: Processes) -> None:
    deadline = Deadline()
    threading.Timer(0.2, deadline.cancel).start()
    start = time.monotonic()
    with limit(deadline), pytest.raises(WorkCancelled):
        processes.run(busy, 60)
    assert time.monotonic() - start < PROMPT_S
    assert processes.run(double, 2) == 4


def test_what_is_killed_costs_its_neighbour_nothing() -> None:
    with Processes(2) as pool, ThreadPoolExecutor(1) as thread:
        neighbour = thread.submit(pool.run, slow_then, 3, 1.5)
        time.sleep(0.5)
        with limit(Deadline(0.2)), pytest.raises(DeadlineExceeded):
            pool.run(busy, 60)
        assert neighbour.result() == 3


def test_a_process_that_is_done_a_moment_late_is_kept() -> None:
    with Processes(1) as pool:
        before = pool.run(os.getpid)
        with limit(Deadline(0.2)), pytest.raises(DeadlineExceeded):
            pool.run(slow_then, 3, 0.22)
        after = pool.run(os.getpid)
    assert before == after or not _runs(before)  # a slow machine may have been too late to see it done


def test_who_waits_for_a_process_waits_no_longer_than_it_may() -> None:
    with Processes(1) as pool, ThreadPoolExecutor(1) as thread:
        first = thread.submit(pool.run, slow_then, 3, 3.0)
        time.sleep(0.5)
        start = time.monotonic()
        with limit(Deadline(0.2)), pytest.raises(DeadlineExceeded):
            pool.run(double, 2)
        assert time.monotonic() - start < PROMPT_S
        assert first.result() == 3


def test_processes_are_given_in_the_order_of_asking() -> None:
    order: list[int] = []
    with Processes(1) as pool, ThreadPoolExecutor(9) as threads:
        first = threads.submit(pool.run, slow_then, 0, 0.8)
        time.sleep(0.3)
        for number in range(8):
            threads.submit(lambda number=number: order.append(pool.run(double, number)))
            time.sleep(0.03)
        first.result()
    assert order == [0, 2, 4, 6, 8, 10, 12, 14]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is limited on Linux")
@pytest.mark.parametrize("taker", [take, take_in_numpy])
def test_work_that_takes_too_much_memory_is_an_error(taker: Callable[[int], int]) -> None:
    with Processes(1, memory_bytes=400_000_000) as pool:
        assert pool.run(taker, 30_000_000) == 30_000_000
        with pytest.raises(MemoryLimitExceeded, match="more than the 400 MB"):
            pool.run(taker, 2_000_000_000)
        assert pool.run(taker, 30_000_000) == 30_000_000


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is limited on Linux")
def test_limited_workers_are_others_and_end_with_these() -> None:
    with Processes(1) as pool:
        limited = pool.limited(400_000_000)
        assert limited is pool.limited(400_000_000)
        assert limited is not pool.limited(400_000_000, "something else")
        assert limited.run(os.getpid) != pool.run(os.getpid)
        with pytest.raises(MemoryLimitExceeded):
            limited.run(take, 1_000_000_000)
        assert pool.run(take, 600_000_000) == 600_000_000
    with pytest.raises(WorkCancelled):
        limited.run(double, 1)
    assert Here().limited(1).run(double, 1) == 2


@pytest.mark.parametrize("kind", ["here", "processes"])
def test_files_go_along_with_work_and_are_closed_behind_it(kind: str, processes: Processes, tmp_path: Path) -> None:
    workers: Workers = Here() if kind == "here" else processes
    with (tmp_path / "read").open("wb+") as source, (tmp_path / "written").open("wb+") as target:
        source.write(b"sound")
        source.seek(0)
        numbers = {workers.run(copied, "of ", files=(source.fileno(), target.fileno())) for _ in range(3)}
        assert len(numbers) == 1  # it would grow if any stayed open
        assert os.pread(target.fileno(), 100, 0) == b"of sound"


@pytest.mark.parametrize("asked", [unpicklable, answer_that_cannot_be_sent])
def test_what_cannot_be_sent_is_an_error_and_not_a_death(processes: Processes, asked: Callable[[], object]) -> None:
    with pytest.raises((RuntimeError, TypeError), match="cannot"):
        processes.run(asked)


def test_an_error_that_nobody_expects_tells_where_it_was_raised(processes: Processes) -> None:
    with pytest.raises(TypeError) as raised:
        processes.run(double, object())
    assert "return 2 * number" in "".join(raised.value.__notes__)


def test_idle_processes_that_die_are_not_noticed() -> None:
    with Processes(3) as pool, ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: pool.run(time.sleep, 0.3), range(3)))
        for process in list(pool._idle):
            process.kill()
        time.sleep(0.2)
        assert pool.run(double, 4) == 8


def test_closing_does_not_wait_for_work_without_an_end() -> None:
    pool = Processes(1)
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(pool.run, busy, 60)
        time.sleep(0.5)
        waiting = threads.submit(pool.run, double, 2)
        time.sleep(0.1)
        start = time.monotonic()
        pool.close(grace_s=0.3)
        for one in (running, waiting):
            with pytest.raises(WorkCancelled, match="stops"):
                one.result()
        assert time.monotonic() - start < PROMPT_S
    with pytest.raises(WorkCancelled):
        pool.run(double, 2)


def test_closing_lets_work_be_done() -> None:
    pool = Processes(1)
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(pool.run, slow_then, 5, 0.6)
        time.sleep(0.3)
        pool.close()
        assert running.result() == 5


def test_nothing_of_a_pool_stays() -> None:
    with Processes(2) as warm:
        warm.run(double, 1)  # the process that forks the others stays
    before, children = _descriptors(), len(multiprocessing.active_children())
    for _ in range(3):
        with Processes(2) as pool, ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda _: pool.run(time.sleep, 0.2), range(2)))
            with limit(Deadline(0.05)), pytest.raises(DeadlineExceeded):
                pool.run(busy, 60)
            with pytest.raises(WorkerDied):
                pool.run(die)
    assert _descriptors() <= before
    assert len(multiprocessing.active_children()) <= children


def _descriptors() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208


SCRIPT = """
import os, sys, time
from sentisound.workers import Processes
if __name__ == "__main__":
    workers = Processes(1)
    print(workers.run(os.getpid), flush=True)
    time.sleep(60)
"""


def test_workers_of_a_killed_process_end(tmp_path: Path) -> None:
    script = tmp_path / "main.py"
    script.write_text(SCRIPT)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        assert Path(f"/proc/{worker}").exists()
        process.kill()
    until = time.monotonic() + 10
    while _runs(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(worker)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
