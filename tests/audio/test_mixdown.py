"""Blocks in, one waveform out: mixing, resampling, mending and memory."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from hypothesis import given, settings, strategies as st

from sentisound.audio.limits import DEFAULT_LIMITS, Limits
from sentisound.audio.mixdown import Mixdown, check_target
from sentisound.errors import AudioTooLong, EmptyAudio, SettingsError, UndecodableAudio


def mixed(blocks, rate_hz=16_000, target_hz=16_000, limits=DEFAULT_LIMITS):
    mixdown = Mixdown(rate_hz, 2, target_hz, limits, "it")
    for block in blocks:
        mixdown.add(block)
    return mixdown.finish(), mixdown


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=12), st.sampled_from([8_000, 16_000, 44_100]))
def test_the_size_of_blocks_changes_nothing(sizes, rate_hz):
    noise = np.random.default_rng(sum(sizes)).uniform(-1, 1, (sum(sizes), 2)).astype(np.float32)
    blocks = np.split(noise, np.cumsum(sizes)[:-1])
    samples, mixdown = mixed(blocks, rate_hz)
    expected = soxr.resample(noise.mean(axis=1), rate_hz, 16_000, quality="HQ")
    np.testing.assert_allclose(samples, expected, atol=1e-5)
    assert mixdown.duration_s == sum(sizes) / rate_hz


def test_a_block_is_free_once_it_was_added():
    block = np.ones((100, 2), np.float32)
    mixdown = Mixdown(16_000, 2, None, DEFAULT_LIMITS, "it")
    mixdown.add(block)
    block[:] = 7  # readers reuse the memory
    mixdown.add(block[:0])
    assert mixdown.finish().tolist() == [1.0] * 100


def test_the_count_stops_at_the_limit():
    block = np.zeros((16_000, 2), np.float32)
    with pytest.raises(AudioTooLong, match=r"^it is longer than the 2 s"):
        mixed([block, block, block[:1]], limits=Limits(max_duration_s=2.0))
    assert len(mixed([block, block], limits=Limits(max_duration_s=2.0))[0]) == 32_000


def test_nothing_added_is_empty():
    with pytest.raises(EmptyAudio, match="a header and no samples"):
        mixed([])


@pytest.mark.parametrize("channels", [0, 65])
def test_channels_out_of_range(channels):
    with pytest.raises(UndecodableAudio, match=f"{channels} channels"):
        Mixdown(16_000, channels, None, DEFAULT_LIMITS, "it")


def test_a_single_bad_sample_is_told_and_not_rounded_away():
    block = np.ones((16_000, 2), np.float32)
    block[5, 0] = np.nan
    samples, mixdown = mixed([block])
    assert samples[5] == 0.5  # the other channel stays
    assert mixdown.notes == ["less than 0.01% of the samples are not numbers and count as silence"]


def test_the_scale_is_decided_by_the_whole():
    quiet, loud = np.full((100, 2), 1.0, np.float32), np.full((100, 2), 100.0, np.float32)
    samples, mixdown = mixed([quiet, loud])
    np.testing.assert_allclose(samples[[0, -1]], [0.01, 1.0])
    assert mixdown.notes == ["samples far above full scale (peak 100) were scaled down to a peak of 1"]


def test_targets_have_a_range():
    check_target(2_000)
    check_target(768_000)
    for rate_hz in (1_999, 768_001):
        with pytest.raises(SettingsError, match=str(rate_hz)):
            check_target(rate_hz)


def test_samples_of_all_channels_are_capped_and_not_seconds_alone():
    limits = Limits(max_duration_s=60)
    mixdown = Mixdown(768_000, 64, 16_000, limits, "it")
    block = np.ones((100_000, 64), np.float32)
    for _ in range(3):
        mixdown.add(block)
    with pytest.raises(AudioTooLong, match="it has 64 channels at 768000 Hz; of that at most 0 s are analysed"):
        mixdown.add(block)
    assert mixdown.duration_s < 1


@pytest.mark.parametrize("limits", [Limits(), Limits(max_duration_s=600)])
def test_the_longest_sound_may_have_six_channels_at_48_khz(limits):
    assert limits.max_duration_s * 48_000 * 6 <= limits.max_samples


@pytest.mark.parametrize(("rate_hz", "peak"), [(16_000, 1), (44_100, 1), (16_000, 20_000)])
def test_samples_collected_in_a_file_are_those_collected_in_memory(rate_hz, peak, tmp_path):
    noise = peak * np.random.default_rng(0).uniform(-1, 1, (50_000, 2)).astype(np.float32)
    expected, _ = mixed(np.split(noise, 5), rate_hz)
    with (tmp_path / "samples").open("w+b") as file:
        mixdown = Mixdown(rate_hz, 2, 16_000, DEFAULT_LIMITS, "it", file)
        for block in np.split(noise, 5):
            mixdown.add(block)
        found = mixdown.finish()
        assert found.tobytes() == expected.tobytes() == (tmp_path / "samples").read_bytes()


def test_a_sample_that_resampling_swallows_is_no_sample_in_a_file_either(tmp_path):
    with (tmp_path / "samples").open("w+b") as file:
        mixdown = Mixdown(768_000, 1, 16_000, DEFAULT_LIMITS, "it", file)
        mixdown.add(np.ones((1, 1), np.float32))
        assert len(mixdown.finish()) <= 1
