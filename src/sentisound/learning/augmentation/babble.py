"""Babble: other people who talk in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import at_snr, with_rms
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class Babble:
    """Several other voices at once, a drawn number of dB below the sound."""

    min_snr_db: float = 10.0
    max_snr_db: float = 30.0
    min_voices: int = 3
    max_voices: int = 7
    others: tuple[Samples, ...] = field(default=(), repr=False, compare=False)
    """Clips to take the voices from, at the signal's rate. Without any they are stretches of the signal itself, played
    backwards: speech-like, and of nobody who must not be heard on this side of a split."""

    def __post_init__(self) -> None:
        check_within(self, -20, 100, "min_snr_db", "max_snr_db")
        check_within(self, 1, 50, "min_voices", "max_voices")

    def among(self, others: Sequence[Samples]) -> Babble:
        """Return the same transform with these clips as the voices; empty ones are left out."""
        return replace(self, others=tuple(clip for clip in others if len(clip)))

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:  # noqa: ARG002 - shared
        """Return the signal among voices of equal loudness; silence stays silence."""
        snr_db = rng.uniform(self.min_snr_db, self.max_snr_db)
        clips = self.others or (signal[::-1],)
        chosen = rng.integers(len(clips), size=rng.integers(self.min_voices, self.max_voices, endpoint=True))
        voices = [with_rms(_stretch(clips[index], len(signal), rng), 1.0) for index in chosen]
        return at_snr(signal, np.sum(voices, axis=0, dtype=np.float32), snr_db)


def _stretch(clip: Samples, length: int, rng: np.random.Generator) -> Samples:
    """Return so many samples from a drawn place of a clip, going round where it ends."""
    return np.resize(np.roll(clip, rng.integers(len(clip))), length)
