"""The transform: frames, inverse, decibels, and that everything on a spectrogram is computed once."""

from itertools import chain

import numpy as np
import pytest

from sentisound.features import stft as module
from sentisound.features.stft import Spectrogram, frames_of, istft, parts, power_to_db, stft, stft_magnitude
from sentisound.testing import tone

RATE_HZ = 16_000


def noise(n_samples, seed=0):
    return np.random.default_rng(seed).standard_normal(n_samples).astype(np.float32)


def test_frames_overlap_and_share_memory():
    samples = np.arange(10, dtype=np.float32)
    frames = frames_of(samples, 4, 3)
    assert frames.tolist() == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]
    assert np.shares_memory(frames, samples)


@pytest.mark.parametrize("n_samples", [1, 320, 511, 512, 2048, 5000])
def test_one_frame_a_hop_and_one_more(n_samples):
    assert stft(noise(n_samples)).shape == (n_samples // 512 + 1, 1025)


def test_parseval_holds_for_each_frame():
    samples = noise(4096)
    spectrum = stft(samples, 512, 128).astype(np.complex128)
    frames = frames_of(np.pad(samples, 256), 512, 128) * module.hann(512)
    energy = (
        np.abs(spectrum[:, 0]) ** 2 + np.abs(spectrum[:, -1]) ** 2 + 2 * (np.abs(spectrum[:, 1:-1]) ** 2).sum(axis=1)
    )
    assert energy / 512 == pytest.approx((frames**2).sum(axis=1), rel=1e-4)


def test_a_tone_peaks_at_its_bin():
    spectrogram = Spectrogram(tone(0.5, RATE_HZ, 1000), RATE_HZ, 512, 160, 400)
    assert spectrogram.bins_hz[spectrogram.power[20].argmax()] == pytest.approx(1000, abs=RATE_HZ / 512)


def test_parts_make_no_difference(monkeypatch):
    samples = noise(30_000)
    spectrum = stft(samples)
    sound = istft(spectrum, len(samples))
    monkeypatch.setattr(module, "FRAMES_AT_ONCE", 7)
    assert np.array_equal(stft(samples), spectrum)
    assert np.array_equal(stft_magnitude(samples), np.abs(spectrum))
    assert istft(spectrum, len(samples)) == pytest.approx(sound, abs=1e-6)  # the order of the sums differs


@pytest.mark.parametrize("n_samples", [1, 159, 160, 5000])
def test_the_magnitude_alone_is_that_of_the_transform(n_samples):
    samples = noise(n_samples)
    magnitude = stft_magnitude(samples, 512, 160, 400)
    assert magnitude.dtype == np.float32
    np.testing.assert_array_equal(magnitude, np.abs(stft(samples, 512, 160, 400)))
    assert len(magnitude) == Spectrogram(samples, RATE_HZ, 512, 160, 400).frames


@pytest.mark.parametrize(("frames", "size", "lengths"), [(0, 4, []), (3, 4, [3]), (8, 4, [4, 4]), (9, 4, [4, 4, 1])])
def test_parts_cover_each_frame_once(frames, size, lengths):
    cut = [np.arange(frames)[part].tolist() for part in parts(frames, size)]
    assert [len(part) for part in cut] == lengths
    assert list(chain.from_iterable(cut)) == list(range(frames))


@pytest.mark.parametrize("n_samples", [1, 100, 2047, 2048, 10_000, 22_051])
def test_the_inverse_returns_the_sound(n_samples):
    samples = noise(n_samples)
    assert istft(stft(samples), n_samples) == pytest.approx(samples, abs=2e-6 * float(np.abs(samples).max()))


def test_the_inverse_of_other_sizes():
    samples = noise(8000)
    assert istft(stft(samples, 512, 128), 8000, 128) == pytest.approx(samples, abs=1e-5)


def test_a_mask_of_a_half_halves_the_sound():
    samples = noise(6000)
    spectrum = stft(samples)
    halved = istft(spectrum, 6000, mask=np.full(spectrum.shape, 0.5, dtype=np.float32))
    assert halved == pytest.approx(samples / 2, abs=1e-5)


def test_every_view_is_computed_once():
    spectrogram = Spectrogram(noise(4000), RATE_HZ)
    for name in ("spectrum", "magnitude", "power", "mel", "mel_db", "bins_hz"):
        assert getattr(spectrogram, name) is getattr(spectrogram, name)


def test_the_transform_is_shared(monkeypatch):
    calls = []
    original = module.stft
    monkeypatch.setattr(module, "stft", lambda *args: calls.append(1) or original(*args))
    spectrogram = Spectrogram(noise(4000), RATE_HZ)
    assert spectrogram.mel_db.shape == (8, 128)
    assert spectrogram.magnitude.shape == (8, 1025)
    assert spectrogram.mel_bands(40).shape == (8, 40)
    assert len(calls) == 1


def test_frame_rate_and_count():
    spectrogram = Spectrogram(noise(16_000), RATE_HZ, 512, 160, 400)
    assert spectrogram.frame_rate_hz == 100
    assert spectrogram.frames == 101


def test_everything_is_single_precision():
    spectrogram = Spectrogram(noise(4000), RATE_HZ)
    assert spectrogram.spectrum.dtype == np.complex64
    assert {view.dtype for view in (spectrogram.magnitude, spectrogram.power, spectrogram.mel_db)} == {np.dtype("f4")}


def test_decibels():
    power = np.array([1, 10, 100, 0], dtype=np.float32)
    assert power_to_db(power, top_db=None) == pytest.approx([0, 10, 20, -100])
    assert power_to_db(power, top_db=15) == pytest.approx([5, 10, 20, 5])
    assert power_to_db(power, ref=100, top_db=None) == pytest.approx([-20, -10, 0, -120], abs=1e-5)
    assert power_to_db(power).dtype == np.float32
