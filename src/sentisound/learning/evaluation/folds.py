"""One fold: choose and calibrate on the training side, train on all of it, say what the test clips are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from sentisound.corpora.protocols import Split
from sentisound.learning.crossval import Logits
from sentisound.learning.dataset import Dataset, build_dataset, silent
from sentisound.learning.evaluation.conditions import under
from sentisound.learning.evaluation.metrics import Indices, Probabilities, Scored, score
from sentisound.learning.learner import Desk, is_network, learn
from sentisound.learning.recipe import Recipe

Rows = list[list[float]]
"""One row a clip, one column a class."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fold's model is asked beside its test clips."""

    conditions: tuple[str, ...] = ()
    """Names of conditions under which it hears the same clips again."""
    cache: Path | None = None
    """Folder of the feature cache."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model of one fold and seed says of its test clips; the form in which a run keeps it."""

    key: str
    """Checksum of all that it depends on."""
    split: str
    seed: int
    classes: list[str]
    clips: list[str]
    """``corpus/name`` of each test clip."""
    speakers: list[str]
    """``corpus/speaker`` of each test clip."""
    truth: list[str]
    probabilities: Rows
    """Calibrated."""
    threshold: float
    temperature: float
    chosen: dict[str, Any]
    """The model's parameters, as the training side chose them."""
    inner_uar: float
    """UAR on the held-out speakers of the training side."""
    conditions: dict[str, Rows] = field(default_factory=dict)
    """Calibrated probabilities of the same clips under each condition that was asked for."""

    def truth_indices(self) -> Indices:
        """Return the true classes as indices, shape (clips,)."""
        return np.array([self.classes.index(label) for label in self.truth])

    def probability_rows(self) -> Probabilities:
        """Return the probabilities, shape (clips, classes)."""
        return np.array(self.probabilities)

    def predicted(self, condition: str = "") -> Indices:
        """Return the likeliest classes as indices, under a condition or as the clips are, shape (clips,)."""
        rows = np.array(self.conditions[condition]) if condition else self.probability_rows()
        indices: Indices = rows.argmax(axis=1)
        return indices

    def score(self) -> Scored:
        """Return the metrics of this fold."""
        return score(self.truth_indices(), self.probability_rows(), self.threshold)


@dataclass(frozen=True, slots=True)
class Fold:
    """One model to be trained and tested."""

    split: Split
    seed: int

    def key(self, recipe: Recipe, basis: str) -> str:
        """Return the checksum of all that the prediction depends on; ``basis`` says data and versions."""
        learner = [asdict(recipe.model), recipe.search, asdict(recipe.calibration)]
        learner += [recipe.augmentation.stated(), recipe.training.stated()] if is_network(recipe) else []
        learner += [recipe.general.stated()] if recipe.general else []
        content = json.dumps([basis, learner, self.split.train, self.split.test, self.seed], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def run(
        self, recipe: Recipe, data: Dataset, key: str, labels: Sequence[str], desk: Desk, asked: Asked | None = None
    ) -> Prediction:
        """Train and test; nothing is chosen on the test side.

        Only ``labels`` compete on the test side; a pooled training side may have taught more. Under the conditions of
        ``asked`` the very model that was tested hears its test clips again.
        """
        asked = asked or Asked()
        train, test = data.part(self.split.train), data.part(self.split.test)
        learned = learn(recipe, train, self.seed, desk)
        choice = learned.choice
        competing = [data.classes.index(label) for label in labels]

        def said(heard: Dataset) -> Rows:
            return _rows(learned.model.logits(heard)[:, competing], choice.temperature)

        return Prediction(
            key=key,
            split=self.split.name,
            seed=self.seed,
            classes=list(labels),
            clips=[f"{clip.corpus}/{clip.name}" for clip in test.clips],
            speakers=test.speakers.tolist(),
            truth=[clip.label for clip in test.clips],
            probabilities=said(test),
            threshold=choice.threshold,
            temperature=choice.temperature,
            chosen=choice.parameters,
            inner_uar=choice.inner_uar,
            conditions={name: said(_under(name, test, recipe, asked.cache)) for name in asked.conditions},
        )


def _rows(logits: Logits, temperature: float) -> Rows:
    """Return probabilities of six digits: they are kept as text, and a resumed run gives what an unbroken one gives."""
    rows: Rows = np.round(softmax(logits / temperature, axis=1), 6).tolist()
    return rows


def _under(condition: str, test: Dataset, recipe: Recipe, cache: Path | None) -> Dataset:
    return build_dataset(under(condition, test.clips), test.classes, recipe.features, 1, silent, cache)
