"""Calibration on logits whose truth is known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from sentisound.learning.calibrate import fit_temperature, fit_threshold
from sentisound.learning.evaluation.metrics import ece


def _drawn(sharpness: float, clips: int = 6000) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and labels drawn from softmax(logits / sharpness): over-confident by that factor."""
    rng = np.random.default_rng(0)
    logits = 2 * rng.standard_normal((clips, 5))
    truth = np.array([rng.choice(5, p=row) for row in softmax(logits, axis=1)])
    return logits * sharpness, truth


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_the_sharpness(sharpness: float):
    logits, truth = _drawn(sharpness)
    assert fit_temperature(logits, truth) == pytest.approx(sharpness, rel=0.08)


def test_the_fitted_temperature_lowers_the_calibration_error():
    logits, truth = _drawn(3.0)
    before, after = (ece(truth, softmax(logits / t, axis=1)) for t in (1.0, fit_temperature(logits, truth)))
    assert after < 0.03 < 0.15 < before


@pytest.mark.parametrize("risk", [0.1, 0.2, 0.3])
def test_answers_above_the_threshold_keep_the_risk(risk: float):
    logits, truth = _drawn(1.0)
    threshold = fit_threshold(logits, truth, 1.0, risk)
    probabilities = softmax(logits, axis=1)
    answered = probabilities.max(axis=1) >= threshold
    wrong = probabilities.argmax(axis=1) != truth
    assert wrong[answered].mean() <= risk
    assert 0 < answered.mean() < 1
    more = probabilities.max(axis=1) >= threshold - 0.05
    assert wrong[more].mean() > risk  # a lower threshold would have broken it


def test_a_risk_that_all_answers_keep_answers_all():
    logits, truth = _drawn(1.0)
    assert fit_threshold(logits, truth, 1.0, 1.0) == 0.0


def test_a_model_that_is_never_wrong_on_a_few_clips_is_not_told_to_abstain_below_certainty():
    """Thirty right answers, all at a confidence of nearly 1: a new answer at 0.98 is no reason to abstain."""
    truth = np.arange(30) % 3
    assert fit_threshold(40.0 * np.eye(3)[truth], truth, 1.0, 0.25) == 0.0


def test_a_risk_that_cannot_be_kept_gives_the_safest_threshold():
    rng = np.random.default_rng(1)
    logits = rng.standard_normal((500, 4))
    truth = rng.integers(0, 4, 500)  # the scores know nothing
    threshold = fit_threshold(logits, truth, 1.0, 0.01)
    assert 0.25 < threshold < 1
