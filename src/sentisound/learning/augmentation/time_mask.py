"""Time masks: stretches of the utterance that are not heard (Park et al. 2019, SpecAugment)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.features.stft import Frames
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class TimeMask:
    """Drawn stretches of time, set to each band's mean over the utterance."""

    masks: int = 2
    max_s: float = 0.4
    max_share: float = 0.2
    """No mask is longer than this share of the utterance, so that short ones keep their words."""

    def __post_init__(self) -> None:
        check_within(self, 1, 20, "masks")
        check_within(self, 0, 60, "max_s")
        check_within(self, 0, 1, "max_share")

    def apply(self, frames: Frames, frame_rate_hz: float, rng: np.random.Generator) -> Frames:
        """Return frames of the same shape; of mean-normalised ones a masked stretch is 0."""
        masked, mean = frames.copy(), frames.mean(axis=0)
        longest = int(min(self.max_s * frame_rate_hz, self.max_share * len(frames)))
        for _ in range(self.masks):
            length = rng.integers(longest, endpoint=True)
            start = rng.integers(len(frames) - length, endpoint=True)
            masked[start : start + length] = mean
        return masked
