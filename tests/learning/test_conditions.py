"""Each condition does what it says: levels, bands and lengths are measured, and the same clip gives the same sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.audio.waveform import Origin, Waveform
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.recordings import Recording
from sentisound.errors import RecipeError
from sentisound.learning.dataset import build_dataset, silent
from sentisound.learning.evaluation.conditions import (
    CONDITIONS,
    as_heard,
    condition,
    condition_key,
    condition_of,
    under,
)
from sentisound.learning.recipe import FeatureOptions
from sentisound.testing import speech_like, tone

RATE_HZ = 16_000
SPEECH = speech_like(2.0, RATE_HZ, np.random.default_rng(1), noise_db=-60)
CLIP = Utterance(Path("a.wav"), "savee", "ann", "happy", "t", "male", "en", "a")
LONGER = {"zeros_before", "zeros_after", "mp3_32k"}
SHORTER = {"cropped_start", "cropped_end"}


def heard(name: str, signal: np.ndarray = SPEECH, seed: int = 0) -> np.ndarray:
    return CONDITIONS[name].change(signal, RATE_HZ, np.random.default_rng(seed))


def power(signal: np.ndarray) -> float:
    return float(np.mean(np.square(signal, dtype=np.float64)))


def band_db(signal: np.ndarray, low_hz: float, high_hz: float) -> float:
    """Return the level of a band, dB."""
    spectrum = np.abs(np.fft.rfft(signal.astype(np.float64))) ** 2
    hz = np.fft.rfftfreq(len(signal), 1 / RATE_HZ)
    return float(10 * np.log10(spectrum[(hz >= low_hz) & (hz < high_hz)].sum() + 1e-20))


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_gives_finite_samples_of_the_length_that_it_should(name: str):
    changed = heard(name)
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()
    if name in LONGER:
        assert len(SPEECH) <= len(changed) <= len(SPEECH) + 0.21 * RATE_HZ
    elif name in SHORTER:
        assert 0.1 <= (len(SPEECH) - len(changed)) / RATE_HZ <= 0.2
    else:
        assert len(changed) == len(SPEECH)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_depends_on_its_seed_alone_and_leaves_the_clip_as_it_was(name: str):
    before = SPEECH.copy()
    assert np.array_equal(heard(name, seed=3), heard(name, seed=3))
    assert np.array_equal(before, SPEECH)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_survives_silence_and_a_single_sample(name: str):
    for signal in (np.zeros(4000, np.float32), np.float32([0.1])):
        assert np.isfinite(heard(name, signal)).all()


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_has_words_and_a_threshold_of_shares(name: str):
    one = CONDITIONS[name]
    assert one.words
    assert 0.5 <= one.threshold.min_unchanged < 1
    assert one.threshold.max_fall is None or 0 < one.threshold.max_fall <= 0.05


@pytest.mark.parametrize("colour", ["white", "pink", "babble"])
@pytest.mark.parametrize("snr_db", [20, 10])
def test_noise_lies_as_far_below_the_clip_as_it_says(colour: str, snr_db: int):
    noise = heard(f"{colour}_{snr_db}db") - SPEECH
    assert 10 * np.log10(power(SPEECH) / power(noise)) == pytest.approx(snr_db, abs=0.05)


@pytest.mark.parametrize(("name", "db_an_octave"), [("white_20db", 3), ("pink_20db", 0)])
def test_noise_has_its_colour(name: str, db_an_octave: float):
    """An octave of white noise holds twice the power of the one below; octaves of pink noise hold the same."""
    noise = heard(name) - SPEECH
    levels = [band_db(noise, low, 2 * low) for low in (250, 500, 1000, 2000)]
    assert np.diff(levels) == pytest.approx([db_an_octave] * 3, abs=0.8)


def test_babble_is_low_as_voices_are_and_another_for_another_clip():
    babble = heard("babble_10db") - SPEECH
    assert band_db(babble, 80, 3500) - band_db(babble, 3500, 8000) > 15
    assert not np.allclose(babble, heard("babble_10db", seed=1) - SPEECH)


def test_gain_is_ten_decibels_either_way_and_nothing_else():
    assert heard("gain_up") == pytest.approx(SPEECH * 10**0.5, rel=1e-5)
    assert heard("gain_down") == pytest.approx(SPEECH / 10**0.5, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "kept_hz", "lost_hz"),
    [
        ("phone", (1000, 2000), (4200, 8000)),
        ("rate_8khz", (100, 3000), (4200, 8000)),
        ("low_pass", (100, 4000), (7900, 8000)),
        ("high_pass", (500, 8000), (1, 60)),
    ],
)
def test_a_band_is_kept_and_what_lies_beside_it_is_lost(name: str, kept_hz: tuple, lost_hz: tuple):
    flat = (0.1 * np.random.default_rng(0).standard_normal(2 * RATE_HZ)).astype(np.float32)
    changed = heard(name, flat)
    assert band_db(changed, *kept_hz) == pytest.approx(band_db(flat, *kept_hz), abs=1)
    assert band_db(flat, *lost_hz) - band_db(changed, *lost_hz) > 5


def test_tilt_is_three_decibels_an_octave():
    flat = (0.1 * np.random.default_rng(0).standard_normal(2 * RATE_HZ)).astype(np.float32)
    for name, step in (("tilt_up", 3), ("tilt_down", -3)):
        changed = heard(name, flat)
        gains = [band_db(changed, low, 1.1 * low) - band_db(flat, low, 1.1 * low) for low in (500, 1000, 2000)]
        assert np.diff(gains) == pytest.approx([step, step], abs=0.1)


def test_clipping_cuts_so_many_samples_as_it_says():
    changed = heard("clipping")
    assert np.mean(changed != SPEECH) == pytest.approx(0.01, abs=0.001)
    assert np.abs(changed).max() < np.abs(SPEECH).max()


def test_the_public_small_changes_are_drawn_from_the_public_ranges():
    """0.1 to 0.3 % clipped, white noise at 35 to 45 dB, a tone of 5 to 7 kHz that lies 40 to 50 dB below the peak."""
    for seed in range(5):
        assert 0.0009 <= np.mean(heard("public_clipping", seed=seed) != SPEECH) <= 0.0031
        noise = heard("public_white", seed=seed) - SPEECH
        assert 34.9 <= 10 * np.log10(power(SPEECH) / power(noise)) <= 45.1
        whine = (heard("public_tone", seed=seed) - SPEECH).astype(np.float64)
        assert 39.9 <= 20 * np.log10(np.abs(SPEECH).max() / np.abs(whine).max()) <= 50.1
        spectrum = np.abs(np.fft.rfft(whine * np.hanning(len(whine))))
        assert 5000 <= np.fft.rfftfreq(len(whine), 1 / RATE_HZ)[spectrum.argmax()] <= 7000


@pytest.mark.parametrize(("name", "low_hz", "high_hz"), [("public_high_pass", 10, 20), ("public_low_pass", 500, 7900)])
def test_the_public_filters_fall_six_decibels_an_octave(name: str, low_hz: float, high_hz: float):
    flat = (0.1 * np.random.default_rng(0).standard_normal(8 * RATE_HZ)).astype(np.float32)
    changed = heard(name, flat)
    low, high = (band_db(changed, hz, 1.1 * hz) - band_db(flat, hz, 1.1 * hz) for hz in (low_hz, high_hz))
    if name == "public_high_pass":  # an octave below the edge the slope is that of order 1
        assert high - low == pytest.approx(6, abs=0.5)
    else:
        assert low == pytest.approx(0, abs=0.1)
        assert -5 < high < -2


def test_crops_and_zeros_leave_the_rest_untouched():
    start, end = heard("cropped_start"), heard("cropped_end")
    assert np.array_equal(start, SPEECH[-len(start) :])
    assert np.array_equal(end, SPEECH[: len(end)])
    zeros = round(0.2 * RATE_HZ)
    assert np.array_equal(heard("zeros_before"), np.concatenate([np.zeros(zeros, np.float32), SPEECH]))
    assert np.array_equal(heard("zeros_after"), np.concatenate([SPEECH, np.zeros(zeros, np.float32)]))


def test_a_crop_leaves_most_of_a_very_short_clip():
    assert len(heard("cropped_start", SPEECH[:800])) == 600


def test_the_tone_is_one_frequency_forty_decibels_down():
    added = (heard("tone") - SPEECH).astype(np.float64)
    assert 10 * np.log10(power(SPEECH) / power(added)) == pytest.approx(40, abs=0.1)
    spectrum = np.abs(np.fft.rfft(added * np.hanning(len(added)))) ** 2
    peak = int(np.argmax(spectrum))
    assert spectrum[max(0, peak - 3) : peak + 4].sum() / spectrum.sum() > 0.99


def test_mp3_has_32_kbit_a_second_and_the_level_of_the_clip(monkeypatch: pytest.MonkeyPatch):
    sizes, write = [], soundfile.write

    def weigh(file, *arguments, **options):
        write(file, *arguments, **options)
        sizes.append(file.tell())

    monkeypatch.setattr(soundfile, "write", weigh)
    speech = speech_like(4.0, RATE_HZ, np.random.default_rng(0))
    changed = heard("mp3_32k", speech)
    assert sizes[0] * 8 / 4.0 == pytest.approx(32_000, rel=0.05)
    assert 10 * np.log10(np.sum(changed**2) / np.sum(speech**2)) == pytest.approx(0, abs=1)


def test_a_room_keeps_the_level_and_fills_the_pauses():
    burst = np.concatenate([tone(0.3, RATE_HZ, 500), np.zeros(RATE_HZ // 2, np.float32)])
    changed = heard("reverb", burst)
    assert power(changed) == pytest.approx(power(burst), rel=1e-3)
    after, later = changed[int(0.32 * RATE_HZ) :][:1600], changed[int(0.6 * RATE_HZ) :][:1600]
    assert 10 * np.log10(power(after) / power(later)) == pytest.approx(60 * 0.28 / 0.5, abs=8)  # RT60 of 0.5 s


def test_a_clip_carries_its_condition_in_its_name():
    (noisy,) = under("white_20db", [CLIP])
    assert noisy.name == "a~under:white_20db"
    assert condition_of(noisy) == "white_20db"
    assert condition_of(CLIP) == ""
    assert condition_key(CLIP) == b""
    assert condition_key(noisy) != condition_key(under("pink_20db", [CLIP])[0])


def test_a_clip_under_no_condition_is_heard_as_it_is():
    waveform = Waveform(SPEECH, RATE_HZ, Origin("array", "float32", RATE_HZ, 1))
    assert as_heard(CLIP, waveform, b"key") is waveform
    (louder,) = under("gain_up", [CLIP])
    assert as_heard(louder, waveform, b"key").samples == pytest.approx(heard("gain_up"))


def test_an_unknown_condition_lists_those_there_are():
    with pytest.raises(RecipeError, match="white_20db, white_10db"):
        condition("rain")


def test_features_under_a_condition_are_those_of_the_changed_sound_and_are_cached(tmp_path: Path):
    """Zeros before the speech are cut off again; noise changes the features, and the same way from the cache."""
    path = tmp_path / "a.wav"
    soundfile.write(path, SPEECH, RATE_HZ)
    clips = [Utterance(path, "savee", "ann", "happy", "t", "male", "en", "a")]
    options = FeatureOptions("mfcc40")

    def features(name: str, cache: Path | None) -> np.ndarray:
        chosen = under(name, clips) if name else clips
        return build_dataset(chosen, ("happy",), options, 1, silent, cache).features[0]

    plain = features("", tmp_path)
    assert np.abs(features("white_10db", tmp_path) - plain).max() > 1
    assert np.array_equal(features("white_10db", tmp_path), features("white_10db", None))
    assert features("gain_up", tmp_path)[1:] == pytest.approx(plain[1:], abs=0.6)  # all but the level's coefficient
    assert len(Recording(path).digest()) == 32
