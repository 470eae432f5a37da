"""Pitch: fundamental frequency (F0) every 10 ms, how periodic the voice is, and where there is no voice.

The method is Boersma's (1993, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
ratio of a sampled sound", IFA Proceedings 17): the autocorrelation of a Hann-windowed frame, divided by that of the
window, peaks near 1 at the period of a periodic sound. Some peaks of each frame are candidates; the cheapest path
through the candidates (Viterbi) pays for octave jumps and for changes between voiced and unvoiced.

Three things differ from the paper. Candidates come from the band below ``BAND_HZ``: there the voice is strongest and
the peaks are wide enough for a parabola, which keeps voices above 400 Hz from being heard an octave too low. A peak
must come again at the multiples of its lag, or noise that rings in a formant would pass as a high voice. And silence is
judged against the loudest frame's RMS rather than the largest sample, so that a click does not silence a voice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.features.stft import frames_of

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

HOP_S = 0.010
"""One value every 10 ms; frame ``i`` is centred on ``i * HOP_S``."""
FLOOR_HZ = 60.0
CEILING_HZ = 750.0
"""Screams and high voices reach 700 Hz; a ceiling of 500 Hz would report them an octave too low."""
WINDOW_S = 3 / FLOOR_HZ  # 50 ms: three periods of the lowest voice, as Boersma asks
BAND_HZ = (2000.0, 4000.0)
"""Candidates weigh frequencies fully up to the first and not at all above the second."""

N_CANDIDATES = 5
VOICING_THRESHOLD = 0.45
SILENCE_THRESHOLD = 0.03  # of the loudest frame's RMS: -30 dB
SUSTAIN_S = 0.007
SUSTAIN_THRESHOLD = 0.3  # correlation at each multiple of a voice's period up to ``SUSTAIN_S``
OCTAVE_COST = 0.03  # for each octave below the ceiling; Boersma's 0.01 halves a voice of 650 Hz in 10 dB of noise
OCTAVE_JUMP_COST = 0.35
VOICING_CHANGE_COST = 0.2  # Boersma's 0.14 lets more bursts of noise pass as a voice of 500 Hz and more
QUIETEST_RMS = 1e-5  # -100 dB of full scale: rounding noise, never a voice
_NEVER = -1e3  # strength of a candidate that is not there
_BLOCK = 128  # frames at a time: what stays in the cache is twice as fast, and hours of sound fit in memory
_TAPS = 16  # samples either side in the sinc interpolation of a peak


@dataclass(frozen=True, slots=True, eq=False)
class Pitch:
    """The pitch of ``n // hop + 1`` frames, each array float32 of shape (frames,)."""

    f0_hz: Floats
    """Fundamental frequency, ``FLOOR_HZ``..``CEILING_HZ``; 0 where unvoiced."""
    voicing: Floats
    """Height of the autocorrelation's peak in the voice's band, 0..1; of the best candidate where unvoiced."""
    periodicity: Floats
    """Height of the same peak in the whole band, 0..1, from which the harmonics-to-noise ratio derives."""


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """The strongest peaks of each frame, each array of shape (frames, N_CANDIDATES); an absent one has voicing 0."""

    f0_hz: Floats
    voicing: Floats
    periodicity: Floats
    rms: Floats  # (frames,), of the windowed frame


def track_pitch(samples: Samples, rate_hz: int = RATE_HZ) -> Pitch:
    """Follow the pitch of a voice.

    Parameters
    ----------
    samples : (n,) float32
        Mono sound; a constant offset does not matter, nor does the level.
    rate_hz : int
        Sampling rate; 8000 and above.

    Returns
    -------
    Pitch
        One value every 10 ms, frame ``i`` centred on sample ``i * hop``; the edges are padded with silence.
    """
    found = _candidates(samples, rate_hz)
    chosen = _cheapest_path(_strengths(found), found.f0_hz)
    row = np.arange(len(chosen))
    best = np.where(chosen > 0, chosen - 1, found.voicing.argmax(axis=1))
    voiced = chosen > 0
    return Pitch(
        np.where(voiced, found.f0_hz[row, best], np.float32(0)),
        found.voicing[row, best],
        found.periodicity[row, best],
    )


def centred_frames(samples: Samples, hop: int, width: int) -> Floats:
    """Cut frames centred on multiples of the hop, ``n // hop + 1`` of them, from sound padded with silence.

    Returns
    -------
    (frames, width) float32, a read-only view
    """
    before = width // 2
    return frames_of(np.pad(samples, (before, width - before)), width, hop)[: len(samples) // hop + 1]


def without_offset(samples: Samples) -> Samples:
    """Return the sound less its mean."""
    return samples - np.float32(samples.mean(dtype=np.float64)) if len(samples) else samples


def _candidates(samples: Samples, rate_hz: int) -> _Candidates:
    width = round(WINDOW_S * rate_hz)
    frames = centred_frames(without_offset(samples), round(HOP_S * rate_hz), width)
    blocks = [_block_candidates(frames[at : at + _BLOCK], rate_hz) for at in range(0, len(frames), _BLOCK)]
    return _Candidates(*(np.concatenate(part) for part in zip(*blocks, strict=True)))


def _block_candidates(frames: Floats, rate_hz: int) -> tuple[Floats, Floats, Floats, Floats]:
    grid = _grid(frames.shape[1], rate_hz)
    windowed = (frames - frames.mean(axis=1, keepdims=True)) * grid.window
    spectrum = fft.rfft(windowed, grid.n_fft, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    banded = _autocorrelation(power * grid.band, grid)
    whole = _autocorrelation(power, grid)
    lags = _peaks(banded, grid)
    present = lags > 0
    lag, voicing = _parabola(banded, np.where(present, lags, grid.highest))
    present &= _sustained(banded, lag, round(SUSTAIN_S * rate_hz)) > SUSTAIN_THRESHOLD
    rms = np.sqrt((windowed**2).mean(axis=1) / (grid.window**2).mean())
    return (
        np.where(present, rate_hz / lag, FLOOR_HZ).clip(FLOOR_HZ, CEILING_HZ).astype(np.float32),
        np.where(present, voicing.clip(0, 1), 0).astype(np.float32),
        np.where(present, _sinc_peak(whole, lags).clip(0, 1), 0).astype(np.float32),
        rms.astype(np.float32),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """What depends on the rate alone."""

    window: Floats  # (width,)
    n_fft: int
    band: Floats  # (bins,) weight of each frequency in the search for candidates
    correction: Floats  # (lags,) 1 / autocorrelation of the window
    lowest: int  # shortest lag searched
    highest: int  # longest lag searched
    octave_cost: Floats  # (lags,)


@lru_cache(maxsize=8)
def _grid(width: int, rate_hz: int) -> _Grid:
    lowest, highest = math.floor(rate_hz / CEILING_HZ), math.ceil(rate_hz / FLOOR_HZ)
    n_lags = highest + _TAPS + 1
    n_fft = fft.next_fast_len(width + n_lags, real=True)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(width) + 0.5) / width)).astype(np.float32)
    own = fft.irfft(np.abs(fft.rfft(window.astype(np.float64), n_fft)) ** 2, n_fft)[:n_lags]
    hz = fft.rfftfreq(n_fft, 1 / rate_hz)
    fade = ((hz - BAND_HZ[0]) / (BAND_HZ[1] - BAND_HZ[0])).clip(0, 1)
    octaves = np.log2(np.maximum(np.arange(n_lags), 1) * CEILING_HZ / rate_hz)
    return _Grid(
        window=window,
        n_fft=n_fft,
        band=(0.5 + 0.5 * np.cos(np.pi * fade)).astype(np.float32),
        correction=(own[0] / own).astype(np.float32),
        lowest=lowest,
        highest=highest,
        octave_cost=(OCTAVE_COST * octaves).astype(np.float32),
    )


def _autocorrelation(power: Floats, grid: _Grid) -> Floats:
    """Return the window-corrected autocorrelation of each frame, 1 at lag 0; zeros for a silent frame."""
    lagged = fft.irfft(power, grid.n_fft, axis=1)[:, : len(grid.correction)]
    energy = np.maximum(lagged[:, :1], np.float32(1e-20))
    return np.asarray(lagged / energy * grid.correction, np.float32)


def _peaks(correlation: Floats, grid: _Grid) -> NDArray[np.intp]:
    """Return the lags of each frame's strongest peaks, shape (frames, N_CANDIDATES), 0 where there are fewer."""
    here = correlation[:, grid.lowest : grid.highest + 1]
    is_peak = here > correlation[:, grid.lowest - 1 : grid.highest]
    is_peak &= here >= correlation[:, grid.lowest + 1 : grid.highest + 2]
    is_peak &= here > VOICING_THRESHOLD / 2
    strength = np.where(is_peak, here - grid.octave_cost[grid.lowest : grid.highest + 1], np.float32(_NEVER))
    best = np.argpartition(-strength, N_CANDIDATES, axis=1)[:, :N_CANDIDATES]
    return np.where(np.take_along_axis(is_peak, best, axis=1), best + grid.lowest, 0)


def _parabola(correlation: Floats, lags: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return place and height of the parabola through each peak and its neighbours."""
    at = np.maximum(lags, 1)
    left, mid, right = (np.take_along_axis(correlation, at + step, axis=1) for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * mid + right, np.float32(-1e-9))
    shift = (0.5 * (left - right) / bend).clip(-1, 1)
    return at + shift, mid - 0.25 * (left - right) * shift


def _sustained(correlation: Floats, lag: Floats, longest: int) -> Floats:
    """Return the lowest correlation at the multiples of each lag up to ``longest``; 1 where there is none.

    Noise that rings in a formant peaks at one or two of its periods; a voice that high goes on.
    """
    lowest = np.ones_like(lag)
    for multiple in range(2, 1 + math.floor(longest / lag.min())):
        at = np.rint(multiple * lag).astype(np.intp)
        there = _parabola(correlation, np.minimum(at, longest))[1]
        lowest = np.where(at <= longest, np.minimum(lowest, there), lowest)
    return lowest


def _sinc_peak(correlation: Floats, lags: NDArray[np.intp]) -> Floats:
    """Return the height of the peak near each lag, interpolated as a band-limited signal (Boersma's sin(x)/x)."""
    at = np.abs(lags[..., None] + np.arange(-_TAPS, _TAPS + 1))  # it is symmetric around lag 0
    around = np.take_along_axis(correlation[:, None, :], at, axis=2)
    height: Floats = (around @ _sinc_weights()).max(axis=-1)
    return height


@lru_cache(maxsize=1)
def _sinc_weights() -> Floats:
    """Weights (taps, shifts) of a Hann-windowed sinc for shifts within one sample, sixteen to a sample."""
    distance = np.arange(-_TAPS, _TAPS + 1)[:, None] - np.arange(-16, 17)[None, :] / 16
    taper = 0.5 + 0.5 * np.cos(np.pi * distance / (_TAPS + 1))
    return (np.sinc(distance) * taper).astype(np.float32)


def _strengths(found: _Candidates) -> Floats:
    """Return how strong each state of each frame is: first unvoiced, then the candidates (frames, 1 + N)."""
    loudest = max(float(found.rms.max()), QUIETEST_RMS)
    relative = found.rms / loudest
    unvoiced = VOICING_THRESHOLD + np.maximum(0, 2 - relative * (1 + VOICING_THRESHOLD) / SILENCE_THRESHOLD)
    octaves = np.log2(CEILING_HZ / found.f0_hz)
    audible = (found.voicing > 0) & (found.rms[:, None] > QUIETEST_RMS)
    voiced = np.where(audible, found.voicing - OCTAVE_COST * octaves, _NEVER)
    return np.concatenate([unvoiced[:, None], voiced], axis=1).astype(np.float32)


def _cheapest_path(strength: Floats, f0_hz: Floats) -> NDArray[np.intp]:
    """Return the state of each frame on the best path: 0 unvoiced, else 1 + the candidate (Viterbi)."""
    costs = _transition_costs(f0_hz)
    states = np.arange(strength.shape[1])
    came_from = np.zeros(strength.shape, np.intp)
    total = strength[0].astype(np.float64)  # an hour sums to 300 000, where float32 has lost the costs
    for frame in range(1, len(strength)):
        scores = total[:, None] - costs[frame - 1]
        best = scores.argmax(axis=0)
        came_from[frame] = best
        total = scores[best, states] + strength[frame]
    path = np.empty(len(strength), np.intp)
    path[-1] = total.argmax()
    for frame in range(len(strength) - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return path


def _transition_costs(f0_hz: Floats) -> Floats:
    """Return what it costs to go from each state of a frame to each of the next, (frames - 1, 1 + N, 1 + N)."""
    octave = np.log2(f0_hz)
    states = 1 + f0_hz.shape[1]
    costs = np.full((len(f0_hz) - 1, states, states), VOICING_CHANGE_COST, np.float32)
    costs[:, 0, 0] = 0
    costs[:, 1:, 1:] = OCTAVE_JUMP_COST * np.abs(octave[:-1, :, None] - octave[1:, None, :])
    return costs
