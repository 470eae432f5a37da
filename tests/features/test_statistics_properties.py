"""What functionals owe to shift, scale, reversal and order, whatever the track."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.features.statistics import centred_place, line, mean, moments, percentiles, slope, std


@pytest.fixture(scope="module")
def tracks() -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.column_stack((rng.standard_normal(101), rng.exponential(2, 101), np.cumsum(rng.standard_normal(101))))


@pytest.mark.parametrize("scale", [0.01, 3.0, -2.0])
def test_moments_under_a_change_of_unit(tracks: np.ndarray, scale: float):
    """Mean moves with the unit, deviation with its size, skewness turns with its sign, kurtosis has none."""
    before, after = moments(tracks), moments(scale * tracks + 5)
    assert after[0] == pytest.approx(scale * before[0] + 5)
    assert after[1] == pytest.approx(abs(scale) * before[1])
    assert after[2] == pytest.approx(np.sign(scale) * before[2], abs=1e-9)
    assert after[3] == pytest.approx(before[3], abs=1e-9)


def test_moments_do_not_know_the_order_of_frames(tracks: np.ndarray):
    shuffled = tracks[np.random.default_rng(0).permutation(len(tracks))]
    assert moments(shuffled) == pytest.approx(moments(tracks))


def test_small_cases_worked_out_by_hand():
    """1, 1, 1, 5 about their mean 2: -1, -1, -1, 3, so that the moments are 3, 6 and 21."""
    average, deviation, skew, kurt = moments(np.array([[1.0], [1.0], [1.0], [5.0]]))[:, 0]
    assert (average, deviation) == pytest.approx((2, np.sqrt(3)))
    assert skew == pytest.approx(6 / 3**1.5)
    assert kurt == pytest.approx(21 / 9 - 3)


def test_a_mean_in_single_precision_is_summed_in_double():
    track = np.full((1_000_000, 2), 0.1, np.float32)
    assert mean(track)[0] == pytest.approx(float(np.float32(0.1)), rel=1e-9)
    assert std(track)[0] == pytest.approx(0, abs=1e-8)


def test_a_small_change_on_a_large_offset_keeps_its_shape():
    coin = np.tile([[1e4], [1e4 + 1]], (50, 1))
    assert moments(coin)[:, 0] == pytest.approx([1e4 + 0.5, 0.5, 0, -2])


def test_percentiles_never_cross_and_reach_both_ends(tracks: np.ndarray):
    found = percentiles(tracks, range(101))
    assert (np.diff(found, axis=0) >= 0).all()
    assert found[0] == pytest.approx(tracks.min(axis=0))
    assert found[100] == pytest.approx(tracks.max(axis=0))
    assert found == pytest.approx(np.sort(tracks, axis=0)), "101 frames: each percent is a frame"


def test_percentiles_interpolate_between_two_frames():
    assert percentiles(np.array([[30.0], [10.0]]), (0, 25, 50, 100))[:, 0] == pytest.approx([10, 15, 20, 30])


def test_percentiles_leave_the_tracks_in_order(tracks: np.ndarray):
    before = tracks.copy()
    percentiles(tracks, (50,))
    assert np.array_equal(tracks, before)


def test_a_line_is_that_of_least_squares(tracks: np.ndarray):
    rise, error = line(tracks)
    for column, track in enumerate(tracks.T):
        gradient, offset = np.polyfit(np.linspace(0, 1, len(track)), track, 1)
        left = track - offset - gradient * np.linspace(0, 1, len(track))
        assert rise[column] == pytest.approx(gradient)
        assert error[column] == pytest.approx(np.sqrt(np.mean(left**2)))


def test_reversed_in_time_a_line_rises_the_other_way(tracks: np.ndarray):
    rise, error = line(tracks)
    turned, error_turned = line(tracks[::-1])
    assert turned == pytest.approx(-rise)
    assert error_turned == pytest.approx(error)


def test_what_a_line_leaves_is_never_more_than_the_deviation(tracks: np.ndarray):
    assert (line(tracks)[1] <= std(tracks) + 1e-12).all()


def test_two_frames_rise_by_their_difference_and_leave_nothing():
    rise, error = line(np.array([[2.0, 7.0], [5.0, 3.0]]))
    assert rise == pytest.approx([3, -4])
    assert error == pytest.approx([0, 0])
    assert slope(np.array([[2.0, 7.0], [5.0, 3.0]])) == pytest.approx([3, -4])


@pytest.mark.parametrize(("frames", "places"), [(1, [0]), (2, [-0.5, 0.5]), (5, [-0.5, -0.25, 0, 0.25, 0.5])])
def test_places_are_centred(frames: int, places: list[float]):
    assert centred_place(frames).tolist() == places
