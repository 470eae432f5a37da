"""How fast the feature sets are, beside librosa code that computes the same numbers.

    python benchmarks/features.py [--repetitions 15] [--check]

The librosa side is what one writes from its manual: each feature from the waveform by its own call. Both sides run in
this process, on one core (the threads of BLAS, OpenMP and numba are pinned to 1 before anything is imported), on the
same synthetic 3.5 s of speech; repetitions alternate between the sides after two rounds of warm-up, in which librosa
compiles, and medians are compared. ``mfcc40`` starts from a 48 kHz 16-bit wav file, so it includes decoding and
resampling; ``statistical1020`` runs at the clip's 48 kHz, ``spectral`` on 22.05 kHz samples,
``logmel`` on 16 kHz ones. ``prosodic`` and ``wide`` have no counterpart in librosa and are timed alone.

``--check`` exits with status 1 when a ratio is below its target.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kurtosis, skew

from sentisound.audio import Origin, Waveform, decode
from sentisound.features import SETS, feature_set
from sentisound.testing import speech_like

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # librosa's imports deprecate one another
    import librosa

Samples = NDArray[np.float32]
Vector = NDArray[np.float32]

CLIP_S = 3.5
CLIP_RATE_HZ = 48_000
TARGETS = {"statistical1020": 8.0, "mfcc40": 1.5}
"""How many times faster than librosa each set must be."""


@dataclass(frozen=True)
class Contest:
    """One set, by us and by librosa."""

    name: str
    ours: Callable[[], Vector]
    theirs: Callable[[], Vector] | None = None


def waveform(samples: Samples, rate_hz: int) -> Waveform:
    """Wrap samples."""
    return Waveform(samples, rate_hz, Origin("array", "float32", rate_hz, 1))


def librosa_mfcc40(path: Path) -> Vector:
    """Compute ``mfcc40`` as the original system does."""
    y, sr = librosa.load(path, sr=22_050)
    return np.mean(librosa.feature.mfcc(y=y, sr=sr, n_mfcc=40), axis=1)


def librosa_spectral(y: Samples, sr: int) -> Vector:
    """Compute ``spectral`` with one call of librosa a feature."""
    tracks = np.vstack(
        [
            librosa.feature.mfcc(y=y, sr=sr, n_mfcc=13),
            librosa.feature.chroma_stft(y=y, sr=sr),
            librosa.feature.spectral_centroid(y=y, sr=sr),
            librosa.feature.spectral_bandwidth(y=y, sr=sr),
            librosa.feature.spectral_rolloff(y=y, sr=sr),
            librosa.feature.zero_crossing_rate(y),
            librosa.feature.rms(y=y),
        ]
    )
    return np.concatenate([tracks.mean(axis=1), tracks.std(axis=1), librosa.feature.tempo(y=y, sr=sr)])


def librosa_statistical(y: Samples, sr: int) -> Vector:
    """Compute ``statistical1020`` with one call of librosa a feature."""
    rms = librosa.feature.rms(y=y)
    time_domain = [y.mean(), y.std(), skew(y), kurtosis(y), y.max(), y.min()]
    time_domain += [librosa.feature.zero_crossing_rate(y).mean(), rms.mean(), rms.std()]
    spectral = []
    for track in (
        librosa.feature.spectral_flatness(y=y),
        librosa.feature.spectral_contrast(y=y, sr=sr),
        librosa.feature.chroma_stft(y=y, sr=sr),
    ):
        spectral += [track.mean(), track.std()]
    mfcc = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=40)
    cepstra = np.vstack([mfcc, librosa.feature.delta(mfcc), librosa.feature.delta(mfcc, order=2)])
    cepstral = [cepstra.mean(axis=1), cepstra.std(axis=1), skew(cepstra, axis=1), kurtosis(cepstra, axis=1)]
    tempo, beats = librosa.beat.beat_track(y=y, sr=sr)
    rhythm = [float(np.squeeze(tempo)), len(beats), librosa.onset.onset_strength(y=y, sr=sr).mean()]
    harmonic, percussive = librosa.effects.hpss(y)
    parts = [harmonic.mean(), harmonic.std(), percussive.mean(), percussive.std()]
    mel = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr))
    bands = [mel.mean(axis=1), mel.std(axis=1), mel.max(axis=1), mel.min(axis=1)]
    moments = [
        librosa.feature.spectral_centroid(y=y, sr=sr),
        librosa.feature.spectral_rolloff(y=y, sr=sr),
        librosa.feature.spectral_bandwidth(y=y, sr=sr),
    ]
    shape = [track.mean() for track in moments] + [track.std() for track in moments]
    return np.concatenate([time_domain, spectral, *cepstral, rhythm, parts, *bands, shape]).astype(np.float32)


def librosa_logmel(y: Samples, sr: int) -> NDArray[np.float32]:
    """Compute ``logmel``."""
    mel = librosa.feature.melspectrogram(
        y=y, sr=sr, n_fft=512, win_length=400, hop_length=160, n_mels=64, fmin=20, fmax=sr / 2
    )
    frames = np.log(np.maximum(mel.T, 1e-10))
    return frames - frames.mean(axis=0)


def contests(folder: Path) -> list[Contest]:
    """Return every set of the registry, with its counterpart where librosa has one; writes a clip to ``folder``."""
    import soundfile

    clip = speech_like(CLIP_S, CLIP_RATE_HZ, np.random.default_rng(0))
    path = folder / "clip.wav"
    soundfile.write(path, clip, CLIP_RATE_HZ, subtype="PCM_16")
    mfcc40, full = feature_set("mfcc40"), feature_set("statistical1020", {"rate_hz": CLIP_RATE_HZ})
    spectral = feature_set("spectral")
    slow = librosa.resample(clip, orig_sr=CLIP_RATE_HZ, target_sr=spectral.rate_hz)
    speech = waveform(librosa.resample(clip, orig_sr=CLIP_RATE_HZ, target_sr=16_000), 16_000)
    paired = [
        Contest(
            "mfcc40",
            lambda: mfcc40.extract(decode(path, rate_hz=mfcc40.rate_hz)),
            lambda: librosa_mfcc40(path),
        ),
        Contest(
            "spectral",
            lambda: spectral.extract(waveform(slow, spectral.rate_hz)),
            lambda: librosa_spectral(slow, spectral.rate_hz),
        ),
        Contest(
            "statistical1020",
            lambda: full.extract(waveform(clip, CLIP_RATE_HZ)),
            lambda: librosa_statistical(clip, CLIP_RATE_HZ),
        ),
    ]
    logmel = feature_set("logmel")
    paired.append(Contest("logmel", lambda: logmel.extract(speech), lambda: librosa_logmel(speech.samples, 16_000)))
    alone = [feature_set(name) for name in SETS if name not in {contest.name for contest in paired}]
    return paired + [Contest(features.name, lambda features=features: features.extract(speech)) for features in alone]


def timed_ms(work: Callable[[], Vector]) -> float:
    """Run once; return milliseconds."""
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def medians_ms(contest: Contest, repetitions: int, warm_up: int = 2) -> list[float]:
    """Return the median time of each side, in milliseconds; the sides take turns."""
    sides = [contest.ours] + ([contest.theirs] if contest.theirs else [])
    rounds = [[timed_ms(side) for side in sides] for _ in range(warm_up + repetitions)]
    return [statistics.median(times) for times in zip(*rounds[warm_up:], strict=True)]


def main() -> int:
    """Print the table; return 1 when a target is missed and ``--check`` is given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    options = parser.parse_args()
    missed = []
    print(f"{'set':<17}{'ours ms':>9}{'librosa ms':>12}{'ratio':>8}{'target':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for contest in contests(Path(folder)):
            ours, *theirs = medians_ms(contest, options.repetitions)
            target = TARGETS.get(contest.name)
            ratio = theirs[0] / ours if theirs else None
            print(
                f"{contest.name:<17}{ours:>9.2f}{f'{theirs[0]:.2f}' if theirs else '-':>12}"
                f"{f'{ratio:.1f}' if ratio else '-':>8}{f'{target:g}' if target else '-':>8}"
            )
            if target and (ratio or 0) < target:
                missed.append(contest.name)
    if missed:
        print(f"below target: {', '.join(missed)}", file=sys.stderr)
    return int(bool(missed) and options.check)


if __name__ == "__main__":
    sys.exit(main())
