"""What encoders are fed: standardised samples, and Whisper's frames up to the end of the sound."""

import numpy as np
import pytest

from sentisound.errors import BadFeatureParameters
from sentisound.features import feature_set
from sentisound.features.encoder_inputs import (
    SHORTEST_SAMPLES,
    WHISPER_FRAMES,
    WaveformFrames,
    WhisperMel,
    standardised,
    whisper_silence,
)
from sentisound.testing import speech_like, tone


@pytest.fixture(scope="module")
def speech():
    return speech_like(1.5, 16_000, np.random.default_rng(0))


def test_a_standardised_utterance_has_zero_mean_and_unit_variance(speech):
    frames = WaveformFrames(normalise=True)(speech + np.float32(0.1))
    assert frames.shape == (24_000, 1)
    assert frames.mean() == pytest.approx(0, abs=1e-5)
    assert frames.std() == pytest.approx(1, abs=1e-3)


def test_without_normalising_the_samples_stay_as_they_are(speech):
    assert np.array_equal(WaveformFrames(normalise=False)(speech)[:, 0], speech)


def test_the_gain_is_not_heard_and_silence_stays_silence(speech):
    assert standardised(10 * speech) == pytest.approx(standardised(speech), abs=1e-3)
    assert not standardised(np.zeros(1000, np.float32)).any()


@pytest.mark.parametrize("n_samples", [1, 399, 400, 401])
def test_the_first_convolutions_always_have_a_frame(n_samples):
    frames = WaveformFrames(normalise=True)(speech_like(1, 16_000, np.random.default_rng(0))[:n_samples])
    assert len(frames) == max(n_samples, SHORTEST_SAMPLES)
    assert not frames[n_samples:].any()


@pytest.mark.parametrize(("n_samples", "frames"), [(1, 2), (121, 3), (16_000, 102), (479_999, 3000), (600_000, 3000)])
def test_whisper_frames_end_with_the_sound(n_samples, frames):
    """Frame k hears samples 160 k - 200 to 160 k + 199; Whisper's encoder takes 3000 frames."""
    assert WhisperMel(80)(np.full(n_samples, 0.1, np.float32)).shape == (frames, 80)


def test_whisper_frames_span_two_in_height(speech):
    """8 powers of ten, divided by 4."""
    frames = WhisperMel(80)(speech)
    assert np.ptp(frames) == pytest.approx(2)
    assert whisper_silence(frames) == pytest.approx(frames.min())


def test_what_comes_after_thirty_seconds_is_not_heard():
    long = speech_like(31, 16_000, np.random.default_rng(0))
    assert np.array_equal(WhisperMel(80)(long), WhisperMel(80)(long[:480_000]))
    assert len(WhisperMel(80)(long)) == WHISPER_FRAMES


def test_digital_silence_is_whispers_lowest_value():
    """(log10(1e-10) + 4) / 4."""
    frames = WhisperMel(128)(np.zeros(8000, np.float32))
    assert frames == pytest.approx(-1.5, abs=1e-6)
    assert whisper_silence(frames) == pytest.approx(-1.5, abs=1e-6)


def test_a_tone_is_in_its_band():
    """Of 80 bands up to 45.2 mel (8 kHz), 0.558 mel apart, 7.8 mel (520 Hz, below the knee) is the 14th's centre."""
    frames = WhisperMel(80)(tone(1.0, 16_000, 520.0))
    assert frames[50].argmax() == 13


def test_the_parameters_of_the_sets():
    assert feature_set("whisper_mel", {"n_mels": 128}).size == 128
    assert feature_set("waveform", {"normalise": False}).kind == "frames"
    with pytest.raises(BadFeatureParameters, match="80 or 128, not 64"):
        feature_set("whisper_mel", {"n_mels": 64})
