"""Low-pass: a muffled microphone, a mask, a cheap converter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import butterworth, filtered
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class LowPass:
    """What is above a drawn frequency fades."""

    min_hz: float = 4000.0
    max_hz: float = 7500.0
    order: int = 4
    """6 dB an octave each."""

    def __post_init__(self) -> None:
        check_within(self, 100, 24_000, "min_hz", "max_hz")
        check_within(self, 1, 20, "order")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return the signal through the filter, where it was."""
        edge_hz = rng.uniform(self.min_hz, self.max_hz)
        return filtered(signal, sampling_rate, lambda hz: butterworth(hz / np.float32(edge_hz), self.order))
