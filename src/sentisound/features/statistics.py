"""Functionals: what a track does over time, in a few numbers; for many tracks at once and never NaN.

Tracks are columns: every function takes shape (frames, tracks), one frame or more, and returns shape (tracks,) in
double precision. Skewness and kurtosis follow ``scipy.stats`` (biased, Fisher) but are 0 for a constant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Tracks = NDArray[np.floating]
"""Shape (frames, tracks)."""

Values = NDArray[np.float64]
"""Shape (tracks,)."""

CONSTANT = 1e-12
"""Variance over mean square below which a track is constant but for rounding."""


def mean(tracks: Tracks) -> Values:
    """Return the mean."""
    return np.asarray(tracks.mean(axis=0, dtype=np.float64))


def std(tracks: Tracks) -> Values:
    """Return the standard deviation of the population."""
    return np.asarray(tracks.std(axis=0, dtype=np.float64))


def minimum(tracks: Tracks) -> Values:
    """Return the smallest value."""
    return np.asarray(tracks.min(axis=0), dtype=np.float64)


def maximum(tracks: Tracks) -> Values:
    """Return the largest value."""
    return np.asarray(tracks.max(axis=0), dtype=np.float64)


def skewness(tracks: Tracks) -> Values:
    """Return the third standardised moment; 0 for a constant."""
    return np.asarray(moments(tracks)[2])


def kurtosis(tracks: Tracks) -> Values:
    """Return the excess of the fourth standardised moment over a Gaussian's; 0 for a constant."""
    return np.asarray(moments(tracks)[3])


def moments(tracks: Tracks) -> NDArray[np.float64]:
    """Return mean, standard deviation, skewness and kurtosis, shape (4, tracks); all from one centring."""
    average = mean(tracks)
    centred = tracks - average
    square = centred * centred
    second = square.mean(axis=0)
    third, fourth = (np.einsum("ft,ft->t", square, factor) / len(tracks) for factor in (centred, square))
    constant = second <= CONSTANT * (second + average**2)
    deviation = np.sqrt(np.where(constant, 1, second))
    skew = np.where(constant, 0, third / deviation**3)
    return np.stack((average, np.sqrt(second), skew, np.where(constant, 0, fourth / deviation**4 - 3)))


def percentiles(tracks: Tracks, percents: Sequence[float]) -> NDArray[np.float64]:
    """Return percentiles with linear interpolation, shape (percents, tracks); one sort does for all."""
    ordered = np.sort(tracks, axis=0)
    place = np.asarray(percents) / 100 * (len(tracks) - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, len(tracks) - 1)
    share = (place - below)[:, np.newaxis]
    return np.asarray(ordered[below] * (1 - share) + ordered[above] * share)


def slope(tracks: Tracks) -> Values:
    """Return the rise of the least-squares line from the first to the last frame, in the track's unit."""
    return line(tracks)[0]


def line(tracks: Tracks) -> tuple[Values, Values]:
    """Return the rise of the least-squares line from first to last frame, and the RMS of what it leaves."""
    place = centred_place(len(tracks))
    rise = place @ tracks / max(float(place @ place), 1e-30)
    residual = tracks - tracks.mean(axis=0, dtype=np.float64) - np.outer(place, rise)
    return rise, np.sqrt(np.square(residual).mean(axis=0))


def centred_place(frames: int) -> Values:
    """Return places from -0.5 to 0.5, shape (frames,); a single frame lies at 0."""
    return np.linspace(-0.5, 0.5, frames) if frames > 1 else np.zeros(1)
