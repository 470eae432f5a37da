"""A toy task for networks: four classes of noise, told apart by where in the bands and when it is loud."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache

import numpy as np
import torch

from sentisound.learning.models.deep.hybrid import Hybrid
from sentisound.learning.models.deep.network import Network, Shape
from sentisound.learning.models.deep.registry import NETWORKS, build_network

BANDS, CLASSES, FUNCTIONALS = 16, 4, 12
STEPS = 25
SLIM = {"channels": 48, "joined": 96, "squeeze": 16, "attention": 32}
WIDTHS = {"tdnn": SLIM, "hybrid": SLIM}
"""Widths at which a network is quick to teach; the others are at their defaults."""


def shape_of(name: str, bands: int = BANDS) -> Shape:
    """Return the toy's shape, with functionals for networks that take them."""
    return Shape(bands, CLASSES, FUNCTIONALS if NETWORKS[name].takes_functionals else 0)


def built(name: str, seed: int = 0, **parameters) -> Network:
    """Return an untrained network in evaluation mode, without moving torch's generator."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return build_network(name, WIDTHS.get(name, {}) | parameters, shape_of(name)).eval()


def clips(count: int, frames: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Return frames, shape (count, frames, BANDS), and classes: bands x halves of the clip that are loud."""
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % CLASSES
    sound = 0.5 * rng.standard_normal((count, frames, BANDS))
    for clip, label in enumerate(truth):
        low, early = label % 2, label // 2
        when = slice(0, frames // 2) if early else slice(frames // 2, frames)
        sound[clip, when, : BANDS // 2] += 2.0 * low
        sound[clip, when, BANDS // 2 :] += 2.0 * (1 - low)
    return torch.tensor(sound, dtype=torch.float32), torch.tensor(truth)


def described(network: Network, truth: torch.Tensor) -> torch.Tensor | None:
    """Return functionals in which each class has one that is high, or None where the network takes none."""
    if not isinstance(network, Hybrid):
        return None
    functionals = torch.zeros(len(truth), FUNCTIONALS)
    functionals[torch.arange(len(truth)), truth] = 100.0
    return functionals


@lru_cache(maxsize=len(NETWORKS))
def _taught(name: str) -> tuple[Network, float]:
    network = built(name).train()
    if isinstance(network, Hybrid):
        functionals = described(network, torch.arange(32) % CLASSES).numpy()
        network.set_scale(functionals.mean(axis=0), functionals.std(axis=0))
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3)
    with torch.random.fork_rng():
        torch.manual_seed(1)  # of the dropout
        for step in range(STEPS):
            frames, truth = clips(24, 40, seed=step)
            loss = torch.nn.functional.cross_entropy(network(frames, None, described(network, truth)), truth)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return network.eval(), loss.item()


def taught(name: str) -> Network:
    """Return a network that has learned the toy, in evaluation mode: its batch norms and logits are like real ones."""
    return deepcopy(_taught(name)[0])


def last_loss(name: str) -> float:
    """Return the cross-entropy of its last step."""
    return _taught(name)[1]
