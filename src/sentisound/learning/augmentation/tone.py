"""Tone: the hum of the mains, the whine of a power supply or a screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import at_snr, sine
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class Tone:
    """A sine of drawn frequency and phase, a drawn number of dB below the sound."""

    min_hz: float = 60.0
    max_hz: float = 6000.0
    min_snr_db: float = 25.0
    max_snr_db: float = 50.0

    def __post_init__(self) -> None:
        check_within(self, 1, 24_000, "min_hz", "max_hz")
        check_within(self, -20, 100, "min_snr_db", "max_snr_db")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return the signal over the tone; silence stays silence, and above half the sampling rate nothing is added."""
        hz, phase = rng.uniform(self.min_hz, self.max_hz), rng.uniform(0, 2 * np.pi)
        snr_db = rng.uniform(self.min_snr_db, self.max_snr_db)
        if hz >= sampling_rate / 2:
            return signal.copy()
        return at_snr(signal, sine(hz, phase, len(signal), sampling_rate).astype(np.float32), snr_db)
