"""Learning: a training side becomes a model, chosen and calibrated on held-out speakers; one way for every learner."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

from sklearn.pipeline import Pipeline

from sentisound.errors import MissingExtra, RecipeError
from sentisound.learning.crossval import Logits, predict
from sentisound.learning.dataset import Dataset, Progress, silent
from sentisound.learning.evaluation.metrics import Indices
from sentisound.learning.export import check_parity, pipeline_to_onnx
from sentisound.learning.models.classical import MODELS, build
from sentisound.learning.recipe import Recipe
from sentisound.learning.search import Choice, choose
from sentisound.learning.weights import Weights


@dataclass(frozen=True, slots=True)
class Desk:
    """What a learner may use beside its data."""

    folder: Path | None = None
    """Where it keeps what it needs to go on after a kill; None for nowhere."""
    progress: Progress = silent
    aims: tuple[str, ...] = ()
    """Corpora whose held-out speakers choose and calibrate; empty for all of the training side."""
    teacher: Path | None = None
    """File of a pre-trained encoder whose embedding a network may learn beside the labels."""
    base: Path | None = None
    """Folder of a bundle whose weights a network starts from."""
    general: Path | None = None
    """Folder of general stages, each found by what it depends on; without it each training does its own."""
    threads: int = 1
    """Cores that the learner may use; one where other folds run beside it."""


class Fitted(Protocol):
    """A fitted model."""

    def logits(self, data: Dataset) -> Logits:
        """Return the logits of every clip, shape (clips, classes)."""

    def graph(self, data: Dataset) -> bytes:
        """Return the ONNX graph of the bundle's contract, compared with the model on clips of ``data``.

        Raises
        ------
        BundleInvalid
            When graph and model differ.
        """

    def describe(self) -> str:
        """Return what stands between sound and scores, for the card: the scaler of the features."""

    def weights(self) -> Weights | None:
        """Return what training can go on from, arrays by name; None for a model that is only ever trained anew."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of a training side."""

    model: Fitted
    choice: Choice


@dataclass(frozen=True, slots=True)
class Classical:
    """A fitted scikit-learn pipeline."""

    pipeline: Pipeline
    heard: Indices
    """The classes in training."""

    def logits(self, data: Dataset) -> Logits:
        """Return logarithms of floored probabilities, shape (clips, classes)."""
        return predict(self.pipeline, self.heard, data.features, len(data.classes))

    def graph(self, data: Dataset) -> bytes:
        """Return the graph, compared with the pipeline on every clip."""
        graph = pipeline_to_onnx(self.pipeline, data.features.shape[1], len(data.classes))
        check_parity(graph, data.features, self.logits(data))
        return graph

    def describe(self) -> str:
        """Return the name of the pipeline's scaler."""
        names = [type(step).__name__ for step in self.pipeline]
        return next((name for name in names if name.endswith("Scaler")), "none")

    def weights(self) -> None:
        """Return None: scikit-learn's models start anew."""


def is_network(recipe: Recipe) -> bool:
    """Return whether the recipe's model is a network; every other learner is scikit-learn's."""
    return recipe.model.name not in MODELS


def check(recipe: Recipe, classes: int) -> None:
    """Build a recipe's learner once, untrained, so that an error is told before hours of work.

    Raises
    ------
    RecipeError
        When there is no such learner, or it does not take these parameters.
    MissingExtra
        When it is a network and torch is not installed.
    """
    if is_network(recipe):
        _networks().check(recipe, classes)
    else:
        build(recipe.model.name, recipe.candidates[0], recipe.seed)


def learn(recipe: Recipe, data: Dataset, seed: int, desk: Desk) -> Learned:
    """Choose, calibrate and fit on a training side; no clip of a test side is in ``data``.

    Parameters
    ----------
    recipe
        Says which learner.
    data
        The training side.
    seed
        Of all that is drawn.
    desk
        What else may be used. With a folder, a network that was stopped goes on where it ended.

    Raises
    ------
    RecipeError
        When there is no such learner, it does not take these parameters, or it cannot learn with them or from a base.
    MissingExtra
        When it is a network and torch is not installed.
    """
    if desk.base and not is_network(recipe):
        raise RecipeError(
            f"{recipe.name}: {recipe.model.name} is always trained anew; only networks start from a model"
        )
    if is_network(recipe):
        learned: Learned = _networks().learn(recipe, data, seed, desk)
        return learned
    choice = choose(recipe, data, seed)
    pipeline = build(recipe.model.name, choice.parameters, seed)
    pipeline.fit(data.features, data.truth)
    return Learned(Classical(pipeline, data.truth), choice)


def prepare(recipe: Recipe, data: Dataset, desk: Desk) -> None:
    """Do the general stage of a training side, where the recipe has one, so that ``learn`` finds it in the desk."""
    if is_network(recipe) and recipe.general and not desk.base:
        _networks().prepare(recipe, data, desk)


def _networks() -> ModuleType:
    """Return the door of the networks' room, which needs torch."""
    try:
        return import_module("sentisound.learning.networks.network")
    except ImportError as error:
        raise MissingExtra(f"networks need {error.name}: pip install '.[networks]' in a clone") from None
