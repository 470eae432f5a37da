"""Reverberation: a drawn room.

The room's response is the direct sound and, a moment later, noise that decays by 60 dB in the reverberation time RT60
(Moorer 1979, "About this reverberation business": dense echoes are, to the ear, decaying noise).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from sentisound.audio.waveform import Samples
from sentisound.learning.augmentation.signals import rms, with_rms
from sentisound.learning.augmentation.transform import check_within

FIRST_REFLECTIONS_S = (0.002, 0.015)
"""After the direct sound: a detour of 0.7 to 5 m."""


@dataclass(frozen=True, slots=True)
class Reverb:
    """A room of drawn reverberation time and distance; the level of the whole stays."""

    min_rt60_s: float = 0.15
    max_rt60_s: float = 0.8
    """Time in which the sound decays by 60 dB: 0.3 s a furnished room, 0.8 s a classroom."""
    min_direct_db: float = 0.0
    max_direct_db: float = 15.0
    """Energy of the direct sound relative to all that follows: 15 dB at arm's length, 0 dB across the room."""

    def __post_init__(self) -> None:
        check_within(self, 0.01, 10, "min_rt60_s", "max_rt60_s")
        check_within(self, -30, 60, "min_direct_db", "max_direct_db")

    def apply(self, signal: Samples, sampling_rate: int, rng: np.random.Generator) -> Samples:
        """Return as many samples as came in, the direct sound where it was; the tail after the end is cut."""
        rt60_s = rng.uniform(self.min_rt60_s, self.max_rt60_s)
        response = room_response(rt60_s, rng.uniform(self.min_direct_db, self.max_direct_db), sampling_rate, rng)
        length = next_fast_len(len(signal) + len(response) - 1, real=True)
        heard = irfft(rfft(signal, length) * rfft(response, length), length)[: len(signal)]
        return with_rms(np.asarray(heard, dtype=np.float32), rms(signal))


def room_response(rt60_s: float, direct_db: float, rate_hz: int, rng: np.random.Generator) -> Samples:
    """Make the response of a room.

    Parameters
    ----------
    rt60_s
        Time in which the reverberation decays by 60 dB; it is cut there.
    direct_db
        Energy of the direct sound relative to the reverberation.
    rate_hz
        Sampling rate.
    rng
        Draws when the reflections begin, and the reflections.

    Returns
    -------
    ndarray, shape (n,), float32
        The direct sound is its first sample, 1.
    """
    silence = max(1, round(rng.uniform(*FIRST_REFLECTIONS_S) * rate_hz))
    time_s = np.arange(max(1, round(rt60_s * rate_hz)), dtype=np.float32) / np.float32(rate_hz)
    decay = np.exp(np.float32(-3 * np.log(10) / rt60_s) * time_s)
    tail = rng.standard_normal(len(time_s), dtype=np.float32) * decay
    tail *= np.float32(10 ** (-direct_db / 20)) / np.linalg.norm(tail)
    return np.concatenate([np.ones(1, np.float32), np.zeros(silence - 1, np.float32), tail])
