"""Formants: the resonances of the vocal tract, from the power spectra of the frames that are of interest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sentisound.audio.waveform import RATE_HZ
from sentisound.features.pitch import Floats, Mask
from sentisound.features.stft import parts

FORMANT_TOP_HZ = 5000.0
FORMANT_ORDER = 10  # two for each of five formants below 5 kHz
PREEMPHASIS = 0.97
LOWEST_FORMANT_HZ = 150.0
WIDEST_FORMANT_HZ = 800.0
CLOSEST_FORMANTS_HZ = 50.0  # nearer than this, one pole was found twice
NEWTON_STEPS = 6
POLE_RADIUS = 0.96  # a resonance of 130 Hz, in 5 kHz
_CIRCLE = 256  # steps from 0 to half the rate in which minima are looked for
_BLOCK = 64  # frames at a time


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
