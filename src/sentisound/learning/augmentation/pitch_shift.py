"""Pitch shift: the same words at the same tempo, higher or lower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import played
from sentisound.learning.augmentation.transform import check_within
from sentisound.learning.augmentation.wsola import stretched


@dataclass(frozen=True, slots=True)
class PitchShift:
    """Another pitch at the same tempo; the formants move along, as those of a smaller or larger speaker."""

    min_semitones: float = -2.0
    max_semitones: float = 2.0

    def __post_init__(self) -> None:
        check_within(self, -24, 24, "min_semitones", "max_semitones")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return as many samples as came in: played faster or slower, and stretched back."""
        factor = 2 ** (rng.uniform(self.min_semitones, self.max_semitones) / 12)
        return stretched(played(signal, factor), len(signal), sampling_rate)
