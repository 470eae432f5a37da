"""Calibration figures against answers that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.learning.evaluation.metrics import ece, score
from sentisound.learning.evaluation.reliability import (
    CURVE_POINTS,
    accuracy_at,
    aurc,
    curve_error,
    reliability,
    reliability_curve,
    risks,
)


def answers(confidence: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return truth and probabilities of two classes: class 0 is always answered, with these confidences."""
    return np.where(right, 0, 1), np.column_stack([confidence, 1 - confidence])


def as_sure_as_right(clips: int) -> tuple[np.ndarray, np.ndarray]:
    """Return answers of a perfectly calibrated model: right with just the chance that it gives."""
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, clips)
    return answers(confidence, rng.random(clips) < confidence)


def test_a_perfectly_calibrated_model_lies_on_the_diagonal():
    truth, probabilities = as_sure_as_right(100_000)
    curve = reliability_curve(truth, probabilities)
    assert [one.accuracy for one in curve] == pytest.approx([one.confidence for one in curve], abs=0.015)
    assert curve_error(curve) < 0.005
    assert sum(one.clips for one in curve) == 100_000
    assert len(curve) == 8  # of 15 bins those above a confidence of 1/2


def test_a_model_that_is_too_sure_lies_below_the_diagonal_by_as_much():
    truth, probabilities = answers(np.full(100, 0.9), np.arange(100) < 70)
    (only,) = reliability_curve(truth, probabilities)
    assert (only.confidence, only.accuracy, only.clips) == pytest.approx((0.9, 0.7, 100))
    assert curve_error([only]) == pytest.approx(0.2)
    assert ece(truth, probabilities) == pytest.approx(0.2)


def test_certainty_falls_into_the_last_bin():
    truth, probabilities = answers(np.array([1.0, 0.99]), np.array([True, True]))
    assert len(reliability_curve(truth, probabilities)) == 1


@pytest.mark.parametrize("error", [0.1, 0.3, 0.5])
def test_a_perfect_ranker_has_the_least_area_that_its_errors_allow(error: float):
    """It is wrong on its least sure answers alone; the area tends to e + (1 - e) ln(1 - e) (Geifman et al. 2019)."""
    clips = 5000
    confidence = np.linspace(1, 0.51, clips)
    truth, probabilities = answers(confidence, np.arange(clips) < (1 - error) * clips)
    assert aurc(truth, probabilities) == pytest.approx(error + (1 - error) * np.log(1 - error), abs=1e-3)


def test_confidence_that_says_nothing_has_the_area_of_the_error_rate():
    truth, probabilities = answers(np.full(200, 0.8), np.arange(200) % 4 > 0)
    assert risks(truth, probabilities) == pytest.approx([0.25] * 200)
    assert aurc(truth, probabilities) == pytest.approx(0.25)


def test_the_order_of_the_clips_changes_nothing():
    truth, probabilities = as_sure_as_right(500)
    probabilities = np.round(probabilities, 1)  # many equal confidences
    shuffled = np.random.default_rng(1).permutation(500)
    assert risks(truth, probabilities) == pytest.approx(risks(truth[shuffled], probabilities[shuffled]))


def test_the_surest_four_of_five_are_kept_at_eighty_percent():
    """The one error is the least sure: without it, all is right."""
    truth, probabilities = answers(np.array([0.6, 0.9, 0.8, 0.7, 0.95]), np.array([False, True, True, True, True]))
    risk = risks(truth, probabilities)
    assert risk == pytest.approx([0, 0, 0, 0, 0.2])
    assert accuracy_at(risk) == 1.0
    assert accuracy_at(risk, 1.0) == pytest.approx(0.8)
    scored = score(truth, probabilities, 0.5)
    assert (scored.wa_at_80, scored.wa, scored.aurc) == pytest.approx((1.0, 0.8, 0.04))


def test_all_of_it_agrees_with_its_parts():
    truth, probabilities = as_sure_as_right(1000)
    found = reliability(truth, probabilities)
    assert found.aurc == pytest.approx(aurc(truth, probabilities))
    assert found.ece == pytest.approx(ece(truth, probabilities))
    assert found.wa == pytest.approx(np.mean(truth == 0))
    assert found.wa_at_80 > found.wa + 0.04
    assert len(found.risks) == CURVE_POINTS
    assert found.risks[-1].coverage == 1.0
    assert found.risks[-1].risk == pytest.approx(1 - found.wa, abs=1e-4)


def test_a_curve_of_a_few_clips_has_as_many_points():
    truth, probabilities = answers(np.array([0.9, 0.6, 0.7]), np.array([True, False, True]))
    assert [one.coverage for one in reliability(truth, probabilities).risks] == [0.3333, 0.6667, 1.0]
