"""Metrics against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_score

from sentisound.learning.evaluation.metrics import confusion, ece, macro_f1, precisions, recalls, score, uar, wa

TRUTH = np.array([0, 0, 0, 0, 1, 1])


def test_uar_weighs_classes_and_wa_weighs_clips():
    predicted = np.array([0, 0, 0, 1, 1, 0])  # 3 of 4 and 1 of 2
    assert uar(TRUTH, predicted) == pytest.approx((0.75 + 0.5) / 2)
    assert wa(TRUTH, predicted) == pytest.approx(4 / 6)


def test_a_constant_guess_has_chance_uar_however_skewed_the_classes():
    assert uar(TRUTH, np.zeros(6, int)) == 0.5


def test_a_class_that_never_occurs_does_not_count():
    assert uar(np.array([0, 0]), np.array([0, 2])) == 0.5


def test_ece_is_zero_when_confidence_is_accuracy():
    probabilities = np.tile([0.75, 0.25], (4, 1))
    assert ece(np.array([0, 0, 0, 1]), probabilities) == pytest.approx(0)


def test_ece_is_the_gap_when_a_model_is_always_sure_and_half_wrong():
    probabilities = np.tile([1.0, 0.0], (4, 1))
    assert ece(np.array([0, 0, 1, 1]), probabilities) == pytest.approx(0.5)


def test_gaps_of_different_bins_do_not_cancel():
    probabilities = np.array([[1.0, 0.0], [0.6, 0.4]])  # over-confident by 1.0, under-confident by 0.4
    assert ece(np.array([1, 0]), probabilities) == pytest.approx((1.0 + 0.4) / 2)


def test_selective_accuracy_counts_only_what_was_answered():
    probabilities = np.array([[0.9, 0.1], [0.55, 0.45], [0.2, 0.8]])
    scored = score(np.array([0, 1, 1]), probabilities, threshold=0.6)
    assert scored.coverage == pytest.approx(2 / 3)
    assert scored.selective_wa == 1.0
    assert scored.wa == pytest.approx(2 / 3)
    assert score(np.array([0, 1, 1]), probabilities, threshold=1.0).selective_wa == 0.0


def test_confusions_recall_and_precision_by_hand():
    counts = confusion(TRUTH, np.array([0, 0, 0, 1, 1, 0]), 3)
    assert counts.tolist() == [[3, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert recalls(counts)[:2] == pytest.approx([3 / 4, 1 / 2])
    assert precisions(counts)[:2] == pytest.approx([3 / 4, 1 / 2])
    assert np.isnan(recalls(counts)[2])


def test_macro_f1_weighs_classes():
    predicted = np.array([0, 0, 0, 1, 1, 0])
    assert macro_f1(TRUTH, predicted) == pytest.approx((2 * 3 / 8 + 2 * 1 / 4) / 2)
    assert macro_f1(TRUTH, np.full(6, 2)) == 0
    assert macro_f1(np.array([0, 0]), np.array([0, 2])) == pytest.approx(2 / 3)


def test_metrics_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    assert macro_f1(truth, predicted) == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert uar(truth, predicted) == pytest.approx(balanced_accuracy_score(truth, predicted))
    counts = confusion(truth, predicted, 5)
    assert precisions(counts) == pytest.approx(precision_score(truth, predicted, average=None))
