"""Stretching keeps the pitch, shifting keeps the duration, and speed changes both: heard by our own pitch tracker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sentisound.audio.decode import decode
from sentisound.features.pitch import track_pitch
from sentisound.learning.augmentation.pitch_shift import PitchShift
from sentisound.learning.augmentation.speed import Speed
from sentisound.learning.augmentation.time_shift import TimeShift
from sentisound.learning.augmentation.time_stretch import TimeStretch
from sentisound.learning.augmentation.wsola import stretched
from sentisound.testing import speech_like, tone

RATE_HZ = 16_000
TEMPI = (0.5, 0.85, 1.15, 2.0)


def monotone(f0_hz: float, duration_s: float = 1.2) -> np.ndarray:
    rng = np.random.default_rng(1)
    return speech_like(duration_s, RATE_HZ, rng, f0_hz=f0_hz, f0_range_semitones=0, pause_share=0)


def pitch_hz(samples: np.ndarray) -> float:
    f0_hz = track_pitch(samples).f0_hz
    assert (f0_hz > 0).mean() > 0.9  # it stays a voice
    return float(np.median(f0_hz[f0_hz > 0]))


def envelope(samples: np.ndarray, width: int = 320) -> np.ndarray:
    blocks = samples[: len(samples) // width * width].reshape(-1, width)
    return np.sqrt((blocks.astype(float) ** 2).mean(axis=1))


@pytest.mark.parametrize("f0_hz", [90, 140, 220, 350])
@pytest.mark.parametrize("tempo", TEMPI)
def test_a_stretch_changes_the_duration_and_not_the_pitch(f0_hz: float, tempo: float, rng):
    voice = monotone(f0_hz)
    made = TimeStretch(tempo, tempo).apply(voice, RATE_HZ, rng)
    assert len(made) == round(len(voice) / tempo)
    assert pitch_hz(made) == pytest.approx(pitch_hz(voice), rel=0.003)  # 5 cents; people hear 10 at best


@pytest.mark.parametrize("f0_hz", [110, 140, 220, 350])
@pytest.mark.parametrize("semitones", [-7, -2, 2, 7])
def test_a_shift_changes_the_pitch_and_not_the_duration(f0_hz: float, semitones: float, rng):
    voice = monotone(f0_hz)
    made = PitchShift(semitones, semitones).apply(voice, RATE_HZ, rng)
    assert len(made) == len(voice)
    assert pitch_hz(made) == pytest.approx(pitch_hz(voice) * 2 ** (semitones / 12), rel=0.005)


@pytest.mark.corpora
@pytest.mark.parametrize("semitones", [-3, 3])
def test_real_speech_is_shifted_by_as_much_and_stays_a_voice(semitones: float, corpora: Path, rng):
    paths = sorted((corpora / "ravdess").glob("Actor_*/03-*"))[5::400]  # of several speakers, wav or flac
    assert paths
    for path in paths:
        speech = decode(path).samples
        before = track_pitch(speech).f0_hz
        after = track_pitch(PitchShift(semitones, semitones).apply(speech, RATE_HZ, rng)).f0_hz
        both = (before > 0) & (after > 0)
        assert np.median(12 * np.log2(after[both] / before[both])) == pytest.approx(semitones, abs=0.2)
        assert both.sum() > 0.8 * (before > 0).sum()


@pytest.mark.parametrize("semitones", [-3, 3])
def test_syllables_stay_where_they_were_in_a_shift(semitones: float, rng):
    voice = monotone(140)
    before, after = envelope(voice), envelope(PitchShift(semitones, semitones).apply(voice, RATE_HZ, rng))
    assert np.corrcoef(before, after)[0, 1] > 0.95


@pytest.mark.parametrize("tempo", [0.7, 1.4])
def test_syllables_move_with_the_tempo_in_a_stretch(tempo: float):
    voice = monotone(140)
    after = envelope(stretched(voice, round(len(voice) / tempo), RATE_HZ), round(640 / tempo))
    before = envelope(voice, 640)
    blocks = min(len(before), len(after))
    assert np.corrcoef(before[:blocks], after[:blocks])[0, 1] > 0.97


def test_a_melody_keeps_its_contour_in_a_stretch():
    voice = speech_like(2, RATE_HZ, np.random.default_rng(4), f0_range_semitones=10, pause_share=0)
    before, after = track_pitch(voice).f0_hz, track_pitch(stretched(voice, 2 * len(voice), RATE_HZ)).f0_hz[::2]
    both = (before > 0) & (after > 0)
    assert np.median(np.abs(12 * np.log2(after[both] / before[both]))) < 0.2  # semitones


def test_no_stretch_gives_back_the_sound(voice: np.ndarray):
    assert stretched(voice, len(voice), RATE_HZ) == pytest.approx(voice, abs=1e-6)


def test_a_stretched_tone_has_no_beats():
    sound = tone(1, RATE_HZ, 300)
    level = envelope(stretched(sound, 24_000, RATE_HZ)[1600:-1600])
    assert level.std() / level.mean() < 0.01


def test_the_level_of_a_stretch_stays(voice: np.ndarray):
    made = stretched(voice, round(1.3 * len(voice)), RATE_HZ)
    assert 20 * np.log10(made.std() / voice.std()) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("length", [1, 7, 100_000])
def test_any_length_can_be_asked_for(length: int, voice: np.ndarray):
    assert stretched(voice, length, RATE_HZ).shape == (length,)


@pytest.mark.parametrize("factor", [0.9, 1.1, 1.5])
def test_speed_changes_pitch_and_duration_together(factor: float, rng):
    voice = monotone(140)
    made = Speed(factor, factor).apply(voice, RATE_HZ, rng)
    assert len(made) == round(len(voice) / factor)
    assert pitch_hz(made) == pytest.approx(pitch_hz(voice) * factor, rel=0.003)


def test_speeding_up_folds_nothing_back(rng):
    made = Speed(2, 2).apply(tone(1, RATE_HZ, 6000), RATE_HZ, rng)  # 12 kHz has no place at 16 kHz
    assert np.abs(made[500:-500]).max() < 1e-3


def test_factors_are_drawn_from_their_range(voice: np.ndarray):
    rng = np.random.default_rng(0)
    factors = [len(voice) / len(Speed(0.9, 1.1).apply(voice, RATE_HZ, rng)) for _ in range(100)]
    assert (min(factors), max(factors)) == (pytest.approx(0.9, abs=0.02), pytest.approx(1.1, abs=0.02))


def shifts(transform: TimeShift, count: int) -> list[np.ndarray]:
    ramp = np.arange(1, 1001, dtype=np.float32)
    rng = np.random.default_rng(0)
    return [transform.apply(ramp, 1000, rng) for _ in range(count)]


def test_a_time_shift_moves_the_sound_and_leaves_silence():
    for made in shifts(TimeShift(0.2), 50):
        sound = made[made > 0]
        assert len(made) == 1000
        assert len(sound) >= 800
        assert (np.diff(sound) == 1).all()
        assert made[0] == 0 or made[-1] == 0 or len(sound) == 1000


def test_it_goes_both_ways():
    firsts = [made[0] for made in shifts(TimeShift(0.2), 50)]
    assert 0 < sum(first == 0 for first in firsts) < 50


def test_around_loses_nothing():
    for made in shifts(TimeShift(0.2, around=True), 20):
        assert np.array_equal(np.sort(made), np.arange(1, 1001))


def test_a_shift_longer_than_the_sound_leaves_silence():
    made = [TimeShift(60).apply(np.ones(10, np.float32), 1000, np.random.default_rng(seed)) for seed in range(5)]
    assert all(one.shape == (10,) and not one.any() for one in made)
