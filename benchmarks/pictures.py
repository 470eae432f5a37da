"""How long each picture and the report of a 3.5 s clip take: the first in a fresh interpreter, and once warm.

Run: ``python benchmarks/pictures.py``. Medians in milliseconds, on one thread; synthetic speech.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import sentisound
from sentisound.insight.album import Album
from sentisound.insight.charts import CHARTS, draw
from sentisound.insight.exhibit import Exhibit
from sentisound.insight.report import report
from sentisound.testing import speech_like

CLIP_S, RATE_HZ = 3.5, 16_000


def exhibit() -> Exhibit:
    """Analyse the clip with the default model."""
    sounds: list = []
    analyzer = sentisound.load()
    samples = speech_like(CLIP_S, RATE_HZ, np.random.default_rng(0))
    analysis = analyzer.analyze(samples, rate_hz=RATE_HZ, name="clip.wav", heard=sounds.append)
    return Exhibit(analysis, sounds[0], analyzer.card, "0" * 64)


def warm_ms(step: Callable[[], object], repetitions: int) -> float:
    """Return the median duration of a step in ms, after two warm-up runs."""
    durations = []
    for _ in range(repetitions + 2):
        start = time.perf_counter()
        step()
        durations.append(time.perf_counter() - start)
    return 1000 * statistics.median(durations[2:])


def cold_ms(what: str) -> float:
    """Return how long the first of its kind takes in a fresh interpreter, loading what draws included."""
    run = subprocess.run([sys.executable, __file__, "--cold", what], check=True, capture_output=True, text=True)
    return float(run.stdout)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--cold", help="for the script itself: draw this once and print the milliseconds")
    arguments = parser.parse_args()
    shown = exhibit()
    steps: dict[str, Callable[[], object]] = {name: (lambda name=name: draw(name, shown)) for name in CHARTS}
    steps["report"] = lambda: report(shown)
    if arguments.cold:
        start = time.perf_counter()
        steps[arguments.cold]()
        print(1000 * (time.perf_counter() - start))
        return
    for name, step in steps.items():
        print(f"  {name:<12} cold {cold_ms(name):7.0f} ms   warm {warm_ms(step, arguments.repetitions):7.1f} ms")
    with tempfile.TemporaryDirectory() as folder:
        album = Album(Path(folder), 3600)
        print(f"  {'keep':<12} {'':>16}   warm {warm_ms(lambda: album.keep(shown), 100):7.1f} ms  (what /predict pays)")


if __name__ == "__main__":
    main()
