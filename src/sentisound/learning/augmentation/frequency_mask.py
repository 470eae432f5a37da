"""Frequency masks: bands that are not heard (Park et al. 2019, SpecAugment)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.features.stft import Frames
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class FrequencyMask:
    """Drawn ranges of bands, set to each band's mean over the utterance."""

    masks: int = 2
    max_bands: int = 8
    """Width of the widest mask; of few bands never more than all."""

    def __post_init__(self) -> None:
        check_within(self, 1, 20, "masks")
        check_within(self, 0, 256, "max_bands")

    def apply(self, frames: Frames, frame_rate_hz: float, rng: np.random.Generator) -> Frames:  # noqa: ARG002 - shared
        """Return frames of the same shape; of mean-normalised ones a masked band is 0."""
        masked, mean, bands = frames.copy(), frames.mean(axis=0), frames.shape[1]
        for _ in range(self.masks):
            width = rng.integers(min(self.max_bands, bands), endpoint=True)
            first = rng.integers(bands - width, endpoint=True)
            masked[:, first : first + width] = mean[first : first + width]
        return masked
