"""Jitter and shimmer: how steady a voice is from period to period.

They compare neighbouring periods. Around each voiced frame five period marks are found by waveform matching: one on
the largest peak, then two on either side where the waveform of one period correlates best with itself. Jitter is the
mean absolute difference of consecutive period lengths over their mean, shimmer the same of amplitudes (the "local"
definitions of Praat's manual). The amplitude of a period is its RMS under a window on its peak: a single sample's
height would change with where the sampling hits the peak. All frames are matched at once, on a grid of ``_GRID`` points
a period, so that no loop runs over periods. A steady voice measures 0.1 % jitter and 1 % shimmer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.features.pitch import HOP_S, Floats
from sentisound.features.stft import parts

_GRID = 64  # points that a period is sampled at
_LEEWAY = 13  # grid points: a period may be 20 % shorter or longer than the pitch says
_REACH = 2  # periods either side of the frame's centre
_TAPER = np.hanning(_GRID + 2)[1:-1].astype(np.float32)  # weighs the pulse over the ringing between pulses
_HALF_WIDTH = _GRID + _REACH * (_GRID + _LEEWAY) + 1  # half a period to the anchor, the marks, half a period of wave
_BLOCK = 64  # frames at a time
_SMOOTHING_S = 0.0005  # takes away what the grid could not carry


def perturbation(samples: Samples, f0_hz: Floats, rate_hz: int = RATE_HZ) -> tuple[Floats, Floats]:
    """Return local jitter and local shimmer around each frame, 0 where unvoiced.

    Parameters
    ----------
    samples : (n,) float32
        Mono sound without a constant offset.
    f0_hz : (n // hop + 1,) float32
        Pitch of each frame, 0 where unvoiced.
    rate_hz : int
        Sampling rate.

    Returns
    -------
    jitter, shimmer : (frames,) float32
        Mean absolute difference of consecutive periods (their amplitudes) over the mean period (amplitude).
    """
    jitter, shimmer = np.zeros_like(f0_hz), np.zeros_like(f0_hz)
    voiced = np.flatnonzero(f0_hz)
    if len(voiced):
        smooth = _smooth(samples, rate_hz)
        waves = _period_grid(smooth, voiced * round(HOP_S * rate_hz), np.float32(rate_hz) / f0_hz[voiced])
        lengths, amplitudes = _periods(waves)
        jitter[voiced], shimmer[voiced] = _relative_change(lengths), _relative_change(amplitudes)
    return jitter, shimmer


def _relative_change(values: Floats) -> Floats:
    """Return the mean absolute difference of neighbours in each row over the row's mean; 0 for rows of zeros."""
    mean = np.maximum(values.mean(axis=1), np.float32(1e-9))
    change: Floats = np.abs(np.diff(values, axis=1)).mean(axis=1) / mean
    return change


def _smooth(samples: Samples, rate_hz: int) -> Samples:
    taps = np.hanning(2 * round(_SMOOTHING_S * rate_hz / 2) + 3)[1:-1]
    return np.convolve(samples, taps / taps.sum(), mode="same").astype(np.float32) if len(samples) else samples


def _period_grid(samples: Samples, centres: NDArray[np.intp], periods: Floats) -> Floats:
    """Sample the sound around each centre at ``_GRID`` points a period, so that all frames match alike.

    Returns
    -------
    (frames, points) float32
        ``_HALF_WIDTH`` points either side of the centre; silence beyond the sound's ends.
    """
    steps = np.arange(-_HALF_WIDTH, _HALF_WIDTH + 1, dtype=np.float32) / _GRID
    reach = math.ceil(periods.max() * steps[-1]) + 2
    padded = np.pad(samples, reach)
    rise = np.diff(padded)
    waves = np.empty((len(centres), len(steps)), np.float32)
    for part in parts(len(centres), _BLOCK):
        away = periods[part, None] * steps
        whole = np.floor(away)
        left = whole.astype(np.intp)
        left += centres[part, None] + reach
        away -= whole
        away *= rise.take(left)
        np.add(padded.take(left), away, out=waves[part])
    return waves


def _periods(waves: Floats) -> tuple[Floats, Floats]:
    """Return the lengths (frames, 4) in grid points and the amplitudes (frames, 5) of the periods around each frame."""
    middle = waves.shape[1] // 2
    around = np.abs(waves[:, middle - _GRID // 2 : middle + _GRID // 2])
    anchor = around.argmax(axis=1) + middle - _GRID // 2
    cuts = _Cuts(_windows(waves, _GRID), _windows(waves, _GRID + 2 * _LEEWAY), np.arange(len(waves)))
    marks = [anchor]
    lengths: list[Floats] = []
    for direction in (-1, 1):
        mark = anchor
        for _ in range(_REACH):
            length = _match(cuts, mark, direction)
            mark = mark + direction * np.rint(length).astype(np.intp)
            marks.insert(0 if direction < 0 else len(marks), mark)
            lengths.insert(0 if direction < 0 else len(lengths), length)
    amplitudes = np.stack([_rms(cuts.periods[cuts.row, mark - _GRID // 2]) for mark in marks], axis=1)
    return np.stack(lengths, axis=1), amplitudes


@dataclass(frozen=True, slots=True, eq=False)
class _Cuts:
    """Views on waves from each point on, to cut what is around the marks."""

    periods: Floats  # (frames, points, _GRID)
    stretches: Floats  # (frames, points, _GRID + 2 * _LEEWAY)
    row: NDArray[np.intp]


def _windows(waves: Floats, width: int) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(waves, width, axis=1)


def _rms(waves: Floats) -> Floats:
    rms: Floats = np.sqrt((waves**2) @ _TAPER)
    return rms


def _match(cuts: _Cuts, mark: NDArray[np.intp], direction: int) -> Floats:
    """Return by how many grid points the period at ``mark`` must move to fit the next (1) or the previous one (-1)."""
    here = cuts.periods[cuts.row, mark - _GRID // 2] * _TAPER
    there = cuts.stretches[cuts.row, mark - _GRID // 2 + direction * _GRID - _LEEWAY]
    energy = np.einsum("fsg,g->fs", _windows(there**2, _GRID), _TAPER)
    fit = np.einsum("fsg,fg->fs", _windows(there, _GRID), here) / np.sqrt(np.maximum(energy, 1e-12))
    best = fit.argmax(axis=1).clip(1, 2 * _LEEWAY - 1)
    left, mid, right = (fit[cuts.row, best + step] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * mid + right, -1e-9)
    moved = best + (0.5 * (left - right) / bend).clip(-1, 1) - _LEEWAY
    return np.asarray(_GRID + direction * moved, np.float32)
