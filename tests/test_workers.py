"""Workers do what they are sent, die without harm, and are gone when the process that they work for is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sentisound.errors import SoundNotKept, WorkerDied
from sentisound.workers import Here, Processes, Workers


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
