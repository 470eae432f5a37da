"""Whether two clips are one recording: the samples decide, where they lie and what was done to them aside."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.audio.waveform import RATE_HZ
from sentisound.corpora.audit_match import MIN_SAME_SHARE, match
from sentisound.testing import speech_like


def voice(seed: int, duration_s: float = 2.0, f0_hz: float = 140.0) -> np.ndarray:
    return speech_like(duration_s, RATE_HZ, np.random.default_rng(seed), f0_hz=f0_hz)


def noisy(samples: np.ndarray, snr_db: float) -> np.ndarray:
    rms = np.sqrt(np.mean(samples**2))
    noise = rms * 10 ** (-snr_db / 20) * np.random.default_rng(9).standard_normal(len(samples))
    return (samples + noise).astype(np.float32)


def test_the_same_samples_are_the_same_everywhere():
    found = match(voice(0), voice(0), 0.0)
    assert found.similarity == pytest.approx(1.0, abs=1e-5)
    assert found.same_share == 1
    assert found.same_s > 1
    assert found.shift_s == 0
    assert found.same_recording


@pytest.mark.parametrize("factor", [0.01, 0.5, -1.0])
def test_gain_and_polarity_do_not_matter(factor: float):
    found = match(voice(1), np.float32(factor) * voice(1), 0.0)
    assert found.similarity == pytest.approx(1.0, abs=1e-4)
    assert found.same_recording


def test_noise_20_db_below_costs_a_little():
    found = match(voice(2), noisy(voice(2), 20), 0.0)
    assert 0.9 < found.similarity < 1
    assert found.same_share > 0.9


@pytest.mark.parametrize("hint_error_s", [-0.04, 0.0, 0.04])
def test_the_shift_is_found_to_the_sample_near_the_hint(hint_error_s: float):
    start = 4_801
    found = match(voice(3), voice(3)[start:], start / RATE_HZ + hint_error_s)
    assert found.shift_s == start / RATE_HZ
    assert found.same_share == 1


def test_the_second_may_start_before_the_first():
    found = match(voice(4)[3_000:], voice(4), -3_000 / RATE_HZ)
    assert found.shift_s == -3_000 / RATE_HZ
    assert found.same_recording


def test_where_a_piece_is_missing_the_rest_counts():
    whole = voice(5, 3.0)
    edited = np.concatenate([whole[:24_000], whole[25_600:]])
    found = match(whole, edited, 0.0)
    assert found.same_recording
    assert MIN_SAME_SHARE < found.same_share < 1


@pytest.mark.parametrize("seed", range(5))
def test_another_voice_is_not_the_same(seed: int):
    found = match(voice(seed, f0_hz=140), voice(seed + 10, f0_hz=147), 0.0)
    assert not found.same_recording
    assert found.same_share < 0.1


def test_too_little_in_common_is_no_match():
    found = match(voice(6), voice(6)[:3_200], 0.0)
    assert found.same_s <= 0.2
    assert not found.same_recording


@pytest.mark.parametrize(("first", "second"), [(50, 16_000), (16_000, 50), (50, 50)])
def test_silence_matches_nothing(first: int, second: int):
    found = match(np.zeros(first, np.float32), np.zeros(second, np.float32), 0.0)
    assert (found.similarity, found.same_s, found.same_share) == (0, 0, 0)
