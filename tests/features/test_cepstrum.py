"""MFCC and deltas on tracks whose derivatives are known."""

import numpy as np
import pytest

from sentisound.features.cepstrum import delta, mfcc
from sentisound.features.stft import Spectrogram
from sentisound.testing import speech_like


def column(values):
    return np.asarray(values, dtype=np.float32)[:, np.newaxis]


@pytest.fixture(scope="module")
def speech():
    return speech_like(1.0, 22_050, np.random.default_rng(0))


def test_loudness_moves_only_the_first_coefficient(speech):
    quiet, loud = (mfcc(Spectrogram(gain * speech, 22_050), 13) for gain in (np.float32(0.1), np.float32(0.2)))
    difference = loud - quiet
    assert difference[:, 0] == pytest.approx(10 * np.log10(4) * np.sqrt(128), rel=1e-3)  # 6 dB in each of 128 bands
    assert difference[:, 1:] == pytest.approx(0, abs=1e-2)


def test_fewer_coefficients_are_the_first_of_more(speech):
    spectrogram = Spectrogram(speech, 22_050)
    assert mfcc(spectrogram, 13) == pytest.approx(mfcc(spectrogram, 40)[:, :13], rel=1e-5, abs=1e-4)


def test_the_delta_of_a_ramp_is_its_slope():
    assert delta(column(3 * np.arange(30))) == pytest.approx(3 * np.ones((30, 1)), rel=1e-5)


def test_the_second_delta_of_a_parabola_is_constant():
    assert delta(column(np.arange(30) ** 2), order=2) == pytest.approx(2 * np.ones((30, 1)), rel=1e-3)


def test_the_delta_of_a_constant_is_nought():
    assert delta(column(np.full(20, 7.0))) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("order", [1, 2])
def test_columns_do_not_mix(order):
    track = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    alone = np.column_stack([delta(track[:, [index]], order) for index in range(3)])
    assert np.array_equal(delta(track, order), alone)


@pytest.mark.parametrize("n_frames", range(1, 12))
def test_few_frames_have_a_delta_too(n_frames):
    slope = delta(column(np.arange(n_frames)))
    assert slope.shape == (n_frames, 1)
    assert np.isfinite(slope).all()
    assert (slope >= 0).all()


def test_the_input_is_left_alone():
    track = np.random.default_rng(0).standard_normal((20, 2)).astype(np.float32)
    before = track.copy()
    delta(track)
    assert np.array_equal(track, before)
