"""Phone band: a landline, or a mobile call without HD voice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.companding import companded
from sentisound.learning.augmentation.signals import at_rate, filtered
from sentisound.learning.augmentation.transform import check_within

PHONE_RATE_HZ = 8000
LOWEST_HZ = 20.0
ORDER = 8
"""Of the Butterworth curves at both edges: 48 dB an octave."""


@dataclass(frozen=True, slots=True)
class Phone:
    """300 to 3400 Hz at 8 kHz, and the telephone's 8-bit mu-law; nothing is drawn."""

    low_hz: float = 300.0
    high_hz: float = 3400.0
    companding: bool = True

    def __post_init__(self) -> None:
        check_within(self, LOWEST_HZ, PHONE_RATE_HZ / 2, "low_hz", "high_hz")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:  # noqa: ARG002 - shared
        """Return as many samples as came in, at the same rate."""
        narrow = filtered(at_rate(signal, sampling_rate, PHONE_RATE_HZ), PHONE_RATE_HZ, self._gain)
        heard = companded(narrow) if self.companding else narrow
        return at_rate(heard, PHONE_RATE_HZ, sampling_rate, len(signal))

    def _gain(self, hz: NDArray[np.float32]) -> NDArray[np.floating]:
        above = (np.float32(self.low_hz) / np.maximum(hz, np.float32(LOWEST_HZ))) ** (2 * ORDER)
        below = (hz / np.float32(self.high_hz)) ** (2 * ORDER)
        return 1 / np.sqrt((1 + above) * (1 + below))
