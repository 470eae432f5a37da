"""Which speech is missed and which sound is taken for speech, by both detectors, on recordings put together of RAVDESS.

Run: ``python benchmarks/detection.py CORPORA`` (some two minutes), CORPORA being the folder that holds ``ravdess``.

A recording is 135 utterances of any speakers and emotions one behind the other, as they are: their own pauses, their
own levels, shouting beside whispering. Where an utterance lies is told by the level of the clip alone, in its studio's
silence. Missed is one of which less than 30 % was found; false is what was found in the pauses, as a share of them. The
same recordings are measured 50 dB softer with faint noise, with hum, and with noise at 10 dB; then sounds without any
speech.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentisound.audio.activity import EnergyVad, Vad, vad
from sentisound.audio.decode import decode, from_array
from sentisound.audio.waveform import Samples, Span, Waveform

RATE_HZ = 16_000
UTTERANCES = 135
SEEDS = (0, 1, 2)
FOUND = 0.3
"""Share of an utterance that has to be found."""
EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
DETECTORS = ("energy", "silero")


@dataclass(frozen=True, slots=True)
class Recording:
    """Utterances one behind the other."""

    samples: Samples
    said: tuple[tuple[str, Span], ...]
    """Emotion and place of each."""


def recording(files: list[Path], seed: int) -> Recording:
    """Put a recording together."""
    pieces: list[Samples] = []
    said: list[tuple[str, Span]] = []
    start_s = 0.0
    for file in random.Random(seed).sample(files, UTTERANCES):  # noqa: S311 - not for secrets
        clip = decode(file)
        regions = EnergyVad().regions(clip)
        if regions:
            place = Span(start_s + regions[0].start_s, start_s + regions[-1].end_s)
            said.append((EMOTIONS[int(file.stem.split("-")[2]) - 1], place))
        pieces.append(clip.samples)
        start_s += clip.duration_s
    return Recording(np.concatenate(pieces), tuple(said))


def conditions(samples: Samples, seed: int) -> Iterator[tuple[str, Samples]]:
    """Yield a recording as it is and worse."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(len(samples)).astype(np.float32)
    time_s = np.arange(len(samples)) / RATE_HZ
    hum = np.sin(2 * np.pi * 50 * time_s) + 0.5 * np.sin(2 * np.pi * 150 * time_s)
    level = float(np.sqrt(np.mean(samples**2)))
    yield "as it is", samples
    yield "50 dB softer, faint noise", samples * 0.003 + noise * 2e-5
    yield "hum as loud as the speech", (samples + hum * level).astype(np.float32)
    yield "white noise at 10 dB", samples + noise * level * 10**-0.5


def overlap_s(regions: tuple[Span, ...], place: Span) -> float:
    """Return the seconds of a place that lie within regions."""
    return sum(max(0.0, min(one.end_s, place.end_s) - max(one.start_s, place.start_s)) for one in regions)


def others() -> Mapping[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]]:
    """Return what makes ten seconds of sounds that hold no speech."""

    def ring(_: np.random.Generator, t: np.ndarray) -> np.ndarray:
        return 0.2 * (np.sin(2 * np.pi * 440 * t) + np.sin(2 * np.pi * 480 * t)) * (t % 4 < 2)

    def music(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
        found = np.zeros_like(t)
        for start in np.arange(0, 10, 0.4):
            for pitch in rng.choice([220, 262, 330, 392, 440, 523], 3, replace=False):
                since = t - start
                found += (since >= 0) * np.exp(-3 * np.clip(since, 0, None)) * np.sin(2 * np.pi * pitch * since)
        return 0.1 * found

    def knocks(rng: np.random.Generator, t: np.ndarray) -> np.ndarray:
        since = t % 0.7
        return 0.5 * np.exp(-60 * since) * np.sin(2 * np.pi * 180 * since) + 0.001 * rng.standard_normal(len(t))

    return {
        "white noise": lambda rng, t: 0.1 * rng.standard_normal(len(t)),
        "faint noise": lambda rng, t: 0.0005 * rng.standard_normal(len(t)),
        "brown noise": lambda rng, t: 0.0003 * np.cumsum(rng.standard_normal(len(t))),
        "hum": lambda _, t: 0.1 * np.sin(2 * np.pi * 50 * t) + 0.05 * np.sin(2 * np.pi * 150 * t),
        "ring": ring,
        "music": music,
        "knocks": knocks,
        "beeps": lambda _, t: 0.3 * np.sin(2 * np.pi * 1000 * t) * (t % 1 < 0.5),
        "siren": lambda _, t: 0.3 * np.sin(2 * np.pi * (800 * t + 60 * np.sin(2 * np.pi * 0.5 * t))),
        "clicks": lambda rng, t: (rng.random(len(t)) < 2e-4) * 0.8,
    }


def measure(files: list[Path], name: str) -> None:
    """Print the rows of one detector."""
    detector = vad(name)
    for condition in ("as it is", "50 dB softer, faint noise", "hum as loud as the speech", "white noise at 10 dB"):
        missed: Counter[str] = Counter()
        utterances, false_s, pauses_s, took_s, whole_s = 0, 0.0, 0.0, 0.0, 0.0
        for seed in SEEDS:
            made = recording(files, seed)
            wave = from_array(dict(conditions(made.samples, seed))[condition], RATE_HZ)
            began = time.perf_counter()
            regions = detector.regions(wave)
            took_s += time.perf_counter() - began
            whole_s += wave.duration_s
            inside_s = sum(overlap_s(regions, place) for _, place in made.said)
            false_s += sum(one.duration_s for one in regions) - inside_s
            pauses_s += wave.duration_s - sum(place.duration_s for _, place in made.said)
            utterances += len(made.said)
            missed.update(
                emotion for emotion, place in made.said if overlap_s(regions, place) < FOUND * place.duration_s
            )
        by_emotion = ", ".join(f"{emotion} {count}" for emotion, count in missed.most_common())
        print(
            f"{name:<8}{condition:<28}missed {missed.total():>3} of {utterances}   false {false_s / pauses_s:6.1%}   "
            f"{took_s / whole_s:.2%} of real time   {by_emotion}"
        )
    print(f"{name:<8}{_false_kinds(detector)}")


def _false_kinds(detector: Vad) -> str:
    """Say in how many of ten sounds of each kind speech was found."""
    time_s = np.arange(10 * RATE_HZ) / RATE_HZ
    found: dict[str, int] = {}
    for kind, make in others().items():
        waves: list[Waveform] = [from_array(make(np.random.default_rng(seed), time_s), RATE_HZ) for seed in range(10)]
        found[kind] = sum(bool(detector.regions(wave)) for wave in waves)
    return "taken for speech, of 10: " + ", ".join(f"{kind} {count}" for kind, count in found.items())


def main() -> None:
    """Measure both detectors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, help="the folder that holds ravdess")
    files = sorted(parser.parse_args().corpora.glob("ravdess/Actor_*/*.*"))
    for name in DETECTORS:
        measure(files, name)


if __name__ == "__main__":
    main()
