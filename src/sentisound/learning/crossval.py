"""Cross-validation over groups of speakers: what a learner says of clips whose speakers it has not heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from sentisound.learning.evaluation.metrics import Indices

Features = NDArray[np.float32]
Logits = NDArray[np.float64]

PROBABILITY_FLOOR = 1e-4
"""No learner from some thousand clips knows a chance below one in ten thousand; it keeps logarithms finite."""


class Classifier(Protocol):
    """What a learner offers; scikit-learn's pipelines do."""

    def fit(self, x: Features, y: Indices, /) -> object:
        """Learn from features and class indices."""

    def predict_proba(self, x: Features, /) -> NDArray[np.float64]:
        """Return probabilities, shape (clips, classes)."""


def logits_of(model: Classifier, features: Features) -> Logits:
    """Return the logarithm of a fitted model's probabilities, floored; shape (clips, classes)."""
    return np.log(np.clip(model.predict_proba(features), PROBABILITY_FLOOR, 1.0))


def predict(model: Classifier, heard: Indices, features: Features, classes: int) -> Logits:
    """Return logits for all classes; one that was not among those ``heard`` in training gets the floor."""
    logits = np.full((len(features), classes), np.log(PROBABILITY_FLOOR))
    logits[:, np.unique(heard)] = logits_of(model, features)
    return logits


def held_out_logits(
    build: Callable[[], Classifier],
    features: Features,
    truth: Indices,
    speakers: NDArray[np.str_],
    groups: int,
    classes: int | None = None,
) -> Logits:
    """Return logits of every clip by a model that has not heard its speaker.

    Speakers are dealt into ``groups`` groups of about equal size; each group is held out once.
    """
    size = int(truth.max()) + 1 if classes is None else classes
    logits = np.empty((len(truth), size))
    for train, held_out in GroupKFold(min(groups, len(np.unique(speakers)))).split(features, truth, speakers):
        model = build()
        model.fit(features[train], truth[train])
        logits[held_out] = predict(model, truth[train], features[held_out], size)
    return logits
