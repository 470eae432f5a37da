"""Training: every learner ends in a bundle that the recogniser takes, with the figures that ``evaluate`` gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sentisound.bundle import read_bundle
from sentisound.errors import RecipeError
from sentisound.learning.bench import Places, Plan, evaluate
from sentisound.learning.models.classical import MODELS
from sentisound.learning.recipe import Recipe
from sentisound.learning.training import train
from sentisound.recognition.recognizer import Recognizer
from sentisound.recognition.verify import verify

Make = Callable[..., Recipe]
QUICK = {
    "gradient_boosting": "{ max_iter = 5 }",
    "random_forest": "{ n_estimators = 10 }",
    "rf_svm": "{ n_estimators = 10 }",
    "mlp1020": "{ tol = 0.05 }",
}


def quiet(*_: object) -> None:
    """Show no progress."""


@pytest.mark.parametrize("name", MODELS)
def test_every_learner_can_be_put_in_a_bundle(name: str, recipe: Make, places: Places, tmp_path: Path):
    cooked = recipe(
        ("logistic_regression", name),
        ("{ C = 0.1 }", QUICK.get(name, "{}")),
        ('protocols = ["ravdess/luna5"]', "protocols = []"),
        ("seed = 0", "seed = 0\ncalibration = { groups = 2 }"),
    )
    train(cooked, places, tmp_path / "bundle", quiet)
    card = read_bundle(tmp_path / "bundle").card
    assert card.training.model.startswith(name.replace("_", " "))
    assert len(card.labels) == 8
    assert verify(Recognizer.load(tmp_path / "bundle")).reason is None


def test_a_bundles_figures_are_those_of_evaluate(recipe: Make, places: Places, tmp_path: Path):
    cooked = recipe(more="\n[search]\nC = [0.01, 0.1]\n")
    bundle = train(cooked, places, tmp_path / "bundle", quiet)
    plan = Plan(cooked, tuple(cooked.evaluation.protocols), tuple(cooked.evaluation.seeds))
    (measured,) = evaluate(plan, places, tmp_path / "run", quiet)
    (metric,) = bundle.card.metrics
    assert metric.uar == pytest.approx(measured.summary.mean.uar, abs=1e-4)
    assert metric.uar_std == pytest.approx(measured.summary.spread.uar, abs=1e-4)
    assert metric.coverage == pytest.approx(measured.summary.mean.coverage, abs=1e-4)


def test_the_card_says_what_the_search_chose_and_which_scaler_there_is(recipe: Make, places: Places, tmp_path: Path):
    cooked = recipe(('protocols = ["ravdess/luna5"]', "protocols = []"), more="\n[search]\nC = [1e-9, 0.1]\n")
    card = train(cooked, places, tmp_path / "bundle", quiet).card
    assert card.training.model == "logistic regression (C 0.1)"
    assert card.training.scaler == "StandardScaler"


def test_a_recipe_with_a_leak_is_not_published(recipe: Make, places: Places, tmp_path: Path):
    leaky = ('corpora = ["ravdess"]', 'corpora = ["ravdess"]\nnoise_copies_before_split = 1')
    with pytest.raises(RecipeError, match="before the split"):
        train(recipe(leaky, ('protocols = ["ravdess/luna5"]', "protocols = []")), places, tmp_path / "bundle", quiet)
    assert not (tmp_path / "bundle").exists()
