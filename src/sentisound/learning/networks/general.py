"""The general stage: what a network learns from all corpora that are not tested, once for all folds of a protocol.

A few hundred clips of a few speakers do not make a network; thousands of other corpora's teach it what speech is, and
the tested corpus's own training side then teaches it that corpus. No clip of a tested corpus is in the general stage,
so it is the same for every fold, and is found again by the checksum of all that it depends on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation.files import write_whole
from sentisound.learning.learner import Desk
from sentisound.learning.networks.lessons import train, training_key
from sentisound.learning.networks.start import General, of_corpora, weights_of
from sentisound.learning.networks.validation import whole
from sentisound.learning.recipe import Recipe
from sentisound.learning.weights import pack, unpack

WEIGHTS_FILE = "weights.npz"


def sides(data: Dataset, aims: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the rows of the corpora that are not tested, and of those that are."""
    own = of_corpora(data, aims)
    return np.flatnonzero(~own).tolist(), np.flatnonzero(own).tolist()


def as_general(recipe: Recipe) -> Recipe:
    """Return the recipe of the stage itself."""
    stage = recipe.general
    if stage is None:
        return recipe
    training = replace(
        recipe.training,
        epochs=stage.epochs,
        patience=stage.epochs,
        learning_rate=stage.learning_rate,
        linear=stage.linear,
        consistency=recipe.training.consistency if stage.consistency is None else stage.consistency,
        balanced=True,
        own_share=None,
    )
    return replace(recipe, training=training, general=None)


def general_stage(recipe: Recipe, data: Dataset, desk: Desk) -> General:
    """Learn from the clips of a training side whose corpora are not tested, or find what was learned from them.

    Nothing is chosen here: the schedule runs to its end, on all speakers. It is seeded by the recipe, so that it is
    done once whatever seeds are measured: they differ in what comes after it.
    """
    part = data.part(sides(data, desk.aims)[0])
    stage, alone = as_general(recipe), replace(desk, aims=())
    key = training_key(stage, part, recipe.seed, alone)
    folder = _folder(desk, key)
    kept = folder / WEIGHTS_FILE if folder else None
    if kept and kept.is_file():
        return General(unpack(kept.read_bytes()), desk.aims)
    both = whole(part, recipe.calibration.groups, recipe.seed)
    trained = train(stage, both, recipe.seed, replace(alone, folder=folder), key, alone=True)
    content = pack(weights_of(trained.network))
    if kept:
        write_whole(kept, content)
    return General(unpack(content), desk.aims)  # as it is read again, in half precision


def _folder(desk: Desk, key: str) -> Path | None:
    if desk.general:
        return desk.general / key[:16]
    return desk.folder / "general" if desk.folder else None
