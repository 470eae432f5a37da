"""Threads against processes for recognition: which does more analyses of a 3.5 s clip in the same time.

Run: ``python benchmarks/workers.py``. The server's two ways (``SENTISOUND_WORKERS=0``, and processes that recognise for
its threads) and a single thread take turns of a second each, so that other load on the machine strikes them alike;
printed are medians over the rounds. BLAS is held to one thread, as the command line does.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor, wait

from sentisound.cli import one_thread_for_algebra

one_thread_for_algebra()  # before numpy is imported

import numpy as np
import soundfile

from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.testing import speech_like
from sentisound.workers import Processes

CLIP_S, RATE_HZ = 3.5, 16_000
POOL = os.cpu_count() or 1
TURN_S = 1.0


def turn(threads: ThreadPoolExecutor, analyzer: Analyzer, sound: bytes, at_once: int) -> float:
    """Keep an analyzer busy for a turn; return analyses per second."""
    start, done = time.perf_counter(), 0
    while (took := time.perf_counter() - start) < TURN_S:
        wait([threads.submit(analyzer.analyze, sound) for _ in range(4 * at_once)])
        done += 4 * at_once
    return done / took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    rounds = parser.parse_args().rounds
    buffer = io.BytesIO()
    soundfile.write(buffer, speech_like(CLIP_S, RATE_HZ, np.random.default_rng(0)), RATE_HZ, format="WAV")
    sound = buffer.getvalue()
    with Processes(POOL) as processes, ThreadPoolExecutor(1) as one, ThreadPoolExecutor(POOL) as several:
        here, apart = Analyzer(Settings()), Analyzer(Settings(), processes)
        ways = {
            "1 thread": (one, here, sound, 1),
            f"{POOL} threads": (several, here, sound, POOL),
            f"{POOL} threads, {POOL} processes that recognise": (several, apart, sound, POOL),
        }
        for way in ways.values():
            turn(*way)
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                rates[name].append(turn(*way))
    alone = statistics.median(rates["1 thread"])
    for name, found in rates.items():
        print(f"  {name:<40} {statistics.median(found):6.1f}/s   {statistics.median(found) / alone:.2f} x")


if __name__ == "__main__":
    main()
