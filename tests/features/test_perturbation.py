"""Jitter and shimmer of voices in which they were planted."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.features import perturbation as module
from sentisound.features.perturbation import perturbation
from sentisound.features.voice import tracks
from sentisound.testing import speech_like, tone
from voices import RATE_HZ, measured, pulse_train


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


def test_the_change_of_neighbours_is_relative_to_their_mean():
    rows = np.array([[1, 1, 1, 1], [9, 11, 9, 11], [0, 0, 0, 0]], np.float32)
    assert module._relative_change(rows).tolist() == pytest.approx([0, 0.2, 0])


def test_periods_at_the_edges_of_a_sound_lie_in_silence():
    pulse = np.array([1.0], np.float32)
    steps = module._period_grid(pulse, np.array([0, 1, 40]), np.array([64.0, 64.0, 20.0], np.float32))
    middle = steps.shape[1] // 2
    assert steps[0].argmax() == middle, "a grid point is a sample where the period is 64"
    assert steps[1].argmax() == middle - 1
    assert steps[0].sum() == steps[1].sum() == 1
    assert steps[2].argmax() == middle - 40 * 64 // 20


def test_blocks_of_frames_do_not_show(monkeypatch: pytest.MonkeyPatch):
    sound = speech_like(1.5, RATE_HZ, np.random.default_rng(2))
    f0_hz = tracks(sound).f0_hz
    whole = perturbation(sound, f0_hz)
    monkeypatch.setattr(module, "_BLOCK", 7)
    for track, cut in zip(whole, perturbation(sound, f0_hz), strict=True):
        np.testing.assert_array_equal(track, cut)
