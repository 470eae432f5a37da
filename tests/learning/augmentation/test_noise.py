"""Noise and babble: as loud as drawn, of the colour asked for, from the voices given."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.learning.augmentation.babble import Babble
from sentisound.learning.augmentation.noise import Noise
from sentisound.testing import speech_like

RATE_HZ = 16_000


def snr_db(signal: np.ndarray, heard: np.ndarray) -> float:
    noise = heard.astype(float) - signal
    return float(10 * np.log10(np.mean(signal.astype(float) ** 2) / np.mean(noise**2)))


def slope_db_per_octave(noise: np.ndarray) -> float:
    """Return the slope of the power density from 100 Hz to 6.4 kHz, six octaves."""
    power = np.abs(np.fft.rfft(noise)) ** 2
    hz = np.fft.rfftfreq(len(noise), 1 / RATE_HZ)
    edges = 100 * 2.0 ** np.arange(7)
    levels = [10 * np.log10(power[(hz >= low) & (hz < 2 * low)].mean()) for low in edges[:-1]]
    return float(np.polyfit(np.arange(6), levels, 1)[0])


@pytest.mark.parametrize(
    "make", [lambda low, high: Noise(low, high, "white"), lambda low, high: Noise(low, high, "pink")]
)
@pytest.mark.parametrize("wanted_db", [-5.0, 10.0, 30.0])
def test_noise_lies_as_far_below_the_sound_as_said(make, wanted_db: float, voice: np.ndarray, rng):
    assert snr_db(voice, make(wanted_db, wanted_db).apply(voice, RATE_HZ, rng)) == pytest.approx(wanted_db, abs=0.05)


@pytest.mark.parametrize("level", [1e-4, 1.0])
def test_babble_lies_as_far_below_the_sound_as_said(level: float, voice: np.ndarray, rng):
    others = tuple(speech_like(1, RATE_HZ, np.random.default_rng(seed), level_db=-10 - 10 * seed) for seed in range(4))
    sound = voice * np.float32(level)
    heard = Babble(12, 12).among(others).apply(sound, RATE_HZ, rng)
    assert snr_db(sound, heard) == pytest.approx(12, abs=0.05)


def test_the_snr_is_drawn_evenly_from_its_range(voice: np.ndarray):
    rng = np.random.default_rng(0)
    drawn = [snr_db(voice, Noise(10, 30, "white").apply(voice, RATE_HZ, rng)) for _ in range(200)]
    assert min(drawn) == pytest.approx(10, abs=0.5)
    assert max(drawn) == pytest.approx(30, abs=0.5)
    assert np.mean(drawn) == pytest.approx(20, abs=1.5)  # 3.6 standard errors


@pytest.mark.parametrize(("colour", "slope"), [("white", 0.0), ("pink", -3.0)])
def test_a_colour_is_a_slope(colour: str, slope: float, rng):
    sound = np.full(8 * RATE_HZ, 0.1, np.float32)
    noise = Noise(10, 10, colour).apply(sound, RATE_HZ, rng) - sound
    assert slope_db_per_octave(noise) == pytest.approx(slope, abs=0.3)


def test_any_is_sometimes_white_and_sometimes_pink():
    sound = np.full(RATE_HZ, 0.1, np.float32)
    rng = np.random.default_rng(0)
    slopes = [slope_db_per_octave(Noise(10, 10).apply(sound, RATE_HZ, rng) - sound) for _ in range(40)]
    pink = sum(slope < -1.5 for slope in slopes)
    assert 8 < pink < 32  # 20 expected, standard deviation 3.2


def test_a_quiet_and_a_loud_clip_are_heard_alike_in_babble(rng):
    quiet = 1e-3 * np.sin(2 * np.pi * 500 / RATE_HZ * np.arange(16_000)).astype(np.float32)
    loud = np.sin(2 * np.pi * 1500 / RATE_HZ * np.arange(16_000)).astype(np.float32)
    sound = np.full(16_000, 0.1, np.float32)
    voices = Babble(0, 0, 50, 50).among([quiet, loud]).apply(sound, RATE_HZ, rng) - sound
    spectrum = np.abs(np.fft.rfft(voices))
    assert 0.1 < spectrum[500] / spectrum[1500] < 10  # each some 25 voices of random phase


def test_without_other_clips_babble_is_made_of_the_clip_itself(voice: np.ndarray, rng):
    heard = Babble(0, 0, 1, 1).apply(voice, RATE_HZ, rng) - voice
    backwards = voice[::-1]
    likeness = np.fft.irfft(np.fft.rfft(heard) * np.conj(np.fft.rfft(backwards)))
    assert likeness.max() / np.sum(backwards.astype(float) ** 2) == pytest.approx(1, abs=1e-3)


def test_a_short_voice_goes_round_under_a_long_sound(voice: np.ndarray, rng):
    other = np.random.default_rng(0).standard_normal(300).astype(np.float32)
    heard = Babble(0, 0, 1, 1).among([other]).apply(voice, RATE_HZ, rng) - voice
    assert heard[300:600] == pytest.approx(heard[:300], abs=1e-6)


def test_silent_voices_add_nothing(voice: np.ndarray, rng):
    assert np.array_equal(Babble().among([np.zeros(100, np.float32)]).apply(voice, RATE_HZ, rng), voice)
