"""What the classical learners do, apart from what they share (``test_export`` holds the contract)."""

from __future__ import annotations

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE

from sentisound.errors import RecipeError
from sentisound.learning.models.classical import MODELS, build
from sentisound.learning.models.margin import MarginSvm


def _skewed(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return 120 clips of class 0 and 12 of class 1, which overlap."""
    rng = np.random.default_rng(seed)
    truth = np.array([0] * 120 + [1] * 12)
    return (rng.standard_normal((132, 6)) + 1.2 * truth[:, np.newaxis]).astype(np.float32), truth


def test_smote_balances_what_is_learned_and_touches_nothing_that_is_judged(monkeypatch: pytest.MonkeyPatch):
    seen = []
    fit_resample = SMOTE.fit_resample

    def watched(self, x, y):
        made = fit_resample(self, x, y)
        seen.append((len(x), np.bincount(made[1]).tolist()))
        return made

    monkeypatch.setattr(SMOTE, "fit_resample", watched)
    model = build("mlp1020", {}, 0)
    model.fit(*_skewed())
    assert seen == [(132, [120, 120])]
    assert model.predict_proba(_skewed(1)[0]).shape == (132, 2)
    assert len(seen) == 1  # judging made nothing up


def test_the_third_original_keeps_99_percent_of_the_variance():
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((200, 3)) @ rng.standard_normal((3, 30)) + 1e-3 * rng.standard_normal((200, 30))).astype(
        np.float32
    )
    model = build("mlp1020", {}, 0)
    model.fit(x, np.arange(200) % 3)
    assert model[1].n_components_ <= 3
    assert model[1].explained_variance_ratio_.sum() >= 0.99


@pytest.mark.parametrize("name", ["logistic_regression", "svm", "gradient_boosting"])
def test_balanced_learners_hear_the_rare_class(name: str):
    x, y = _skewed()
    fresh, truth = _skewed(1)
    plain, balanced = (build(name, {"class_weight": weight}, 0).fit(x, y) for weight in (None, "balanced"))
    rare = truth == 1
    assert np.mean(balanced.predict(fresh)[rare]) >= np.mean(plain.predict(fresh)[rare])
    assert np.mean(build(name, {}, 0).fit(x, y).predict(fresh)[rare]) > 0.3


def test_the_margin_machine_answers_as_it_predicts():
    rng = np.random.default_rng(0)
    truth = np.arange(300) % 5
    x = rng.standard_normal((300, 8)) + truth[:, np.newaxis] * rng.standard_normal(8)
    machine = MarginSvm(C=1.0).fit(x, truth)
    probabilities = machine.predict_proba(x)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert np.mean(probabilities.argmax(axis=1) == machine.predict(x)) > 0.99


def test_the_margin_machine_of_two_classes_has_two_columns():
    x, y = _skewed()
    machine = MarginSvm(class_weight="balanced").fit(x, y)
    assert np.array_equal(machine.predict_proba(x).argmax(axis=1), machine.predict(x))


def test_kernels_are_a_parameter():
    x, y = _skewed()
    linear, rbf = (build("svm", {"kernel": kernel}, 0).fit(x, y) for kernel in ("linear", "rbf"))
    assert not np.allclose(linear.predict_proba(x), rbf.predict_proba(x))


def test_the_ensemble_is_the_mean_of_its_members():
    x, y = _skewed()
    model = build("rf_svm", {"n_estimators": 7, "C": 2.0}, 0).fit(x, y)
    forest, machine = model[-1].estimators_
    assert len(forest.estimators_) == 7
    assert machine.estimator.C == 2.0
    scaled = model[0].transform(x)
    mean = (forest.predict_proba(scaled) + machine.predict_proba(scaled)) / 2
    assert model.predict_proba(x) == pytest.approx(mean)


@pytest.mark.parametrize("name", MODELS)
def test_every_learner_refuses_a_parameter_it_does_not_know(name: str):
    with pytest.raises(RecipeError, match="n_wings"):
        build(name, {"n_wings": 2}, 0)
