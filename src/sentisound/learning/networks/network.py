"""The network as a learner: from a recipe and a training side to fitted, calibrated weights and their graph."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from sentisound.errors import BundleInvalid, RecipeError
from sentisound.features.sets import feature_set
from sentisound.learning.augmentation.chain import frame_chain
from sentisound.learning.base import Base, read_base
from sentisound.learning.calibrate import fit_temperature, fit_threshold
from sentisound.learning.crossval import Logits
from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.metrics import uar
from sentisound.learning.evaluation.runs import environment
from sentisound.learning.export_network import PARITY, check_network_parity, network_to_onnx, session_of
from sentisound.learning.learner import Desk, Learned
from sentisound.learning.models.deep.hybrid import Hybrid
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.registry import build_network
from sentisound.learning.networks.batches import Batches, frame_rate_hz, with_standard_teacher
from sentisound.learning.networks.checkpoint import Checkpoint
from sentisound.learning.networks.device import best_device, takes_bf16, threads
from sentisound.learning.networks.inference import logits_of
from sentisound.learning.networks.journal import Journal, setting_of
from sentisound.learning.networks.linear import settle
from sentisound.learning.networks.losses import Pupil
from sentisound.learning.networks.material import recipe_features
from sentisound.learning.networks.sampler import Sampler, balanced_chances
from sentisound.learning.networks.start import gentler, start_from
from sentisound.learning.networks.trainer import Lesson, Trainer
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
        return {name: values.detach().cpu().numpy() for name, values in self.network.state_dict().items()}


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
    base = read_base(desk.base, recipe) if desk.base else None
    recipe = gentler(recipe) if base else recipe
    sides = cut(data, recipe.calibration.groups, desk.aims, seed)
    lesson = _lesson(recipe, sides, seed, base)
    checkpoint = Checkpoint(desk.folder, training_key(recipe, data, seed, desk, base))
    Journal(desk.folder).write_config(recipe, sides, seed, setting_of(lesson.device, desk.threads, lesson.half))
    trained = Trainer(lesson, desk, checkpoint).run()
    model = FittedNetwork(trained.network, _scaler(recipe), desk.threads)
    parameters = recipe.model.parameters | {"epochs": trained.epochs, "best_epoch": trained.best_epoch}
    choice = _choice(recipe, parameters, restricted(model.logits(sides.held), sides.held_labels), sides)
    if recipe.training.linear and isinstance(trained.network, Hybrid):
        settle(trained.network, data, recipe.training.linear)  # nothing is left to choose: now of all speakers
    return Learned(model, choice)


def _lesson(recipe: Recipe, sides: Sides, seed: int, base: Base | None) -> Lesson:
    options, learned = recipe.training, with_standard_teacher(sides.learned)
    features = feature_set(recipe.features.set, recipe.features.parameters)
    chances = balanced_chances(learned) if options.balanced else None
    device = best_device()
    with torch.device("meta"):  # only its layers are looked at
        half = options.bf16 and takes_bf16(_untrained(recipe, learned), device)
    return Lesson(
        sides,
        Batches(
            learned,
            sides.learned_labels,
            frame_chain(recipe.augmentation.frames),
            frame_rate_hz(features),
            options.crop_s,
            recipe.augmentation.mixup,
        ),
        Sampler(len(learned.truth), options.batch_size, chances),
        options,
        seed,
        device,
        half,
        partial(_pupil, recipe, learned, base),
    )


def _untrained(recipe: Recipe, data: Dataset) -> Network:
    shape = Shape(data.features[0].shape[1], len(data.classes), _columns(data.functionals))
    return build_network(recipe.model.name, recipe.model.parameters, shape)


def _pupil(recipe: Recipe, data: Dataset, base: Base | None) -> Pupil:
    network = _untrained(recipe, data)
    if base:
        start_from(base, network, recipe, data.classes)
    elif isinstance(network, Hybrid) and data.functionals is not None:
        network.set_scale(data.functionals.mean(axis=0), data.functionals.std(axis=0))
        if recipe.training.linear:
            settle(network, data, recipe.training.linear)
    return Pupil(network, _columns(data.teacher), _columns(data.ratings))


def _columns(values: NDArray[np.float32] | None) -> int:
    return 0 if values is None else values.shape[1]


def _choice(recipe: Recipe, parameters: dict[str, object], logits: Logits, sides: Sides) -> Choice:
    truth = sides.held.truth
    temperature = fit_temperature(logits, truth)
    threshold = fit_threshold(logits, truth, temperature, recipe.calibration.selective_risk)
    return Choice(parameters, uar(truth, logits.argmax(axis=1)), temperature, threshold)


def training_key(recipe: Recipe, data: Dataset, seed: int, desk: Desk, base: Base | None = None) -> str:
    """Return the checksum of all that trained weights depend on."""
    options = [asdict(recipe.features), asdict(recipe.model), asdict(recipe.augmentation), recipe.training.stated()]
    learner = [*options, recipe.calibration.groups, list(desk.aims), seed, *([base.sha256] if base else [])]
    content = json.dumps([learner, data.digest(), environment(networks=True)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _scaler(recipe: Recipe) -> str:
    normalised = recipe.features.parameters.get("normalise", True)
    frames = "each band less its mean over the utterance" if normalised else "none"
    return f"{frames}; functionals standardised" if recipe.features.functionals else frames
