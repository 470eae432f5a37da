"""Filterbanks: their areas, peaks and orthogonality, and that they are made once."""

import numpy as np
import pytest

from sentisound.features.filterbanks import (
    chroma_filters,
    dct_filters,
    hann,
    hz_to_mel,
    mel_edges_hz,
    mel_filter_groups,
    mel_filters,
    mel_to_hz,
)

RATE_HZ, N_FFT = 22_050, 2048


def test_hann_adds_up_to_one_and_is_periodic():
    window = hann(512)
    assert window[0] == 0
    assert window[256] == 1
    assert window[:256] + window[256:] == pytest.approx(np.ones(256))


def test_the_mel_scale_has_its_knee_at_one_kilohertz():
    assert hz_to_mel(np.array([0.0, 500.0, 1000.0, 6400.0])) == pytest.approx([0, 7.5, 15, 42])


def test_mel_and_hz_are_inverse():
    frequency_hz = np.linspace(0, 11_025, 57)
    assert mel_to_hz(hz_to_mel(frequency_hz)) == pytest.approx(frequency_hz)


def test_edges_cover_the_range():
    edges_hz = mel_edges_hz(26, 20, 8000)
    assert len(edges_hz) == 28
    assert edges_hz[[0, -1]] == pytest.approx([20, 8000])
    assert (np.diff(edges_hz) > 0).all()


def test_mel_filters_have_one_area():
    area = mel_filters(RATE_HZ, 16_384, 40).sum(axis=0, dtype=np.float64) * RATE_HZ / 16_384
    assert area == pytest.approx(np.ones(40), rel=0.01)  # sampled finely, each triangle has an area of 1


def test_mel_filters_peak_in_order_within_the_range():
    filters = mel_filters(RATE_HZ, N_FFT, 40, 100, 8000)
    peaks_hz = filters.argmax(axis=0) * RATE_HZ / N_FFT
    assert (np.diff(peaks_hz) > 0).all()
    assert filters[: int(100 * N_FFT / RATE_HZ)].max() == 0
    assert filters[int(8000 * N_FFT / RATE_HZ) + 1 :].max() == 0


@pytest.mark.parametrize("n_mels", [1, 15, 16, 64, 128, 200])
def test_groups_are_the_same_filters(n_mels):
    power = np.random.default_rng(0).random((3, N_FFT // 2 + 1), dtype=np.float32)
    groups = mel_filter_groups(RATE_HZ, N_FFT, n_mels)
    grouped = np.concatenate([power[:, bins] @ filters for bins, filters in groups], axis=1)
    assert grouped == pytest.approx(power @ mel_filters(RATE_HZ, N_FFT, n_mels), rel=1e-5)


def test_groups_take_fewer_products():
    products = sum(filters.size for _, filters in mel_filter_groups(RATE_HZ, N_FFT, 128))
    assert products < mel_filters(RATE_HZ, N_FFT, 128).size / 5


def test_groups_without_any_bin_give_silence():
    groups = mel_filter_groups(192_000, 256, 128)  # 750 Hz a bin: the lowest bands fall between
    power = np.ones((2, 129), dtype=np.float32)
    assert np.concatenate([power[:, bins] @ filters for bins, filters in groups], axis=1).shape == (2, 128)


@pytest.mark.parametrize(("frequency_hz", "pitch_class"), [(440.0, 9), (880.0, 9), (523.25, 0), (659.26, 4)])
def test_chroma_hears_notes(frequency_hz, pitch_class):
    filters = chroma_filters(RATE_HZ, N_FFT)
    assert filters[round(frequency_hz * N_FFT / RATE_HZ)].argmax() == pitch_class


def test_chroma_follows_the_tuning():
    flat = chroma_filters(RATE_HZ, 16_384, -0.5)
    quarter_tone_below_a = round(440 * 2 ** (-0.5 / 12) * 16_384 / RATE_HZ)
    assert flat[quarter_tone_below_a].argmax() == 9


def test_chroma_weighs_the_middle_octaves():
    energy = np.linalg.norm(chroma_filters(RATE_HZ, N_FFT), axis=1)
    assert energy.argmax() * RATE_HZ / N_FFT == pytest.approx(880, abs=12)


def test_the_dct_is_orthonormal():
    basis = dct_filters(64, 64).astype(np.float64)
    assert basis.T @ basis == pytest.approx(np.eye(64), abs=1e-6)


def test_the_dct_agrees_with_scipy():
    from scipy.fft import dct

    values = np.random.default_rng(0).standard_normal((5, 128))
    assert values @ dct_filters(128, 40) == pytest.approx(dct(values, norm="ortho")[:, :40], abs=1e-5)


def test_filters_are_kept_and_cannot_be_spoilt():
    assert mel_filters(RATE_HZ, N_FFT, 64) is mel_filters(RATE_HZ, N_FFT, 64)
    for filters in (hann(400), mel_filters(RATE_HZ, N_FFT), chroma_filters(RATE_HZ, N_FFT), dct_filters(128, 40)):
        assert filters.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            filters[0] = 1
