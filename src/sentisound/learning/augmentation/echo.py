"""Echo: a large empty room, a staircase, a loudspeaker call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import rms, with_rms
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class Echo:
    """Quieter repetitions after a drawn delay; the level of the whole stays."""

    min_delay_s: float = 0.08
    max_delay_s: float = 0.3
    min_level_db: float = -18.0
    max_level_db: float = -8.0
    """Of each repetition, relative to the one before."""
    repeats: int = 3

    def __post_init__(self) -> None:
        check_within(self, 0.001, 5, "min_delay_s", "max_delay_s")
        check_within(self, -60, 0, "min_level_db", "max_level_db")
        check_within(self, 1, 20, "repeats")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return as many samples as came in; the echo of the end is cut."""
        delay = max(1, round(rng.uniform(self.min_delay_s, self.max_delay_s) * sampling_rate))
        decay = 10 ** (rng.uniform(self.min_level_db, self.max_level_db) / 20)
        heard = signal.copy()
        for repeat in range(1, self.repeats + 1):
            late = signal[: max(0, len(signal) - repeat * delay)]
            heard[len(signal) - len(late) :] += np.float32(decay**repeat) * late
        return with_rms(heard, rms(signal))
