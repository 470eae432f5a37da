"""Harmonicity, jitter, shimmer and formants are found where planted; levels and loudness are what they say."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from sentisound.features import voice
from sentisound.features.voice import (
    HNR_RANGE_DB,
    N_BANDS,
    QUIETEST_DB,
    VoiceSpectrogram,
    formants,
    harmonicity_db,
    level_db,
    loudness,
    perturbation,
    tracks,
    tracks_on,
)
from sentisound.testing import VOWELS_HZ, speech_like, tone

RATE_HZ = 16_000
INNER = slice(8, -8)


def pulse_train(
    f0_hz: float, *, jitter: float = 0.0, shimmer: float = 0.0, duration_s: float = 2.0, roundness: float = 0.5
) -> tuple[np.ndarray, float, float]:
    """Return band-limited pulses at drawn times and of drawn heights, with the local jitter and shimmer drawn."""
    rng = np.random.default_rng(0)
    drawn = rng.standard_normal((2, int(1.2 * f0_hz * duration_s))).clip(-2.5, 2.5)
    times_s = np.cumsum((1 + jitter * drawn[0]) / f0_hz)
    times_s = times_s[times_s < duration_s - 0.02]
    heights = (1 + shimmer * drawn[1])[: len(times_s)]
    samples = np.zeros(int(duration_s * RATE_HZ))
    reach = np.arange(-16, 17)
    whole, part = np.divmod(times_s * RATE_HZ, 1)
    pulses = np.sinc(reach - part[:, None]) * (0.5 + 0.5 * np.cos(np.pi * (reach - part[:, None]) / 17))
    np.add.at(samples, np.maximum(whole[:, None].astype(int) + reach, 0), heights[:, None] * pulses)
    rounded = lfilter([1.0], [1.0, -roundness], samples)  # a glottal pulse is no click
    sound = (0.5 * rounded / np.abs(rounded).max()).astype(np.float32)
    return sound, _local(np.diff(times_s)), _local(heights)


def _local(values: np.ndarray) -> float:
    return float(np.abs(np.diff(values)).mean() / values.mean())


def vowel(f0_hz: float, formants_hz: tuple[float, ...], bandwidths_hz: tuple[float, ...]) -> np.ndarray:
    """Return a vowel with a glottal source of -12 dB an octave, radiated with +6 dB."""
    sound, _, _ = pulse_train(f0_hz, duration_s=0.6)
    sound = lfilter([1.0, -1.0], np.convolve([1.0, -0.96], [1.0, -0.96]), sound)
    for centre_hz, width_hz in zip(formants_hz, bandwidths_hz, strict=True):
        radius = np.exp(-np.pi * width_hz / RATE_HZ)
        poles = [1.0, -2 * radius * np.cos(2 * np.pi * centre_hz / RATE_HZ), radius**2]
        sound = lfilter([sum(poles)], poles, sound)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def over_voiced(track: np.ndarray, f0_hz: np.ndarray) -> float:
    return float(track[INNER][f0_hz[INNER] > 0].mean())


def measured(sound: np.ndarray) -> tuple[float, float]:
    found = tracks(sound)
    assert (found.f0_hz[INNER] > 0).mean() > 0.95
    return over_voiced(found.jitter, found.f0_hz), over_voiced(found.shimmer, found.f0_hz)


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


@pytest.mark.parametrize("f0_hz", [75, 110, 200, 300])
def test_a_steady_voice_has_neither_jitter_nor_shimmer(f0_hz: float):
    jitter, shimmer = measured(pulse_train(f0_hz)[0])
    assert jitter < 0.002
    assert shimmer < 0.015


@pytest.mark.parametrize("f0_hz", [75, 110, 200, 300])
@pytest.mark.parametrize("planted", [0.005, 0.01, 0.02])
def test_planted_jitter_is_measured_and_is_not_taken_for_shimmer(f0_hz: float, planted: float):
    sound, drawn, _ = pulse_train(f0_hz, jitter=planted)
    jitter, shimmer = measured(sound)
    assert jitter == pytest.approx(drawn, rel=0.2, abs=0.0015)
    assert shimmer < 0.025


@pytest.mark.parametrize("f0_hz", [75, 110, 200, 300])
@pytest.mark.parametrize("planted", [0.02, 0.05, 0.1])
def test_planted_shimmer_is_measured_and_is_not_taken_for_jitter(f0_hz: float, planted: float):
    sound, _, drawn = pulse_train(f0_hz, shimmer=planted)
    jitter, shimmer = measured(sound)
    assert shimmer == pytest.approx(drawn, rel=0.2, abs=0.012)
    assert jitter < 0.003


def test_jitter_and_shimmer_do_not_depend_on_the_level():
    sound, _, _ = pulse_train(150, jitter=0.01, shimmer=0.05, duration_s=1.0)
    assert measured(0.01 * sound) == pytest.approx(measured(sound), rel=1e-3)


def test_perturbation_is_nought_without_a_voice():
    jitter, shimmer = perturbation(np.ones(1600, np.float32), np.zeros(11, np.float32))
    assert not jitter.any()
    assert not shimmer.any()


def test_perturbation_at_the_edges_of_a_sound_finds_silence_beyond():
    f0_hz = np.full(3, 60, np.float32)  # periods of 267 samples around frames of a sound of 320
    for track in perturbation(tone(0.02, RATE_HZ, 60), f0_hz):
        assert np.isfinite(track).all()


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
    predictor = voice._levinson(voice._band_autocorrelation(power, 5000.0, RATE_HZ))
    frame, pole = voice._poles(predictor)
    residual = np.array([np.polyval(predictor[f][::-1], p) for f, p in zip(frame, pole, strict=True)])
    assert np.abs(residual).max() < 1e-3
    assert len(np.unique(frame)) > 0.9 * len(power)


def test_levinson_solves_the_normal_equations():
    from scipy.linalg import toeplitz

    power = VoiceSpectrogram.of(speech_like(0.1, RATE_HZ, np.random.default_rng(0))).power
    correlation = voice._band_autocorrelation(power, 5000.0, RATE_HZ)
    for lags, found in zip(correlation, voice._levinson(correlation), strict=True):
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
    for track in (found.hnr_db, found.jitter, found.shimmer):
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
    assert np.median(found.jitter) < 0.002


def test_the_change_of_neighbours_is_relative_to_their_mean():
    rows = np.array([[1, 1, 1, 1], [9, 11, 9, 11], [0, 0, 0, 0]], np.float32)
    assert voice._relative_change(rows).tolist() == pytest.approx([0, 0.2, 0])


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
    for name in ("f0_hz", "voicing", "hnr_db", "jitter", "shimmer", "loudness"):
        assert not getattr(found, name).any(), name


@given(st.integers(0, 2**32 - 1), st.integers(1, 4000), st.floats(-12, 2))
@settings(max_examples=40, deadline=None)
def test_every_sound_gives_finite_tracks(seed: int, n_samples: int, exponent: float):
    rng = np.random.default_rng(seed)
    sound = 10**exponent * np.cumsum(rng.standard_normal(n_samples)) * rng.integers(0, 2, n_samples)
    found = tracks(sound.astype(np.float32))
    assert all(np.isfinite(getattr(found, field.name)).all() for field in fields(found))
    assert (found.jitter <= 0.5).all()


def test_blocks_of_frames_do_not_show(monkeypatch: pytest.MonkeyPatch):
    sound = speech_like(1.5, RATE_HZ, np.random.default_rng(2))
    f0_hz = voice.tracks(sound).f0_hz
    power = VoiceSpectrogram.of(sound).power[f0_hz > 0]
    whole, found = voice.perturbation(sound, f0_hz), voice.formants(power)
    monkeypatch.setattr(voice, "_BLOCK", 7)
    for track, cut in zip(whole, voice.perturbation(sound, f0_hz), strict=True):
        np.testing.assert_array_equal(track, cut)
    np.testing.assert_allclose(voice.formants(power).frequency_hz, found.frequency_hz, atol=0.01)


def test_periods_at_the_edges_of_a_sound_lie_in_silence():
    pulse = np.array([1.0], np.float32)
    steps = voice._period_grid(pulse, np.array([0, 1, 40]), np.array([64.0, 64.0, 20.0], np.float32))
    middle = steps.shape[1] // 2
    assert steps[0].argmax() == middle, "a grid point is a sample where the period is 64"
    assert steps[1].argmax() == middle - 1
    assert steps[0].sum() == steps[1].sum() == 1
    assert steps[2].argmax() == middle - 40 * 64 // 20


def test_minima_of_a_resonance_are_at_its_angle():
    pole = 0.98 * np.exp(2j * np.pi * 64 / 512)
    predictor = np.zeros((1, 11))
    predictor[0, :3] = [1, -2 * pole.real, np.abs(pole) ** 2]
    assert np.flatnonzero(voice._minima(predictor)[0]).tolist() == [63], "point 64 of 256; the first is no neighbour"
