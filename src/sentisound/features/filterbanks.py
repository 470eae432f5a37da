"""Filterbanks: Slaney's mel bands, chroma, the DCT and the Hann window, each made once and kept.

All are read-only float32 with one column an output, so that a filter is one matrix product on frames-first arrays.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Filters = NDArray[np.float32]
"""Shape (inputs, outputs), float32, read-only."""

MEL_KNEE_HZ = 1000.0
"""Slaney's mel scale is linear below and logarithmic above."""

MEL_KNEE = 15.0
"""The knee in mel: 200/3 Hz a mel below it."""

MEL_LOG_STEP = float(np.log(6.4) / 27)
"""27 mels from the knee to 6.4 kHz."""

SEMITONES = 12
CHROMA_CENTRE_OCTAVE = 5.0
"""Chroma weighs the octaves by a Gaussian around the fifth above 27.5 Hz, 880 Hz."""

CHROMA_WIDTH_OCTAVES = 2.0


def _read_only(weights: NDArray[np.floating]) -> Filters:
    filters = np.ascontiguousarray(weights, dtype=np.float32)
    filters.flags.writeable = False
    return filters


@lru_cache(maxsize=32)
def hann(width: int) -> Filters:
    """Return the periodic Hann window, shape (width,)."""
    return _read_only(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(width) / width))


def hz_to_mel(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert Hz to Slaney's mel (Auditory Toolbox, 1998)."""
    logarithmic = MEL_KNEE + np.log(np.maximum(frequency_hz, MEL_KNEE_HZ) / MEL_KNEE_HZ) / MEL_LOG_STEP
    return np.where(frequency_hz < MEL_KNEE_HZ, frequency_hz * MEL_KNEE / MEL_KNEE_HZ, logarithmic)


def mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert Slaney's mel to Hz."""
    exponential = MEL_KNEE_HZ * np.exp(MEL_LOG_STEP * (np.maximum(mel, MEL_KNEE) - MEL_KNEE))
    return np.where(mel < MEL_KNEE, mel * MEL_KNEE_HZ / MEL_KNEE, exponential)


def mel_edges_hz(n_mels: int, fmin_hz: float, fmax_hz: float) -> NDArray[np.float64]:
    """Return the corners of ``n_mels`` triangles that overlap by half, shape (n_mels + 2,)."""
    lowest, highest = hz_to_mel(np.array([fmin_hz, fmax_hz], dtype=np.float64))
    return mel_to_hz(np.linspace(lowest, highest, n_mels + 2))


@lru_cache(maxsize=32)
def mel_filters(
    rate_hz: int, n_fft: int, n_mels: int = 128, fmin_hz: float = 0.0, fmax_hz: float | None = None
) -> Filters:
    """Return triangular mel filters of equal area, Slaney's as in librosa.

    Parameters
    ----------
    rate_hz, n_fft
        Sampling rate and length of the transform, which give the bins.
    n_mels, fmin_hz, fmax_hz
        Number of bands and the range that they cover; ``fmax_hz`` None is half the rate.

    Returns
    -------
    ndarray, shape (n_fft // 2 + 1, n_mels), float32
    """
    bins_hz = np.fft.rfftfreq(n_fft, 1 / rate_hz)[:, np.newaxis]
    edges_hz = mel_edges_hz(n_mels, fmin_hz, rate_hz / 2 if fmax_hz is None else fmax_hz)
    lower, centre, upper = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    triangles = np.minimum((bins_hz - lower) / (centre - lower), (upper - bins_hz) / (upper - centre))
    return _read_only(np.maximum(triangles, 0) * (2 / (upper - lower)))


@lru_cache(maxsize=32)
def mel_filter_groups(
    rate_hz: int, n_fft: int, n_mels: int = 128, fmin_hz: float = 0.0, fmax_hz: float | None = None
) -> tuple[tuple[slice, Filters], ...]:
    """Cut ``mel_filters`` in groups of neighbouring bands, each with the bins that it needs.

    A band needs few bins: of 128 bands the groups of 16 cost a sixth of the whole product.
    """
    filters = mel_filters(rate_hz, n_fft, n_mels, fmin_hz, fmax_hz)
    groups = np.array_split(filters, max(1, n_mels // 16), axis=1)
    needed = [slice(*_extent(np.asarray(group.max(axis=1) > 0))) for group in groups]
    return tuple((bins, _read_only(group[bins])) for bins, group in zip(needed, groups, strict=True))


def _extent(needed: NDArray[np.bool_]) -> tuple[int, int]:
    places = np.flatnonzero(needed)
    return (int(places[0]), int(places[-1]) + 1) if places.size else (0, 0)


@lru_cache(maxsize=128)
def chroma_filters(rate_hz: int, n_fft: int, tuning: float = 0.0) -> Filters:
    """Return filters from bins to the twelve pitch classes, C first (Ellis, 2007, as in librosa).

    Each bin spreads as a Gaussian over the pitch classes, is scaled to unit energy and weighed by its octave.

    Parameters
    ----------
    rate_hz, n_fft
        Sampling rate and length of the transform, which give the bins.
    tuning
        Deviation from A = 440 Hz in semitones, -0.5..0.5.

    Returns
    -------
    ndarray, shape (n_fft // 2 + 1, 12), float32
    """
    semitone = _bins_in_semitones(rate_hz, n_fft, tuning)
    width = np.append(np.maximum(np.diff(semitone), 1.0), 1.0)[:, np.newaxis]
    half = SEMITONES // 2
    distance = (semitone[:, np.newaxis] - np.arange(SEMITONES) + half) % SEMITONES - half
    spread = np.exp(-0.5 * (2 * distance / width) ** 2)
    spread /= np.linalg.norm(spread, axis=1, keepdims=True)
    octave = (semitone / SEMITONES - CHROMA_CENTRE_OCTAVE) / CHROMA_WIDTH_OCTAVES
    from_a = spread * np.exp(-0.5 * octave**2)[:, np.newaxis]
    return _read_only(np.roll(from_a, -3, axis=1)[: n_fft // 2 + 1])  # C is three semitones above A


def _bins_in_semitones(rate_hz: int, n_fft: int, tuning: float) -> NDArray[np.float64]:
    """Return each bin's place in semitones above 27.5 Hz; DC is put one and a half octaves below the first bin."""
    bins_hz = np.arange(1, n_fft) * (rate_hz / n_fft)
    semitone = SEMITONES * np.log2(bins_hz / (27.5 * 2 ** (tuning / SEMITONES)))
    return np.concatenate(([semitone[0] - 1.5 * SEMITONES], semitone))


@lru_cache(maxsize=32)
def dct_filters(n_inputs: int, n_outputs: int) -> Filters:
    """Return the first ``n_outputs`` columns of the orthonormal DCT-II, shape (n_inputs, n_outputs)."""
    angle = np.pi / n_inputs * np.outer(np.arange(n_inputs) + 0.5, np.arange(n_outputs))
    basis = np.cos(angle) * np.sqrt(2 / n_inputs)
    basis[:, 0] /= np.sqrt(2)
    return _read_only(basis)
