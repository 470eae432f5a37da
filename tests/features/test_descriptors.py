"""Low-level descriptors of signals whose spectrum is known."""

import numpy as np
import pytest

from sentisound.features.descriptors import FRAME_NAMES, VOICE_NAMES, descriptors
from sentisound.features.voice import VoiceSpectrogram
from sentisound.testing import speech_like, tone

RATE_HZ = 16_000
INNER = slice(5, -5)


def tracks(samples):
    found = descriptors(VoiceSpectrogram.of(np.asarray(samples, dtype=np.float32)))
    return dict(zip(FRAME_NAMES, found.frames[INNER].T, strict=True))


@pytest.fixture(scope="module")
def sine():
    return tracks(tone(1.0, RATE_HZ, 1500))


@pytest.fixture(scope="module")
def white():
    return tracks(0.1 * np.random.default_rng(0).standard_normal(RATE_HZ))


def test_names_are_unique_and_as_many_as_tracks():
    names = (*FRAME_NAMES, *VOICE_NAMES)
    assert len(set(names)) == len(names) == 68


def test_one_frame_every_ten_milliseconds():
    found = descriptors(VoiceSpectrogram.of(tone(1.0, RATE_HZ, 200)))
    assert found.frames.shape == (101, len(FRAME_NAMES))
    assert found.frames.dtype == np.float32
    assert found.voiced.shape == (101,)
    assert found.voice.shape == (found.voiced.sum(), len(VOICE_NAMES))


def test_a_tone_sits_at_its_frequency(sine):
    for name in ("centroid", "rolloff25", "rolloff50", "rolloff75", "rolloff90"):
        assert sine[name] == pytest.approx(1.5, abs=0.05)
    assert sine["spread"].max() < 0.1


def test_noise_spreads_over_the_band(white):
    assert white["centroid"].mean() == pytest.approx(4, rel=0.05)
    assert white["spread"].mean() == pytest.approx(8 / np.sqrt(12), rel=0.05)
    assert white["kurtosis"].mean() == pytest.approx(1.8, rel=0.1)  # of a uniform distribution
    assert white["skewness"].mean() == pytest.approx(0, abs=0.1)
    assert white["rolloff25"].mean() == pytest.approx(2, rel=0.1)


def test_noise_is_flat_and_entropic(sine, white):
    assert white["flatness"].mean() > sine["flatness"].mean() + 3
    assert white["entropy"].mean() > sine["entropy"].mean() + 2
    assert white["entropy"].max() < np.log(257)


def test_a_steady_tone_does_not_change(sine, white):
    assert sine["flux"].mean() < 0.1 * white["flux"].mean()


def test_power_twice_as_large_is_log_2_higher(white):
    louder = tracks(0.1 * np.sqrt(2) * np.random.default_rng(0).standard_normal(RATE_HZ))
    assert louder["energy"] - white["energy"] == pytest.approx(np.log(2), rel=1e-3)
    assert louder["mel10"] - white["mel10"] == pytest.approx(np.log(2), rel=1e-3)
    assert louder["band2"] == pytest.approx(white["band2"], abs=1e-3)
    assert louder["mfcc03"] == pytest.approx(white["mfcc03"], abs=1e-2)


def test_energy_is_relative_to_full_scale():
    full_scale = tracks(tone(1.0, RATE_HZ, 1000, level_db=-3.01))
    assert full_scale["energy"] == pytest.approx(np.log(0.5), abs=0.05)


def test_bands_hold_the_tone(sine):
    assert sine["band2"] == pytest.approx(0, abs=0.05)  # 1-2 kHz has it all
    assert sine["band0"].max() < -8
    assert sine["alpha_ratio"].min() > 8


def test_the_voice_is_heard_in_speech():
    speech = speech_like(1.5, RATE_HZ, np.random.default_rng(0), f0_hz=110 * np.sqrt(2), f0_range_semitones=0)
    voice = dict(zip(VOICE_NAMES, descriptors(VoiceSpectrogram.of(speech)).voice.T, strict=True))
    assert np.median(voice["f0_semitones"]) == pytest.approx(30, abs=0.3)  # 110 Hz is 24 above 27.5 Hz
    assert np.median(voice["hnr_db"]) > 5


def test_silence_is_finite_and_voiceless():
    found = descriptors(VoiceSpectrogram.of(np.zeros(RATE_HZ, dtype=np.float32)))
    assert np.isfinite(found.frames).all()
    assert not found.voiced.any()
    assert found.voice.shape == (0, 4)
