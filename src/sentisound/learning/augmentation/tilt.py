"""Filter tilt: a dull or a sharp microphone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import filtered, rms, with_rms
from sentisound.learning.augmentation.transform import check_within

DB_AN_OCTAVE = 20 * np.log10(2.0)  # of a gain that grows as the frequency does
LOWEST_HZ = 50.0  # below, the gain stays: a falling tilt would lift hum and offset without bound


@dataclass(frozen=True, slots=True)
class Tilt:
    """So many dB more, or less, with each octave; the level of the whole stays."""

    min_db_per_octave: float = -3.0
    max_db_per_octave: float = 3.0

    def __post_init__(self) -> None:
        check_within(self, -24, 24, "min_db_per_octave", "max_db_per_octave")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return the signal through the filter."""
        exponent = np.float32(rng.uniform(self.min_db_per_octave, self.max_db_per_octave) / DB_AN_OCTAVE)

        def gain(hz: NDArray[np.float32]) -> NDArray[np.floating]:
            return (np.maximum(hz, np.float32(LOWEST_HZ)) / np.float32(1000)) ** exponent

        return with_rms(filtered(signal, sampling_rate, gain), rms(signal))
