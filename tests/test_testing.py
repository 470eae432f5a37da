"""The synthetic speech is what its arguments say."""

import numpy as np
import pytest

from sentisound.testing import speech_like, tone

RATES_HZ = (8_000, 16_000, 22_050, 48_000)


def rng(seed=0):
    return np.random.default_rng(seed)


def period_hz(samples, rate_hz):
    """Return the frequency of the highest peak of the autocorrelation, 60..500 Hz."""
    power = np.abs(np.fft.rfft(samples, 2 * len(samples))) ** 2
    correlation = np.fft.irfft(power)
    lags = np.arange(rate_hz // 500, rate_hz // 60)
    return rate_hz / lags[correlation[lags].argmax()]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("duration_s", [0.0, 0.02, 1.0])
def test_samples_are_float32_within_full_scale(duration_s, rate_hz):
    samples = speech_like(duration_s, rate_hz, rng())
    assert samples.shape == (round(duration_s * rate_hz),)
    assert samples.dtype == np.float32
    assert np.abs(samples).max(initial=0) <= 1


def test_the_same_seed_speaks_the_same():
    assert np.array_equal(speech_like(0.5, 16_000, rng(3)), speech_like(0.5, 16_000, rng(3)))
    assert not np.array_equal(speech_like(0.5, 16_000, rng(3)), speech_like(0.5, 16_000, rng(4)))


@pytest.mark.parametrize("f0_hz", [90.0, 140.0, 250.0])
def test_the_pitch_is_as_asked(f0_hz):
    samples = speech_like(1.0, 16_000, rng(), f0_hz=f0_hz, f0_range_semitones=0, pause_share=0)
    assert period_hz(samples, 16_000) == pytest.approx(f0_hz, rel=0.03)


def test_the_level_is_that_of_the_voice():
    samples = speech_like(3.0, 16_000, rng(), pause_share=0, noise_db=-np.inf, level_db=-26)
    assert 20 * np.log10(samples.std()) == pytest.approx(-26, abs=0.3)


def test_half_of_the_syllables_are_silent():
    samples = speech_like(4.0, 16_000, rng(), syllables_per_s=4, pause_share=0.5, noise_db=-np.inf)
    syllables = samples.reshape(16, -1)
    assert np.count_nonzero(np.abs(syllables).max(axis=1) < 1e-6) == 8


def test_pauses_hold_the_noise():
    samples = speech_like(4.0, 16_000, rng(), syllables_per_s=4, pause_share=0.5, noise_db=-60)
    quietest = samples.reshape(16, -1).std(axis=1).min()
    assert 20 * np.log10(quietest) == pytest.approx(-60, abs=0.5)


def test_most_power_lies_where_vowels_have_it():
    power = np.abs(np.fft.rfft(speech_like(2.0, 16_000, rng()))) ** 2
    hz = np.fft.rfftfreq(32_000, 1 / 16_000)
    assert power[hz < 1000].sum() > 0.6 * power.sum()
    assert power[(hz > 1000) & (hz < 4000)].sum() > 10 * power[hz > 4000].sum()


def test_a_tone_has_its_frequency_and_level():
    samples = tone(1.0, 16_000, 440, level_db=-12)
    assert np.abs(np.fft.rfft(samples)).argmax() == 440
    assert 20 * np.log10(samples.std()) == pytest.approx(-12, abs=0.01)
