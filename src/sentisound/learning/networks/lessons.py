"""Lessons: from a recipe and sides of data to a training, whatever it starts from; and the key of all it depends on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from sentisound.features.sets import feature_set
from sentisound.learning.augmentation.chain import frame_chain
from sentisound.learning.base import Base
from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.runs import environment
from sentisound.learning.learner import Desk
from sentisound.learning.models.deep.hybrid import Hybrid
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.registry import build_network
from sentisound.learning.networks.batches import Batches, frame_rate_hz, with_standard_teacher
from sentisound.learning.networks.checkpoint import Checkpoint
from sentisound.learning.networks.device import best_device, takes_bf16
from sentisound.learning.networks.journal import Journal, setting_of
from sentisound.learning.networks.linear import settle
from sentisound.learning.networks.losses import Pupil
from sentisound.learning.networks.sampler import Sampler, balanced_chances, shared_chances
from sentisound.learning.networks.start import General, start_from
from sentisound.learning.networks.trainer import Lesson, Trained, Trainer
from sentisound.learning.networks.validation import Sides, whole
from sentisound.learning.recipe import Recipe

FINISHING = 0.3
"""The learning rate of the last epochs, with all speakers, as a share of the recipe's."""

Start = Base | General | None
"""What a training starts from; None for drawn weights."""


def train(
    recipe: Recipe,
    parted: Sides,
    seed: int,
    desk: Desk,
    key: str,
    start: Start = None,
    trained: Network | None = None,
    *,
    alone: bool = False,
) -> Trained:
    """Train, or go on from the desk's checkpoint.

    Parameters
    ----------
    recipe, seed, desk
        As of ``learner.learn``.
    parted
        What is learned from, and what is watched.
    key
        Checksum of all that the training depends on.
    start
        Whose weights it starts from, and how clips are drawn.
    trained
        Goes on with these weights in place of the start's.
    alone
        Nobody looks at it before the end: the last weights are kept, and a functionals' branch is left as it is.
    """
    options, learned = recipe.training, with_standard_teacher(parted.learned)
    device = best_device()
    with torch.device("meta"):  # only its layers are looked at
        layers = _untrained(recipe, learned)
    half = options.bf16 and takes_bf16(layers, device)
    make = partial(_pupil if alone else _solved, recipe, learned, start, trained)
    batches = _batches(recipe, learned, parted)
    last = alone or bool(options.last)
    lesson = Lesson(parted, batches, _sampler(recipe, learned, start), options, seed, device, half, make, last)
    Journal(desk.folder).write_config(recipe, parted, seed, setting_of(device, desk.threads, half))
    return Trainer(lesson, desk, Checkpoint(desk.folder, key)).run()


def finished(recipe: Recipe, data: Dataset, seed: int, desk: Desk, key: str, start: Start, trained: Network) -> Network:
    """Go on for the last epochs with all speakers; all is chosen, so the schedule runs to its end."""
    epochs = recipe.training.finish or 0
    rate = FINISHING * recipe.training.learning_rate
    gentle = replace(
        recipe.training,
        epochs=epochs,
        patience=epochs,
        learning_rate=rate,
        teacher=0.0,
        ratings=0.0,
        consistency_from=None,
        finish=None,
    )
    at = replace(desk, folder=desk.folder / "finish" if desk.folder else None)
    both = whole(data, recipe.calibration.groups, seed, desk.aims, every=recipe.training.open)
    last = replace(recipe, training=gentle)
    return train(last, both, seed, at, f"{key} finish", start, trained, alone=True).network


def solve(network: Network, data: Dataset, recipe: Recipe, start: Start) -> None:
    """Solve a functionals' branch, where the recipe has it so.

    It is over all clips, or after a general stage over those of the corpus that is tested; all clips show what slight
    changes do.
    """
    if recipe.training.linear and isinstance(network, Hybrid):
        own = start.own(data) if isinstance(start, General) else data
        consistency = recipe.training.consistency or 0.0
        strength, every = recipe.training.linear, recipe.training.open
        settle(network, own, strength, every=every, consistency=consistency, pairs=data)


def training_key(recipe: Recipe, data: Dataset, seed: int, desk: Desk, start: Start = None) -> str:
    """Return the checksum of all that trained weights depend on."""
    options = [asdict(recipe.features), asdict(recipe.model), recipe.augmentation.stated(), recipe.training.stated()]
    before = [start.sha256] if isinstance(start, Base) else [recipe.general.stated()] if recipe.general else []
    learner = [*options, recipe.calibration.groups, list(desk.aims), seed, *before]
    content = json.dumps([learner, data.digest(), environment(networks=True)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _batches(recipe: Recipe, learned: Dataset, parted: Sides) -> Batches:
    features = feature_set(recipe.features.set, recipe.features.parameters)
    chain = frame_chain(recipe.augmentation.frames)
    crop_s, mixup = recipe.training.crop_s, recipe.augmentation.mixup
    return Batches(learned, parted.learned_labels, chain, frame_rate_hz(features), crop_s, mixup)


def _sampler(recipe: Recipe, learned: Dataset, start: Start) -> Sampler:
    options, clips = recipe.training, len(learned.truth)
    if isinstance(start, General):
        own, share = start.owned(learned), options.own_share or 1.0
        chances = shared_chances(balanced_chances(learned), own, share)
        return Sampler(round(int(own.sum()) / share), options.batch_size, chances)
    return Sampler(clips, options.batch_size, balanced_chances(learned) if options.balanced else None)


def _untrained(recipe: Recipe, data: Dataset) -> Network:
    shape = Shape(data.features[0].shape[1], len(data.classes), _columns(data.functionals))
    return build_network(recipe.model.name, recipe.model.parameters, shape)


def _pupil(recipe: Recipe, data: Dataset, start: Start, trained: Network | None) -> Pupil:
    network = _untrained(recipe, data)
    if trained is not None:
        network.load_state_dict(trained.state_dict())
    elif isinstance(start, Base):
        start_from(start, network, recipe, data.classes)
    elif isinstance(start, General):
        start.put_in(network)
    elif isinstance(network, Hybrid) and data.functionals is not None:
        network.set_scale(data.functionals.mean(axis=0), data.functionals.std(axis=0))
    return Pupil(network, _columns(data.teacher), _columns(data.ratings))


def _solved(recipe: Recipe, data: Dataset, start: Start, trained: Network | None) -> Pupil:
    pupil = _pupil(recipe, data, start, trained)
    solve(pupil.network, data, recipe, start)
    return pupil


def _columns(values: NDArray[np.float32] | None) -> int:
    return 0 if values is None else values.shape[1]
