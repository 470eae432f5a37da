"""Log-mel frames: sizes, normalisation, and parity of the definition with the shared transform."""

import numpy as np
import pytest

from sentisound.features.logmel import LogMel
from sentisound.testing import speech_like, tone


def logmel(**changes):
    defaults = {"n_mels": 64, "window_ms": 25.0, "hop_ms": 10.0, "fmin_hz": 20.0, "fmax_hz": 8000.0, "normalise": True}
    return LogMel(16_000, **(defaults | changes))


@pytest.fixture(scope="module")
def speech():
    return speech_like(1.0, 16_000, np.random.default_rng(0))


def test_windows_and_hops_in_samples():
    frames = logmel()
    assert (frames.window_length, frames.hop, frames.n_fft) == (400, 160, 512)
    assert logmel(window_ms=32.0).n_fft == 512
    assert logmel(window_ms=32.1).n_fft == 1024


def test_a_frame_every_ten_milliseconds(speech):
    assert logmel()(speech).shape == (101, 64)
    assert logmel(hop_ms=20.0, n_mels=40)(speech).shape == (51, 40)


def test_normalised_bands_have_no_mean(speech):
    assert logmel()(speech).mean(axis=0) == pytest.approx(0, abs=1e-4)


def test_normalised_frames_do_not_hear_the_level(speech):
    loud, quiet = logmel()(speech), logmel()(speech * np.float32(0.25))
    assert loud == pytest.approx(quiet, abs=1e-3)


def test_without_normalisation_the_level_is_there(speech):
    difference = logmel(normalise=False)(speech) - logmel(normalise=False)(speech * np.float32(0.5))
    assert difference == pytest.approx(np.log(4), rel=1e-3)


def test_a_tone_lights_its_band():
    frames = logmel(normalise=False, n_mels=40)(tone(0.5, 16_000, 4000))
    low = logmel(normalise=False, n_mels=40)(tone(0.5, 16_000, 300))
    assert frames[20].argmax() > low[20].argmax()


def test_what_is_fainter_than_the_floor_is_not_heard(speech):
    hiss = np.random.default_rng(1).standard_normal(len(speech)).astype(np.float32)
    hiss *= np.float32(10 ** (-45 / 20) * speech.std() / hiss.std())
    bare, floored = (
        np.abs(logmel(**how)(speech + hiss) - logmel(**how)(speech)).mean() for how in ({}, {"floor_db": 30.0})
    )
    assert floored < bare / 3


def test_a_floor_follows_the_level_and_without_one_nothing_changes(speech):
    floored = logmel(floor_db=30.0)
    assert floored(speech) == pytest.approx(floored(speech * np.float32(0.25)), abs=1e-3)
    assert floored(speech).std() < logmel()(speech).std()
    assert np.array_equal(logmel(floor_db=np.inf)(speech), logmel()(speech))


def test_silence_is_finite():
    silence = np.zeros(1600, dtype=np.float32)
    assert logmel(normalise=False)(silence) == pytest.approx(np.log(1e-10))
    assert (logmel()(silence) == 0).all()


def test_bands_that_no_bin_reaches_are_counted():
    assert logmel().empty_bands == 0
    assert logmel(n_mels=200).empty_bands > 0
