"""Functionals against scipy and numpy, and that a constant is never NaN."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from sentisound.features.statistics import (
    kurtosis,
    line,
    maximum,
    mean,
    minimum,
    moments,
    percentiles,
    skewness,
    slope,
    std,
)


@pytest.fixture(scope="module")
def tracks():
    rng = np.random.default_rng(0)
    return np.column_stack((rng.standard_normal(200), rng.exponential(2, 200), 1000 + rng.random(200))).astype("f4")


def test_moments_are_those_of_scipy(tracks):
    exact = tracks.astype(np.float64)
    expected = [exact.mean(axis=0), exact.std(axis=0), stats.skew(exact), stats.kurtosis(exact)]
    assert moments(tracks) == pytest.approx(np.array(expected), rel=1e-6, abs=1e-9)


def test_each_functional_alone_is_the_same(tracks):
    alone = np.stack([functional(tracks) for functional in (mean, std, skewness, kurtosis)])
    assert alone == pytest.approx(moments(tracks), rel=1e-6)


def test_extremes(tracks):
    assert np.array_equal(minimum(tracks), tracks.min(axis=0))
    assert np.array_equal(maximum(tracks), tracks.max(axis=0))


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -1e4, 1e-20, 1e5 / 3])
@pytest.mark.parametrize("frames", [1, 2, 300])
def test_a_constant_has_no_shape(value, frames):
    constant = np.full((frames, 2), value, dtype=np.float32)
    assert (skewness(constant) == 0).all()
    assert (kurtosis(constant) == 0).all()
    assert std(constant) == pytest.approx(0, abs=1e-6 * abs(value))


def test_a_coin_has_the_lowest_kurtosis():
    assert kurtosis(np.tile([[-1.0], [1.0]], (50, 1))) == pytest.approx(-2)


def test_one_outlier_skews():
    track = np.zeros((100, 1))
    track[7] = 1
    assert skewness(track) == pytest.approx((1 - 2 * 0.01) / np.sqrt(0.01 * 0.99))


@pytest.mark.parametrize("frames", [1, 2, 3, 10, 99])
def test_percentiles_are_those_of_numpy(frames):
    values = np.random.default_rng(frames).standard_normal((frames, 4))
    percents = (0, 1, 5, 25, 50, 75, 95, 99, 100)
    assert percentiles(values, percents) == pytest.approx(np.percentile(values, percents, axis=0))


def test_the_slope_of_a_ramp_is_its_rise():
    ramp = np.linspace(2, 5, 40)[:, np.newaxis]
    rise, error = line(ramp)
    assert rise == pytest.approx(3)
    assert error == pytest.approx(0, abs=1e-12)
    assert slope(ramp[::-1]) == pytest.approx(-3)


def test_the_error_of_a_line_is_what_it_leaves():
    zigzag = np.tile([1.0, -1.0], 50)[:, np.newaxis]
    rise, error = line(zigzag)
    assert abs(rise[0]) < 0.1
    assert error == pytest.approx(1, rel=0.01)


def test_a_single_frame_has_no_slope():
    assert line(np.array([[3.0, 4.0]]))[0].tolist() == [0, 0]


@settings(max_examples=80, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 30), st.integers(1, 3)),
        elements=st.floats(-1e6, 1e6, width=32, allow_nan=False),
    )
)
def test_functionals_are_finite(tracks):
    for functional in (mean, std, skewness, kurtosis, minimum, maximum, slope):
        values = functional(tracks)
        assert values.shape == (tracks.shape[1],)
        assert np.isfinite(values).all()
