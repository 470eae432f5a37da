"""What happens on frames: masks of the size allowed, at the mean; bands that move together."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.audio.waveform import Origin, Waveform
from sentisound.features.sets import feature_set
from sentisound.learning.augmentation.band_shift import BandShift
from sentisound.learning.augmentation.frequency_mask import FrequencyMask
from sentisound.learning.augmentation.time_mask import TimeMask

RATE_HZ = 100.0


@pytest.fixture
def frames() -> np.ndarray:
    values = np.random.default_rng(0).standard_normal((200, 64), dtype=np.float32) + np.arange(64, dtype=np.float32)
    values.flags.writeable = False
    return values


def masked_rows(made: np.ndarray, frames: np.ndarray) -> np.ndarray:
    return np.flatnonzero((made != frames).all(axis=1))


def test_time_masks_are_stretches_at_the_mean_of_each_band(frames: np.ndarray):
    for seed in range(30):
        made = TimeMask(1, 0.4).apply(frames, RATE_HZ, np.random.default_rng(seed))
        rows = masked_rows(made, frames)
        assert len(rows) <= 40  # 0.4 s
        assert (np.diff(rows) == 1).all()
        assert np.array_equal(made[rows], np.broadcast_to(frames.mean(axis=0), (len(rows), 64)))
        untouched = np.setdiff1d(np.arange(200), rows)
        assert np.array_equal(made[untouched], frames[untouched])


def test_masks_have_every_length_and_place(frames: np.ndarray):
    rng = np.random.default_rng(0)
    found = [masked_rows(TimeMask(1, 0.05).apply(frames, RATE_HZ, rng), frames) for _ in range(1500)]
    assert {len(rows) for rows in found} == set(range(6))
    assert set(np.concatenate(found).tolist()) == set(range(200))


def test_a_short_utterance_keeps_most_of_its_frames():
    few = np.arange(20, dtype=np.float32)[:, None] * np.ones(4, np.float32)
    for seed in range(30):
        made = TimeMask(1, 10.0, 0.2).apply(few, RATE_HZ, np.random.default_rng(seed))
        assert len(masked_rows(made, few)) <= 4


def test_the_frame_rate_says_how_many_frames_a_second_are(frames: np.ndarray):
    longest = max(
        len(masked_rows(TimeMask(1, 0.2, 1.0).apply(frames, 50.0, np.random.default_rng(seed)), frames))
        for seed in range(100)
    )
    assert longest == 10


def test_frequency_masks_are_ranges_of_bands_at_their_means(frames: np.ndarray):
    widths = set()
    for seed in range(200):
        made = FrequencyMask(1, 8).apply(frames, RATE_HZ, np.random.default_rng(seed))
        bands = np.flatnonzero((made != frames).any(axis=0))
        widths.add(len(bands))
        assert (np.diff(bands) == 1).all()
        assert np.array_equal(made[:, bands], np.broadcast_to(frames.mean(axis=0)[bands], (200, len(bands))))
    assert widths == set(range(9))


def test_of_normalised_log_mel_a_mask_is_zero(voice: np.ndarray):
    frames = feature_set("logmel").extract(Waveform(voice.copy(), 16_000, Origin("array", "float32", 16_000, 1)))
    made = TimeMask(2).apply(frames, RATE_HZ, np.random.default_rng(2))
    rows = masked_rows(made, frames)
    assert len(rows)
    assert np.abs(made[rows]).max() < 1e-4


def test_two_masks_are_two(frames: np.ndarray):
    counts = []
    for seed in range(100):
        rows = masked_rows(TimeMask(2, 0.1).apply(frames, RATE_HZ, np.random.default_rng(seed)), frames)
        counts.append(1 + int((np.diff(rows) > 1).sum()) if len(rows) else 0)
    assert max(counts) == 2


def test_a_band_shift_moves_all_frames_and_repeats_the_edge(frames: np.ndarray):
    seen = set()
    for seed in range(60):
        made = BandShift(3).apply(frames, RATE_HZ, np.random.default_rng(seed))
        shift = round(float((frames - made).mean(axis=0)[10:50].mean()))  # band k has mean k
        seen.add(shift)
        inner = slice(max(0, shift), 64 + min(0, shift))
        assert np.array_equal(made[:, inner], frames[:, max(0, -shift) : 64 - max(0, shift)])
        assert np.array_equal(made[:, 0], frames[:, max(0, -shift)])
        assert np.array_equal(made[:, -1], frames[:, 63 - max(0, shift)])
    assert seen == set(range(-3, 4))


def test_a_band_shift_is_what_a_shorter_vocal_tract_does():
    """All formants a tenth higher move the peak of the mel spectrum up by some bands, as a shift does."""
    logmel = feature_set("logmel")
    hz = {factor: 1000 * factor for factor in (1.0, 1.13)}
    time_s = np.arange(8000) / 16_000
    peaks = {}
    for factor, frequency in hz.items():
        sound = (0.1 * np.sin(2 * np.pi * frequency * time_s)).astype(np.float32)
        wave = Waveform(sound, 16_000, Origin("array", "float32", 16_000, 1))
        spectrum = feature_set("logmel", {"normalise": False}).extract(wave)[20]
        peaks[factor] = int(spectrum.argmax())
    assert logmel.size == 64
    assert 2 <= peaks[1.13] - peaks[1.0] <= 4


def test_no_shift_and_no_mask_leave_all_as_it_is(frames: np.ndarray, rng):
    for transform in (BandShift(0), TimeMask(1, 0.0), FrequencyMask(1, 0)):
        assert np.array_equal(transform.apply(frames, RATE_HZ, rng), frames)
