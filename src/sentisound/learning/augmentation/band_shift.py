"""Band shift: a shorter or a longer vocal tract, whose formants are all higher or lower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.features.stft import Frames
from sentisound.learning.augmentation.transform import check_within


@dataclass(frozen=True, slots=True)
class BandShift:
    """The spectrum a few bands up or down the mel axis, its edge repeated."""

    max_bands: int = 3
    """To either side: of 64 mel bands up to 8 kHz three move a formant at 1 kHz by some 13 %, as between speakers."""

    def __post_init__(self) -> None:
        check_within(self, 0, 256, "max_bands")

    def apply(self, frames: Frames, frame_rate_hz: float, rng: np.random.Generator) -> Frames:  # noqa: ARG002 - shared
        """Return frames of the same shape."""
        shift = rng.integers(-self.max_bands, self.max_bands, endpoint=True)
        bands = frames.shape[1]
        return frames[:, np.clip(np.arange(bands) - shift, 0, bands - 1)]
