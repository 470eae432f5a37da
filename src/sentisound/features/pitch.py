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
from sentisound.features.stft import frames_of, parts
from sentisound.features.viterbi import best_path

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
_BLOCK = 64  # frames at a time: what stays in the cache is twice as fast, and hours of sound need little more memory
_TAPS = 16  # samples either side in the sinc interpolation of a peak


@dataclass(frozen=True, slots=True, eq=False)
class Pitch:
    """The pitch of ``n // hop + 1`` frames, each array float32 of shape (frames,)."""

    f0_hz: Floats
    """Fundamental frequency, ``FLOOR_HZ``..``CEILING_HZ``; 0 where unvoiced."""
    voicing: Floats
    """Height of the autocorrelation's peak in the voice's band, 0..1; of the best candidate where unvoiced."""
    periodicity: Floats
    """Height of the same peak in the whole band, 0..1, which gives the harmonics-to-noise ratio; 0 where unvoiced."""


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """The strongest peaks of each frame, arrays of shape (frames, N_CANDIDATES); an absent one has voicing 0."""

    f0_hz: Floats
    voicing: Floats
    lag: NDArray[np.intp]  # of the peak, in samples


@dataclass(frozen=True, slots=True, eq=False)
class _Spectra:
    """What the frames' spectra say, each array of a row a frame."""

    rms: Floats  # (frames,), of the windowed frame
    power: Floats  # (frames, bins), the whole band
    banded: Floats  # (frames, lags), autocorrelation of the voice's band


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
    spectra = _spectra(samples, rate_hz)
    found = _candidates(spectra.banded, rate_hz)
    chosen = _cheapest_path(_strengths(found, spectra.rms), found.f0_hz)
    row, voiced = np.arange(len(chosen)), np.flatnonzero(chosen)
    best = np.where(chosen > 0, chosen - 1, found.voicing.argmax(axis=1))
    periodicity = np.zeros(len(chosen), np.float32)
    periodicity[voiced] = _periodicity(spectra.power, voiced, found.lag[voiced, best[voiced]], rate_hz)
    f0_hz = np.where(chosen > 0, found.f0_hz[row, best], np.float32(0))
    return Pitch(f0_hz, found.voicing[row, best], periodicity)


def centred_frames(samples: Samples, hop: int, width: int) -> Floats:
    """Cut frames centred on multiples of the hop, ``n // hop + 1`` of them, from sound padded with silence.

    Returns
    -------
    (frames, width) float32, a read-only view
    """
    padded = np.zeros(len(samples) + width, np.float32)
    padded[width // 2 : width // 2 + len(samples)] = samples
    return frames_of(padded, width, hop)[: len(samples) // hop + 1]


def without_offset(samples: Samples) -> Samples:
    """Return the sound less its mean."""
    return samples - np.float32(samples.mean(dtype=np.float64)) if len(samples) else samples


def _spectra(samples: Samples, rate_hz: int) -> _Spectra:
    """Transform the frames, some at a time: the temporaries are larger than what is kept."""
    grid = _grid(rate_hz)
    frames = centred_frames(without_offset(samples), round(HOP_S * rate_hz), len(grid.window))
    shapes = ((len(frames),), (len(frames), len(grid.band)), (len(frames), len(grid.correction)))
    spectra = _Spectra(*(np.empty(shape, np.float32) for shape in shapes))
    for part in parts(len(frames), _BLOCK):
        spectra.rms[part], spectra.power[part] = _power(frames[part], grid)
        spectra.banded[part] = _autocorrelation(spectra.power[part] * grid.band, grid)
    return spectra


def _power(frames: Floats, grid: _Grid) -> tuple[Floats, Floats]:
    """Return RMS (frames,) and power spectrum (frames, bins) of windowed frames."""
    windowed = frames - frames.mean(axis=1, keepdims=True)
    windowed *= grid.window
    rms = np.sqrt(np.einsum("fn,fn->f", windowed, windowed) / (grid.window @ grid.window))
    spectrum = fft.rfft(windowed, grid.n_fft, axis=1)
    return rms, spectrum.real**2 + spectrum.imag**2


def _candidates(banded: Floats, rate_hz: int) -> _Candidates:
    frame, slot, peak = _peaks(banded, _grid(rate_hz))
    lag, voicing = _parabola(banded, frame, peak)
    lasting = _sustained(banded, frame, lag, round(SUSTAIN_S * rate_hz)) > SUSTAIN_THRESHOLD
    shape, place = (len(banded), N_CANDIDATES), (frame[lasting], slot[lasting])
    found = _Candidates(np.full(shape, FLOOR_HZ, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.intp))
    found.f0_hz[place] = (rate_hz / lag[lasting]).clip(FLOOR_HZ, CEILING_HZ)
    found.voicing[place] = voicing[lasting].clip(0, 1)
    found.lag[place] = peak[lasting]
    return found


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
def _grid(rate_hz: int) -> _Grid:
    width = round(WINDOW_S * rate_hz)
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
    correlation = np.asarray(lagged / np.maximum(lagged[:, :1], np.float32(1e-20)), np.float32)
    correlation *= grid.correction
    return correlation


def _peaks(correlation: Floats, grid: _Grid) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the strongest peaks, N_CANDIDATES of a frame at most: frame, rank within the frame, and lag of each."""
    here = correlation[:, grid.lowest : grid.highest + 1]
    is_peak = here > correlation[:, grid.lowest - 1 : grid.highest]
    is_peak &= here >= correlation[:, grid.lowest + 1 : grid.highest + 2]
    is_peak &= here > VOICING_THRESHOLD / 2
    frame, lag = np.divmod(np.flatnonzero(is_peak), is_peak.shape[1])
    order = np.lexsort((grid.octave_cost[grid.lowest + lag] - here[frame, lag], frame))
    rank = np.arange(len(frame)) - np.searchsorted(frame, frame)
    strong = rank < N_CANDIDATES
    return frame[strong], rank[strong], lag[order[strong]] + grid.lowest


def _parabola(correlation: Floats, frame: NDArray[np.intp], lag: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return place and height of the parabola through each peak and its neighbours."""
    left, mid, right = (correlation[frame, lag + step] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * mid + right, np.float32(-1e-9))
    shift = (0.5 * (left - right) / bend).clip(-1, 1)
    return lag + shift, mid - 0.25 * (left - right) * shift


def _sustained(correlation: Floats, frame: NDArray[np.intp], lag: Floats, longest: int) -> Floats:
    """Return the lowest correlation at the multiples of each lag up to ``longest``; 1 where there is none.

    Noise that rings in a formant peaks at one or two of its periods; a voice that high goes on.
    """
    multiples = np.arange(2, 1 + math.floor(longest / lag.min(initial=longest)))
    at = np.rint(lag[:, None] * multiples).astype(np.intp)
    peak, column = np.nonzero(at <= longest)
    heights = np.ones(at.shape)
    heights[peak, column] = _parabola(correlation, frame[peak], at[peak, column])[1]
    return np.asarray(heights.min(axis=1, initial=1))


def _periodicity(power: Floats, voiced: NDArray[np.intp], lag: NDArray[np.intp], rate_hz: int) -> Floats:
    """Return the height of the peak near each voiced frame's lag in the whole band, 0..1."""
    grid, heights = _grid(rate_hz), np.empty(len(voiced), np.float32)
    for part in parts(len(voiced), _BLOCK):
        heights[part] = _sinc_peak(_autocorrelation(power[voiced[part]], grid), lag[part]).clip(0, 1)
    return heights


def _sinc_peak(correlation: Floats, lag: NDArray[np.intp]) -> Floats:
    """Return the height of each frame's peak near a lag, interpolated as a band-limited signal (Boersma's sin(x)/x)."""
    at = np.abs(lag[:, None] + np.arange(-_TAPS, _TAPS + 1))  # it is symmetric around lag 0
    height: Floats = (np.take_along_axis(correlation, at, axis=1) @ _sinc_weights()).max(axis=1)
    return height


@lru_cache(maxsize=1)
def _sinc_weights() -> Floats:
    """Weights (taps, shifts) of a Hann-windowed sinc for shifts within one sample, sixteen to a sample."""
    distance = np.arange(-_TAPS, _TAPS + 1)[:, None] - np.arange(-16, 17)[None, :] / 16
    taper = 0.5 + 0.5 * np.cos(np.pi * distance / (_TAPS + 1))
    return (np.sinc(distance) * taper).astype(np.float32)


def _strengths(found: _Candidates, rms: Floats) -> Floats:
    """Return how strong each state of each frame is: first unvoiced, then the candidates (frames, 1 + N)."""
    loudest = max(float(rms.max()), QUIETEST_RMS)
    relative = rms / loudest
    unvoiced = VOICING_THRESHOLD + np.maximum(0, 2 - relative * (1 + VOICING_THRESHOLD) / SILENCE_THRESHOLD)
    octaves = np.log2(CEILING_HZ / found.f0_hz)
    audible = (found.voicing > 0) & (rms[:, None] > QUIETEST_RMS)
    voiced = np.where(audible, found.voicing - OCTAVE_COST * octaves, _NEVER)
    return np.concatenate([unvoiced[:, None], voiced], axis=1).astype(np.float32)


def _cheapest_path(strength: Floats, f0_hz: Floats) -> NDArray[np.intp]:
    """Return the state of each frame on the best path: 0 unvoiced, else 1 + the candidate (Viterbi)."""
    costs = np.pad(_transition_costs(f0_hz), ((1, 0), (0, 0), (0, 0)))  # to enter the first frame is free
    worth = strength[:, None, :].astype(np.float64) - costs  # an hour sums to 300 000, where float32 has lost the costs
    return best_path(np.ascontiguousarray(np.moveaxis(worth, 0, -1)))[1:]


def _transition_costs(f0_hz: Floats) -> Floats:
    """Return what it costs to go from each state of a frame to each of the next, (frames - 1, 1 + N, 1 + N)."""
    octave = np.log2(f0_hz)
    states = 1 + f0_hz.shape[1]
    costs = np.full((len(f0_hz) - 1, states, states), VOICING_CHANGE_COST, np.float32)
    costs[:, 0, 0] = 0
    costs[:, 1:, 1:] = OCTAVE_JUMP_COST * np.abs(octave[:-1, :, None] - octave[1:, None, :])
    return costs
