"""Tones go to the harmonic part, clicks to the percussive part, and nothing is lost."""

import numpy as np
import pytest

from sentisound.features.separation import harmonic_mask, separated
from sentisound.features.stft import Spectrogram
from sentisound.testing import speech_like, tone

RATE_HZ = 22_050


def clicks(duration_s, every_s=0.25):
    samples = np.zeros(round(duration_s * RATE_HZ), dtype=np.float32)
    samples[:: round(every_s * RATE_HZ)] = 0.9
    return samples


def energy(samples):
    return float(np.sum(np.square(samples, dtype=np.float64)))


def test_a_tone_is_harmonic():
    sound = tone(2.0, RATE_HZ, 440)
    harmonic, percussive = separated(Spectrogram(sound, RATE_HZ))
    inner = slice(RATE_HZ // 2, -RATE_HZ // 2)  # where the tone starts and stops it is a click too
    assert energy(harmonic[inner]) > 0.99 * energy(sound[inner])
    assert energy(percussive[inner]) < 0.01 * energy(sound[inner])


def test_clicks_are_percussive():
    sound = clicks(2.0)
    harmonic, percussive = separated(Spectrogram(sound, RATE_HZ))
    assert energy(percussive) > 0.9 * energy(sound) > 50 * energy(harmonic)


def test_a_mixture_comes_apart():
    pitched, struck = tone(2.0, RATE_HZ, 440), clicks(2.0)
    harmonic, percussive = separated(Spectrogram(pitched + struck, RATE_HZ))
    inner = slice(RATE_HZ // 2, -RATE_HZ // 2)
    assert np.corrcoef(harmonic[inner], pitched[inner])[0, 1] > 0.99
    assert np.corrcoef(percussive[inner], struck[inner])[0, 1] > 0.9


def test_the_parts_sum_to_the_sound():
    sound = speech_like(1.3, RATE_HZ, np.random.default_rng(0))
    harmonic, percussive = separated(Spectrogram(sound, RATE_HZ))
    assert harmonic + percussive == pytest.approx(sound, abs=1e-6)


def test_the_mask_is_a_share():
    mask = harmonic_mask(np.random.default_rng(0).random((40, 60), dtype=np.float32))
    assert mask.dtype == np.float32
    assert 0 <= mask.min() < mask.max() <= 1


def test_time_and_frequency_are_each_others_mirror():
    magnitude = np.random.default_rng(0).random((50, 50), dtype=np.float32)
    assert harmonic_mask(magnitude) + harmonic_mask(magnitude.T).T == pytest.approx(1)


def test_silence_is_shared_evenly():
    assert (harmonic_mask(np.zeros((4, 9), dtype=np.float32)) == 0.5).all()


def test_what_is_small_is_not_lost():
    magnitude = np.full((40, 40), 1e-30, dtype=np.float32)  # its square is below the smallest float
    assert harmonic_mask(magnitude) == pytest.approx(0.5)
