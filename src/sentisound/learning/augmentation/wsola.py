"""Longer or shorter at the same pitch: overlap and add of similar waveforms.

Verhelst & Roelands (1993), "An overlap-add technique based on waveform similarity (WSOLA) for high quality time-scale
modification of speech", ICASSP. Windows of the sound are laid at another distance than they were cut at; each is cut,
within ``SEARCH_S`` of where it should be, at the place that continues the last one best. Unlike a phase vocoder it
keeps the waveform of each glottal period, and so does not smear the voice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import fitted

HOP_S = 0.015
"""Half a window: a window of 30 ms holds two periods of a voice of 67 Hz."""
SEARCH_S = 0.008
"""To either side: together one period of a voice of 63 Hz, so that a fitting place is always in reach."""


def stretched(signal: Samples, length: int, rate_hz: int) -> Samples:
    """Return the whole signal in ``length`` samples, its pitch unchanged.

    Parameters
    ----------
    signal
        Shape (n,), n >= 1.
    length
        Samples to return, 1 or more; a fifth to five times n sounds natural enough.
    rate_hz
        Sampling rate.

    Returns
    -------
    ndarray, shape (length,), float32
    """
    hop, search = max(1, round(HOP_S * rate_hz)), round(SEARCH_S * rate_hz)
    nominal = np.rint(np.arange(0, length + hop, hop) * (len(signal) / length)).clip(max=len(signal)).astype(int)
    padded = np.pad(signal, (hop + search, 4 * hop + 2 * search))
    starts = _similar_starts(padded, nominal, hop, search)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * hop)[starts] * _window(hop)
    added = np.zeros((len(frames) + 1, hop), dtype=np.float32)
    added[:-1] += frames[:, :hop]
    added[1:] += frames[:, hop:]
    return fitted(added[1:].ravel(), length)


def _similar_starts(padded: Samples, nominal: NDArray[np.int_], hop: int, search: int) -> list[int]:
    """Return where each window is cut; ``nominal + search`` is where it would be without looking."""
    energy = np.cumsum(np.square(np.pad(padded, (1, 0)), dtype=np.float64))
    root = np.sqrt(np.maximum(energy[hop:] - energy[:-hop], 1e-12)).astype(np.float32)
    starts = [int(nominal[0]) + search]
    for first in nominal[1:].tolist():
        onward = padded[starts[-1] + hop : starts[-1] + 2 * hop]
        likeness = np.correlate(padded[first : first + 2 * search + hop], onward, "valid")
        likeness /= root[first : first + len(likeness)]
        best = int(likeness.argmax())
        starts.append(first + (best if likeness[best] > 0 else search))
    return starts


def _window(hop: int) -> NDArray[np.float32]:
    """Return a periodic Hann window of two hops: its halves add to one."""
    return (0.5 - 0.5 * np.cos(np.pi * np.arange(2 * hop) / hop)).astype(np.float32)
