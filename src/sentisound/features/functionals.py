"""Functionals of the ``wide`` set: 31 numbers that say what each track does over time.

They follow the families of ComParE (Schuller et al., 2013): moments, percentiles and their ranges, regression, where
the extremes lie, how long the track stays high, how it moves, and its peaks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sentisound.features.statistics import centred_place, line, moments, percentiles

Tracks = NDArray[np.floating]
"""Shape (frames, tracks), two frames or more."""

Rows = NDArray[np.float64]
"""Shape (functionals, tracks)."""

PERCENTS = (1, 5, 25, 50, 75, 95, 99)
LEVELS = (0.25, 0.5, 0.75, 0.9)
"""Shares of a track's range above which its time is counted."""

FUNCTIONAL_NAMES = (
    *("mean", "std", "skewness", "kurtosis"),
    *(f"p{percent:02d}" for percent in PERCENTS),
    *("p25_50", "p50_75", "p25_75", "p01_99", "p05_95"),
    *("slope", "slope_error", "curvature"),
    *("max_at", "min_at"),
    *(f"above{round(100 * level)}" for level in LEVELS),
    *("rising", "change"),
    *("peaks", "peak_mean", "peak_std", "peak_rise"),
)


def functionals(tracks: Tracks) -> Rows:
    """Return the values of ``FUNCTIONAL_NAMES`` for each track, shape (31, tracks); 0 where there is nothing to say."""
    return np.vstack(
        [
            moments(tracks),
            _spread(tracks),
            _regression(tracks),
            _extremes(tracks),
            _movement(tracks),
            _peaks(tracks),
        ]
    )


def _spread(tracks: Tracks) -> Rows:
    values = percentiles(tracks, PERCENTS)
    p01, p05, p25, p50, p75, p95, p99 = values
    return np.vstack([values, p50 - p25, p75 - p50, p75 - p25, p99 - p01, p95 - p05])


def _regression(tracks: Tracks) -> Rows:
    """Return rise and error of a line, and the weight of the parabola that is orthogonal to it."""
    place = centred_place(len(tracks))
    parabola = place**2 - np.mean(place**2)
    return np.stack([*line(tracks), parabola @ tracks / max(float(parabola @ parabola), 1e-9)])


def _extremes(tracks: Tracks) -> Rows:
    """Return where the extremes lie, 0..1 of the duration, and the share of time above levels of the range."""
    lowest, highest = tracks.min(axis=0), tracks.max(axis=0)
    high = [_share(tracks > lowest + level * (highest - lowest)) for level in LEVELS]
    return np.stack([tracks.argmax(axis=0) / len(tracks), tracks.argmin(axis=0) / len(tracks), *high])


def _movement(tracks: Tracks) -> Rows:
    """Return the share of steps upwards, and the mean size of a step."""
    steps = np.diff(tracks, axis=0)
    return np.stack([_share(steps > 0), np.abs(steps).mean(axis=0)])


def _share(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the share of frames where the mask is set; counting in small integers is twice as fast as a mean."""
    return np.asarray(mask.sum(axis=0, dtype=np.int32) / len(mask))


def _peaks(tracks: Tracks) -> Rows:
    """Return how many local maxima above the mean there are in a frame, their mean, spread and height over the mean."""
    average = tracks.mean(axis=0)
    inner = tracks[1:-1]
    peak = (inner > tracks[:-2]) & (inner >= tracks[2:]) & (inner > average)
    found = peak.sum(axis=0)
    count = np.maximum(found, 1)
    height = np.where(peak, inner, 0)
    mean = height.sum(axis=0, dtype=np.float64) / count
    variance = np.square(height, dtype=np.float64).sum(axis=0) / count - mean**2
    rise = np.where(found > 0, mean - average, 0)
    return np.stack([found / len(tracks), mean, np.sqrt(np.maximum(variance, 0)), rise])
