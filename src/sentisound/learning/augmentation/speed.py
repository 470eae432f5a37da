"""Speed: the recording played faster or slower, so that pitch and tempo change together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import played
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class Speed:
    """Another speed: pitch, formants and tempo (Ko et al. 2015, "Audio augmentation for speech recognition")."""

    min_factor: float = 0.9
    max_factor: float = 1.1
    """1 is unchanged, 2 twice as fast, an octave higher and half as long."""

    def __post_init__(self) -> None:
        check_within(self, 0.25, 4, "min_factor", "max_factor")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:  # noqa: ARG002 - shared
        """Return ``round(n / factor)`` samples, one at least."""
        return played(signal, rng.uniform(self.min_factor, self.max_factor))
