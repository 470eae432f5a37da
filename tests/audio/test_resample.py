"""Changing the rate of a waveform."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.audio import decode, resample
from sentisound.errors import SettingsError


def test_the_same_rate_is_the_same_waveform(wave):
    waveform = wave(np.zeros(100))
    assert resample(waveform, 16_000) is waveform


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 48_000])
def test_the_tone_stays(rate_hz, tone, wave, is_tone):
    found = resample(wave(tone(16_000)), rate_hz)
    is_tone(found)
    assert found.rate_hz == rate_hz
    assert len(found.samples) == round(1.5 * rate_hz)
    assert found.origin.rate_hz == 16_000


def test_it_is_the_resampling_of_decode(encoded):
    content = encoded("wav16")
    np.testing.assert_allclose(
        resample(decode(content, rate_hz=None), 16_000).samples, decode(content).samples, atol=1e-5
    )


def test_what_lies_above_the_new_half_rate_is_gone(wave):
    times_s = np.arange(48_000) / 48_000
    found = resample(wave(np.sin(2 * np.pi * 12_000 * times_s), 48_000), 16_000)
    assert np.abs(found.samples[500:-500]).max() < 1e-5  # 100 dB down: no alias at 4 kHz


def test_rates_are_checked(wave):
    with pytest.raises(SettingsError, match="rate_hz is 0"):
        resample(wave(np.zeros(100)), 0)
