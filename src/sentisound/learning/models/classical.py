"""Classical learners: scikit-learn pipelines over one feature vector an utterance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler
from sklearn.svm import SVC

from sentisound.errors import RecipeError
from sentisound.learning.models.margin import MarginSvm

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


def svm(parameters: Parameters, seed: int) -> Pipeline:
    """Return StandardScaler and a support vector machine with balanced classes; ``kernel`` is ``rbf`` or ``linear``."""
    defaults = {"C": 1.0, "kernel": "rbf", "class_weight": "balanced"}
    return make_pipeline(StandardScaler(), MarginSvm(**{**defaults, **parameters}, random_state=seed))


def rf_svm(parameters: Parameters, seed: int) -> Pipeline:
    """Return StandardScaler and the mean of a forest's and a machine's probabilities: the second original's learner.

    ``n_estimators`` goes to the forest, every other parameter to the support vector machine.
    """
    machine = {key: value for key, value in parameters.items() if key != "n_estimators"}
    forest = RandomForestClassifier(n_estimators=parameters.get("n_estimators", 100), random_state=seed)
    platt = CalibratedClassifierCV(SVC(**machine, random_state=seed), ensemble=False)
    members = [("forest", forest), ("machine", platt)]
    # flattened votes are what skl2onnx cannot say; they change nothing here
    return make_pipeline(StandardScaler(), VotingClassifier(members, voting="soft", flatten_transform=False))


def gradient_boosting(parameters: Parameters, seed: int) -> Pipeline:
    """Return gradient boosting over histograms, with balanced classes; trees need no scaling."""
    defaults = {"class_weight": "balanced", "max_leaf_nodes": 15, "l2_regularization": 1.0}
    return make_pipeline(HistGradientBoostingClassifier(**{**defaults, **parameters}, random_state=seed))


def mlp1020(parameters: Parameters, seed: int) -> Pipeline:
    """Return RobustScaler, PCA to 99 % of the variance, SMOTE and a perceptron: the third original's learner.

    SMOTE (Chawla et al. 2002) makes clips up while the pipeline is fitted and is left out afterwards, so that what is
    made of a training clip never reaches a test side.
    """
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline as make_resampled_pipeline

    defaults = {"hidden_layer_sizes": (300,), "alpha": 0.01, "learning_rate": "adaptive", "max_iter": 1000, "tol": 1e-3}
    perceptron = MLPClassifier(**{**defaults, **parameters}, random_state=seed)
    reduction = PCA(0.99, svd_solver="full", random_state=seed)
    return make_resampled_pipeline(RobustScaler(), reduction, SMOTE(random_state=seed), perceptron)


MODELS: Mapping[str, Callable[[Parameters, int], Pipeline]] = {
    "random_forest": random_forest,
    "logistic_regression": logistic_regression,
    "svm": svm,
    "rf_svm": rf_svm,
    "gradient_boosting": gradient_boosting,
    "mlp1020": mlp1020,
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
