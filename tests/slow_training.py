"""A training in a process of its own, with time enough between two steps to be killed there."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from learning_frames import spoken, with_copies
from sentisound.learning.learner import Desk
from sentisound.learning.networks import trainer
from sentisound.learning.networks.network import learn
from sentisound.learning.networks.trainer import Trainer
from sentisound.learning.recipe import Recipe


def train_slowly(recipe: Recipe, folder: Path) -> None:
    """Train on the clips of the tests, keeping a checkpoint at every step."""
    torch.set_num_threads(1)
    trainer.SAVE_EVERY_S = 0.0
    taken = Trainer._take

    def slowly(self: Trainer, batch) -> float:
        time.sleep(0.02)
        return taken(self, batch)

    Trainer._take = slowly  # type: ignore[method-assign]
    learn(recipe, with_copies(spoken(), 1), 0, Desk(folder))
