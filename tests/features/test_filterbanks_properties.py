"""What filterbanks keep and share out: overlaps, unit energies, periods, and scales that rise throughout."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.features.filterbanks import (
    chroma_filters,
    dct_filters,
    hann,
    hz_to_mel,
    mel_edges_hz,
    mel_filters,
    mel_to_hz,
)

RATE_HZ, N_FFT = 16_000, 4096


@pytest.mark.parametrize("width", [2, 16, 400, 401])
def test_hann_is_that_of_scipy_and_has_a_mean_of_one_half(width: int):
    from scipy.signal import windows

    assert hann(width) == pytest.approx(windows.hann(width, sym=False), abs=1e-7)
    assert hann(width).mean(dtype=np.float64) == pytest.approx(0.5, abs=1e-7)


def test_four_overlapping_hann_windows_add_up_to_two():
    window = hann(512)
    assert sum(np.roll(window, shift) for shift in (0, 128, 256, 384)) == pytest.approx(np.full(512, 2), abs=1e-6)


def test_the_mel_scale_rises_without_a_jump_at_its_knee():
    frequency_hz = np.linspace(0, 8000, 4001)
    steps = np.diff(hz_to_mel(frequency_hz))
    assert (steps > 0).all()
    assert (np.diff(steps) < 1e-9).all(), "never steeper than before"
    assert hz_to_mel(np.array([999.999, 1000.001])) == pytest.approx([15, 15], abs=1e-4)


def test_27_mels_above_the_knee_are_a_factor_of_six_point_four():
    assert mel_to_hz(np.array([15.0, 42.0, 69.0])) == pytest.approx([1000, 6400, 40_960])


def test_a_bin_belongs_to_two_mel_bands_at_most_and_they_are_neighbours():
    for row in mel_filters(RATE_HZ, N_FFT, 40):
        (bands,) = np.nonzero(row)
        assert len(bands) <= 2
        assert (np.diff(bands) == 1).all()


def test_triangles_share_out_every_bin_between_the_first_and_the_last_peak():
    """Scaled back to a height of one, two neighbours add up to one at every bin."""
    filters = mel_filters(RATE_HZ, N_FFT, 20).astype(np.float64)
    edges_hz = mel_edges_hz(20, 0, RATE_HZ / 2)
    heights = filters * (edges_hz[2:] - edges_hz[:-2]) / 2
    bins_hz = np.fft.rfftfreq(N_FFT, 1 / RATE_HZ)
    inside = (bins_hz >= edges_hz[1]) & (bins_hz <= edges_hz[-2])
    assert heights[inside].sum(axis=1) == pytest.approx(np.ones(inside.sum()), abs=1e-5)


def test_an_octave_is_the_same_pitch_class():
    filters = chroma_filters(RATE_HZ, N_FFT)
    classes = filters.argmax(axis=1)
    bins = np.arange(120, 500)  # 470 to 1950 Hz: bins are narrower than a semitone
    assert np.array_equal(classes[2 * bins], classes[bins])


def test_a_semitone_up_is_the_next_pitch_class():
    filters = chroma_filters(RATE_HZ, 1 << 16)
    bins = [round(440 * 2 ** (step / 12) * (1 << 16) / RATE_HZ) for step in range(13)]
    assert [int(filters[place].argmax()) for place in bins] == [(9 + step) % 12 for step in range(13)]


@pytest.mark.parametrize(("n_inputs", "n_outputs"), [(1, 1), (26, 13), (40, 40)])
def test_the_dct_of_a_constant_is_in_its_first_coefficient_alone(n_inputs: int, n_outputs: int):
    found = np.full(n_inputs, 3.0) @ dct_filters(n_inputs, n_outputs)
    assert found[0] == pytest.approx(3 * np.sqrt(n_inputs), rel=1e-6)
    assert found[1:] == pytest.approx(np.zeros(n_outputs - 1), abs=1e-5)


def test_the_dct_of_the_mirrored_input_turns_the_odd_coefficients():
    values = np.random.default_rng(0).standard_normal(26)
    there, back = values @ dct_filters(26, 14), values[::-1] @ dct_filters(26, 14)
    assert back == pytest.approx(there * (-1) ** np.arange(14), abs=1e-5)
