"""Time stretch: the same voice, slower or faster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.transform import check_within
from sentisound.learning.augmentation.wsola import stretched


@dataclass(frozen=True, slots=True)
class TimeStretch:
    """Another tempo at the same pitch."""

    min_tempo: float = 0.85
    max_tempo: float = 1.15
    """1 is unchanged, 2 twice as fast and half as long."""

    def __post_init__(self) -> None:
        check_within(self, 0.25, 4, "min_tempo", "max_tempo")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return ``round(n / tempo)`` samples, one at least."""
        tempo = rng.uniform(self.min_tempo, self.max_tempo)
        return stretched(signal, max(1, round(len(signal) / tempo)), sampling_rate)
