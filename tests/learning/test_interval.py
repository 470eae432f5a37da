"""Bootstrap intervals over speakers, against cases whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.learning.evaluation.interval import pooled_uar, uar_difference, uar_interval


def _counts(right: np.ndarray, clips: int = 40) -> np.ndarray:
    """Return confusions of two classes for speakers of whom so many of ``clips`` clips a class are right."""
    return np.array([[[r, clips - r], [clips - r, r]] for r in right], dtype=float)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_speakers_who_are_all_alike_leave_no_doubt():
    interval = uar_interval(_counts(np.full(10, 30)), rng())
    assert (interval.low, interval.high) == pytest.approx((0.75, 0.75))


def test_the_interval_is_that_of_a_mean_over_speakers():
    right = np.random.default_rng(1).normal(28, 4, 50).round()
    interval = uar_interval(_counts(right), rng())
    error = (right / 40).std() / np.sqrt(50)
    assert pooled_uar(_counts(right)) == pytest.approx((right / 40).mean())
    assert interval.low == pytest.approx((right / 40).mean() - 1.96 * error, abs=0.004)
    assert interval.high == pytest.approx((right / 40).mean() + 1.96 * error, abs=0.004)


def test_speakers_are_drawn_not_clips():
    """Two camps of speakers are far less certain than their 4000 clips would make one think."""
    interval = uar_interval(_counts(np.array([40, 20] * 25)), rng())
    assert interval.high - interval.low > 0.12 > 4 * np.sqrt(0.75 * 0.25 / 4000)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    many = np.random.default_rng(2)
    hits = 0
    for _ in range(60):
        interval = uar_interval(_counts(many.binomial(40, np.clip(many.normal(0.7, 0.1, 40), 0, 1))), many)
        hits += interval.low <= 0.7 <= interval.high
    assert hits >= 52


def test_a_small_but_steady_gain_is_found_by_pairing():
    speakers = np.random.default_rng(3).integers(10, 35, 30)
    first, second = _counts(speakers), _counts(speakers + 1)
    apart = uar_interval(first, rng()), uar_interval(second, rng())
    assert apart[0].high > apart[1].low  # unpaired, the two could not be told apart
    difference = uar_difference(first, second, rng())
    assert difference.value == pytest.approx(1 / 40)
    assert difference.interval.low > 0
    assert difference.p_value < 0.001


def test_no_difference_has_no_significance():
    speakers = np.random.default_rng(4).integers(10, 35, 30)
    noise = np.random.default_rng(5).integers(-2, 3, 30)
    difference = uar_difference(_counts(speakers), _counts(speakers + noise - round(noise.mean())), rng())
    assert difference.interval.low < 0 < difference.interval.high
    assert difference.p_value > 0.05
    same = uar_difference(_counts(speakers), _counts(speakers), rng())
    assert (same.value, same.p_value) == (0, 1)


def test_a_class_that_a_draw_lacks_does_not_count():
    counts = np.zeros((3, 2, 2))
    counts[0] = [[5, 5], [0, 0]]  # this speaker has class 0 only
    counts[1:] = [[8, 2], [1, 9]]
    interval = uar_interval(counts, rng())
    assert np.isfinite([interval.low, interval.high]).all()
