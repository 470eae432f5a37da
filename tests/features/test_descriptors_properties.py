"""Descriptors of mixtures whose numbers follow from what was mixed, and their bounds for any sound."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.features.descriptors import BANDS_KHZ, FRAME_NAMES, QUIET, descriptors
from sentisound.features.voice import VoiceSpectrogram
from sentisound.testing import speech_like, tone

RATE_HZ = 16_000
INNER = slice(5, -5)


def tracks(samples: np.ndarray) -> dict[str, np.ndarray]:
    found = descriptors(VoiceSpectrogram.of(np.asarray(samples, dtype=np.float32)))
    return dict(zip(FRAME_NAMES, found.frames[INNER].T, strict=True))


def tones(*parts: tuple[float, float]) -> np.ndarray:
    """Return a sum of sines of (Hz, dB)."""
    return sum(tone(0.6, RATE_HZ, frequency_hz, level_db=level_db) for frequency_hz, level_db in parts)


@pytest.fixture(scope="module")
def speech() -> dict[str, np.ndarray]:
    return tracks(speech_like(1.0, RATE_HZ, np.random.default_rng(2)))


def test_two_equal_tones_have_their_centre_between_them():
    """At 1 and 3 kHz with equal power: mean 2, deviation 1, no skewness, and the kurtosis of a coin, 1."""
    found = tracks(tones((1000, -20), (3000, -20)))
    assert found["centroid"] == pytest.approx(2, abs=0.05)
    assert found["spread"] == pytest.approx(1, abs=0.05)
    assert found["skewness"] == pytest.approx(0, abs=0.1)
    assert found["kurtosis"] == pytest.approx(1, abs=0.1)
    assert found["rolloff25"] == pytest.approx(1, abs=0.1)
    assert found["rolloff75"] == pytest.approx(3, abs=0.1)


def test_the_balance_of_two_tones_is_their_difference_in_level():
    found = tracks(tones((700, -20), (1500, -30)))
    assert found["alpha_ratio"] == pytest.approx(-np.log(10), abs=0.05)
    assert found["band1"] - found["band2"] == pytest.approx(np.log(10), abs=0.05)


def test_three_parts_below_and_one_above_lean_to_the_right():
    """Power of 3/4 at 1 kHz and of 1/4 at 3 kHz: mean 1.5, deviation sqrt(3)/2, skewness 2/sqrt(3)."""
    found = tracks(tones((1000, -20), (3000, -20 - 10 * np.log10(3))))
    assert found["centroid"] == pytest.approx(1.5, abs=0.05)
    assert found["spread"] == pytest.approx(np.sqrt(3) / 2, abs=0.05)
    assert found["skewness"] == pytest.approx(2 / np.sqrt(3), abs=0.1)


def test_silence_lies_at_the_floor():
    found = tracks(np.zeros(RATE_HZ // 2))
    assert found["energy"] == pytest.approx(np.log(QUIET), abs=1e-3)
    assert found["mel05"] == pytest.approx(np.log(QUIET), abs=1e-3)
    assert found["flux"].max() == 0


def test_noise_far_below_the_floor_is_hardly_heard():
    hiss = 1e-5 * np.random.default_rng(0).standard_normal(RATE_HZ // 2)  # -100 dB of full scale
    assert tracks(hiss)["energy"] == pytest.approx(np.log(QUIET), abs=0.01)


def test_rolloffs_rise_with_their_share(speech):
    for lower, upper in (("rolloff25", "rolloff50"), ("rolloff50", "rolloff75"), ("rolloff75", "rolloff90")):
        assert (speech[lower] <= speech[upper]).all()
    assert speech["rolloff90"].max() <= 8


def test_no_band_holds_more_than_all(speech):
    for index in range(len(BANDS_KHZ)):
        assert speech[f"band{index}"].max() <= 1e-3


def test_bounds_that_hold_by_definition(speech):
    assert (speech["kurtosis"] >= speech["skewness"] ** 2 + 1 - 0.05).mean() > 0.9, "of every distribution (Pearson)"
    assert speech["zero_crossing"].min() >= 0
    assert speech["zero_crossing"].max() <= 1
    assert speech["flux"].max() <= np.sqrt(2) + 1e-3, "two spectra of unit length without negative values"
    assert speech["flatness"].max() <= 1e-3, "the geometric mean is never above the arithmetic one"


def test_polarity_is_not_heard():
    sound = speech_like(0.6, RATE_HZ, np.random.default_rng(5))
    plain, turned = (descriptors(VoiceSpectrogram.of(sign * sound)) for sign in (np.float32(1), np.float32(-1)))
    power = [column for column, name in enumerate(FRAME_NAMES) if name not in {"zero_crossing", "voicing"}]
    np.testing.assert_allclose(turned.frames[:, power], plain.frames[:, power], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("frequency_hz", [500, 1000, 2000])
def test_a_tone_crosses_zero_twice_a_period(frequency_hz: int):
    found = tracks(tones((frequency_hz, -20)))
    assert found["zero_crossing"].mean() == pytest.approx(2 * frequency_hz / RATE_HZ, rel=0.05)
