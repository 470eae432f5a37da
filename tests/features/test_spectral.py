"""Descriptors of signals for which the answer is known on paper."""

import numpy as np
import pytest

from sentisound.features import spectral
from sentisound.features.stft import Spectrogram
from sentisound.testing import speech_like, tone

RATE_HZ = 22_050
BIN_HZ = RATE_HZ / 2048
INNER = slice(3, -3)
"""Frames that reach beyond neither end of the sound."""


@pytest.fixture(scope="module")
def sine():
    return Spectrogram(tone(1.0, RATE_HZ, 1500), RATE_HZ)


@pytest.fixture(scope="module")
def white():
    samples = np.random.default_rng(0).standard_normal(RATE_HZ).astype(np.float32)
    return Spectrogram(0.1 * samples, RATE_HZ)


@pytest.fixture(scope="module")
def silence():
    return Spectrogram(np.zeros(RATE_HZ, dtype=np.float32), RATE_HZ)


def test_a_tone_is_its_own_centroid(sine):
    assert spectral.centroid(sine)[INNER] == pytest.approx(1500, rel=0.01)


def test_a_tone_is_narrow_and_noise_is_wide(sine, white):
    assert spectral.bandwidth(sine)[INNER].max() < 100
    uniform_hz = RATE_HZ / 2 / np.sqrt(12)
    assert spectral.bandwidth(white)[INNER].mean() == pytest.approx(uniform_hz, rel=0.02)


def test_noise_has_its_centroid_in_the_middle(white):
    assert spectral.centroid(white)[INNER].mean() == pytest.approx(RATE_HZ / 4, rel=0.02)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.85, 0.95])
def test_the_rolloff_of_noise_is_its_share_of_the_band(white, share):
    assert spectral.rolloff(white, share)[INNER].mean() == pytest.approx(share * RATE_HZ / 2, rel=0.03)


def test_the_rolloff_of_a_tone_is_near_it(sine):
    assert spectral.rolloff(sine)[INNER] == pytest.approx(1500, abs=3 * BIN_HZ)


def test_flatness_tells_tones_from_noise(sine, white):
    assert spectral.flatness(sine)[INNER].max() < 1e-3
    gaussian = np.exp(-np.euler_gamma)  # geometric over arithmetic mean of exponentially distributed power
    assert spectral.flatness(white)[INNER].mean() == pytest.approx(gaussian, rel=0.02)


def test_contrast_is_high_where_there_is_a_tone(sine, white):
    octave_of_1500_hz = 3  # 800..1600 Hz
    assert spectral.contrast(sine)[INNER].mean(axis=0).argmax() == octave_of_1500_hz
    assert spectral.contrast(sine)[INNER, 3].mean() > spectral.contrast(white)[INNER, 3].mean() + 10


def test_contrast_has_seven_bands_and_needs_them_all():
    assert spectral.contrast(Spectrogram(np.ones(2000, dtype=np.float32), 16_000)).shape == (4, 7)
    with pytest.raises(ValueError, match="12800 Hz, not 12800"):
        spectral.contrast(Spectrogram(np.ones(2000, dtype=np.float32), 12_800))


def test_silence_has_values(silence):
    assert (spectral.centroid(silence) == 0).all()
    assert (spectral.bandwidth(silence) == 0).all()
    assert (spectral.rolloff(silence) == 0).all()
    assert spectral.flatness(silence) == pytest.approx(1, rel=1e-5)
    assert (spectral.contrast(silence) == 0).all()


def test_bandwidth_of_a_narrow_line_at_a_high_frequency_is_not_lost_to_rounding():
    line = np.zeros((1, 1025), dtype=np.float32)
    line[0, 1000:1002] = 1
    spectrogram = Spectrogram(np.zeros(1, dtype=np.float32), 48_000)
    spectrogram.__dict__["magnitude"] = line  # the cache of a cached property
    assert spectral.bandwidth(spectrogram) == pytest.approx(48_000 / 2048 / 2, rel=1e-6)


def test_rms_of_a_tone_is_its_level():
    assert spectral.rms(tone(1.0, RATE_HZ, 1000, level_db=-20))[INNER] == pytest.approx(0.1, rel=0.01)


def test_rms_counts_the_silence_beyond_the_ends():
    level = spectral.rms(np.ones(RATE_HZ, dtype=np.float32))
    assert level[0] == pytest.approx(np.sqrt(0.5))
    assert level[10] == 1


def test_quiet_after_loud_keeps_its_precision():
    samples = np.concatenate((np.ones(20_000), np.full(20_000, 1e-4))).astype(np.float32)
    assert spectral.rms(samples)[-3] == pytest.approx(1e-4, rel=1e-3)


def test_a_tone_crosses_zero_twice_a_period():
    assert spectral.zero_crossing_rate(tone(1.0, RATE_HZ, 1000))[INNER] == pytest.approx(2000 / RATE_HZ, rel=0.02)


def test_dither_around_zero_does_not_cross_it():
    dither = 1e-11 * np.random.default_rng(0).standard_normal(5000)
    assert (spectral.zero_crossing_rate(dither.astype(np.float32)) == 0).all()


@pytest.mark.parametrize(("length", "hop"), [(2048, 512), (400, 160), (551, 220), (25, 10), (7, 3)])
def test_framewise_sums_are_sums_of_frames(length, hop):
    samples = speech_like(0.2, RATE_HZ, np.random.default_rng(1))
    padded = np.pad(samples.astype(np.float64), length)
    starts = np.arange(len(samples) // hop + 1) * hop + length - length // 2
    direct = [np.sqrt(np.mean(padded[start : start + length] ** 2)) for start in starts]
    assert spectral.rms(samples, length, hop) == pytest.approx(direct, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("n_samples", [1, 2, 100, 511, 512, 513])
def test_every_track_has_the_frames_of_the_transform(n_samples):
    spectrogram = Spectrogram(np.ones(n_samples, dtype=np.float32), RATE_HZ)
    for name in ("centroid", "bandwidth", "rolloff", "flatness", "contrast"):
        assert len(getattr(spectral, name)(spectrogram)) == spectrogram.frames
    assert len(spectral.rms(spectrogram.samples)) == spectrogram.frames
    assert len(spectral.zero_crossing_rate(spectrogram.samples)) == spectrogram.frames
