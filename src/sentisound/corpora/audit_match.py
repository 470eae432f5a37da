"""Whether two clips are one recording: their samples, laid on top of each other, decide.

Two takes of a sentence by one speaker agree in words, melody and timing, and so do their fingerprints; their waveforms
do not, for the phases of two breaths never repeat. A copy keeps its waveform through gain, noise and codecs. So the
correlation of the samples tells a copy from a take where no spectral fingerprint can.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfilt

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.corpora.fingerprint import HOP

Signal = NDArray[np.float32]

BAND_HZ = (200.0, 3500.0)
"""Where voice is stronger than hum below and than a codec's losses above."""

BLOCK = RATE_HZ // 10
"""Blocks of 100 ms are compared one by one: a stressed vowel that happens to fit is one block, a copy is all."""

ACTIVE_DB = 20.0
"""A block counts when in both clips it is within this of the loudest block."""

MIN_CORRELATION = 0.9
"""From here on a block is the same sound: noise 20 dB below the speech leaves more, also after mp3."""

MIN_SAME_S = 0.3
MIN_SAME_SHARE = 0.3
"""A recording is the same when so many seconds, and this share of the speech that overlaps, are the same sound.

Measured: whole copies have shares from 0.92 up, those with a piece cut from their middle from 0.33; the nearest of
1356 suspicious pairs of different takes have 0.21 (docs/audit.md)."""

SEARCH = 3 * HOP
"""Samples to either side of the fingerprints' offset in which the best one is looked for."""


@dataclass(frozen=True, slots=True)
class Match:
    """How two clips lie on top of each other."""

    shift_s: float
    """The second clip starts so late in the first."""
    similarity: float
    """Mean correlation of the blocks that count, 0..1: 1 for the same samples at any gain."""
    same_s: float
    """Seconds of speech that are the same sound."""
    same_share: float
    """Share of the overlapping speech that is the same sound, 0..1."""

    @property
    def same_recording(self) -> bool:
        """Whether the two are copies of one recording."""
        return self.same_s >= MIN_SAME_S and self.same_share >= MIN_SAME_SHARE


def match(first: Samples, second: Samples, shift_s: float) -> Match:
    """Compare two clips where ``second`` starts about ``shift_s`` into ``first``.

    Parameters
    ----------
    first, second
        Mono at ``RATE_HZ``, shape (n,), n >= 1.
    shift_s
        What the fingerprints say, to within ``SEARCH`` samples.
    """
    mine, theirs = _voice_band(first), _voice_band(second)
    shift, sign = _best_shift(mine, theirs, round(shift_s * RATE_HZ))
    correlation = sign * _block_correlations(mine[max(shift, 0) :], theirs[max(-shift, 0) :])
    same = int(np.sum(correlation >= MIN_CORRELATION))
    mean = float(np.mean(np.maximum(correlation, 0.0))) if len(correlation) else 0.0
    return Match(shift / RATE_HZ, mean, same * BLOCK / RATE_HZ, same / max(1, len(correlation)))


@cache
def _band_filter() -> NDArray[np.float64]:
    return np.asarray(butter(4, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos"), dtype=np.float64)


def _voice_band(samples: Samples) -> Signal:
    return np.asarray(sosfilt(_band_filter(), samples), dtype=np.float32)


def _best_shift(first: Signal, second: Signal, about: int) -> tuple[int, float]:
    """Return the shift in samples, near ``about``, at which the whole clips correlate best, and the sign there.

    The sign is negative for a copy with its polarity turned.
    """
    first, second = _levelled(first), _levelled(second)
    length = next_fast_len(len(first) + len(second), real=True)
    correlation = irfft(rfft(first, length) * np.conj(rfft(second, length)), length)
    shifts = np.arange(about - SEARCH, about + SEARCH + 1)
    shifts = shifts[(shifts > -len(second)) & (shifts < len(first))]
    if not len(shifts):
        return 0, 1.0
    best = shifts[np.argmax(np.abs(correlation[shifts % length]))]
    return int(best), float(np.copysign(1.0, correlation[best % length]))


def _levelled(signal: Signal) -> Signal:
    """Give loud and soft stretches the same say, down to ``ACTIVE_DB`` below the loudest.

    Where a piece is cut out of a clip, the soft end that still fits must outweigh the loud one that does not.
    """
    power = np.maximum(uniform_filter1d(signal**2, BLOCK, mode="constant"), 0.0)
    floor = max(float(np.max(power, initial=0.0)) * 10 ** (-ACTIVE_DB / 10), 1e-20)
    return np.asarray(signal / np.sqrt(np.maximum(power, floor)), dtype=np.float32)


def _block_correlations(first: Signal, second: Signal) -> NDArray[np.float32]:
    """Return the correlation of each block of the overlap that counts, shape (blocks,)."""
    blocks = min(len(first), len(second)) // BLOCK
    mine, theirs = (signal[: blocks * BLOCK].reshape(blocks, BLOCK) for signal in (first, second))
    energy, energy_theirs = np.sum(mine**2, axis=1), np.sum(theirs**2, axis=1)
    counts = _loud(energy) & _loud(energy_theirs)
    product = np.sum(mine[counts] * theirs[counts], axis=1)
    return np.asarray(product / np.sqrt(energy[counts] * energy_theirs[counts]), dtype=np.float32)


def _loud(energy: NDArray[np.float32]) -> NDArray[np.bool_]:
    loudest = np.max(energy, initial=0.0)
    loud: NDArray[np.bool_] = (energy > 0) & (energy >= loudest * 10 ** (-ACTIVE_DB / 10))
    return loud
