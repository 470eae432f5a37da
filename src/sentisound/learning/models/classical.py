"""Classical learners: scikit-learn pipelines over one feature vector an utterance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sentisound.errors import RecipeError

Parameters = Mapping[str, Any]


def random_forest(parameters: Parameters, seed: int) -> Pipeline:
    """Return StandardScaler and a random forest of 100 trees: the first original's learner."""
    return make_pipeline(
        StandardScaler(), RandomForestClassifier(**{"n_estimators": 100, **parameters}, random_state=seed)
    )


def logistic_regression(parameters: Parameters, seed: int) -> Pipeline:
    """Return StandardScaler and a strongly regularised multinomial logistic regression with balanced classes."""
    defaults = {"C": 1e-3, "class_weight": "balanced", "max_iter": 1000}
    return make_pipeline(StandardScaler(), LogisticRegression(**{**defaults, **parameters}, random_state=seed))


MODELS: Mapping[str, Callable[[Parameters, int], Pipeline]] = {
    "random_forest": random_forest,
    "logistic_regression": logistic_regression,
}


def build(name: str, parameters: Parameters, seed: int) -> Pipeline:
    """Return an unfitted pipeline by name.

    Raises
    ------
    RecipeError
        When there is no such learner, or it does not take these parameters.
    """
    if name not in MODELS:
        raise RecipeError(f"there is no model {name!r}; there are {', '.join(MODELS)}")
    try:
        return MODELS[name](parameters, seed)
    except TypeError as error:
        raise RecipeError(f"{name} does not take these parameters: {error}") from None
