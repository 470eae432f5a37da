"""The margin machine on points of a line, where the margin is a distance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, softmax

from sentisound.learning.models.margin import MarginSvm


def line(classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return clips on a line, each class around a whole number."""
    truth = np.repeat(np.arange(classes), 6)
    jitter = np.tile(np.linspace(-0.2, 0.2, 6), classes)
    return (truth + jitter)[:, np.newaxis].astype(np.float32), truth


def test_two_classes_are_answered_by_the_logistic_function_of_the_margin():
    x, truth = line(2)
    machine = MarginSvm(kernel="linear", C=100).fit(x, truth)
    rows = machine.predict_proba(x)
    assert rows[:, 1] == pytest.approx(expit(machine.decision_function(x)))
    # the margin is widest half way between the innermost clips, 0.2 and 0.8
    assert machine.predict_proba(np.array([[0.5]]))[0] == pytest.approx([0.5, 0.5], abs=1e-3)
    assert rows[0, 0] > rows[5, 0] > 0.5 > rows[6, 0] > rows[-1, 0]


def test_a_support_vector_is_one_away_from_the_boundary():
    x, truth = line(2)
    edge = MarginSvm(kernel="linear", C=100).fit(x, truth).predict_proba(np.array([[0.8]], dtype=np.float32))
    assert edge[0, 1] == pytest.approx(expit(1), abs=1e-3)


@pytest.mark.parametrize("classes", [3, 5])
def test_more_classes_are_answered_by_the_softmax_of_their_votes(classes: int):
    x, truth = line(classes)
    machine = MarginSvm(kernel="rbf", C=10).fit(x, truth)
    rows = machine.predict_proba(x)
    assert rows == pytest.approx(softmax(machine.decision_function(x), axis=1))
    assert rows.argmax(axis=1).tolist() == machine.predict(x).tolist() == truth.tolist()


def test_one_clip_has_one_row():
    x, truth = line(3)
    machine = MarginSvm().fit(x, truth)
    assert machine.predict_proba(x[:1]).shape == (1, 3)
    assert machine.predict_proba(x[:1])[0] == pytest.approx(machine.predict_proba(x)[0])
