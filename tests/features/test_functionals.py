"""The wide set's functionals on tracks for which each value is known."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from sentisound.features.functionals import FUNCTIONAL_NAMES, functionals


def named(track):
    values = functionals(np.asarray(track, dtype=np.float32)[:, np.newaxis])
    return dict(zip(FUNCTIONAL_NAMES, values[:, 0].tolist(), strict=True))


def test_names_are_unique():
    assert len(set(FUNCTIONAL_NAMES)) == len(FUNCTIONAL_NAMES) == 31


def test_a_ramp():
    ramp = named(np.linspace(0, 1, 101))
    assert [ramp["mean"], ramp["p50"]] == pytest.approx([0.5, 0.5])
    assert ramp["p95"] == pytest.approx(0.95)
    assert ramp["p25_75"] == pytest.approx(0.5)
    assert ramp["slope"] == pytest.approx(1)
    assert ramp["slope_error"] == pytest.approx(0, abs=1e-6)
    assert ramp["curvature"] == pytest.approx(0, abs=1e-5)
    assert ramp["rising"] == 1
    assert ramp["change"] == pytest.approx(0.01)
    assert ramp["max_at"] == pytest.approx(100 / 101)
    assert ramp["min_at"] == 0
    assert ramp["peaks"] == 0


def test_a_parabola_has_curvature_and_no_slope():
    place = np.linspace(-0.5, 0.5, 100)
    parabola = named(8 * place**2)
    assert parabola["curvature"] == pytest.approx(8, rel=1e-4)
    assert parabola["slope"] == pytest.approx(0, abs=1e-5)


def test_time_above_levels_of_the_range():
    steps = named(np.repeat([0.0, 0.3, 0.6, 1.0], 25))
    assert [steps[f"above{percent}"] for percent in (25, 50, 75, 90)] == pytest.approx([0.75, 0.5, 0.25, 0.25])


def test_peaks_of_pulses():
    track = np.zeros(100)
    track[10:100:20] = [1, 2, 3, 2, 1]
    pulses = named(track)
    assert pulses["peaks"] == pytest.approx(0.05)
    assert pulses["peak_mean"] == pytest.approx(1.8)
    assert pulses["peak_std"] == pytest.approx(np.std([1, 2, 3, 2, 1]), rel=1e-6)
    assert pulses["peak_rise"] == pytest.approx(1.8 - 0.09)


def test_a_plateau_is_one_peak():
    assert named([0, 0, 5, 5, 5, 0, 0, 0, 0, 0])["peaks"] == pytest.approx(0.1)


def test_a_constant_says_only_its_value():
    constant = named(np.full(50, 3.0))
    value_names = {"mean", *(name for name in FUNCTIONAL_NAMES if name[0] == "p" and name[1:].isdigit())}
    assert all(constant[name] == pytest.approx(3) for name in value_names)
    assert all(constant[name] == pytest.approx(0, abs=1e-6) for name in set(FUNCTIONAL_NAMES) - value_names)


def test_tracks_do_not_mix():
    tracks = np.random.default_rng(0).standard_normal((60, 3))
    alone = np.hstack([functionals(tracks[:, [index]]) for index in range(3)])
    assert functionals(tracks) == pytest.approx(alone)


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(2, 40), st.integers(1, 3)),
        elements=st.floats(-1e6, 1e6, width=32, allow_nan=False),
    )
)
def test_every_track_has_finite_functionals(tracks):
    values = functionals(tracks)
    assert values.shape == (31, tracks.shape[1])
    assert np.isfinite(values).all()
