"""Background noise: hiss and rumble under the voice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import at_snr, filtered
from sentisound.learning.augmentation.transform import check_one_of, check_within

COLOURS = ("white", "pink", "any")
FLATTEST_HZ = 20.0  # below, pink noise stays flat: its power would grow without bound


@dataclass(frozen=True, slots=True)
class Noise:
    """White or pink noise, a drawn number of dB below the sound."""

    min_snr_db: float = 10.0
    max_snr_db: float = 30.0
    colour: str = "any"
    """``white``, ``pink`` (-3 dB an octave), or ``any``: one of the two, drawn."""

    def __post_init__(self) -> None:
        check_within(self, -20, 100, "min_snr_db", "max_snr_db")
        check_one_of(self, "colour", COLOURS)

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return the signal in noise; silence stays silence."""
        snr_db = rng.uniform(self.min_snr_db, self.max_snr_db)
        pink = self.colour == "pink" or (self.colour == "any" and rng.random() < 0.5)
        noise = rng.standard_normal(len(signal), dtype=np.float32)
        return at_snr(signal, _pink(noise, sampling_rate) if pink else noise, snr_db)


def _pink(noise: Samples, rate_hz: int) -> Samples:
    return filtered(noise, rate_hz, lambda hz: 1 / np.sqrt(np.maximum(hz, np.float32(FLATTEST_HZ))))
