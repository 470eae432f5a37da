"""Threads against processes for recognition: which pool of two does more analyses of a 3.5 s clip in the same time.

Run: ``python benchmarks/workers.py``. The pools take turns of a second each, so that other load on the machine
strikes them alike; printed are medians over the rounds, and the memory of the workers.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import re
import statistics
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from sentisound.service import Analyzer
from sentisound.testing import speech_like

CLIP_S, RATE_HZ = 3.5, 16_000
POOL = 2
TURN_S = 1.0


@cache
def analyzer() -> Analyzer:
    """Return this process's analyzer."""
    return Analyzer()


def work(sound: bytes) -> tuple[str, float]:
    """Analyse a clip; return what it says and this process's resident memory in MB."""
    emotion = analyzer().analyze(sound).emotion
    status = Path("/proc/self/status").read_text()
    return emotion, int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1000  # type: ignore[index]


def turn(pool: Executor, sound: bytes) -> float:
    """Keep a pool busy for a turn; return analyses per second."""
    start, done = time.perf_counter(), 0
    while (took := time.perf_counter() - start) < TURN_S:
        wait([pool.submit(work, sound) for _ in range(2 * POOL)])
        done += 2 * POOL
    return done / took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    rounds = parser.parse_args().rounds
    buffer = io.BytesIO()
    soundfile.write(buffer, speech_like(CLIP_S, RATE_HZ, np.random.default_rng(0)), RATE_HZ, format="WAV")
    sound = buffer.getvalue()
    context = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(1) as one,
        ThreadPoolExecutor(POOL) as threads,
        ProcessPoolExecutor(POOL, mp_context=context) as processes,
    ):
        pools: dict[str, Executor] = {"1 thread": one, f"{POOL} threads": threads, f"{POOL} processes": processes}
        for pool in pools.values():
            turn(pool, sound)
        rates = {name: [] for name in pools}
        for _ in range(rounds):
            for name, pool in pools.items():
                rates[name].append(turn(pool, sound))
        for name, pool in pools.items():
            memory_mb = work_memory(pool, sound)
            print(f"  {name:<12} {statistics.median(rates[name]):6.1f}/s   {memory_mb:.0f} MB a process")


def work_memory(pool: Executor, sound: bytes) -> float:
    """Return the resident memory of a process of the pool in MB."""
    run: Callable[[bytes], tuple[str, float]] = work
    return pool.submit(run, sound).result()[1]


if __name__ == "__main__":
    main()
