"""Chroma: the power of the twelve pitch classes, with the tuning estimated from the sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sentisound.features.filterbanks import SEMITONES, chroma_filters
from sentisound.features.stft import Frames, Spectrogram

PITCH_RANGE_HZ = (150.0, 4000.0)
"""Where spectral peaks are taken for pitches, librosa's default."""

PEAK_SHARE = 0.1
"""A peak reaches at least this share of its frame's maximum."""

TUNING_STEPS = 100
"""Bins of a semitone in which deviations are counted."""


def chroma(spectrogram: Spectrogram, tuning: float | None = None) -> Frames:
    """Return the power of each pitch class relative to the frame's strongest (librosa's ``chroma_stft``).

    Parameters
    ----------
    spectrogram
        Of n_fft 2048 or so: at low notes a semitone is narrower than a bin.
    tuning
        Deviation from A = 440 Hz in semitones; None estimates it.

    Returns
    -------
    ndarray, shape (frames, 12), float32
        C first; 0 in silence.
    """
    tuning = estimate_tuning(spectrogram) if tuning is None else tuning
    classes = spectrogram.power @ chroma_filters(spectrogram.rate_hz, spectrogram.n_fft, round(tuning, 9))
    strongest = classes.max(axis=1, keepdims=True)
    strongest[strongest < np.finfo(np.float32).tiny] = 1
    return np.asarray(classes / strongest)


def estimate_tuning(spectrogram: Spectrogram) -> float:
    """Return the commonest deviation of spectral peaks from equal temperament, in semitones, -0.5..0.5.

    Of the peaks of power, those stronger than their median are counted, as in librosa; 0 without any.
    """
    pitch_hz, power = _peaks(spectrogram)
    if not pitch_hz.size:
        return 0.0
    strong_hz = pitch_hz[power >= np.median(power)]
    deviation = (SEMITONES * np.log2(strong_hz / 27.5) + 0.5) % 1.0 - 0.5
    counts, edges = np.histogram(deviation, np.linspace(-0.5, 0.5, TUNING_STEPS + 1))
    return float(edges[np.argmax(counts)])


def _peaks(spectrogram: Spectrogram) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return pitch in Hz and power of every spectral peak, refined by a parabola through its neighbours."""
    power = spectrogram.power
    inside = np.searchsorted(spectrogram.bins_hz, PITCH_RANGE_HZ)
    first, last = max(1, inside[0]), min(inside[1], power.shape[1] - 1)
    loud = power * (power > PEAK_SHARE * power.max(axis=1, keepdims=True))
    here = loud[:, first:last]
    is_peak = (here > loud[:, first - 1 : last - 1]) & (here >= loud[:, first + 1 : last + 1])
    frame, offset = np.nonzero(is_peak)
    return _refined(power, frame, offset + first, spectrogram.rate_hz / spectrogram.n_fft)


def _refined(
    power: Frames, frame: NDArray[np.intp], peak: NDArray[np.intp], bin_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    before, at, after = (power[frame, peak + step].astype(np.float64) for step in (-1, 0, 1))
    slope, curve = (after - before) / 2, after + before - 2 * at
    shift = np.where(np.abs(slope) < np.abs(curve), -slope / np.where(curve == 0, 1, curve), 0)
    return np.asarray((peak + shift) * bin_hz, dtype=np.float64), at + 0.5 * slope * shift
