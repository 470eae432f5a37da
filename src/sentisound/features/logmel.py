"""Log-mel frames: what networks see of a sound."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sentisound.features.filterbanks import mel_filters
from sentisound.features.stft import Frames, Samples, Spectrogram

QUIETEST = 1e-10
"""Power below which a band counts as silent, so that the logarithm stays finite."""


@dataclass(frozen=True, slots=True)
class LogMel:
    """How log-mel frames are made of a sound at ``rate_hz``."""

    rate_hz: int
    n_mels: int
    window_ms: float
    hop_ms: float
    fmin_hz: float
    fmax_hz: float
    normalise: bool
    """Subtract from each band its mean over the utterance: the microphone and the distance go with it."""
    floor_db: float = math.inf
    """Power is added so far below the mean of all frames and bands: what is fainter is the room, not the voice."""

    @property
    def window_length(self) -> int:
        """Length of the window in samples."""
        return round(self.window_ms * self.rate_hz / 1000)

    @property
    def hop(self) -> int:
        """Step in samples."""
        return round(self.hop_ms * self.rate_hz / 1000)

    @property
    def n_fft(self) -> int:
        """Length of the transform: the power of two that holds the window."""
        return 1 << (self.window_length - 1).bit_length()

    @property
    def empty_bands(self) -> int:
        """Number of bands so narrow that no bin of the transform lies in them."""
        filters = mel_filters(self.rate_hz, self.n_fft, self.n_mels, self.fmin_hz, self.fmax_hz)
        return int(np.count_nonzero(filters.max(axis=0) == 0))

    def __call__(self, samples: Samples) -> Frames:
        """Return the natural logarithm of the power in each mel band, shape (n // hop + 1, n_mels), float32."""
        spectrogram = Spectrogram(samples, self.rate_hz, self.n_fft, self.hop, self.window_length)
        power = spectrogram.mel_bands(self.n_mels, self.fmin_hz, self.fmax_hz)
        floor = np.float32(power.mean(dtype=np.float64) * 10 ** (-self.floor_db / 10))
        frames: Frames = np.log(np.maximum(power + floor, np.float32(QUIETEST)))
        return frames - frames.mean(axis=0) if self.normalise else frames
