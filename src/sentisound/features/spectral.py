"""Descriptors of the spectrum and of the waveform, a value a frame: centroid, bandwidth, roll-off, flatness ...

Definitions and defaults are librosa 0.11's, with which ``tests/parity`` compares them. All share the transform of one
``Spectrogram``.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from sentisound.features.stft import HOP, N_FFT, Frames, Samples, Spectrogram, power_to_db

Track = NDArray[np.float32]
"""One value a frame, shape (frames,)."""

CONTRAST_LOWEST_HZ = 200.0
"""Upper edge of the lowest band of the contrast; each further band is an octave."""

CONTRAST_BANDS = 6
CONTRAST_QUANTILE = 0.02
"""Share of a band's bins that make its peak, and its valley."""

SILENT = 1e-10
"""Samples this small have no sign, so that dither around zero does not cross it."""


def centroid(spectrogram: Spectrogram) -> Track:
    """Return the mean frequency weighed by magnitude, in Hz, shape (frames,); 0 in silence."""
    return _moments(spectrogram)[0].astype(np.float32)


def bandwidth(spectrogram: Spectrogram) -> Track:
    """Return the standard deviation of frequency weighed by magnitude, in Hz, shape (frames,); 0 in silence."""
    mean_hz, mean_square = _moments(spectrogram)
    return np.sqrt(np.maximum(mean_square - mean_hz**2, 0)).astype(np.float32)


def _moments(spectrogram: Spectrogram) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the first two moments of frequency; in double, for their difference may be small."""
    bins_hz = spectrogram.bins_hz
    magnitude = spectrogram.magnitude.astype(np.float64)
    total, first, second = (magnitude @ np.stack((np.ones_like(bins_hz), bins_hz, bins_hz**2), axis=1)).T
    total = np.where(total < np.finfo(np.float32).tiny, 1, total)
    return first / total, second / total


def rolloff(spectrogram: Spectrogram, share: float = 0.85) -> Track:
    """Return the lowest frequency below which ``share`` of the magnitude lies, in Hz, shape (frames,)."""
    below = np.cumsum(spectrogram.magnitude, axis=1)
    reached = below >= np.float32(share) * below[:, -1:]
    return np.asarray(spectrogram.bins_hz[np.argmax(reached, axis=1)], dtype=np.float32)


def flatness(spectrogram: Spectrogram) -> Track:
    """Return the geometric over the arithmetic mean of power, 0 (a tone) to 1 (white or silent), shape (frames,)."""
    power = np.maximum(spectrogram.power, np.float32(1e-10))
    arithmetic = power.mean(axis=1)
    return np.asarray(np.exp(np.log(power, out=power).mean(axis=1)) / arithmetic)


def contrast(spectrogram: Spectrogram) -> Frames:
    """Return peak over valley in the lowest band and six octaves from 200 Hz, in dB (Jiang et al., 2002).

    Raises
    ------
    ValueError
        When the sixth octave, from 6.4 kHz, is not below half the rate.

    Returns
    -------
    ndarray, shape (frames, 7), float32
    """
    bands = [_extremes(spectrogram.magnitude[:, band], count) for band, count in _contrast_bands(spectrogram)]
    valleys, peaks = np.stack(bands, axis=-1)
    return power_to_db(peaks) - power_to_db(valleys)


def _contrast_bands(spectrogram: Spectrogram) -> list[tuple[slice, int]]:
    """Return each band's bins and how many of them make its peak.

    librosa starts a band one bin below its lower edge, ends all but the last one bin early, yet counts that bin.
    """
    edges_hz = np.append(0, CONTRAST_LOWEST_HZ * 2.0 ** np.arange(CONTRAST_BANDS + 1))
    bins_hz = spectrogram.bins_hz
    if edges_hz[-2] >= bins_hz[-1]:
        raise ValueError(f"spectral contrast needs a rate above {2 * edges_hz[-2]:g} Hz, not {spectrogram.rate_hz}")
    first = np.maximum(np.searchsorted(bins_hz, edges_hz[:-1]) - 1, 0)
    last = np.append(np.searchsorted(bins_hz, edges_hz[1:-1], side="right") - 1, len(bins_hz))
    counted = last - first + np.append(np.ones(CONTRAST_BANDS, dtype=int), 0)
    share = np.maximum(np.rint(CONTRAST_QUANTILE * counted), 1)
    return [(slice(a, b), int(n)) for a, b, n in zip(first, last, share, strict=True)]


def _extremes(band: Frames, count: int) -> NDArray[np.float32]:
    """Return the means of the ``count`` smallest and of the ``count`` largest bins, shape (2, frames)."""
    ordered = np.sort(band, axis=1)
    return np.stack((ordered[:, :count].mean(axis=1), ordered[:, -count:].mean(axis=1)))


def rms(samples: Samples, length: int = N_FFT, hop: int = HOP) -> Track:
    """Return the root of the mean square of centred frames, zeros beyond the ends, shape (n // hop + 1,)."""
    energy = _framewise_sum(np.square(samples, dtype=np.float64), length, hop)
    return np.sqrt(energy / length).astype(np.float32)


def zero_crossing_rate(samples: Samples, length: int = N_FFT, hop: int = HOP) -> Track:
    """Return the share of sample pairs in centred frames whose signs differ, shape (n // hop + 1,)."""
    negative = samples < -SILENT
    crossing = np.append(False, negative[1:] != negative[:-1])
    inside = _framewise_sum(crossing, length, hop)
    first = np.maximum(np.arange(len(inside)) * hop - length // 2, 0)
    pairs = inside - crossing[first]  # the pair of a frame's first sample lies outside
    return np.asarray(pairs / length, dtype=np.float32)


def _framewise_sum(values: NDArray[np.generic], length: int, hop: int) -> NDArray[np.float64]:
    """Sum centred frames: first the blocks of which frames and hops consist, then running sums of those."""
    block = gcd(length, length // 2, hop)
    padded = np.pad(values, (length // 2, length // 2 + block))
    blocks = padded[: len(padded) // block * block].reshape(-1, block).sum(axis=1, dtype=np.float64)
    running = np.append(0, np.cumsum(blocks))
    start = np.arange(len(values) // hop + 1) * (hop // block)
    return np.asarray(np.maximum(running[start + length // block] - running[start], 0))
