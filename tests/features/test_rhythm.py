"""Tempo and beats of click trains whose tempo is known."""

import numpy as np
import pytest

from sentisound.features.rhythm import beats, onset_strength, rhythm, tempo
from sentisound.features.stft import Spectrogram

RATE_HZ = 22_050
FRAME_RATE_HZ = RATE_HZ / 512


def clicks(bpm, duration_s=12.0, noise=1e-3):
    rng = np.random.default_rng(0)
    samples = noise * rng.standard_normal(round(duration_s * RATE_HZ))
    for at in np.arange(0.5, duration_s - 0.1, 60 / bpm):
        start = round(at * RATE_HZ)
        samples[start : start + 400] += rng.standard_normal(400) * np.exp(-np.arange(400) / 80)
    return Spectrogram(samples.astype(np.float32), RATE_HZ)


@pytest.mark.parametrize("bpm", [80, 100, 120, 150])
def test_the_tempo_of_clicks_is_found(bpm):
    assert rhythm(clicks(bpm)).tempo_bpm == pytest.approx(bpm, rel=0.03)


def test_beats_fall_on_the_clicks():
    found = rhythm(clicks(120))
    times_s = found.beats * 512 / RATE_HZ
    offset_s = (times_s - 0.5 + 0.25) % 0.5 - 0.25
    assert np.abs(offset_s).max() < 0.07
    assert 18 <= len(found.beats) <= 24


def test_onsets_rise_where_sound_sets_in():
    samples = np.zeros(RATE_HZ, dtype=np.float32)
    samples[RATE_HZ // 2 :] = 0.1 * np.random.default_rng(0).standard_normal(RATE_HZ - RATE_HZ // 2)
    strength = onset_strength(Spectrogram(samples, RATE_HZ))
    assert strength.argmax() * 512 / RATE_HZ == pytest.approx(0.5, abs=0.06)


def test_onset_strength_is_never_negative_and_starts_at_nought():
    strength = onset_strength(clicks(100))
    assert strength.min() == 0
    assert (strength[:3] == 0).all()


def test_silence_has_no_beats():
    found = rhythm(Spectrogram(np.zeros(RATE_HZ, dtype=np.float32), RATE_HZ))
    assert found.tempo_bpm == 0
    assert found.beats.size == 0


def test_without_onsets_the_prior_decides():
    assert tempo(np.zeros(200, dtype=np.float32), FRAME_RATE_HZ) == pytest.approx(120, rel=0.05)


def test_a_tempo_is_never_above_the_limit():
    every_other_frame = np.tile([1.0, 0.0], 150).astype(np.float32)  # 1292 a minute
    assert tempo(every_other_frame, FRAME_RATE_HZ) < 320


@pytest.mark.parametrize("n_frames", [1, 2, 5, 20])
def test_few_frames_have_a_rhythm(n_frames):
    onsets = np.zeros(n_frames, dtype=np.float32)
    onsets[-1] = 1
    found = beats(onsets, FRAME_RATE_HZ, tempo(onsets, FRAME_RATE_HZ))
    assert ((found >= 0) & (found < n_frames)).all()


def test_parts_of_the_tempogram_make_no_difference(monkeypatch):
    onsets = onset_strength(clicks(90))
    whole = tempo(onsets, FRAME_RATE_HZ)
    monkeypatch.setattr("sentisound.features.rhythm.FRAMES_AT_ONCE", 7)
    assert tempo(onsets, FRAME_RATE_HZ) == whole


def test_beats_ascend_and_keep_the_tempo():
    found = rhythm(clicks(100))
    gaps_s = np.diff(found.beats) * 512 / RATE_HZ
    assert (gaps_s > 0).all()
    assert np.median(gaps_s) == pytest.approx(0.6, rel=0.05)


def test_weak_beats_at_the_ends_are_left_out():
    onsets = np.zeros(430, dtype=np.float32)
    onsets[100:300:21] = 1.0
    found = beats(onsets, FRAME_RATE_HZ, 60 * FRAME_RATE_HZ / 21)
    assert found[0] >= 98
    assert found[-1] <= 300
