"""Time shift: the recording starts earlier or later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class TimeShift:
    """Everything earlier or later; silence comes in at one end, what leaves at the other is lost."""

    max_s: float = 0.2
    """To either side."""
    around: bool = False
    """What leaves at one end comes in at the other: nothing is lost, and there is a seam."""

    def __post_init__(self) -> None:
        check_within(self, 0, 60, "max_s")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return as many samples as came in."""
        shift = round(rng.uniform(-self.max_s, self.max_s) * sampling_rate)
        if self.around:
            return np.roll(signal, shift)
        later, earlier = min(max(shift, 0), len(signal)), min(max(-shift, 0), len(signal))
        return np.pad(signal[earlier : len(signal) - later], (later, earlier))
