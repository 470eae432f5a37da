"""Onset strength, tempo and beats, after Ellis, "Beat tracking by dynamic programming" (2007), as in librosa 0.11."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from sentisound.features.filterbanks import hann
from sentisound.features.spectral import Track
from sentisound.features.stft import Frames, Spectrogram, frames_of

PRIOR_BPM = 120.0
"""The tempo that is likeliest before anything is heard; the prior is log-normal with a width of an octave."""

MAX_BPM = 320.0
AUTOCORRELATION_S = 8.0
"""Stretch of onset strength that is compared with itself."""

TIGHTNESS = 100.0
"""How dear it is for a beat to leave the tempo."""

FRAMES_AT_ONCE = 64
"""Frames of the tempogram in memory, better in the cache, at a time."""

TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """Tempo and beats of a sound."""

    tempo_bpm: float
    """Beats a minute; 0 when nothing ever sets in."""
    beats: NDArray[np.intp]
    """Frames on which a beat falls, ascending."""


def rhythm(spectrogram: Spectrogram) -> Rhythm:
    """Find tempo and beats from the median rise over the mel bands, as ``librosa.beat.beat_track`` does."""
    onsets = onset_strength(spectrogram, robust=True)
    if not onsets.any():
        return Rhythm(0.0, np.zeros(0, dtype=np.intp))
    tempo_bpm = tempo(onsets, spectrogram.frame_rate_hz)
    return Rhythm(tempo_bpm, beats(onsets, spectrogram.frame_rate_hz, tempo_bpm))


def onset_strength(spectrogram: Spectrogram, *, robust: bool = False) -> Track:
    """Return by how much the mel bands rise from frame to frame, in dB.

    Parameters
    ----------
    spectrogram
        Its ``mel_db`` is used.
    robust
        Take the median over the bands, as for beats, and not their mean.

    Returns
    -------
    ndarray, shape (frames,), float32
        Delayed by half a transform, so that an onset lies where the sound sets in.
    """
    rise = np.maximum(np.diff(spectrogram.mel_db, axis=0), 0)
    strength = _median_over_bands(rise) if robust else rise.mean(axis=1)
    delay = 1 + spectrogram.n_fft // (2 * spectrogram.hop)
    return np.pad(strength, (delay, 0))[: spectrogram.frames]


def _median_over_bands(rise: Frames) -> Track:
    """Return the median of an even number of bands: numpy's own checks for NaN at twice the cost."""
    half = rise.shape[1] // 2
    ordered = np.sort(rise, axis=1)
    return np.asarray((ordered[:, half - 1] + ordered[:, half]) / 2)


def tempo(onsets: Track, frame_rate_hz: float) -> float:
    """Return the likeliest tempo in beats a minute: the period at which onset strength best resembles itself.

    Parameters
    ----------
    onsets
        Onset strength, shape (frames,).
    frame_rate_hz
        Frames a second.
    """
    periods = int(AUTOCORRELATION_S * frame_rate_hz + 1e-9)
    bpm = 60 * frame_rate_hz / np.arange(1, periods)
    prior = -0.5 * np.log2(bpm / PRIOR_BPM) ** 2
    prior[bpm >= MAX_BPM] = -np.inf
    likelihood = np.log1p(1e6 * np.maximum(_self_similarity(onsets, periods)[1:], 0))
    return float(bpm[np.argmax(likelihood + prior)])


def _self_similarity(onsets: Track, length: int) -> NDArray[np.float64]:
    """Return the mean autocorrelation of a window around each frame, each relative to its lag 0; shape (length,).

    The mean is taken of the power spectra, so one inverse transform does for all frames.
    """
    half = length // 2
    padded = np.concatenate((_ramp_up(onsets[0], half), onsets, _ramp_up(onsets[-1], half)[::-1]))
    frames = frames_of(padded.astype(np.float32), length, 1)[: len(onsets)]
    n_fft = next_fast_len(2 * length - 1, real=True)
    total = sum(
        _relative_power(frames[at : at + FRAMES_AT_ONCE], n_fft) for at in range(0, len(onsets), FRAMES_AT_ONCE)
    )
    similarity: NDArray[np.float64] = irfft(np.asarray(total) / len(onsets), n=n_fft)[:length]
    return similarity


def _ramp_up(level: np.float32, width: int) -> NDArray[np.float64]:
    return np.linspace(0, level, width, endpoint=False, dtype=np.float64)


def _relative_power(frames: Frames, n_fft: int) -> NDArray[np.float64]:
    """Sum over frames the power spectrum of each windowed frame, relative to the frame's energy."""
    windowed = frames * hann(frames.shape[1])
    energy = np.square(windowed).sum(axis=1, keepdims=True)
    spectrum = rfft(windowed / np.sqrt(np.where(energy < TINY, 1, energy)), n=n_fft, axis=1)
    total: NDArray[np.float64] = np.square(np.abs(spectrum)).sum(axis=0, dtype=np.float64)
    return total


def beats(onsets: Track, frame_rate_hz: float, tempo_bpm: float) -> NDArray[np.intp]:
    """Return the frames of the beats: onsets that are strong and spaced by the tempo.

    Parameters
    ----------
    onsets
        Onset strength, shape (frames,), not nought everywhere.
    frame_rate_hz, tempo_bpm
        Frames a second; beats a minute.

    Returns
    -------
    ndarray of int, ascending
        Weak beats before the first and after the last strong one are left out.
    """
    period = max(1, round(60 * frame_rate_hz / tempo_bpm))
    score = _local_score(onsets, period)
    total, previous = _best_chains(score, period)
    chain = [_last_beat(total)]
    while (beat := int(previous[chain[-1]])) >= 0:
        chain.append(beat)
    return _without_weak_ends(np.array(chain[::-1], dtype=np.intp), score)


def _local_score(onsets: Track, period: int) -> NDArray[np.float64]:
    """Smooth onset strength, in units of its deviation, by a Gaussian of 1/32 of the period."""
    spread = float(np.std(onsets, ddof=1)) if len(onsets) > 1 else 0.0
    place = np.arange(-period, period + 1)
    smoothed = np.convolve(onsets / (spread + TINY), np.exp(-0.5 * (place * 32.0 / period) ** 2))
    return smoothed[period : period + len(onsets)]


def _best_chains(score: NDArray[np.float64], period: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the score of the best chain of beats that ends in each frame, and its beat before; -1 is none.

    A beat follows the one before by half to two periods, so half a period of frames is solved at a time.
    """
    nearest, farthest = max(1, round(period / 2)), 2 * period
    gaps = np.arange(nearest, farthest + 1)
    cost = TIGHTNESS * np.log(gaps / period) ** 2
    total = np.full(farthest + len(score), -np.inf)  # nothing comes before the first frame
    previous = np.full(len(score), -1, dtype=np.intp)
    for start in range(0, len(score), nearest):
        frames = np.arange(start, min(start + nearest, len(score)))
        chained = total[farthest + frames[:, np.newaxis] - gaps] - cost
        best = np.argmax(chained, axis=1)
        gain = chained[np.arange(len(frames)), best]
        total[farthest + frames] = score[frames] + np.where(np.isinf(gain), 0, gain)
        previous[frames] = np.where(np.isinf(gain), -1, frames - gaps[best])
    previous[: np.argmax(score >= 0.01 * score.max())] = -1  # no chain reaches back into the silence before
    return total[farthest:], previous


def _last_beat(total: NDArray[np.float64]) -> int:
    """Return the last local maximum that reaches half the median of them; the last frame without one."""
    after = np.append(total[1:], -np.inf)
    peaks = 1 + np.flatnonzero((total[1:] > total[:-1]) & (total[1:] >= after[1:]))
    strong = peaks[total[peaks] >= 0.5 * np.median(total[peaks])] if peaks.size else peaks
    return int(strong[-1]) if strong.size else len(total) - 1


def _without_weak_ends(chain: NDArray[np.intp], score: NDArray[np.float64]) -> NDArray[np.intp]:
    """Drop beats before the first and behind the last frame whose score is above half the RMS of the beats'."""
    smoothed = np.convolve(score[chain], np.hanning(5))[2 : len(score) + 2]
    strong = np.flatnonzero(score > 0.5 * np.sqrt(np.mean(smoothed**2)))
    return chain[(chain >= strong[0]) & (chain <= strong[-1])] if strong.size else chain[:0]
