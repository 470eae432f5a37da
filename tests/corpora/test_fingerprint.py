"""The fingerprint: what it survives, what it tells apart, and what it leaves out."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.audio.waveform import RATE_HZ
from sentisound.corpora.audit_index import MIN_AGREEMENT, suspects
from sentisound.corpora.fingerprint import BITS, HOP, SURE_BITS, WEAK_BITS, agreement, content_hash, fingerprint
from sentisound.testing import speech_like, tone


def clip(seed: int, duration_s: float = 2.0) -> np.ndarray:
    return speech_like(duration_s, RATE_HZ, np.random.default_rng(seed))


def noisy(samples: np.ndarray, snr_db: float) -> np.ndarray:
    rms = np.sqrt(np.mean(samples**2))
    noise = rms * 10 ** (-snr_db / 20) * np.random.default_rng(9).standard_normal(len(samples))
    return (samples + noise).astype(np.float32)


def test_a_word_has_its_bits_and_knows_which_are_certain():
    found = fingerprint(clip(0))
    assert len(found.frames) == len(found.words) == len(found.sure) == len(found.weak) > 50
    assert found.words.max() < 1 << BITS
    assert set(np.bitwise_count(found.sure).tolist()) == {SURE_BITS}
    assert found.weak.shape[1] == WEAK_BITS
    weakest = np.uint32(1) << found.weak[:, 0].astype(np.uint32)
    assert not (found.sure & weakest).any()


def test_a_gain_changes_no_bit_and_the_hash():
    sound = clip(1)
    quiet, loud = fingerprint(sound * np.float32(0.25)), fingerprint(sound)
    assert quiet.content != loud.content
    np.testing.assert_array_equal(quiet.frames, loud.frames)
    assert agreement(quiet, loud, 0) > 3 * MIN_AGREEMENT


def test_the_hash_is_that_of_16_bit_samples():
    sound = clip(2)
    stored = (np.rint(sound * 32768).clip(-32768, 32767) / 32768).astype(np.float32)
    assert content_hash(sound) == content_hash(stored)
    assert content_hash(sound) != content_hash(sound[1:])


@pytest.mark.parametrize("cut", [4800, 4800 + HOP // 2, 4800 + 100])
def test_a_cut_only_shifts_it_also_off_the_grid(cut: int):
    sound = clip(3)
    whole, part = fingerprint(sound), fingerprint(sound[cut:])
    assert agreement(whole, part, round(cut / HOP)) > MIN_AGREEMENT
    assert agreement(whole, part, round(cut / HOP) + 20) < MIN_AGREEMENT / 2


def test_noise_20_db_below_leaves_it_recognisable():
    sound = clip(4)
    assert agreement(fingerprint(sound), fingerprint(noisy(sound, 20)), 0) > MIN_AGREEMENT


def test_strangers_do_not_agree_at_any_shift():
    mine, theirs = fingerprint(clip(5)), fingerprint(clip(6))
    assert max(agreement(mine, theirs, shift) for shift in range(-60, 60)) < MIN_AGREEMENT


@pytest.mark.parametrize("samples", [np.zeros(16_000), np.full(16_000, 1e-5), np.zeros(0)])
def test_silence_has_neither_frames_nor_hash(samples: np.ndarray):
    found = fingerprint(samples.astype(np.float32))
    assert found.content == ""
    assert len(found.frames) == len(found.words) == 0
    assert agreement(found, fingerprint(clip(7)), 0) == agreement(fingerprint(clip(7)), found, 0) == 0


def test_pauses_and_the_noise_in_them_are_left_out():
    sound = noisy(np.concatenate([clip(8, 1.0), np.zeros(RATE_HZ, np.float32)]), 40)
    assert fingerprint(sound).frames.max() * HOP < 1.3 * RATE_HZ


def test_a_clip_shorter_than_a_window_is_fine():
    assert len(fingerprint(tone(0.05, RATE_HZ, 440.0)).frames) > 0


def test_the_index_finds_the_copy_and_where_it_starts():
    clips = [clip(seed) for seed in range(20)]
    copy = noisy(clips[7][3200:], 25)
    found = suspects([*map(fingerprint, clips), fingerprint(copy)])
    best = max(found, key=lambda pair: pair.votes)
    assert (best.first, best.second) == (7, 20)
    assert best.offset * HOP == pytest.approx(3200, abs=HOP)


def test_the_index_takes_nothing_and_silence():
    assert suspects([]) == []
    assert suspects([fingerprint(np.zeros(16_000, np.float32))] * 3) == []


def test_noise_is_like_no_other_noise():
    rng = np.random.default_rng(0)
    noises = [(0.1 * rng.standard_normal(48_000)).astype(np.float32) for _ in range(5)]
    assert suspects([fingerprint(one) for one in noises]) == []
