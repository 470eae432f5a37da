"""The originals' mix frame by frame: mel bands, MFCC, spectral centroid, chroma and zero crossing rate, for networks.

All columns share one grid, that of ``logmel``: a frame every 10 ms. Its window of 64 ms is longer, for chroma and the
lowest of 128 mel bands need bins that close. Units are brought to about the spread that each has in speech, so that no
column drowns the others in a network's first layer; the factors are round numbers near 36 clips of RAVDESS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentisound.features.cepstrum import mfcc
from sentisound.features.chroma import chroma
from sentisound.features.spectral import centroid, zero_crossing_rate
from sentisound.features.stft import Frames, Samples, Spectrogram, power_to_db
from sentisound.features.vectors import CHROMA_NAMES

N_FFT = 1024  # 64 ms at 16 kHz
HOP = 160  # 10 ms

MEL_UNIT_DB = 20.0
MFCC_LEVEL_UNIT = 200.0
"""Of the first coefficient, which is the level times the root of 128."""

MFCC_UNIT = 20.0
"""Of all others."""

CENTROID_UNIT_HZ = 1000.0
CHROMA_UNIT = 0.3
ZERO_CROSSING_UNIT = 0.1


@dataclass(frozen=True, slots=True)
class OriginalFrames:
    """How the mix is made of a sound at ``rate_hz``."""

    rate_hz: int
    n_mels: int
    n_mfcc: int
    normalise: bool
    """Subtract from each column its mean over the utterance."""

    @property
    def names(self) -> tuple[str, ...]:
        """One name a column."""
        mel = (f"mel{band:03d}" for band in range(self.n_mels))
        cepstrum = (f"mfcc{index:03d}" for index in range(self.n_mfcc))
        return (*mel, *cepstrum, "centroid", *CHROMA_NAMES, "zero_crossing")

    def __call__(self, samples: Samples) -> Frames:
        """Return the columns of ``names``, shape (n // HOP + 1, n_mels + n_mfcc + 14), float32."""
        spectrogram = Spectrogram(samples, self.rate_hz, N_FFT, HOP)
        frames = np.concatenate(
            [
                power_to_db(spectrogram.mel_bands(self.n_mels)) / np.float32(MEL_UNIT_DB),
                mfcc(spectrogram, self.n_mfcc) / _mfcc_units(self.n_mfcc),
                centroid(spectrogram)[:, np.newaxis] / np.float32(CENTROID_UNIT_HZ),
                chroma(spectrogram) / np.float32(CHROMA_UNIT),
                zero_crossing_rate(samples, N_FFT, HOP)[:, np.newaxis] / np.float32(ZERO_CROSSING_UNIT),
            ],
            axis=1,
        )
        return frames - frames.mean(axis=0) if self.normalise else frames


def _mfcc_units(n_mfcc: int) -> Frames:
    units = np.full((1, n_mfcc), MFCC_UNIT, dtype=np.float32)
    units[0, 0] = MFCC_LEVEL_UNIT
    return units
