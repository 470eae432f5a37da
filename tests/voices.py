"""Made voices whose jitter, shimmer and formants are known."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from sentisound.features.voice import cycles, tracks

RATE_HZ = 16_000
INNER = slice(8, -8)


def pulse_train(
    f0_hz: float, *, jitter: float = 0.0, shimmer: float = 0.0, duration_s: float = 2.0, roundness: float = 0.5
) -> tuple[np.ndarray, float, float]:
    """Return band-limited pulses at drawn times and of drawn heights, with the local jitter and shimmer drawn."""
    rng = np.random.default_rng(0)
    drawn = rng.standard_normal((2, int(1.2 * f0_hz * duration_s))).clip(-2.5, 2.5)
    times_s = np.cumsum((1 + jitter * drawn[0]) / f0_hz)
    times_s = times_s[times_s < duration_s - 0.02]
    heights = (1 + shimmer * drawn[1])[: len(times_s)]
    samples = np.zeros(int(duration_s * RATE_HZ))
    reach = np.arange(-16, 17)
    whole, part = np.divmod(times_s * RATE_HZ, 1)
    pulses = np.sinc(reach - part[:, None]) * (0.5 + 0.5 * np.cos(np.pi * (reach - part[:, None]) / 17))
    np.add.at(samples, np.maximum(whole[:, None].astype(int) + reach, 0), heights[:, None] * pulses)
    rounded = lfilter([1.0], [1.0, -roundness], samples)  # a glottal pulse is no click
    sound = (0.5 * rounded / np.abs(rounded).max()).astype(np.float32)
    return sound, _local(np.diff(times_s)), _local(heights)


def _local(values: np.ndarray) -> float:
    return float(np.abs(np.diff(values)).mean() / values.mean())


def vowel(f0_hz: float, formants_hz: tuple[float, ...], bandwidths_hz: tuple[float, ...]) -> np.ndarray:
    """Return a vowel with a glottal source of -12 dB an octave, radiated with +6 dB."""
    sound, _, _ = pulse_train(f0_hz, duration_s=0.6)
    sound = lfilter([1.0, -1.0], np.convolve([1.0, -0.96], [1.0, -0.96]), sound)
    for centre_hz, width_hz in zip(formants_hz, bandwidths_hz, strict=True):
        radius = np.exp(-np.pi * width_hz / RATE_HZ)
        poles = [1.0, -2 * radius * np.cos(2 * np.pi * centre_hz / RATE_HZ), radius**2]
        sound = lfilter([sum(poles)], poles, sound)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def over_voiced(track: np.ndarray, f0_hz: np.ndarray) -> float:
    return float(track[INNER][f0_hz[INNER] > 0].mean())


def measured(sound: np.ndarray) -> tuple[float, float]:
    found = tracks(sound)
    assert (found.f0_hz[INNER] > 0).mean() > 0.95
    periods = cycles(sound)
    return over_voiced(periods.jitter, found.f0_hz), over_voiced(periods.shimmer, found.f0_hz)
