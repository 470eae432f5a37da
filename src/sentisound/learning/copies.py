"""Noisy copies of clips, made before the split: the leak behind some published figures, so that it can be measured.

A copy that is learned from while its original is tested makes the test a test of memory. The audit names it, and only
protocols that are marked speaker-dependent take a recipe that asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sentisound.audio.waveform import Waveform
from sentisound.corpora.corpus import Utterance

SNR_DB = 30.0
"""A little noise: audible in pauses, and no harder to recognise."""
MARK = "~copy"


def with_copies(clips: Sequence[Utterance], copies: int) -> list[Utterance]:
    """Return the clips, each followed by its copies: the same file under the name ``NAME~copyN``."""
    numbers = range(1, copies + 1)
    return [one for clip in clips for one in (clip, *(replace(clip, name=f"{clip.name}{MARK}{n}") for n in numbers))]


def copy_number(clip: Utterance) -> int:
    """Return which copy an utterance is; 0 for an original."""
    _, _, number = clip.name.rpartition(MARK)
    return int(number) if MARK in clip.name and number.isdecimal() else 0


def noisy(waveform: Waveform, rng: np.random.Generator) -> Waveform:
    """Return the sound with white noise ``SNR_DB`` below its level."""
    rms = float(np.sqrt(np.mean(np.square(waveform.samples, dtype=np.float64))))
    noise = rms * 10 ** (-SNR_DB / 20) * rng.standard_normal(len(waveform.samples))
    return replace(waveform, samples=(waveform.samples + noise).astype(np.float32))
