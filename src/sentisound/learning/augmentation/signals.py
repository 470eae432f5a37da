"""What several transforms do with samples: level, length, a filter without delay, another speed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

from sentisound.audio.waveform import Samples

Gain = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""From frequencies in Hz to what each is multiplied by."""

QUIETEST_RMS = 1e-9
"""Below this, 180 dB under full scale, a sound counts as silent: nothing can be brought to its level."""
RINGING_S = 0.05
"""Zeros after the sound, in which a filter may ring without reaching its start."""


def rms(signal: Samples) -> float:
    """Return the root of the mean square, summed in double precision."""
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64))))


def with_rms(signal: Samples, level: float) -> Samples:
    """Return the signal scaled to an RMS; silence stays silence."""
    own = rms(signal)
    return signal * np.float32(level / own) if own > QUIETEST_RMS else signal


def at_snr(signal: Samples, noise: Samples, snr_db: float) -> Samples:
    """Return the signal with noise of the same length that many dB below it; silence gets none."""
    level = rms(signal)
    return signal + with_rms(noise, level * 10 ** (-snr_db / 20)) if level > QUIETEST_RMS else signal


def fitted(signal: Samples, length: int) -> Samples:
    """Return so many samples: the first ones, and zeros after the last."""
    return np.pad(signal[:length], (0, max(0, length - len(signal))))


def filtered(signal: Samples, rate_hz: int, gain: Gain) -> Samples:
    """Return the signal with each frequency multiplied by ``gain(hz)``; phases, and so onsets, stay where they are."""
    length = next_fast_len(len(signal) + round(RINGING_S * rate_hz), real=True)
    gains = gain(rfftfreq(length, 1 / rate_hz).astype(np.float32)).astype(np.float32, copy=False)
    return np.asarray(irfft(rfft(signal, length) * gains, length)[: len(signal)], dtype=np.float32)


def butterworth(ratio: NDArray[np.floating], order: int) -> NDArray[np.floating]:
    """Return a Butterworth filter's gain, by how far beyond its edge a frequency is: 1 is the edge, and 3 dB less.

    Beyond, 6 dB an octave for each ``order``.
    """
    gain: NDArray[np.floating] = 1 / np.sqrt(1 + ratio ** (2 * order))
    return gain


def sine(hz: float, phase: float, length: int, rate_hz: int) -> NDArray[np.float64]:
    """Return so many samples of a sine of amplitude 1; ``phase`` in radians."""
    wave: NDArray[np.float64] = np.sin(2 * np.pi * hz * np.arange(length) / rate_hz + phase)
    return wave


def played(signal: Samples, factor: float) -> Samples:
    """Return the signal played ``factor`` times as fast, pitch and all; at least one sample."""
    changed = soxr.resample(signal, factor, 1.0, quality="HQ")
    return fitted(changed, max(1, round(len(signal) / factor)))


def at_rate(signal: Samples, rate_hz: int, target_hz: int, length: int | None = None) -> Samples:
    """Return the signal at another rate; in ``length`` samples where that is said."""
    changed: Samples = signal if rate_hz == target_hz else soxr.resample(signal, rate_hz, target_hz, quality="HQ")
    return fitted(changed, len(changed) if length is None else length)
