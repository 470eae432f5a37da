"""The voice every 10 ms: pitch, how harmonic and steady it is from period to period, how loud, and its formants.

``tracks`` returns all but the formants on one frame grid: frame ``i`` is centred on ``i * 10`` ms and there are
``n // hop + 1`` frames. What only a voice has (F0, harmonics-to-noise ratio, jitter, shimmer) is 0 where there is none.
``formants`` takes the power spectra of the frames that are of interest.

Jitter and shimmer compare neighbouring periods. Around each voiced frame five period marks are found by waveform
matching: one on the largest peak, then two on either side where the waveform of one period correlates best with
itself. Jitter is the mean absolute difference of consecutive period lengths over their mean, shimmer the same of
amplitudes (the "local" definitions of Praat's manual). The amplitude of a period is its RMS under a window on its peak:
a single sample's height would change with where the sampling hits the peak. All frames are matched at once, on a grid
of ``_GRID`` points a period, so that no loop runs over periods. A steady voice measures 0.1 % jitter and 1 % shimmer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import RATE_HZ, Samples
from sentisound.features.pitch import HOP_S, Floats, Mask, centred_frames, track_pitch, without_offset
from sentisound.features.stft import Spectrogram, parts, stft_magnitude

WINDOW_S = 0.025
LOWEST_NOTE_HZ = 27.5  # the lowest A of a piano: below every voice
QUIETEST_DB = -100.0
HNR_RANGE_DB = (-20.0, 40.0)
"""Beyond 40 dB rounding and interpolation are measured, not the voice."""
N_BANDS = 26
BAND_RANGE_HZ = (20.0, 8000.0)
LOUDNESS_EXPONENT = 0.3
"""Stevens's power law: sensation grows with intensity to the power 0.3."""

FORMANT_TOP_HZ = 5000.0
FORMANT_ORDER = 10  # two for each of five formants below 5 kHz
PREEMPHASIS = 0.97
LOWEST_FORMANT_HZ = 150.0
WIDEST_FORMANT_HZ = 800.0
CLOSEST_FORMANTS_HZ = 50.0  # nearer than this, one pole was found twice
NEWTON_STEPS = 6
POLE_RADIUS = 0.96  # a resonance of 130 Hz, in 5 kHz
_CIRCLE = 256  # steps from 0 to half the rate in which minima are looked for

_GRID = 64  # points that a period is sampled at
_LEEWAY = 13  # grid points: a period may be 20 % shorter or longer than the pitch says
_REACH = 2  # periods either side of the frame's centre
_TAPER = np.hanning(_GRID + 2)[1:-1].astype(np.float32)  # weighs the pulse over the ringing between pulses
_HALF_WIDTH = _GRID + _REACH * (_GRID + _LEEWAY) + 1  # half a period to the anchor, the marks, half a period of wave
_BLOCK = 64  # frames at a time
_SMOOTHING_S = 0.0005  # takes away what the grid could not carry


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """The voice frame by frame: float32 arrays of shape (n // hop + 1,), a value every 10 ms."""

    f0_hz: Floats
    """Fundamental frequency, 60..750 Hz; 0 where unvoiced."""
    voicing: Floats
    """Height of the autocorrelation's peak below 4 kHz, 0 (noise, silence) to 1 (periodic); also where unvoiced."""
    hnr_db: Floats
    """Harmonics-to-noise ratio, -20..40 dB; 0 where unvoiced."""
    jitter: Floats
    """Difference of consecutive periods relative to their mean, 0..0.4 (0.01 is 1 %); 0 where unvoiced."""
    shimmer: Floats
    """Difference of consecutive amplitudes relative to their mean, 0..2; 0 where unvoiced."""
    level_db: Floats
    """RMS over 25 ms in dB of full scale, -100 for silence."""
    loudness: Floats
    """Mean over auditory bands of power to the power 0.3: 0 for silence, 1 for white noise at full scale.

    It grows with the recording's level, twofold for 10 dB.
    """


class VoiceSpectrogram(Spectrogram):
    """A spectrogram of 25 ms windows every 10 ms, on the frame grid of ``tracks``."""

    @classmethod
    def of(cls, samples: Samples, rate_hz: int = RATE_HZ) -> Self:
        """Return the spectrogram of sound without a constant offset."""
        width = round(WINDOW_S * rate_hz)
        n_fft = 2 ** math.ceil(math.log2(width))
        return cls(samples, rate_hz, n_fft, hop=round(HOP_S * rate_hz), window_length=width)

    @cached_property
    def magnitude(self) -> Floats:
        """The transform's absolute value, shape (frames, bins); the voice has no use for the phase."""
        return stft_magnitude(self.samples, self.n_fft, self.hop, self.window_length)

    @cached_property
    def full_scale(self) -> float:
        """What the power of all bins sums to, 0 Hz to half the rate, in a frame of RMS 1 (a Hann window keeps 3/8)."""
        return 3 / 16 * self.n_fft * (self.window_length or self.n_fft)

    @cached_property
    def bands(self) -> Floats:
        """Power in auditory (mel) bands, shape (frames, N_BANDS).

        White noise of RMS 1 that fills ``BAND_RANGE_HZ`` has 1 in each band, whatever the rate and the window.
        """
        high_hz = min(BAND_RANGE_HZ[1], self.rate_hz / 2)
        scale = np.float32(BAND_RANGE_HZ[1] / self.full_scale)
        return np.multiply(self.mel_bands(N_BANDS, BAND_RANGE_HZ[0], high_hz), scale)

    @cached_property
    def tracks(self) -> Tracks:
        """The voice's tracks on this spectrogram's frames."""
        return tracks_on(self)


def semitones(f0_hz: Floats) -> Floats:
    """Return pitch in semitones above ``LOWEST_NOTE_HZ``; 0 where unvoiced."""
    above: Floats = 12 * np.log2(np.maximum(f0_hz, LOWEST_NOTE_HZ) / LOWEST_NOTE_HZ)
    return above


def tracks(samples: Samples, rate_hz: int = RATE_HZ) -> Tracks:
    """Measure the voice every 10 ms.

    Parameters
    ----------
    samples : (n,) float32
        Mono sound, full scale -1..1, of any length.
    rate_hz : int
        Sampling rate; 8000 and above.

    Returns
    -------
    Tracks
        Finite for every input; silence gives 0 everywhere and -100 dB.
    """
    return VoiceSpectrogram.of(without_offset(samples), rate_hz).tracks


def tracks_on(spectrogram: VoiceSpectrogram) -> Tracks:
    """Measure the voice on a spectrogram that is at hand."""
    samples, rate_hz = spectrogram.samples, spectrogram.rate_hz
    pitch = track_pitch(samples, rate_hz)
    jitter, shimmer = perturbation(samples, pitch.f0_hz, rate_hz)
    voiced = pitch.f0_hz > 0
    return Tracks(
        f0_hz=pitch.f0_hz,
        voicing=pitch.voicing,
        hnr_db=np.where(voiced, harmonicity_db(pitch.periodicity), np.float32(0)),
        jitter=jitter,
        shimmer=shimmer,
        level_db=level_db(samples, rate_hz),
        loudness=loudness(spectrogram.bands),
    )


def harmonicity_db(periodicity: Floats) -> Floats:
    """Return the harmonics-to-noise ratio in dB of autocorrelation peaks 0..1, ``10 log10(r / (1 - r))`` (Boersma)."""
    lowest, highest = (10 ** (db / 10) / (1 + 10 ** (db / 10)) for db in HNR_RANGE_DB)
    share = periodicity.clip(lowest, highest)
    return np.asarray(10 * np.log10(share / (1 - share)), np.float32)


def level_db(samples: Samples, rate_hz: int = RATE_HZ) -> Floats:
    """Return each frame's RMS over 25 ms in dB of full scale, -100 at least."""
    frames = centred_frames(samples, round(HOP_S * rate_hz), round(WINDOW_S * rate_hz))
    power = np.einsum("ij,ij->i", frames, frames) / np.float32(frames.shape[1])
    return np.asarray(np.maximum(10 * np.log10(np.maximum(power, 1e-20)), QUIETEST_DB), np.float32)


def loudness(bands: Floats) -> Floats:
    """Return the loudness of each frame, the mean over ``bands`` of power to the power 0.3."""
    return np.asarray(np.power(bands, np.float32(LOUDNESS_EXPONENT)).mean(axis=1), np.float32)


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


@dataclass(frozen=True, slots=True, eq=False)
class Formants:
    """The first three resonances of the vocal tract, arrays of shape (frames, 3); 0 where one was not found."""

    frequency_hz: Floats
    bandwidth_hz: Floats


def formants(power: Floats, rate_hz: int = RATE_HZ) -> Formants:
    """Find the formants in power spectra by linear prediction.

    The prediction is selective (Makhoul 1975, "Linear prediction: a tutorial review"): the autocorrelation comes from
    the bins below ``FORMANT_TOP_HZ`` alone, which saves resampling. Minima of the prediction polynomial just inside the
    unit circle are where Newton's iteration starts; it ends on the poles, hence exact frequencies and bandwidths.

    Parameters
    ----------
    power : (frames, bins) float32
        Power spectra from 0 to ``rate_hz / 2``, of voiced frames.
    rate_hz : int
        Sampling rate.
    """
    top_hz = min(FORMANT_TOP_HZ, rate_hz / 2)
    frame, pole = _poles(_levinson(_band_autocorrelation(power, top_hz, rate_hz)))
    frequency_hz = -np.angle(pole) * top_hz / np.pi
    bandwidth_hz = np.log(np.maximum(np.abs(pole), 1e-9)) * 2 * top_hz / np.pi
    keep = (frequency_hz > LOWEST_FORMANT_HZ) & (bandwidth_hz > 0) & (bandwidth_hz < WIDEST_FORMANT_HZ)
    keep[1:] &= (frame[1:] != frame[:-1]) | (frequency_hz[1:] > frequency_hz[:-1] + CLOSEST_FORMANTS_HZ)
    return Formants(*(_first_three(frame[keep], values[keep], len(power)) for values in (frequency_hz, bandwidth_hz)))


def _first_three(frame: NDArray[np.intp], values: NDArray[np.float64], n_frames: int) -> Floats:
    """Return the first three values of each frame as a row, 0 where there are fewer; ``frame`` ascends."""
    rank = np.arange(len(frame)) - np.searchsorted(frame, frame)
    rows = np.zeros((n_frames, 3), np.float32)
    rows[frame[rank < 3], rank[rank < 3]] = values[rank < 3]
    return rows


def _band_autocorrelation(power: Floats, top_hz: float, rate_hz: int) -> NDArray[np.float64]:
    """Return lags 0..order of the pre-emphasised band below ``top_hz``, sampled at twice that (frames, order + 1)."""
    bins = 1 + round(top_hz / (rate_hz / 2) * (power.shape[1] - 1))
    angle = np.linspace(0, np.pi, bins)
    emphasis = 1 + PREEMPHASIS**2 - 2 * PREEMPHASIS * np.cos(angle)
    emphasis[[0, -1]] /= 2
    lags = np.arange(FORMANT_ORDER + 1)
    correlation: NDArray[np.float64] = power[:, :bins] @ (emphasis[:, None] * np.cos(angle[:, None] * lags))
    correlation[:, 0] = correlation[:, 0] * (1 + 1e-5) + 1e-20
    return correlation


def _levinson(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve for the predictors of all frames at once: polynomials in z^-1 that start with 1 (Levinson 1947)."""
    predictor = np.zeros_like(correlation)
    predictor[:, 0], error = 1, correlation[:, 0].copy()
    for order in range(1, correlation.shape[1]):
        reflection = -np.einsum("fo,fo->f", predictor[:, :order], correlation[:, order:0:-1]) / error
        predictor[:, 1 : order + 1] += reflection[:, None] * predictor[:, order - 1 :: -1][:, :order]
        error *= 1 - reflection**2
    return predictor


def _poles(predictor: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.complex128]]:
    """Return frame and 1/z of each resonance in the upper half plane, in order of frame and frequency."""
    lows = [_minima(predictor[part]) for part in parts(len(predictor), _BLOCK)]
    is_low = np.concatenate([np.zeros((0, _CIRCLE - 1), bool), *lows])
    frame, low = np.divmod(np.flatnonzero(is_low), is_low.shape[1])
    start = np.asarray(np.exp(-1j * np.pi * (low + 1) / _CIRCLE) / POLE_RADIUS, np.complex128)
    pole, is_root = _newton(predictor[frame], start)
    return frame[is_root], pole[is_root]


def _minima(predictor: NDArray[np.float64]) -> Mask:
    """Return at which points of the half circle with ``POLE_RADIUS`` a polynomial is smaller than at its neighbours."""
    cosine, sine = _half_circle(predictor.shape[1])
    inside = (predictor @ cosine) ** 2 + (predictor @ sine) ** 2
    is_low: Mask = (inside[:, 1:-1] < inside[:, :-2]) & (inside[:, 1:-1] <= inside[:, 2:])
    return is_low


@lru_cache(maxsize=1)
def _half_circle(orders: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return real and imaginary part of the powers of 1/z, shape (orders, _CIRCLE + 1), from 0 to half the rate."""
    order = np.arange(orders)[:, None]
    angle = np.pi / _CIRCLE * order * np.arange(_CIRCLE + 1)
    scale = POLE_RADIUS ** -order.astype(np.float64)
    return np.cos(angle) * scale, np.sin(angle) * scale


def _newton(polynomials: NDArray[np.float64], root: NDArray[np.complex128]) -> tuple[NDArray[np.complex128], Mask]:
    """Improve one root of each polynomial, coefficients from the constant on; tell which iterations came to rest."""
    *others, last = np.ascontiguousarray(polynomials.T)
    step = root
    for _ in range(NEWTON_STEPS):
        value, slope = last.astype(np.complex128), np.zeros_like(root)
        for coefficient in reversed(others):
            slope *= root
            slope += value
            value *= root
            value += coefficient
        step = value / np.where(slope == 0, 1, slope)
        root = root - step
    return root, np.abs(step) < 1e-3
