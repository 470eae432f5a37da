"""The sliding median is exact: equal in every bit to the median of each window, and to scipy's, for every shape."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.ndimage import median_filter

from sentisound.features import median as module
from sentisound.features.median import sliding_median


def oracle(values, width):
    """Sort each window; scipy cannot be asked about few rows: it then reads beyond the array (1.17)."""
    padded = np.pad(values, ((width // 2, width // 2), (0, 0)), mode="symmetric")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, width, axis=0), axis=2)


@pytest.mark.parametrize("width", [3, 7, 15, 31, 63])
@pytest.mark.parametrize("rows", [1, 2, 15, 16, 17, 31, 100])
def test_equal_to_sorting_each_window(rows, width):
    values = np.random.default_rng(rows).standard_normal((rows, 5)).astype(np.float32)
    assert np.array_equal(sliding_median(values, width), oracle(values, width))


@pytest.mark.parametrize("rows", [31, 64, 200])
def test_equal_to_scipy(rows):
    values = np.random.default_rng(rows).standard_normal((rows, 70)).astype(np.float32)
    assert np.array_equal(sliding_median(values), median_filter(values, size=(31, 1), mode="reflect"))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 80),
    columns=st.integers(1, 6),
    width=st.sampled_from([3, 7, 15, 31]),
    levels=st.integers(1, 9),
    seed=st.integers(0, 2**32 - 1),
)
def test_equal_with_ties(rows, columns, width, levels, seed):
    values = np.random.default_rng(seed).integers(0, levels, (rows, columns)).astype(np.float32)
    assert np.array_equal(sliding_median(values, width), oracle(values, width))


def test_tiles_make_no_difference(monkeypatch):
    values = np.random.default_rng(0).standard_normal((50, 37)).astype(np.float32)
    whole = sliding_median(values)
    monkeypatch.setattr(module, "CACHED_VALUES", 20)
    assert np.array_equal(sliding_median(values), whole)


def test_an_impulse_vanishes_and_a_step_stays():
    values = np.zeros((100, 1), dtype=np.float32)
    values[50:] = 1
    values[20] = 9
    filtered = sliding_median(values)
    assert filtered[:50].max() == 0
    assert filtered[50:].min() == 1


def test_double_precision_stays():
    assert sliding_median(np.ones((5, 2))).dtype == np.float64


@pytest.mark.parametrize("width", [0, 1, 2, 5, 30, 32])
def test_other_widths_are_refused(width):
    with pytest.raises(ValueError, match="3, 7, 15, 31"):
        sliding_median(np.ones((5, 2), dtype=np.float32), width)


def test_the_input_is_left_alone():
    values = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    before = values.copy()
    sliding_median(values)
    assert np.array_equal(values, before)
