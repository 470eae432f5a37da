"""Harmonicity is found where planted; levels and loudness are what they say; all tracks share one grid."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sentisound.features.voice import (
    HNR_RANGE_DB,
    N_BANDS,
    QUIETEST_DB,
    VoiceSpectrogram,
    cycles,
    harmonicity_db,
    level_db,
    loudness,
    tracks,
    tracks_on,
)
from sentisound.testing import speech_like, tone
from voices import INNER, RATE_HZ, over_voiced, pulse_train


@pytest.mark.parametrize("snr_db", [0, 5, 10, 20])
@pytest.mark.parametrize("f0_hz", [100, 140, 230, 310])
def test_harmonicity_is_the_ratio_of_voice_to_noise(f0_hz: float, snr_db: float):
    sound, _, _ = pulse_train(f0_hz, roundness=0.9)
    hiss = np.random.default_rng(1).standard_normal(len(sound)) * sound.std() * 10 ** (-snr_db / 20)
    found = tracks((sound + hiss).astype(np.float32))
    assert over_voiced(found.hnr_db, found.f0_hz) == pytest.approx(snr_db, abs=1.5)


@pytest.mark.parametrize("f0_hz", [75, 140, 310])
def test_a_clean_voice_is_harmonic(f0_hz: float):
    sound, _, _ = pulse_train(f0_hz, roundness=0.9)
    found = tracks(sound)
    assert over_voiced(found.hnr_db, found.f0_hz) > 23, "few periods under the window: 40 dB is beyond reach"


def test_harmonicity_is_boersmas_formula_within_its_range():
    share = np.array([0.0, 0.5, 10 / 11, 0.99, 1.0], np.float32)
    expected = [HNR_RANGE_DB[0], 0, 10, 19.956, HNR_RANGE_DB[1]]
    assert harmonicity_db(share) == pytest.approx(expected, abs=0.01)


def test_the_level_is_the_rms_in_db_of_full_scale():
    assert np.median(level_db(tone(0.5, RATE_HZ, 300, level_db=-26))) == pytest.approx(-26, abs=0.2)
    assert (level_db(np.zeros(1600, np.float32)) == QUIETEST_DB).all()


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_noise_of_full_scale_has_power_1_in_each_band_and_loudness_1(rate_hz: int):
    hiss = np.random.default_rng(0).standard_normal(4 * rate_hz).astype(np.float32) * np.sqrt(rate_hz / 16_000)
    spectrogram = VoiceSpectrogram.of(hiss.astype(np.float32), rate_hz)
    assert spectrogram.bands.shape[1] == N_BANDS
    assert spectrogram.bands[INNER].mean(axis=0) == pytest.approx(np.ones(N_BANDS), abs=0.25)
    assert loudness(spectrogram.bands)[INNER].mean() == pytest.approx(1, abs=0.1)


def test_the_powers_of_a_frame_sum_to_full_scale():
    hiss = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    spectrogram = VoiceSpectrogram.of(hiss)
    assert spectrogram.power.sum(axis=1).mean() / spectrogram.full_scale == pytest.approx(1, abs=0.05)


def test_ten_decibels_are_twice_as_loud():
    sound = speech_like(1.0, RATE_HZ, np.random.default_rng(0))
    loud, soft = tracks(sound).loudness, tracks(sound * np.float32(10**-0.5)).loudness
    np.testing.assert_allclose(loud, 2 * soft, rtol=0.01)


def test_tracks_share_one_frame_grid_and_are_nought_without_a_voice():
    sound = speech_like(1.5, RATE_HZ, np.random.default_rng(2))
    found = tracks(sound)
    unvoiced = found.f0_hz == 0
    assert 0.1 < unvoiced.mean() < 0.9
    for field in fields(found):
        track = getattr(found, field.name)
        assert track.shape == (len(sound) // 160 + 1,), field.name
        assert track.dtype == np.float32, field.name
        assert np.isfinite(track).all(), field.name
    periods = cycles(sound)
    for track in (found.hnr_db, periods.jitter, periods.shimmer):
        assert not track[unvoiced].any()
        assert track[~unvoiced].any()


@pytest.mark.parametrize("step", [2, 3, 6])
def test_tracks_agree_between_sampling_rates(step: int):
    high = speech_like(1.0, 48_000, np.random.default_rng(2), noise_db=-np.inf)
    low = np.convolve(high, np.hanning(2 * step + 1) / step, mode="same")[::step].astype(np.float32)
    plain, other = tracks(high, 48_000), tracks(low, 48_000 // step)
    both = (plain.f0_hz > 0) & (other.f0_hz > 0)
    assert both.mean() > 0.6
    assert np.median(np.abs(plain.f0_hz[both] / other.f0_hz[both] - 1)) < 0.002
    assert np.median(np.abs(plain.level_db[both] - other.level_db[both])) < 1


@pytest.mark.parametrize("rate_hz", [11_025, 22_050, 44_100])
def test_levels_and_harmonicity_hold_at_odd_rates(rate_hz: int):
    found = tracks(tone(1.0, rate_hz, 200), rate_hz)
    assert np.median(found.level_db) == pytest.approx(-20, abs=0.3)
    assert np.median(found.f0_hz) == pytest.approx(200, rel=0.002)
    assert np.median(found.hnr_db) > 25
    assert np.median(cycles(tone(1.0, rate_hz, 200), rate_hz).jitter) < 0.002


def test_tracks_on_a_spectrogram_at_hand_are_the_same():
    sound = speech_like(0.5, RATE_HZ, np.random.default_rng(4))
    centred = sound - sound.mean(dtype=np.float64).astype(np.float32)
    plain, shared = tracks(sound), tracks_on(VoiceSpectrogram.of(centred))
    for field in fields(plain):
        np.testing.assert_array_equal(getattr(plain, field.name), getattr(shared, field.name))


@pytest.mark.parametrize("n_samples", [0, 1, 159, 1600])
@pytest.mark.parametrize("value", [0.0, 0.5])
def test_silence_and_constants_are_silent(n_samples: int, value: float):
    found = tracks(np.full(n_samples, value, np.float32))
    assert (found.level_db == QUIETEST_DB).all()
    for name in ("f0_hz", "voicing", "hnr_db", "loudness"):
        assert not getattr(found, name).any(), name
    periods = cycles(np.full(n_samples, value, np.float32))
    assert not periods.jitter.any()
    assert not periods.shimmer.any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 4000), st.floats(-12, 2))
@settings(max_examples=40, deadline=None)
def test_every_sound_gives_finite_tracks(seed: int, n_samples: int, exponent: float):
    rng = np.random.default_rng(seed)
    sound = 10**exponent * np.cumsum(rng.standard_normal(n_samples)) * rng.integers(0, 2, n_samples)
    found, periods = tracks(sound.astype(np.float32)), cycles(sound.astype(np.float32))
    assert all(np.isfinite(getattr(one, field.name)).all() for one in (found, periods) for field in fields(one))
    assert (periods.jitter <= 0.5).all()
