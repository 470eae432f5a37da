"""Clipping: a microphone or a converter that was turned up too far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class Clipping:
    """The loudest samples are cut off at one level, so many that a drawn share of all is cut."""

    min_share: float = 0.001
    max_share: float = 0.05
    """Shares are drawn evenly in their logarithm."""

    def __post_init__(self) -> None:
        check_within(self, 1e-6, 0.5, "min_share", "max_share")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:  # noqa: ARG002 - shared
        """Return the signal cut off; silence stays silence."""
        share = np.exp(rng.uniform(np.log(self.min_share), np.log(self.max_share)))
        limit = np.float32(np.quantile(np.abs(signal), 1 - share))
        return np.clip(signal, -limit, limit)
