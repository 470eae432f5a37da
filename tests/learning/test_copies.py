"""Noisy copies: named after their originals, and as noisy as they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sentisound.audio.waveform import Origin, Waveform
from sentisound.corpora.corpus import Utterance
from sentisound.learning.copies import SNR_DB, copy_number, noisy, with_copies


def clip(name: str) -> Utterance:
    return Utterance(Path(f"{name}.wav"), "savee", "DC", "happy", "t1", "male", "en", name)


def waveform(samples: np.ndarray) -> Waveform:
    return Waveform(samples.astype(np.float32), 16_000, Origin("array", "float32", 16_000, 1))


def test_each_clip_is_followed_by_its_copies_which_are_of_the_same_file():
    made = with_copies([clip("a"), clip("b")], 2)
    assert [one.name for one in made] == ["a", "a~copy1", "a~copy2", "b", "b~copy1", "b~copy2"]
    assert [one.path.name for one in made] == ["a.wav"] * 3 + ["b.wav"] * 3
    assert {(one.speaker, one.label, one.text) for one in made} == {("DC", "happy", "t1")}


def test_no_copies_leave_the_clips_as_they_are():
    assert with_copies([clip("a"), clip("b")], 0) == [clip("a"), clip("b")]


def test_a_name_that_only_looks_like_a_copys_is_an_original():
    assert copy_number(clip("a~copyright")) == 0


def test_a_copy_knows_its_number_and_an_original_has_none():
    assert [copy_number(one) for one in with_copies([clip("copy_of~b")], 3)] == [0, 1, 2, 3]


@pytest.mark.parametrize("level", [1e-4, 0.01, 0.5])
def test_the_noise_is_30_db_below_the_sound_at_any_level(level: float):
    sound = waveform(level * np.sin(np.arange(32_000) / 10))
    noise = noisy(sound, np.random.default_rng(0)).samples - sound.samples
    ratio = np.mean(np.square(sound.samples, dtype=float)) / np.mean(np.square(noise, dtype=float))
    assert 10 * np.log10(ratio) == pytest.approx(SNR_DB, abs=0.2)
    assert abs(noise.mean()) < level * 1e-3


def test_silence_gets_no_noise_and_the_original_is_not_touched():
    silence = waveform(np.zeros(100))
    assert not noisy(silence, np.random.default_rng(0)).samples.any()
    sound = waveform(np.ones(100))
    made = noisy(sound, np.random.default_rng(0))
    assert (sound.samples == 1).all()
    assert (made.rate_hz, made.origin, made.samples.dtype) == (sound.rate_hz, sound.origin, np.float32)


def test_the_noise_is_that_of_its_seed():
    sound = waveform(np.ones(100))
    one, same, other = (noisy(sound, np.random.default_rng(seed)).samples for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
