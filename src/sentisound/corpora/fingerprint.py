"""The fingerprint of a clip: a hash of its samples, and bits that survive gain, noise, re-encoding and cuts.

The bits follow Haitsma and Kalker ("A Highly Robust Audio Fingerprinting System", ISMIR 2002): the sign of the
difference of the energies of neighbouring bands, differenced again in time. A gain cancels, stationary noise cancels
on average, and a cut only shifts the frames. What differs from the paper suits short clips of speech: a window of
128 ms instead of 370, a step in time of 128 ms, 24 bits from 250 to 4000 Hz, and frames near silence are left out, so
that pauses and the room never match. For each frame the bits that are most likely to flip are kept beside the word,
as the paper's section 4.3 proposes, so that a search may try them the other way round.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.features.filterbanks import hann

VERSION = 1
"""Goes up when a fingerprint of the same sound changes: old caches are then not read."""

WINDOW, HOP = 2048, 256
"""Samples at ``RATE_HZ``: 128 ms and 16 ms; a grid that is shifted by half a hop changes some 6 % of the bits."""

STEP_FRAMES = 8
"""Frames between the two energies that are compared: 128 ms, so that the two windows hardly overlap."""

BITS = 24
LOWEST_HZ, HIGHEST_HZ = 250.0, 4000.0
WEAK_BITS = 3
"""How many of a word's least certain bits are remembered."""

SURE_BITS = 16
"""How many of a word's most certain bits are compared: noise rarely flips them, another take does."""

MAX_BIT_ERRORS = 0.15
"""Share of certain bits that may differ: planted copies have up to 0.09, other takes of a sentence 0.14 and more."""

ACTIVE_DB = 20.0
"""A frame counts when it is within this of the clip's loudest: weaker ones carry the noise, not the voice."""

SILENT_DBFS = -70.0
"""A clip whose loudest sample is below this holds no sound to compare: digital silence, or dither."""

FRAMES_AT_ONCE = 32
"""Spectra made at a time, so that they stay in the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What is remembered of one clip; silent clips have no frames and an empty hash."""

    content: str
    """SHA-256 of the samples rounded to 16 bits: equal for lossless copies in any container."""
    frames: NDArray[np.int32]
    """Indices of the frames that count, ascending, shape (n,)."""
    words: NDArray[np.uint32]
    """The bits of each, shape (n,)."""
    sure: NDArray[np.uint32]
    """Masks of the most certain bits of each, shape (n,)."""
    weak: NDArray[np.uint8]
    """Positions of the least certain bits of each, weakest first, shape (n, WEAK_BITS)."""


def fingerprint(samples: Samples) -> Fingerprint:
    """Return the fingerprint of a clip.

    Parameters
    ----------
    samples
        Mono at ``RATE_HZ``, shape (n,), full scale -1..1.
    """
    if 20 * np.log10(np.max(np.abs(samples), initial=0.0) + 1e-12) < SILENT_DBFS:
        return Fingerprint("", *_no_frames())
    energies = _band_energies(samples)
    slopes = energies[:, :-1] - energies[:, 1:]
    certainty = slopes[STEP_FRAMES:] - slopes[:-STEP_FRAMES]
    frames = np.flatnonzero(_active(energies.sum(axis=1)))
    certainty = certainty[frames]
    words = (certainty > 0) @ (1 << np.arange(BITS, dtype=np.uint32))
    ranked = np.argsort(np.abs(certainty), axis=1, kind="stable").astype(np.uint8)
    sure = np.bitwise_or.reduce(np.uint32(1) << ranked[:, -SURE_BITS:].astype(np.uint32), axis=1)
    kept = frames.astype(np.int32), words.astype(np.uint32), sure, ranked[:, :WEAK_BITS]
    return Fingerprint(content_hash(samples), *kept)


def content_hash(samples: Samples) -> str:
    """Return the SHA-256 of the samples rounded to 16 bits, in hexadecimal."""
    rounded = np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2")
    return hashlib.sha256(rounded.tobytes()).hexdigest()


def agreement(first: Fingerprint, second: Fingerprint, offset: int) -> float:
    """Return how much the best stretch of two clips agrees where ``second`` starts ``offset`` frames into ``first``.

    Each certain bit that two frames share adds ``MAX_BIT_ERRORS``, each that differs takes one away; the stretch with
    the highest sum counts, so that what was edited away elsewhere does not matter. Frames of one of three neighbouring
    offsets are taken: a cut need not lie on the grid.
    """
    if not len(first.frames):
        return 0.0
    return max(_best_stretch(*_aligned(first, second, offset + shift)) for shift in (-1, 0, 1))


def _aligned(first: Fingerprint, second: Fingerprint, offset: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return for each frame that counts in both how many certain bits there are and how many differ."""
    shifted = second.frames + np.int32(offset)
    mine = np.minimum(np.searchsorted(first.frames, shifted), len(first.frames) - 1)
    theirs = np.flatnonzero(first.frames[mine] == shifted)
    mine = mine[theirs]
    sure = first.sure[mine] & second.sure[theirs]
    return np.bitwise_count(sure), np.bitwise_count((first.words[mine] ^ second.words[theirs]) & sure)


def _best_stretch(sure: NDArray[np.uint8], differing: NDArray[np.uint8]) -> float:
    """Return the largest sum of consecutive scores (Kadane): the highest rise of their running sum."""
    total = np.cumsum(MAX_BIT_ERRORS * sure - differing.astype(np.float64))
    lowest = np.minimum(np.minimum.accumulate(total), 0.0)
    return float(np.max(total[1:] - lowest[:-1], initial=max(0.0, float(total[0]) if len(total) else 0.0)))


def _band_energies(samples: Samples) -> NDArray[np.float32]:
    """Return the energy of each frame in ``BITS + 1`` bands, shape (frames, bands); at least one step long."""
    edges = _band_edges()
    padded = np.pad(samples, (WINDOW // 2, WINDOW // 2 + STEP_FRAMES * HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    energies = np.empty((len(frames), BITS + 1), dtype=np.float32)
    for start in range(0, len(frames), FRAMES_AT_ONCE):
        part = slice(start, start + FRAMES_AT_ONCE)
        spectrum = rfft(frames[part] * hann(WINDOW), axis=1)[:, edges[0] : edges[-1]]
        energies[part] = np.add.reduceat(spectrum.real**2 + spectrum.imag**2, edges[:-1] - edges[0], axis=1)
    return energies


@cache
def _band_edges() -> NDArray[np.int64]:
    """Return the first bin of each band and the end of the last: a geometric series, a bin wide at least."""
    bins = np.rint(np.geomspace(LOWEST_HZ, HIGHEST_HZ, BITS + 2) * WINDOW / RATE_HZ).astype(np.int64)
    steps = np.maximum(np.diff(bins), 1)
    return np.concatenate([bins[:1], bins[0] + np.cumsum(steps)])


def _active(energy: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell where the louder of the two frames that a word compares is near the clip's loudest."""
    louder = np.maximum(energy[STEP_FRAMES:], energy[:-STEP_FRAMES])
    active: NDArray[np.bool_] = louder > louder.max() * 10 ** (-ACTIVE_DB / 10)
    return active


def _no_frames() -> tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint8]]:
    return np.zeros(0, np.int32), np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros((0, WEAK_BITS), np.uint8)
