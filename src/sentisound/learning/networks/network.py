"""The network as a learner: from a recipe and a training side to fitted, calibrated weights and their graph."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from sentisound.errors import BundleInvalid, RecipeError
from sentisound.features.sets import feature_set
from sentisound.learning.augmentation.chain import frame_chain
from sentisound.learning.base import read_base
from sentisound.learning.calibrate import fit_temperature, fit_threshold
from sentisound.learning.crossval import Logits
from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.metrics import uar
from sentisound.learning.export_network import PARITY, check_network_parity, network_to_onnx, session_of
from sentisound.learning.learner import Desk, Learned
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.registry import build_network
from sentisound.learning.networks.device import threads
from sentisound.learning.networks.general import as_general, general_stage, sides
from sentisound.learning.networks.inference import logits_of
from sentisound.learning.networks.lessons import Start, finished, solve, train, training_key
from sentisound.learning.networks.material import recipe_features
from sentisound.learning.networks.start import gentler, weights_of
from sentisound.learning.networks.validation import Sides, cut, restricted
from sentisound.learning.recipe import Recipe
from sentisound.learning.search import Choice
from sentisound.learning.weights import Weights

COMPARED_CLIPS = 8
"""Real clips on which graph and network are compared, beside lengths that are drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedNetwork:
    """A trained network, in evaluation mode."""

    network: Network
    scaler: str
    cores: int = 1
    """Threads that it may use."""

    def logits(self, data: Dataset) -> Logits:
        """Return the logits of whole clips as recorded, shape (clips, classes)."""
        with threads(self.cores):
            return logits_of(self.network, data)

    def graph(self, data: Dataset) -> bytes:
        """Return the graph, compared with the network at lengths that it has not seen and on clips of ``data``."""
        graph = network_to_onnx(self.network, self.network.shape)
        check_network_parity(self.network, graph, np.random.default_rng(0))
        few = data.part(range(min(COMPARED_CLIPS, len(data.truth))))
        worst = float(np.abs(graph_logits(graph, few) - self.logits(few)).max())
        if not worst <= PARITY:
            raise BundleInvalid(f"the exported graph differs by {worst:.3g} on a clip, over {PARITY}")
        return graph

    def describe(self) -> str:
        """Return how frames and functionals are scaled."""
        return self.scaler

    def weights(self) -> Weights:
        """Return the weights and running means, by their names in the network."""
        return weights_of(self.network)


def graph_logits(graph: bytes, data: Dataset) -> Logits:
    """Return what a graph says of clips, one by one as they are served; shape (clips, classes)."""
    session = session_of(graph)
    rows: list[NDArray[np.float32]] = []
    for row, frames in enumerate(data.features):
        beside = {} if data.functionals is None else {"functionals": data.functionals[row : row + 1]}
        inputs = {"features": frames[np.newaxis].astype(np.float32)} | beside
        rows.append(session.run(["logits"], inputs)[0][0])
    return np.array(rows).astype(np.float64)


def check(recipe: Recipe, classes: int) -> None:
    """Build the recipe's network without weights, and its transforms; errors as of ``learner.check``."""
    if recipe.search:
        raise RecipeError(f"{recipe.name}: parameters of a network are not searched; [search] is for classical models")
    frame_chain(recipe.augmentation.frames)
    features = recipe_features(recipe)
    beside = feature_set(recipe.features.functionals).size if recipe.features.functionals else 0
    with torch.device("meta"):
        build_network(recipe.model.name, recipe.model.parameters, Shape(features.size, classes, beside))


def learn(recipe: Recipe, data: Dataset, seed: int, desk: Desk) -> Learned:
    """Train on all but a group of speakers, who choose the epoch and calibrate; as of ``learner.learn``."""
    if desk.base:
        return _learn(gentler(recipe), data, seed, desk, read_base(desk.base, recipe))
    if recipe.general is None:
        return _learn(recipe, data, seed, desk)
    others, own = sides(data, desk.aims)
    if not own:
        return _learn(as_general(recipe), data, seed, desk)
    if not others:
        return _learn(replace(recipe, general=None), data, seed, desk)
    return _learn(recipe, data, seed, desk, general_stage(recipe, data, desk))


def prepare(recipe: Recipe, data: Dataset, desk: Desk) -> None:
    """Do the general stage of a training side; as of ``learner.prepare``."""
    if all(sides(data, desk.aims)):
        general_stage(recipe, data, desk)


def _learn(recipe: Recipe, data: Dataset, seed: int, desk: Desk, start: Start = None) -> Learned:
    parted = cut(data, recipe.calibration.groups, desk.aims, seed, every=recipe.training.open)
    key = training_key(recipe, data, seed, desk, start)
    trained = train(recipe, parted, seed, desk, key, start)
    network = trained.network
    parameters = recipe.model.parameters | {"epochs": trained.epochs, "best_epoch": trained.best_epoch}
    logits = FittedNetwork(network, "", desk.threads).logits(parted.held)
    choice = _choice(recipe, parameters, restricted(logits, parted.held_labels), parted)
    if recipe.training.finish:
        network = finished(recipe, data, seed, desk, key, start, network)
    solve(network, data, recipe, start)  # nothing is left to choose: now of all speakers
    return Learned(FittedNetwork(network, _scaler(recipe), desk.threads), choice)


def _choice(recipe: Recipe, parameters: dict[str, object], logits: Logits, sides: Sides) -> Choice:
    truth = sides.held.truth
    temperature = fit_temperature(logits, truth)
    threshold = fit_threshold(logits, truth, temperature, recipe.calibration.selective_risk)
    return Choice(parameters, uar(truth, logits.argmax(axis=1)), temperature, threshold)


def _scaler(recipe: Recipe) -> str:
    normalised = recipe.features.parameters.get("normalise", True)
    frames = "each band less its mean over the utterance" if normalised else "none"
    return f"{frames}; functionals standardised" if recipe.features.functionals else frames
