"""Gain: nearer to the microphone or farther, a louder or softer setting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class Gain:
    """Another level; what goes beyond full scale is not clipped."""

    min_db: float = -10.0
    max_db: float = 10.0

    def __post_init__(self) -> None:
        check_within(self, -100, 100, "min_db", "max_db")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:  # noqa: ARG002 - shared
        """Return the signal louder or softer."""
        return signal * np.float32(10 ** (rng.uniform(self.min_db, self.max_db) / 20))
