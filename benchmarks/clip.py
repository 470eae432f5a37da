"""One 3.5 s clip through the whole house in one process, step by step, beside librosa and beside wav2vec2-base.

Run: ``python benchmarks/clip.py [--check]``. Times are medians of repeated runs after a warm-up, on one thread, in
milliseconds; the clip is synthetic speech as 16-bit wav, at 48 kHz as a phone or browser records it and at the 16 kHz
of the corpora. wav2vec2-base is the encoder that most emotion models are built on: transformers' own code with random
weights, which take the time that trained ones do, on one thread of torch; it only encodes, what is decoded.
``import sentisound`` and opening the model are timed in fresh interpreters. With ``--check`` a missed bar makes the
exit status 1.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import argparse
import io
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import soundfile as sf

import sentisound
from sentisound.testing import speech_like

MAX_IMPORT_S = 0.4
MAX_CLIP_MS = 15.0
CLIP_S, RATE_HZ, CORPORA_HZ = 3.5, 48_000, 16_000


def median_ms(step: Callable[[], object], repetitions: int = 50) -> float:
    """Return the median duration of a step in ms, after three warm-up runs."""
    for _ in range(3):
        step()
    durations = []
    for _ in range(repetitions):
        start = time.perf_counter()
        step()
        durations.append(time.perf_counter() - start)
    return 1000 * statistics.median(durations)


def fresh_s(code: str, repetitions: int = 7) -> float:
    """Return the median seconds that ``code`` takes in a fresh interpreter, without the interpreter's own start."""
    script = f"import time; t = time.perf_counter()\n{code}\nprint(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", script], check=True, capture_output=True) for _ in range(repetitions)]
    return statistics.median(float(run.stdout) for run in runs)


def librosa_decode(wav: bytes) -> Callable[[], object]:
    """Return the decoding step as librosa does it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import librosa
    return lambda: librosa.load(io.BytesIO(wav), sr=16_000)


def clip(rate_hz: int) -> bytes:
    """Return the clip as a wav file."""
    buffer = io.BytesIO()
    samples = speech_like(CLIP_S, rate_hz, np.random.default_rng(0))
    sf.write(buffer, samples, rate_hz, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def wav2vec2() -> Callable[[], object]:
    """Return one pass of wav2vec2-base, 95 million random weights, over the clip."""
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    torch.set_num_threads(1)
    model = Wav2Vec2Model(Wav2Vec2Config()).eval()
    samples = torch.zeros(1, round(CLIP_S * CORPORA_HZ)).normal_()

    def encode() -> object:
        with torch.inference_mode():
            return model(samples)

    return encode


def main() -> int:
    """Measure, print a table, and say whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 when a bar is missed")
    parser.add_argument("--model", default="default")
    arguments = parser.parse_args()

    wav, narrow = clip(RATE_HZ), clip(CORPORA_HZ)
    analyzer = sentisound.load(arguments.model)

    steps: dict[str, list[float]] = {}
    for _ in range(60):
        for step, seconds in analyzer.analyze(wav).timings_s.items():
            steps.setdefault(step, []).append(1000 * seconds)
    print(f"model {analyzer.card.id}, {CLIP_S} s clip at {RATE_HZ} Hz, one thread")
    for step, durations in steps.items():
        print(f"  {step:<12} {statistics.median(durations[5:]):8.2f} ms")
    whole = median_ms(lambda: analyzer.analyze(wav))
    quick = median_ms(lambda: analyzer.analyze(narrow))
    print(f"  {'at 16 kHz':<12} {quick:8.2f} ms")
    encoder = median_ms(wav2vec2(), repetitions=5)
    print(f"  wav2vec2-base, encoding alone: {encoder:.0f} ms, ratio {encoder / whole:.0f}")
    ours, theirs = median_ms(lambda: _decode(wav)), median_ms(librosa_decode(wav))
    speed = f"(at most {MAX_CLIP_MS:.0f}), {1000 / whole:.0f} clips a second, {whole / CLIP_S / 10:.2f} % of real time"
    print(f"  {'whole clip':<12} {whole:8.2f} ms   {speed}")
    print(f"  decode: ours {ours:.2f} ms, librosa {theirs:.2f} ms, ratio {theirs / ours:.1f}")

    import_s = fresh_s("import sentisound")
    ready_s = fresh_s("import sentisound; sentisound.load()")
    print(f"import sentisound {import_s:.3f} s (at most {MAX_IMPORT_S}); import and open the model {ready_s:.3f} s")
    return int(arguments.check and (import_s > MAX_IMPORT_S or whole > MAX_CLIP_MS))


def _decode(wav: bytes) -> object:
    from sentisound.audio.decode import decode

    return decode(wav)


if __name__ == "__main__":
    sys.exit(main())
