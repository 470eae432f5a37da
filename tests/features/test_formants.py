"""The formants of made vowels, and of what has none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.linalg import toeplitz

from sentisound.features import formants as module
from sentisound.features.formants import formants
from sentisound.features.voice import VoiceSpectrogram
from sentisound.testing import VOWELS_HZ, speech_like
from voices import INNER, RATE_HZ, vowel


@pytest.mark.parametrize("formants_hz", VOWELS_HZ)
@pytest.mark.parametrize("f0_hz", [100, 140])
def test_the_formants_of_vowels_are_found(f0_hz: float, formants_hz: tuple[float, ...]):
    spectrogram = VoiceSpectrogram.of(vowel(f0_hz, formants_hz, (80, 100, 140)))
    found = formants(spectrogram.power[INNER]).frequency_hz
    assert (found > 0).mean() > 0.95
    error_hz = np.abs(np.median(found, axis=0) - formants_hz)
    assert (error_hz < np.maximum(f0_hz / 2, 0.05 * np.array(formants_hz))).all(), "half a partial, or 5 %"


def test_a_wider_formant_has_a_wider_bandwidth():
    narrow, wide = (
        np.median(
            formants(VoiceSpectrogram.of(vowel(100, VOWELS_HZ[0], (80, width_hz, 140))).power[INNER]).bandwidth_hz[:, 1]
        )
        for width_hz in (60, 300)
    )
    assert narrow < 120 < wide


def test_the_poles_are_the_roots_of_the_predictor():
    power = VoiceSpectrogram.of(speech_like(0.5, RATE_HZ, np.random.default_rng(0))).power
    predictor = module._levinson(module._band_autocorrelation(power, 5000.0, RATE_HZ))
    frame, pole = module._poles(predictor)
    residual = np.array([np.polyval(predictor[f][::-1], p) for f, p in zip(frame, pole, strict=True)])
    assert np.abs(residual).max() < 1e-3
    assert len(np.unique(frame)) > 0.9 * len(power)


def test_levinson_solves_the_normal_equations():
    power = VoiceSpectrogram.of(speech_like(0.1, RATE_HZ, np.random.default_rng(0))).power
    correlation = module._band_autocorrelation(power, 5000.0, RATE_HZ)
    for lags, found in zip(correlation, module._levinson(correlation), strict=True):
        expected = np.linalg.solve(toeplitz(lags[:-1]), -lags[1:])
        np.testing.assert_allclose(found[1:], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("power", [np.zeros((3, 257)), np.ones((3, 257)), np.eye(3, 257)])
def test_spectra_without_formants_give_noughts_or_numbers(power: np.ndarray):
    found = formants(power.astype(np.float32))
    assert np.isfinite(found.frequency_hz).all()
    assert np.isfinite(found.bandwidth_hz).all()
    assert formants(np.zeros((0, 257), np.float32)).frequency_hz.shape == (0, 3)


@given(st.integers(0, 2**32 - 1), st.floats(-12, 6))
@settings(max_examples=30, deadline=None)
def test_formants_of_any_spectrum_are_numbers_that_ascend(seed: int, exponent: float):
    rng = np.random.default_rng(seed)
    power = (10**exponent * rng.random((8, 257)) ** rng.integers(1, 20)).astype(np.float32)
    found = formants(power).frequency_hz
    assert ((found >= 0) & (found < 5000)).all()
    later = found[:, 1:] > 0
    assert (np.diff(found, axis=1)[later] > 0).all()


def test_minima_of_a_resonance_are_at_its_angle():
    pole = 0.98 * np.exp(2j * np.pi * 64 / 512)
    predictor = np.zeros((1, 11))
    predictor[0, :3] = [1, -2 * pole.real, np.abs(pole) ** 2]
    assert np.flatnonzero(module._minima(predictor)[0]).tolist() == [63], "point 64 of 256; the first is no neighbour"


def test_blocks_of_frames_do_not_show(monkeypatch: pytest.MonkeyPatch):
    power = VoiceSpectrogram.of(speech_like(1.5, RATE_HZ, np.random.default_rng(2))).power
    whole = formants(power)
    monkeypatch.setattr(module, "_BLOCK", 7)
    np.testing.assert_allclose(formants(power).frequency_hz, whole.frequency_hz, atol=0.01)
