"""One way to learn: a classical recipe never meets torch, and what cannot be learned is told at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from clouds import clouds
from sentisound.errors import RecipeError
from sentisound.learning.learner import Desk, check, is_network, learn
from sentisound.learning.models.classical import MODELS
from sentisound.learning.recipe import Recipe

Make = Callable[..., Recipe]


def test_a_classical_learner_learns_and_says_what_it_scales_by(recipe: Make):
    data = clouds()
    learned = learn(recipe(), data, 0, Desk())
    assert learned.model.logits(data).argmax(axis=1).tolist() == data.truth.tolist()
    assert learned.choice.inner_uar == 1
    assert learned.model.describe() == "StandardScaler"
    assert learned.model.graph(data)


@pytest.mark.parametrize("name", MODELS)
def test_a_classical_name_is_no_network(name: str, recipe: Make):
    assert not is_network(recipe(("logistic_regression", name)))


def test_any_other_name_is_a_network(recipe: Make):
    assert is_network(recipe(("logistic_regression", "tdnn")))


def test_a_classical_recipe_that_cannot_be_is_told(recipe: Make):
    check(recipe(), 8)
    with pytest.raises(RecipeError):
        check(recipe(("{ C = 0.1 }", "{ width = 3 }")), 8)


def test_frames_are_refused_by_classical_learners_and_vectors_by_networks(recipe: Make):
    from sentisound.learning.networks.material import recipe_features

    assert recipe_features(recipe()).name == "mfcc40"
    with pytest.raises(RecipeError, match="logistic_regression learns from vectors; logmel gives frames"):
        recipe_features(recipe(('"mfcc40"', '"logmel"')))
    with pytest.raises(RecipeError, match="tdnn learns from frames"):
        recipe_features(recipe(("logistic_regression", "tdnn")))
    with pytest.raises(RecipeError, match="a set of vectors, beside the frames"):
        recipe_features(recipe(('set = "mfcc40"', 'set = "mfcc40"\nfunctionals = "mfcc40"')))


def test_the_learning_wing_starts_without_torch():
    code = "import sys, sentisound.learning.bench, sentisound.learning.training; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_logits_are_of_all_classes_also_of_those_not_heard(recipe: Make):
    data = clouds()
    without = data.part(np.flatnonzero(data.truth != 2).tolist())
    logits = learn(recipe(), without, 0, Desk()).model.logits(data)
    assert logits.shape == (36, 3)
    assert (logits[:, 2] < logits.max(axis=1)).all()
