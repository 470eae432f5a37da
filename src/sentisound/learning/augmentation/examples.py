"""Examples: files that let one hear what a learner hears of an augmented clip."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.errors import RecipeError, SettingsError
from sentisound.learning.augmentation.chain import Step, waveform_chain
from sentisound.learning.augmentation.registry import WAVEFORM_TRANSFORMS


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to each sound."""

    label: str
    """By which its files are named."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One file to be written."""

    path: Path
    plan: Plan
    seed: tuple[int, ...]


def each_alone() -> tuple[Plan, ...]:
    """Return a plan for each transform on waveforms, with its default parameters."""
    return tuple(Plan(name, (Step(name),)) for name in WAVEFORM_TRANSFORMS)


def together(steps: Sequence[Step], label: str = "") -> tuple[Plan, ...]:
    """Return the one plan of these steps, named by them unless said otherwise.

    Raises
    ------
    RecipeError
        When there are no steps, or one names what is not there or has parameters that cannot be used.
    """
    if not steps:
        raise RecipeError(f"{label} has no transforms to hear: list them as `waveform` in [augmentation]")
    waveform_chain(steps)
    return (Plan(label or "+".join(step.name for step in steps), tuple(steps)),)


def examples_of(name: Path, plans: Sequence[Plan], out: Path, copies: int, seed: int) -> list[Example]:
    """Return what is written of one sound: ``out/NAME-LABEL.wav``, numbered from 1 where there are several copies.

    Parameters
    ----------
    name
        The sound's path below the folder given; its folders are kept.
    plans
        Each gives ``copies`` files.
    out
        Folder of all files.
    copies
        Number of differently drawn copies.
    seed
        With the name, the label and the number it decides what is drawn: another file more changes no other.
    """
    made = []
    for plan in plans:
        for number in range(1, copies + 1):
            ending = f"-{number}" if copies > 1 else ""
            drawn = (seed, zlib.crc32(str(name).encode(errors="surrogateescape")), zlib.crc32(plan.label.encode()))
            path = out / name.parent / f"{name.stem}-{plan.label}{ending}.wav"
            made.append(Example(path, plan, (*drawn, number)))
    return made


def augmented(signal: Samples, example: Example, others: Sequence[Samples]) -> Samples:
    """Return what is heard in an example, at the analysis rate.

    Parameters
    ----------
    signal
        Shape (n,), at the analysis rate.
    example
        From ``examples_of``.
    others
        Clips that babble is mixed from.
    """
    chain = waveform_chain(example.plan.steps, others)
    return chain.apply(signal, RATE_HZ, np.random.default_rng(example.seed))


def write_wav(path: Path, signal: Samples) -> None:
    """Write 16-bit samples at the analysis rate; what passes full scale is turned down rather than clipped.

    Raises
    ------
    SettingsError
        When the file cannot be written.
    """
    loudest = float(np.max(np.abs(signal), initial=1.0))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, signal / np.float32(loudest), RATE_HZ, subtype="PCM_16", format="WAV")
    except (OSError, soundfile.LibsndfileError) as error:
        raise SettingsError(f"{str(path)!r} cannot be written: {error}") from None
