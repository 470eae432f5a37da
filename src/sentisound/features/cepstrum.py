"""Mel-frequency cepstral coefficients and the deltas of any track."""

from __future__ import annotations

from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

from sentisound.features.filterbanks import dct_filters
from sentisound.features.stft import Frames, Spectrogram

DELTA_WIDTH = 9
"""Frames that a delta looks at, librosa's default."""


def mfcc(spectrogram: Spectrogram, n_mfcc: int = 20) -> Frames:
    """Return the orthonormal DCT-II of 128 mel bands in dB, shape (frames, n_mfcc)."""
    return spectrogram.mel_db @ dct_filters(128, n_mfcc)


def delta(track: Frames, order: int = 1, width: int = DELTA_WIDTH) -> Frames:
    """Return the local derivative of each column (Savitzky & Golay, 1964).

    A polynomial of degree ``order`` is fitted to ``width`` frames and derived ``order`` times, which leaves a constant:
    so the frames at the edges, which lie in the first or the last fit, have the derivative of that fit.

    Parameters
    ----------
    track
        Shape (frames, columns). When there are fewer frames than ``width`` the last is repeated.
    order, width
        Degree, 1 or more; odd number of frames.

    Returns
    -------
    ndarray, shape (frames, columns), float32
    """
    n_frames, half = len(track), width // 2
    track = np.pad(track, ((0, max(0, width - n_frames)), (0, 0)), mode="edge")
    n_fits = len(track) - width + 1
    slopes = sum(weight * track[at : at + n_fits] for at, weight in enumerate(_derivative(order, width)))
    return np.pad(np.asarray(slopes), ((half, half), (0, 0)), mode="edge")[:n_frames]


@lru_cache(maxsize=8)
def _derivative(order: int, width: int) -> NDArray[np.float32]:
    """Return the weights of ``width`` successive values in the ``order``-th derivative of their fit, shape (width,)."""
    place = np.arange(width) - width // 2
    highest_coefficient = np.linalg.pinv(np.vander(place, order + 1).astype(np.float64))[0]
    return np.asarray(factorial(order) * highest_coefficient, dtype=np.float32)
