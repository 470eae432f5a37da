"""High-pass: the bass switch of a microphone, a small loudspeaker, a conference system against rumble."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import butterworth, filtered
from sentisound.learning.augmentation.transform import check_within

LOWEST_HZ = 1.0


@dataclass(frozen=True, slots=True)
class HighPass:
    """What is below a drawn frequency fades."""

    min_hz: float = 60.0
    max_hz: float = 300.0
    order: int = 4
    """6 dB an octave each."""

    def __post_init__(self) -> None:
        check_within(self, LOWEST_HZ, 24_000, "min_hz", "max_hz")
        check_within(self, 1, 20, "order")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return the signal through the filter, where it was."""
        edge_hz = rng.uniform(self.min_hz, self.max_hz)
        return filtered(
            signal, sampling_rate, lambda hz: butterworth(edge_hz / np.maximum(hz, np.float32(LOWEST_HZ)), self.order)
        )
