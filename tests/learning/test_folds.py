"""The choice on a training side, and one fold: on points in a plane, where the answer is plain to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from clouds import CLASSES, clouds
from sentisound.corpora.protocols import Split
from sentisound.learning.crossval import PROBABILITY_FLOOR
from sentisound.learning.evaluation.folds import Fold
from sentisound.learning.evaluation.protocols import per_speaker
from sentisound.learning.learner import Desk
from sentisound.learning.recipe import CalibrationOptions, Recipe
from sentisound.learning.search import choose

Make = Callable[..., Recipe]
DATA = clouds()
LAST = Split("dan", tuple(range(27)), tuple(range(27, 36)))


def test_standardising_takes_a_speakers_offset_and_scale_away():
    """Two speakers who say the same, one of them louder and from further away, become equal."""
    data = DATA.part((*range(9), *range(9, 18)))
    features = data.features.copy()
    features[9:] = 3 * features[:9] + 7
    adapted = per_speaker(replace(data, features=features)).features
    assert adapted[9:] == pytest.approx(adapted[:9], abs=1e-5)


def test_a_choice_between_equals_is_the_first(recipe: Make):
    """Each value parts clouds that lie so far apart."""
    for values in ("[0.1, 1.0, 10.0]", "[10.0, 1.0, 0.1]"):
        choice = choose(recipe(more=f"\n[search]\nC = {values}\n"), DATA, 0)
        assert choice.parameters == {"C": float(values[1:].split(",")[0])}
        assert choice.inner_uar == 1.0


def test_a_single_speaker_is_chosen_on_by_texts(recipe: Make):
    choice = choose(recipe(), DATA.part(range(9)), 0)
    assert choice.inner_uar == 1.0
    assert choice.temperature > 0


def test_a_fold_tests_the_clips_of_its_split_and_tells_the_clouds_apart(recipe: Make):
    found = Fold(LAST, 7).run(recipe(), DATA, "the key", CLASSES, Desk())
    assert (found.key, found.split, found.seed) == ("the key", "dan", 7)
    assert found.clips == [f"savee/clip{n}" for n in range(27, 36)]
    assert found.speakers == ["savee/dan"] * 9
    assert found.truth == ["neutral"] * 3 + ["happy"] * 3 + ["sad"] * 3
    assert found.predicted().tolist() == found.truth_indices().tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert found.score().uar == found.inner_uar == 1.0
    assert found.chosen == {"C": 0.1}


def test_probabilities_are_kept_with_six_digits_and_sum_to_one(recipe: Make):
    rows = Fold(LAST, 0).run(recipe(), clouds(spread=5), "k", CLASSES, Desk()).probability_rows()
    assert rows.shape == (9, 3)
    assert rows.sum(axis=1) == pytest.approx(1, abs=2e-6)
    assert np.array_equal(rows, np.round(rows, 6))


def test_a_class_that_training_did_not_hear_is_never_answered(recipe: Make):
    heard = tuple(row for row in LAST.train if DATA.truth[row] != 2)
    found = Fold(replace(LAST, train=heard), 0).run(recipe(), DATA, "k", CLASSES, Desk())
    rows = found.probability_rows()
    assert rows.shape == (9, 3)
    assert 2 not in found.predicted()
    assert (rows[:, 2] <= rows[:, :2].min(axis=1) + 1e-6).all()
    assert found.score().uar == pytest.approx(2 / 3)  # the third class is lost, the others are not
    untempered = PROBABILITY_FLOOR ** (1 / found.temperature)
    assert rows[:, 2].max() <= untempered / (untempered + 0.5 ** (1 / found.temperature)) + 1e-6


@pytest.mark.parametrize(
    "change",
    [
        lambda one, fold: (one, replace(fold, seed=1), "basis"),
        lambda one, fold: (one, fold, "other"),
        lambda one, fold: (one, replace(fold, split=replace(LAST, train=LAST.train[1:])), "basis"),
        lambda one, fold: (one, replace(fold, split=replace(LAST, test=LAST.test[::-1])), "basis"),
        lambda one, fold: (replace(one, model=replace(one.model, name="svm")), fold, "basis"),
        lambda one, fold: (replace(one, model=replace(one.model, parameters={"C": 0.2})), fold, "basis"),
        lambda one, fold: (replace(one, search={"C": [0.1, 0.2]}), fold, "basis"),
        lambda one, fold: (replace(one, calibration=CalibrationOptions(groups=3)), fold, "basis"),
    ],
    ids=["seed", "basis", "train", "order", "model", "parameters", "search", "calibration"],
)
def test_the_key_depends_on_all_that_the_prediction_depends_on(recipe: Make, change):
    fold = Fold(LAST, 0)
    other, changed, basis = change(recipe(), fold)
    assert changed.key(other, basis) != fold.key(recipe(), "basis")


def test_the_key_does_not_depend_on_what_a_recipe_is_called(recipe: Make):
    renamed = replace(recipe(), name="other", title="Other", version="9", seed=5)
    fold = Fold(LAST, 0)
    assert fold.key(renamed, "basis") == fold.key(recipe(), "basis")
    assert len(fold.key(renamed, "basis")) == 64


def test_only_the_protocols_labels_compete_on_the_test_side(recipe: Make):
    """A model that was taught three classes and is tested on two never answers with the third."""
    without = replace(LAST, test=tuple(row for row in LAST.test if DATA.truth[row] != 1))
    found = Fold(without, 0).run(recipe(), DATA, "k", ("neutral", "sad"), Desk())
    assert found.classes == ["neutral", "sad"]
    assert found.probability_rows().shape == (6, 2)
    assert found.score().uar == 1.0
